"""Units in parts: what sums when a unit is split, and when several become one. Exact, no state."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from yaosu.kernel.numbers import Share
from yaosu.rights.values import Attribute, Right, Unit


def sums_differ(unit: Unit, parts: Iterable[Unit], additive: Sequence[str]) -> str:
    """Which quantity of the parts does not sum to the whole's, and how; nothing where all do."""
    parts = list(parts)
    total = sum(part.quantity for part in parts)
    if total != unit.quantity:
        return f"quantity sums to {total}, not {unit.quantity}"
    for name in additive:
        amounts = [_amount(part, name) for part in parts]
        wanted = _amount(unit, name)
        if min(amounts) < 0:
            return f"{name} is below zero in a part"
        if sum(amounts) != wanted:
            return f"{name} sums to {sum(amounts)}, not {wanted}"
    return ""


def summed(units: Sequence[Unit], additive: Sequence[str]) -> dict[str, Attribute]:
    """The additive attributes of several units together, those that any of them has."""
    return {
        name: sum(_amount(unit, name) for unit in units)
        for name in additive
        if any(name in unit.attributes for unit in units)
    }


def shared(units: Sequence[Unit], additive: Sequence[str]) -> dict[str, Attribute]:
    """The other attributes in which all the units agree."""
    first = units[0].attributes
    return {
        name: value
        for name, value in sorted(first.items())
        if name not in additive and all(unit.attributes.get(name) == value for unit in units)
    }


def joined_share(rights: Iterable[tuple[Right, int]], quantity: int) -> Share:
    """The share of several rights, each with the quantity of its unit, in all of them together."""
    lots = sum((right.share.of_whole(whole) for right, whole in rights), Fraction(0))
    part = lots / quantity
    return Share.of(part.numerator, part.denominator)


def renamed(instrument: str, unit: str, part: str) -> str:
    """The instrument of a right on a part: named after the part where it was after the whole."""
    head, slash, rest = instrument.partition("/")
    for lead, name in (("", instrument), (f"{head}{slash}", rest)):  # with its class before it
        if name == unit or name.startswith(f"{unit}/"):
            return lead + part + name[len(unit) :]
    return instrument


def _amount(unit: Unit, name: str) -> int:
    value = unit.attributes.get(name, 0)
    return value if isinstance(value, int) else 0
