"""A refusal in the reader's language: its sentence, and what to do next.

English stands with the code that refuses (``refusals.py`` of each floor); every other language is
data beside this file.
"""

from yaosu.kernel.refusal import Refusal
from yaosu.languages.choosing import FIRST
from yaosu.languages.facts import told
from yaosu.languages.texts import Said, texts

BETWEEN = {"en": "; ", "zh": "；"}  # sentence and what to do next, in one line


def in_language(refusal: Refusal, language: str) -> Said:
    """A refusal in a language; in English where that has no text for its code.

    >>> from yaosu.kernel.refusal import Refusal
    >>> in_language(Refusal("kernel.bad_instant", value="noon"), "zh").sentence
    '“noon”不是有效的时刻'
    """
    text = None if language == FIRST else texts(language).get(refusal.code)
    if text is None:
        title = refusal.code.partition(".")[2].replace("_", " ")
        return Said(title, refusal.sentence, refusal.what_next)
    facts = {name: told(name, fact, language) for name, fact in refusal.facts.items()}
    return Said(text.title, text.sentence.format(**facts), text.what_next.format(**facts))


def one_line(refusal: Refusal, language: str) -> str:
    """Sentence and what to do next in one line, as notes beside fields and buttons say it."""
    said = in_language(refusal, language)
    return f"{said.sentence}{BETWEEN[language]}{said.what_next}"
