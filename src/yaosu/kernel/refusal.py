"""Refusal: the user may not, and is told why and what to do next.

    Exception
    └── Refusal            the user may not; answered, recorded, nothing lost
    AssertionError         we erred; the writer stops and names the entry

A refusal has a stable code (``rights.already_pledged``), a sentence with the facts in it, and
what to do next. The texts of a floor stand in one literal table in its ``refusals.py``.
"""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeGuard, TypeVar

Fact = str | int | bool
T = TypeVar("T")
TEXTS: dict[str, tuple[str, str]] = {}
FACT_CHARACTERS_MAX = 400


class Refusal(Exception):
    """The answer to a command that may not be.

    Attributes:
        code: stable, ``floor.reason``.
        facts: what the rule read, by name; text, whole numbers and truth values only.
    """

    def __init__(self, code: str, **facts: Fact) -> None:
        assert code in TEXTS, f"refusal code {code} has no text; add it to refusals.py"
        self.code = code
        self.facts: dict[str, Fact] = {
            name: _shortened(fact) for name, fact in sorted(facts.items())
        }
        super().__init__(str(self))

    @property
    def sentence(self) -> str:
        """What was asked and what stood in the way."""
        return TEXTS[self.code][0].format(**self.facts)

    @property
    def what_next(self) -> str:
        """What the user can do about it."""
        return TEXTS[self.code][1].format(**self.facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}; {self.what_next}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (self.code, self.facts))


def refuse(code: str, **facts: Fact) -> NoReturn:
    """Refuse, whatever the facts."""
    raise Refusal(code, **facts)


def refuse_unless(condition: object, code: str, **facts: Fact) -> None:
    """Refuse with ``code`` and ``facts`` unless the condition holds."""
    if not condition:
        raise Refusal(code, **facts)


def found(value: T | None, code: str, **facts: Fact) -> T:
    """The value, or a refusal where there is none: how a look-up by an id from outside reads."""
    if value is None:
        raise Refusal(code, **facts)
    return value


def declare(texts: Mapping[str, tuple[str, str]]) -> Mapping[str, tuple[str, str]]:
    """Make the texts of a floor known; ``{code: (sentence, what to do next)}``, with {facts}."""
    for code, text in texts.items():
        assert TEXTS.get(code, text) == text, f"{code} is declared twice with different texts"
        TEXTS[code] = text
    return texts


def is_refusal_code(code: object) -> TypeGuard[str]:
    """Whether ``code`` is a declared refusal code."""
    return isinstance(code, str) and code in TEXTS


def _shortened(fact: Fact) -> Fact:
    if isinstance(fact, str) and len(fact) > FACT_CHARACTERS_MAX:
        return fact[:FACT_CHARACTERS_MAX] + "…"
    return fact


def _rebuilt(code: str, facts: dict[str, Fact]) -> Refusal:
    return Refusal(code, **facts)


declare(
    {
        "kernel.bad_key": (
            "this is not a key that can be used: {reason}",
            "make one with yaosu key new, or ask the venue for its verifier key again",
        ),
        "kernel.bad_signed_note": (
            "this is not a signed note: {reason}",
            "take the whole file as it was given out, from its first line to its last",
        ),
        "kernel.not_signed": (
            "the note carries no signature of {names}",
            (
                "if the venue has changed its key since, add its proof of keys (verify "
                "--venue-keys); else ask it which key it signs with, by a way you trust"
            ),
        ),
        "kernel.signature_fails": (
            "the signature of {name} does not fit the note: one of the two was changed",
            "do not rely on it; ask for the note again and keep this file as evidence",
        ),
        "kernel.bad_id": (
            "{what} {value!r} is not an id",
            "use 1 to 96 letters, digits and . _ : / @ + -, beginning with a letter or digit",
        ),
        "kernel.bad_text": (
            "{where} is not text in Unicode normal form C",
            "send UTF-8 text normalised to NFC, without lone surrogates",
        ),
        "kernel.text_too_long": (
            "{where} has {length} characters; {limit} are allowed",
            "shorten it, or put it in a document and name its digest",
        ),
        "kernel.number_out_of_range": (
            "{where} is {value}, outside the 64-bit range",
            "use a larger measurement unit or a larger lot",
        ),
        "kernel.float_not_allowed": (
            "{where} is a fraction of floating point",
            "give whole numbers of the smallest unit (ticks, lots, minor units)",
        ),
        "kernel.wrong_type": (
            "{where} is {found}, expected {expected}",
            "give it as the reference page of the command or table says",
        ),
        "kernel.unequal_columns": (
            "column {column} has {rows} rows, the first column has {expected}",
            "give all columns the same length",
        ),
        "kernel.too_many_rows": (
            "the table has {rows} rows; {limit} are allowed",
            "send it in several batches",
        ),
        "kernel.bad_instant": (
            "{value!r} is not an instant",
            "write it as 2026-11-21T08:00:00Z",
        ),
        "kernel.malformed": (
            "the bytes are not a known {what}: {reason}",
            "check the name and the fields against the reference page",
        ),
        "kernel.too_large": (
            "{what} has {bytes} bytes; {limit} are allowed",
            "send it in several batches",
        ),
        "kernel.extra_missing": (
            "{library} is not installed",
            "install it with: pip install 'yaosu[{extra}]'",
        ),
        "kernel.not_a_table": (
            "{found} is not a table of columns",
            "give a dictionary of columns, or an Arrow, polars or pandas table",
        ),
        "kernel.missing_values": (
            "column {column} has missing values in row {row}",
            "fill them or leave the row out",
        ),
    }
)
