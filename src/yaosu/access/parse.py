"""Read the tables of access from their TOML text: recognition, learning, grades."""

from typing import TypeVar

from yaosu.access.check_tables import check_table
from yaosu.access.tables import (
    AnyTable,
    EntitlementTable,
    LearningTable,
    RecognitionTable,
    Scale,
)
from yaosu.kernel.instant import parse_instant
from yaosu.rules.toml import convert, read_toml

T = TypeVar("T", bound=AnyTable)


def parse_recognition(text: str) -> RecognitionTable:
    """A table of what is recognised as what.

    Raises:
        Refusal: ``access.bad_table``, ``rules.malformed``, ``rules.too_large``.
    """
    return _parse(text, RecognitionTable, "recognition table")


def parse_learning(text: str) -> LearningTable:
    """A table of what learning counts, and for what; refusals as above."""
    return _parse(text, LearningTable, "learning table")


def parse_scale(text: str) -> Scale:
    """A scale of grades; refusals as above."""
    return _parse(text, Scale, "scale")


def parse_entitlements(text: str) -> EntitlementTable:
    """A table of what social insurance entitles to; refusals as above."""
    return _parse(text, EntitlementTable, "table of entitlements")


def _parse(text: str, kind: type[T], what: str) -> T:
    raw = read_toml(text, what)
    for name in ("effective", "expiry"):
        if isinstance(raw.get(name), str):
            raw[name] = parse_instant(raw[name])
    table = convert(raw, kind, what)
    check_table(table)
    return table
