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
from yaosu.languages.texts import texts

FACT = re.compile(r"\{(\w+)(!r)?\}")
TRUTH = {"zh": {True: "是", False: "否"}}
SEPARATORS = {"zh": {", ": "、", "; ": "；", " or ": "或"}}
REFUSAL = re.compile(r"([a-z]+\.[a-z_]+): (.*)", re.DOTALL)


def told(name: str, fact: Fact, language: str) -> Fact:
    """A fact in a language; as it is where it is none of our words."""
    if isinstance(fact, bool):
        return TRUTH[language][fact]
    return _text(name, fact, language) if isinstance(fact, str) and fact else fact


def _text(name: str, text: str, language: str) -> str:
    words = _words(language).get(name, {})
    if text in words:
        return words[text]
    phrase = _plain_phrases(language).get(text)
    if phrase is not None:
        return phrase
    if " " not in text:
        return text
    for found in (_refused(text, language), _patterned(text, language)):
        if found is not None:
            return found
    return _listed(name, text, language)


def _listed(name: str, text: str, language: str) -> str:
    """A list of words of ours, in its order; what is none of them stays."""
    for separator, other in SEPARATORS[language].items():
        parts = text.split(separator)
        if len(parts) > 1:
            told_ = [_text(name, part, language) for part in parts]
            if told_ != parts:
                return other.join(told_)
    return text


def _patterned(text: str, language: str) -> str | None:
    for pattern, template in _phrase_patterns(language):
        match = pattern.fullmatch(text)
        if match is not None:
            facts = {k: _text(k, v, language) if v else v for k, v in match.groupdict().items()}
            return template.format(**facts)
    return None


def retold(text: str, language: str) -> str:
    """A text of a program in another language: refusals, one a line, and phrases of ours."""
    if language == FIRST:
        return text
    return "\n".join(str(told("reason", line, language)) for line in text.split("\n"))


def said_again(code: str, sentence: str, what_next: str, language: str) -> tuple[str, str]:
    """The English words of a refusal in another language; as they are where they do not fit.

    For what was kept as words: its facts are read back from them.
    """
    text = None if language == FIRST else texts(language).get(code)
    if text is None or code not in TEXTS:
        return sentence, what_next
    facts: dict[str, str] = {}
    for template, said in zip(TEXTS[code], (sentence, what_next), strict=True):
        found = pattern_of(template).fullmatch(said)
        if found is None:
            return sentence, what_next
        facts |= found.groupdict()
    for name, quoted in FACT.findall(" ".join(TEXTS[code])):
        facts[name] = facts[name].strip("'\"") if quoted else facts[name]
    facts = {name: _text(name, fact, language) for name, fact in facts.items()}
    return text.sentence.format(**facts), text.what_next.format(**facts)


def _refused(text: str, language: str) -> str | None:
    """Another refusal told within this one, as ``code: sentence; what to do next``."""
    match = REFUSAL.fullmatch(text)
    if match is None or match[1] not in TEXTS:
        return None
    code, said = match[1], match[2]
    for at in (found.start() for found in re.finditer("; ", said)):
        parts = said[:at], said[at + 2 :]
        again = said_again(code, *parts, language)
        if again != parts:
            return f"{code}：{again[0]}；{again[1]}"
    return None


def pattern_of(template: str) -> re.Pattern[str]:
    """What fits a template: each {fact} stands for any text, the same one for the same text."""
    parts, seen, at = [], set[str](), 0
    for found in FACT.finditer(template):
        parts.append(re.escape(template[at : found.start()]))
        name = found[1]
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
        seen.add(name)
        at = found.end()
    parts.append(re.escape(template[at:]))
    return re.compile("".join(parts), re.DOTALL)


@cache
def _words(language: str) -> dict[str, dict[str, str]]:
    return _read(language, "words.toml")


@cache
def _phrases(language: str) -> dict[str, str]:
    tables = _read(language, "phrases.toml")
    return {phrase: text for table in tables.values() for phrase, text in table.items()}


@cache
def _plain_phrases(language: str) -> dict[str, str]:
    return {k: v for k, v in _phrases(language).items() if not FACT.search(k)}


@cache
def _phrase_patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those with facts in them; the one that says most by itself comes first."""
    found = [(k, v) for k, v in _phrases(language).items() if FACT.search(k)]
    found.sort(key=lambda row: (-len(FACT.sub("", row[0])), row[0]))
    return tuple((pattern_of(k), v) for k, v in found)


def _read(language: str, name: str) -> dict[str, dict[str, str]]:
    path = files(__package__).joinpath(language, name)
    return tomllib.loads(path.read_text(encoding="utf-8"))
