"""A server for commands that ask one."""

from tests.server.conftest import served

__all__ = ["served"]
