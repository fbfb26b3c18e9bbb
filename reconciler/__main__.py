"""Let `python -m reconciler` do what the `reconcile` command does."""

from reconciler.cli import main

if __name__ == "__main__":
    main()
