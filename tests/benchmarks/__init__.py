"""Speed and size beside named peers (design section 12). `python -m tests.benchmarks`."""
