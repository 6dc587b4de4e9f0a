"""Read a rule pack from its TOML text and run every check and worked example in it."""

from typing import Any

from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.check import check_pack
from yaosu.rules.pack import Pack
from yaosu.rules.toml import convert, read_toml

WHAT = "rule pack"
DATES = ("effective", "expiry")
KINDS = ("condition", "table", "formula", "scorecard", "parameter")


def parse_pack(text: str, base: Pack | None = None) -> Pack:
    """The pack a TOML text describes, checked; its form is shown in docs/how-to/write-a-rule-pack.

    Args:
        text: the file's text. Dates are ``2026-01-01`` or instants, quoted or not.
        base: the pack an overlay changes; without it, what an overlay reads from its base is
            checked only when it is adopted.

    Raises:
        Refusal: ``rules.malformed`` and the codes of :func:`yaosu.rules.check.check_pack`.
    """
    pack = read_pack(text)
    check_pack(pack, base)
    return pack


def read_pack(text: str) -> Pack:
    """The pack a TOML text describes, not checked: for the linter, which tells all its faults.

    Raises:
        Refusal: ``rules.malformed``.
    """
    raw = read_toml(text, WHAT)
    _read_dates(raw.get("pack"))
    for kind in KINDS:
        items = raw.get(kind, [])
        refuse_unless(
            isinstance(items, list),
            "rules.malformed",
            what=WHAT,
            reason=f"{kind} must be written [[{kind}]]",
        )
        for item in items:
            _read_dates(item)
    return convert(raw, Pack, WHAT)


def _read_dates(table: Any) -> None:
    """Turn the dates of a table into instants, in place."""
    if isinstance(table, dict):
        for name in DATES:
            if isinstance(table.get(name), str):
                table[name] = parse_instant(table[name])
