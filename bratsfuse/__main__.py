"""Run the command line as ``python -m bratsfuse``."""

from bratsfuse.cli import main

if __name__ == "__main__":
    main()
