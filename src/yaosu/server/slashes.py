"""Slashes inside a name: ``/register/land%2Fjinjiang%2F7`` is one name with two slashes in it.

An address is handed on with its percent signs undone, so that a slash of a name looks like one
between names. Where the address came with ``%2F``, each part is undone by itself, and a slash in it
stands as ``MARK`` until the address is found. A part has its slashes back only where it names
something of the journal; everywhere else there is nothing at such an address.
"""

from typing import Any
from urllib.parse import unquote_to_bytes

from yaosu.kernel.refusal import refuse_unless

MARK = "\ue000"  # for private use: no id may hold it
ESCAPED = "%2F"


def names_apart(scope: Any) -> Any:
    """The same request, with slashes inside names marked; itself where there are none."""
    raw: bytes = scope.get("raw_path") or b""
    if scope["type"] != "http" or b"%2" not in raw or b"%2f" not in raw.lower():
        return scope
    parts = (unquote_to_bytes(one).decode("utf-8", "replace") for one in raw.split(b"/"))
    return {**scope, "path": "/".join(part.replace("/", MARK) for part in parts)}


def as_asked(path: str) -> str:
    """The address as it was asked, for links and texts."""
    return path.replace(MARK, ESCAPED)


def whole_names(given: dict[str, str], path: str, *, may_hold: bool) -> dict[str, str]:
    """Variable parts of an address with their slashes back.

    Raises:
        Refusal: ``server.not_here`` where they may hold none.
    """
    if not any(MARK in value for value in given.values()):
        return given
    refuse_unless(may_hold, "server.not_here", path=as_asked(path)[:200])
    return {name: value.replace(MARK, "/") for name, value in given.items()}
