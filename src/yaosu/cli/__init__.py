"""The command line: one file a group of commands; heavy libraries load inside the commands."""

from yaosu.cli.app import main

__all__ = ["main"]
