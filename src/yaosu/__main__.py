"""`python -m yaosu` is the command line."""

from yaosu.cli import main

if __name__ == "__main__":
    main()
