"""The texts of a language, read when somebody first asks for them: ``<language>/refusals/*.toml``.

Each table is a floor, each row a code: title, sentence and what to do next, with the same {facts}
as the English text that stands with the code.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from yaosu.languages.choosing import LANGUAGES


class Said(NamedTuple):
    """A refusal in words.

    Attributes:
        title: the kind of refusal, the same whatever the facts.
        sentence: what was asked and what stood in the way.
        what_next: what to do about it.
    """

    title: str
    sentence: str
    what_next: str


@cache
def texts(language: str) -> dict[str, Said]:
    """Every text of a language by its code, with {facts} to be filled in."""
    assert language in LANGUAGES, language
    found: dict[str, Said] = {}
    folder = files(__package__).joinpath(language, "refusals")
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".toml"):
            continue
        for floor, codes in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, text in codes.items():
                code = f"{floor}.{name}"
                assert code not in found, f"{code} is told twice in {language}"
                found[code] = Said(*text)
    return found
