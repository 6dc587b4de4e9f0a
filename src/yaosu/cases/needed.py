"""Which commands the rules in force allow only as the end of a case, and of which procedure."""

from collections.abc import Iterable

from yaosu.cases import refusals
from yaosu.cases.state import CasesReach
from yaosu.kernel.refusal import refuse
from yaosu.rules.decide import NATIONAL
from yaosu.rules.overlay import pack_in_force, rules_in_force
from yaosu.rules.pack import Parameter
from yaosu.rules.state import AdoptedPack

IN_OVERLAYS = "case. in overlays"  # under which it is noted whether one asks
CASE = "case."  # parameter case.<tag of a command>, or case.<tag>.<factor>: id of a procedure
FLOORS = ("access.", "markets.", "rights.", "settlement.")  # whose commands may need one
__all__ = ["refusals"]


def procedure_needed(reach: CasesReach, tag: str, factor: str, region: str = "") -> str:
    """The procedure whose approval a command needs, by the rules in force; empty where none.

    What is said for a factor goes before what is said for all. An overlay of the region, in the
    order of overlays, may ask for a procedure where the nation asks for none, or for another one;
    that none is needed it cannot say. The rules themselves, parties and cases are never bound, so
    that no rule can lock out who must mend it.
    """
    if not tag.startswith(FLOORS) or not is_any_needed(reach):
        return ""
    national = pack_in_force(reach, NATIONAL)
    if national is None:
        return ""
    found: dict[str, str] = {
        item.id: str(item.value)
        for item in national.pack.parameter
        if item.id.startswith(CASE) and (item.expiry == 0 or reach.now < item.expiry)
    }
    if region and _any_in_overlays(reach):
        rules = rules_in_force(reach, NATIONAL, region)
        items = {} if rules is None else rules.items
        found |= {
            name: str(item.value)
            for name, item in items.items()
            if name.startswith(CASE) and isinstance(item, Parameter) and item.value
        }
    everywhere = found.get(f"{CASE}{tag}", "")
    return found.get(f"{CASE}{tag}.{factor}", everywhere) if factor else everywhere


def check_by_case(
    reach: CasesReach, tag: str, factor: str, procedure: str, region: str = ""
) -> None:
    """Refuse a command that the rules allow only as the end of another procedure, or of any.

    Args:
        procedure: id of the one whose case carries it out; empty where it is asked by itself.
    """
    needed = procedure_needed(reach, tag, factor, region)
    if needed not in {"", procedure}:
        refuse("cases.procedure_needed", command=tag, procedure=needed)


def is_any_needed(reach: CasesReach) -> bool:
    """Whether a pack was ever adopted that asks for a procedure; asked again it is known."""
    noted = reach.rules.noted
    if CASE not in noted:
        noted[CASE] = any(map(_asks, reach.rules.packs.values()))
    return noted[CASE]


def _any_in_overlays(reach: CasesReach) -> bool:
    """The same of overlays."""
    noted = reach.rules.noted
    if IN_OVERLAYS not in noted:
        noted[IN_OVERLAYS] = any(
            _asks(version for version in adopted if version.pack.pack.base)
            for adopted in reach.rules.packs.values()
        )
    return noted[IN_OVERLAYS]


def _asks(versions: Iterable[AdoptedPack]) -> bool:
    return any(item.id.startswith(CASE) for version in versions for item in version.pack.parameter)
