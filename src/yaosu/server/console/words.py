"""The words of the console, from one key set: ``words/en*.toml`` and ``words/zh*.toml``.

A key names a place, such as ``today.title``. ``{name}`` in a text is filled in by the page.
"""

import tomllib
from collections.abc import Callable
from functools import cache

from yaosu.server.console.look import shipped

LANGUAGES = {"en": "English", "zh": "中文"}
# endings: for everybody, who runs the exchange, who trades, who asks the register
PARTS = ("", "_operator", "_trading", "_register")
Say = Callable[..., str]


@cache
def texts(language: str) -> dict[str, str]:
    """Every text of a language by its key.

    Raises:
        KeyError: no such language.
    """
    assert language in LANGUAGES, language
    found: dict[str, str] = {}
    for part in PARTS:
        told = dict(_flat(tomllib.loads(shipped(f"words/{language}{part}.toml")), ""))
        assert found.keys().isdisjoint(told), f"a key of {language}{part}.toml is told twice"
        found |= told
    return found


def say_in(language: str) -> Say:
    """What turns a key and its facts into a text of this language.

    A key that has no text is an error of ours and raises ``KeyError``: a test looks through every
    template for such keys.
    """
    known = texts(language)

    def say(key: str, /, **facts: object) -> str:
        return known[key].format(**facts) if facts else known[key]

    return say


def _flat(table: dict[str, object], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", str(value)))
    return found
