"""What was typed into a form, read field by field; each fault stands beside its field."""

import unicodedata
from collections.abc import Collection, Mapping

from msgspec import Struct

from yaosu.kernel.refusal import Refusal
from yaosu.server.console.words import Say

CHARACTERS_MAX = 2_000
LINES_MAX = 5_000
DIGITS_MAX = 15
MINUTES = 24 * 60


class Fault(Struct, frozen=True):
    """What is wrong; ``field``: where, or empty where it is the whole."""

    field: str
    text: str


class Fields:
    """The fields of a form by name, as texts; faults are gathered, not raised."""

    def __init__(self, given: Mapping[str, str], say: Say) -> None:
        self._given, self.say = given, say
        self.faults: list[Fault] = []

    def text(self, name: str, default: str = "", *, needed: bool = False) -> str:
        """A line of text in normal form C; the default where it is empty."""
        found = unicodedata.normalize("NFC", self._given.get(name, "")).strip()
        if len(found) > CHARACTERS_MAX:
            self.fault(name, "draft.too_long", most=CHARACTERS_MAX)
            return default
        if not found and needed:
            self.fault(name, "draft.missing")
        return found or default

    def all(self) -> Mapping[str, str]:
        """Everything that was typed."""
        return self._given

    def long_text(self, name: str) -> str:
        """A text of many lines, as it is."""
        return self._given.get(name, "")

    def lines(self, name: str, *, needed: bool = False) -> tuple[str, ...]:
        """One thing a line; also parted by commas of either language."""
        text = unicodedata.normalize("NFC", self._given.get(name, ""))
        for comma in ",，、;；":
            text = text.replace(comma, "\n")
        found = tuple(filter(None, (line.strip() for line in text.split("\n"))))
        if len(found) > LINES_MAX:
            self.fault(name, "draft.too_many", most=LINES_MAX)
            return ()
        if needed and not found:
            self.fault(name, "draft.missing")
        return found

    def choice(self, name: str, known: Collection[str], default: str) -> str:
        """One of the known words."""
        found = self.text(name) or default
        if found not in known:
            self.fault(name, "draft.not_offered")
            return default
        return found

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name) == "yes"

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        return self.scaled(name, 0, default, least, most)

    def scaled(self, name: str, digits: int, default: int, least: int, most: int) -> int:
        """A decimal number as a whole number of its last digit: ``0.05`` with 2 digits is 5."""
        text = unicodedata.normalize("NFKC", self.text(name)).replace("\u2212", "-")
        text = text.replace(",", "").replace(" ", "").replace("\u202f", "")
        if not text:
            return default
        sign, bare = (-1, text[1:]) if text.startswith("-") else (1, text)
        head, point, tail = bare.partition(".")
        is_number = head.isascii() and head.isdecimal() and len(head) <= DIGITS_MAX
        is_number = is_number and (not point or (tail.isascii() and tail.isdecimal()))
        if not is_number or len(tail) > digits:
            key = "draft.not_decimal" if digits else "draft.not_whole"
            self.fault(name, key, digits=digits)
            return default
        value = sign * int(head + tail.ljust(digits, "0"))
        if not least <= value <= most:
            told = (_said(bound, digits) for bound in (least, most))
            low, high = told
            self.fault(name, "draft.out_of_bounds", least=low, most=high)
            return default
        return value

    def minute(self, name: str) -> int | None:
        """A time of the day, as its minute; None where it is empty."""
        text = self.text(name)
        if not text:
            return None
        hour, _, minute = text.partition(":")
        fits = all(
            part.isascii() and part.isdecimal() and len(part) <= 2 for part in (hour, minute)
        )
        if not fits or int(hour) * 60 + int(minute) >= MINUTES or int(minute) > 59:
            self.fault(name, "draft.not_a_time")
            return None
        return int(hour) * 60 + int(minute)

    def fault(self, name: str, key: str, **facts: object) -> None:
        """Something is wrong with a field."""
        self.faults.append(Fault(name, self.say(key, **facts) if facts else self.say(key)))

    def refused(self, refusal: Refusal, field: str = "") -> None:
        """What a decision says against it, beside the field it is about."""
        self.faults.append(Fault(field, f"{refusal.sentence}; {refusal.what_next}"))


def _said(value: int, digits: int) -> str:
    sign = "-" if value < 0 else ""
    head, tail = divmod(abs(value), 10**digits)
    return f"{sign}{head}" + (f".{tail:0{digits}}" if digits else "")
