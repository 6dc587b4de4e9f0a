"""Facts of a refusal in the reader's language: words and phrases of ours, never names or ids.

A fact is what the rule read. Most are ids, numbers and names, which stay as they are. Some are
words of ours, such as the side of an order or the phase of a book, and some are phrases that say
more closely what is wrong. ``<language>/words.toml`` has the words by the name of their fact, so
that a party called ``buy`` keeps its name; ``<language>/phrases.toml`` has the phrases, with
{facts} of their own where they hold some.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from yaosu.kernel.refusal import TEXTS, Fact
from yaosu.languages.choosing import FIRST
from yaosu.languages.filling import FACT, filled, joined, pattern_of
from yaosu.languages.texts import texts

TRUTH = {"zh": {True: "是", False: "否"}}
SEPARATORS = {"zh": {"; ": "；", ", ": "、", " or ": "或", " and ": "和"}}
EVERYWHERE = "everywhere"
MAY_HOLD_LISTS = ("fault", "faults", "reason", "refusal", "text", "told", "undecided")
REFUSAL = re.compile(r"([a-z]+\.[a-z_]+): (.*)", re.DOTALL)


def told(name: str, fact: Fact, language: str, code: str = "") -> Fact:
    """A fact in a language; as it is where it is none of our words.

    Args:
        code: of the refusal it is a fact of; the same word may be another in another floor.
    """
    if language == FIRST:
        return fact
    if isinstance(fact, bool):
        return TRUTH[language][fact]
    return _text(name, fact, language, code) if isinstance(fact, str) and fact else fact


def tag_told(tag: str, language: str) -> str:
    """What a command or an event is called; empty in English, where its tag says it."""
    floor, _, name = tag.partition("/")[0].partition(".")
    return "" if language == FIRST else _read(language, "tags.toml").get(floor, {}).get(name, "")


def retold(text: str, language: str) -> str:
    """A text of a program in another language: refusals, one a line, and phrases of ours."""
    return "\n".join(str(told("", line, language)) for line in text.split("\n"))


def said_again(code: str, sentence: str, what_next: str, language: str) -> tuple[str, str]:
    """The English words of a refusal in another language; as they are where they do not fit.

    For what was kept as words: its facts are read back from them.
    """
    again = _again(code, (sentence, what_next), language)
    return (sentence, what_next) if again is None else (again[0], again[1])


def sentence_again(code: str, sentence: str, language: str) -> str:
    """The English sentence of a refusal in another language, where nothing else was kept of it."""
    again = _again(code, (sentence,), language)
    return sentence if again is None else again[0]


def _again(code: str, said: tuple[str, ...], language: str) -> tuple[str, ...] | None:
    text = None if language == FIRST else texts(language).get(code)
    if text is None or code not in TEXTS:
        return None
    plain: dict[str, str] = {}
    for template, one in zip(TEXTS[code], said, strict=False):
        found = pattern_of(template).fullmatch(one)
        if found is None:
            return None
        plain |= found.groupdict()
    facts = {name: _text(name, fact, language, code) for name, fact in plain.items()}
    again = (text.sentence, text.what_next)[: len(said)]
    return tuple(filled(template, facts, plain) for template in again)


def _text(name: str, text: str, language: str, code: str = "") -> str:
    places = _places(name, code)
    for words in (_read(language, "words.toml").get(place, {}) for place in places):
        if text in words:
            return words[text]
    phrases = _phrases(language)
    for place in places:
        if text in phrases.get(place, {}):
            return phrases[place][text]
    found = _refused(text, language) if ": " in text else None
    if found is None:
        found = _patterned(places, text, language, code)
    return _listed(name, text, language, code) if found is None else found


def _places(name: str, code: str) -> tuple[str, ...]:
    """Where words of a fact stand: those of this refusal, of its floor, then of any."""
    return f"{code}.{name}", f"{code.partition('.')[0]}.{name}", name, EVERYWHERE


def _listed(name: str, text: str, language: str, code: str) -> str:
    """A list of words of ours and of ids, in its order; any other text stays as it is."""
    for separator, other in SEPARATORS[language].items():
        parts = text.split(separator)
        if len(parts) > 1:
            again = [_text(name, part, language, code) for part in parts]
            is_ours = all(a != b or " " not in b for a, b in zip(again, parts, strict=True))
            if again != parts and is_ours:
                return joined(again, other)
    return text


def _patterned(places: tuple[str, ...], text: str, language: str, code: str) -> str | None:
    for place in places:
        for pattern, template in _phrase_patterns(language).get(place, ()):
            match = pattern.fullmatch(text)
            if match is not None and not _is_list(match):
                plain = match.groupdict()
                facts = {k: _text(k, v, language, code) if v else v for k, v in plain.items()}
                return filled(template, facts, plain)
    return None


def _is_list(match: re.Match[str]) -> bool:
    """Whether a fact goes over the end of one thing of a list: then each is told by itself."""
    return any("; " in v for k, v in match.groupdict().items() if k not in MAY_HOLD_LISTS)


def _refused(text: str, language: str) -> str | None:
    """Another refusal told within this one, as ``code: sentence; what to do next``."""
    match = REFUSAL.fullmatch(text)
    if match is None or match[1] not in TEXTS:
        return None
    code, said = match[1], match[2]
    for at in (found.start() for found in re.finditer("; ", said)):
        again = _again(code, (said[:at], said[at + 2 :]), language)
        if again is not None:
            return f"{code}：{again[0]}；{again[1]}"
    return None


@cache
def _phrases(language: str) -> dict[str, dict[str, str]]:
    """Phrases by where they may stand; those of a whole floor may stand everywhere."""
    found: dict[str, dict[str, str]] = {EVERYWHERE: {}}
    for place, phrases in _read(language, "phrases.toml").items():
        found.setdefault(place if "." in place else EVERYWHERE, {}).update(phrases)
    return found


@cache
def _phrase_patterns(language: str) -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Those with facts in them; the one that says most by itself comes first."""
    made: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for place, phrases in _phrases(language).items():
        found = [(k, v) for k, v in phrases.items() if FACT.search(k)]
        found.sort(key=lambda row: (-len(FACT.sub("", row[0])), row[0]))
        made[place] = [(pattern_of(k), v) for k, v in found]
    return made


@cache
def _read(language: str, name: str) -> dict[str, dict[str, str]]:
    """The tables of a file by place; the head of a table may name several places."""
    path = files(__package__).joinpath(language, name)
    found: dict[str, dict[str, str]] = {}
    for head, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for place in head.split():
            found.setdefault(place, {}).update(rows)
    return found
