"""Does a unit say of itself what the profile of its factor asks for?"""

from datetime import date

from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.places.decide import regions_at
from yaosu.rights.methods.outline import OutlineFault, read_outline
from yaosu.rights.outline_index import OUTLINE
from yaosu.rights.profile import Profile
from yaosu.rights.state import RightsReach
from yaosu.rights.values import Attribute
from yaosu.rules.decide import rules_in_force
from yaosu.rules.pack import Table

LEVEL_MAX = 1_000


def check_attributes(
    reach: RightsReach, profile: Profile, unit: str, given: dict[str, Attribute]
) -> None:
    """Refuse attributes that are missing, unknown to the profile, or not of their kind.

    Raises:
        Refusal: ``rights.attribute_missing``, ``rights.attribute_wrong``.
    """
    for name, kind in sorted(profile.attributes.items()):
        refuse_unless(
            name in given or kind.endswith("?"),
            "rights.attribute_missing",
            unit=unit,
            attribute=name,
            factor=profile.name,
        )
    for name, value in sorted(given.items()):
        reason = "the profile does not know it"
        if name in profile.attributes:
            reason = fault_in(reach, profile.attributes[name].removesuffix("?"), value)
        if reason:
            refuse("rights.attribute_wrong", unit=unit, attribute=name, reason=reason)


def fault_in(reach: RightsReach, kind: str, value: Attribute) -> str:
    """Why a value is not of a kind of attribute, or nothing."""
    if kind.startswith("table:"):
        return _table_fault(reach, kind.removeprefix("table:"), value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if kind in {"int", "level"}:
        if not is_number:
            return "it is not a whole number"
        is_level = isinstance(value, int) and 0 <= value <= LEVEL_MAX
        return "" if kind == "int" or is_level else f"it is not a level from 0 to {LEVEL_MAX}"
    if kind == "truth":
        return "" if isinstance(value, bool) else "it is not true or false"
    if not isinstance(value, str):
        return "it is not text"
    return _text_fault(reach, kind, value)


def _text_fault(reach: RightsReach, kind: str, value: str) -> str:
    if kind.startswith(f"{OUTLINE}:"):
        return _outline_fault(value, int(kind.removeprefix(f"{OUTLINE}:")))
    if kind == "text":
        return "" if value.strip() else "it is empty"
    if kind == "place":
        return "" if value in regions_at(reach) else f"{value} is not a region in force"
    if kind == "digest":
        return "" if DIGEST_FORM.fullmatch(value) else "it is not 64 hexadecimal digits"
    if kind == "date":
        return "" if _is_date(value) else "it is not a date like 2026-11-21"
    begin, _, end = value.partition("/")
    try:
        is_interval = parse_instant(begin) < parse_instant(end)
    except Refusal:
        is_interval = False
    return "" if is_interval else "it is not an interval like 2026-11-21T08:00Z/2026-11-21T09:00Z"


def _outline_fault(value: str, decimals: int) -> str:
    try:
        read_outline(value, decimals)
    except OutlineFault as fault:
        return str(fault)
    return ""


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _table_fault(reach: RightsReach, item: str, value: Attribute) -> str:
    rules = rules_in_force(reach)
    table = rules.items.get(item) if rules else None
    if not isinstance(table, Table):
        return f"table {item} is not in force"
    keys = [row[table.key] for row in table.rows]
    return "" if value in keys else f"{value} is not in table {item}"
