"""Facts put into a text, and read back from it.

Chinese texts have a space round a fact, as names, ids and numbers want one beside Chinese
characters; a fact that is told in Chinese takes the space away.
"""

import re
from collections.abc import Mapping, Sequence

FACT = re.compile(r"\{(\w+)(!r)?\}")
PLACE = re.compile(r"( ?)\{(\w+)\}( ?)")
CHINESE = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef“”]")


def filled(
    template: str, facts: Mapping[str, object], plain: Mapping[str, object] | None = None
) -> str:
    """A text with its facts in it; behind a slash, as part of an address, as they are in plain."""
    raw = facts if plain is None else plain

    def put(found: re.Match[str]) -> str:
        before, name, after = found.groups()
        is_address = template[found.start(2) - 2 : found.start(2) - 1] == "/"
        text = str(raw[name] if is_address else facts[name])
        left, right = template[: found.start()][-1:], template[found.end() :][:1]
        if before and text and CHINESE.match(text[0]) and CHINESE.match(left):
            before = ""
        if after and text and CHINESE.match(text[-1]) and CHINESE.match(right):
            after = ""
        return before + text + after

    return PLACE.sub(put, template)


def joined(parts: Sequence[str], word: str) -> str:
    """A list in Chinese; a name keeps its distance from a Chinese word that joins."""
    if word in "、；":
        return word.join(parts)
    text = parts[0]
    for part in parts[1:]:
        before = "" if CHINESE.match(text[-1:]) else " "
        after = "" if CHINESE.match(part[:1]) else " "
        text = f"{text}{before}{word}{after}{part}"
    return text


def pattern_of(template: str) -> re.Pattern[str]:
    """What fits an English template: each {fact} stands for any text, or quoted for one in quotes.

    The same fact stands for the same text; one called id for one without blanks.
    """
    parts, seen, at = [], set[str](), 0
    for found in FACT.finditer(template):
        parts.append(re.escape(template[at : found.start()]))
        name, is_quoted = found[1], bool(found[2])
        any_text = r"\S+" if name == "id" else ".*?"
        group = f"(?P={name})" if name in seen else f"(?P<{name}>{any_text})"
        parts.append(f"""['"]?{group}['"]?""" if is_quoted else group)
        seen.add(name)
        at = found.end()
    parts.append(re.escape(template[at:]))
    return re.compile("".join(parts), re.DOTALL)
