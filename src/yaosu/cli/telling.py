"""`python -m yaosu.cli.telling`: the command line for a program that waits for it.

The same commands; how far they are is told on stderr, a line of JSON each time.
"""

from yaosu.cli import main
from yaosu.cli.output import tell_progress

if __name__ == "__main__":
    tell_progress()
    main()
