"""Let `python -m reconciler` do what the `reconcile` command does."""

from reconciler.cli import program

if __name__ == "__main__":
    program()
