"""The words of the console, from one key set: ``words/en*.toml`` and ``words/zh*.toml``.

A key names a place, such as ``today.title``. ``{name}`` in a text is filled in by the page.
"""

import tomllib
from collections.abc import Iterable
from functools import cache

from yaosu.kernel.refusal import Refusal
from yaosu.languages import filled, one_line, retold, said_again, tag_told, told
from yaosu.rules.differences import Change
from yaosu.server.console.look import shipped

LANGUAGES = {"en": "English", "zh": "中文"}
# endings: for everybody, who runs the exchange, who trades, who asks the register,
# what markets and rules tell
PARTS = ("", "_operator", "_trading", "_register", "_market")


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


class Say:
    """What turns a key and its facts into a text of one language.

    A key that has no text is an error of ours and raises ``KeyError``: a test looks through every
    template for such keys.
    """

    def __init__(self, language: str) -> None:
        self.language, self._known = language, texts(language)

    def __call__(self, key: str, /, **facts: object) -> str:
        text = self._known[key]
        if facts and self.language == "zh":
            return filled(text, facts)
        return text.format(**facts) if facts else text

    def why(self, refusal: Refusal) -> str:
        """A refusal in one line, with what to do next."""
        return one_line(refusal, self.language)

    def why_again(self, code: str, sentence: str, what_next: str) -> tuple[str, str]:
        """A refusal that was kept in English words: its sentence, and what to do next."""
        return said_again(code, sentence, what_next, self.language)

    def word(self, kind: str, text: str) -> str:
        """A word of ours, such as the kind of a party; an id or a name stays as it is."""
        floor, _, name = kind.rpartition(".")
        return str(told(name, text, self.language, floor))

    def words(self, kind: str, texts: Iterable[str]) -> str:
        """Words of ours, in a list."""
        return self("base.comma").join(self.word(kind, text) for text in texts)

    def tag(self, tag: str) -> str:
        """What a command or an event is called; empty where its tag says it."""
        return tag_told(tag, self.language)

    def change(self, change: Change) -> str:
        """What differs between two versions of a pack; the item in its own words, where it has."""
        said = self.again(change.sentence.partition(": ")[0])
        own = change.text.zh if change.text is not None and self.language == "zh" else ""
        return f"{said}：{own}" if own else self.again(change.sentence)

    def again(self, text: str) -> str:
        """A text that work beside the server left: refusals in it are told in this language."""
        return retold(text, self.language)


def say_in(language: str) -> Say:
    """What says the texts of a language."""
    return Say(language)


def _flat(table: dict[str, object], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", str(value)))
    return found
