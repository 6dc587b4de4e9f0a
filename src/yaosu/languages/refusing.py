"""A refusal in the reader's language: its sentence, and what to do next.

English stands with the code that refuses (``refusals.py`` of each floor); every other language is
data beside this file.
"""

from yaosu.kernel.refusal import TEXTS, Refusal
from yaosu.languages.choosing import FIRST
from yaosu.languages.facts import sentence_again, told
from yaosu.languages.filling import filled
from yaosu.languages.texts import Said, texts

BETWEEN = {"en": "; ", "zh": "；"}  # sentence and what to do next, in one line


def in_language(refusal: Refusal, language: str) -> Said:
    """A refusal in a language; in English where that has no text for its code.

    >>> from yaosu.kernel.refusal import TEXTS, Refusal
    >>> in_language(Refusal("kernel.bad_instant", value="noon"), "zh").sentence
    '“noon”不是有效的时刻'
    """
    text = None if language == FIRST else texts(language).get(refusal.code)
    if text is None:
        title = refusal.code.partition(".")[2].replace("_", " ")
        return Said(title, refusal.sentence, refusal.what_next)
    plain = refusal.facts
    facts = {name: told(name, fact, language, refusal.code) for name, fact in plain.items()}
    if plain.get("reason") in TEXTS and "sentence" in plain:  # of another refusal, told within
        other = str(plain["reason"]), str(plain["sentence"])
        facts["sentence"] = sentence_again(*other, language)
    sentence, what_next = (filled(one, facts, plain) for one in (text.sentence, text.what_next))
    return Said(text.title, sentence, what_next)


def one_line(refusal: Refusal, language: str) -> str:
    """Sentence and what to do next in one line, as notes beside fields and buttons say it."""
    said = in_language(refusal, language)
    return f"{said.sentence}{BETWEEN[language]}{said.what_next}"
