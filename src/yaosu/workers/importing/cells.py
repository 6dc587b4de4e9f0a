"""What a cell says: shares, instants, whole numbers, truth, from text as people write it. Pure."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from yaosu.kernel.instant import parse_instant
from yaosu.kernel.numbers import INT64_MAX, Share
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.workers.importing import refusals

SHARE_FORM = re.compile(r"([0-9]{1,18})(?:\s*/\s*([0-9]{1,18})|\.([0-9]{1,18}))?")
WHOLE_FORM = re.compile(r"-?[0-9]{1,19}")
TRUTH = {"true": True, "false": False, "是": True, "否": False}
LOUD = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet takes a text for a formula
__all__ = ["refusals"]


class Row(Struct, frozen=True):
    """A row as it stands in a table.

    Attributes:
        line: in the file or sheet, the head is 1.
        cells: text by column of the template; empty ones are left out.
        given: all cells as they stood, in order of the table's own columns.
        fault: why the row cannot be read at all.
    """

    line: int
    cells: dict[str, str]
    given: tuple[str, ...]
    fault: Refusal | None = None


def needed(row: Row, column: str) -> str:
    """A cell that must not be empty."""
    refuse_unless(row.cells.get(column), "workers.import_cell_missing", column=column)
    return row.cells[column]


def group_of(row: Row, stem: str) -> dict[str, str]:
    """The cells of all columns that begin with a stem such as ``scope.``, by the rest."""
    found = {name: cell for name, cell in row.cells.items() if name.startswith(stem)}
    return {name.removeprefix(stem): cell for name, cell in sorted(found.items())}


def share_of(row: Row, column: str, default: Share) -> Share:
    """A share such as 1/3, 0.25 or 1."""
    text = row.cells.get(column, "")
    return read_share(text, column) if text else default


def read_share(text: str, column: str) -> Share:
    """A share from text, in lowest terms; exact."""
    match = SHARE_FORM.fullmatch(text)
    if match is None:
        reason = "not a share like 1/3, 0.25 or 1"
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            reason = "a spreadsheet took the share for a date; format the column as text"
        refuse("workers.import_cell_wrong", column=column, value=text, reason=reason)
    top, bottom, digits = match.groups()
    part = Fraction(f"{top}.{digits}") if digits else Fraction(int(top), int(bottom or 1) or 1)
    fits = part <= 1 and part.denominator <= INT64_MAX and bottom != "0"
    reason = "a share is at most the whole"
    refuse_unless(fits, "workers.import_cell_wrong", column=column, value=text, reason=reason)
    return Share.of(part.numerator, part.denominator)


def instant_of(row: Row, column: str) -> int | None:
    """A day or instant, or None where the cell is empty."""
    text = row.cells.get(column, "")
    if not text:
        return None
    try:
        return parse_instant(text)
    except Refusal as refusal:
        reason = "not a day like 2026-11-02 or an instant like 2026-11-02T08:00Z"
        raise Refusal(
            "workers.import_cell_wrong", column=column, value=text, reason=reason
        ) from refusal


def whole_of(text: str, column: str) -> int:
    """A whole number."""
    number = int(text) if WHOLE_FORM.fullmatch(text) else INT64_MAX + 1
    reason = "not a whole number"
    fits = abs(number) <= INT64_MAX
    refuse_unless(fits, "workers.import_cell_wrong", column=column, value=text, reason=reason)
    return number


def truth_of(text: str, column: str) -> bool:
    """True or false."""
    reason = f"not one of {', '.join(TRUTH)}"
    known = text.lower() in TRUTH
    refuse_unless(known, "workers.import_cell_wrong", column=column, value=text, reason=reason)
    return TRUTH[text.lower()]


def marked(cells: Mapping[str, str], stem: str) -> dict[str, Any]:
    """Values by name: a whole number where the name ends in #, a truth where it ends in ?."""
    values: dict[str, Any] = {}
    for name, text in cells.items():
        column = stem + name
        if name.endswith("#"):
            values[name[:-1]] = whole_of(text, column)
        elif name.endswith("?"):
            values[name[:-1]] = truth_of(text, column)
        else:
            values[name] = text
    return values


def quiet(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; :func:`plain_text` takes it back."""
    return f"'{text}" if text.startswith((*LOUD, "'")) else text


def plain_text(text: str) -> str:
    """A cell without the mark that :func:`quiet` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*LOUD, "'")) else text
