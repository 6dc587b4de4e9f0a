"""Which commands the rules in force allow only as the end of a case, and of which procedure."""

from collections.abc import Iterable

from msgspec.structs import replace

from yaosu.cases import refusals
from yaosu.cases.state import CasesReach, begun_versions
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.parties.decide import holders_of
from yaosu.rules.decide import NATIONAL
from yaosu.rules.overlay import pack_in_force, rules_in_force
from yaosu.rules.pack import Pack, Parameter
from yaosu.rules.state import AdoptedPack

IN_OVERLAYS = "case. in overlays"  # under which it is noted whether one asks
CASE = "case."  # parameter case.<tag of a command>, or case.<tag>.<factor>: id of a procedure
FLOORS = ("access.", "markets.", "rights.", "rules.", "settlement.")  # whose commands may need one
ADOPTS = "rules.adopt_rules"  # what is bound by rules only together with a way to unbind it
DEMAND = CASE + ADOPTS
AUTHORITY = "authority"
__all__ = ["refusals"]


def procedure_needed(reach: CasesReach, tag: str, factor: str, region: str = "") -> str:
    """The procedure whose approval a command needs, by the rules in force; empty where none.

    What is said for a factor goes before what is said for all. An overlay of the region, in the
    order of overlays, may ask for a procedure where the nation asks for none, or for another one;
    that none is needed it cannot say. Parties and cases are never bound, and the adoption of rules
    only where it can be met (:func:`check_can_be_met`), so that no rule locks out who must mend it.
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


def check_can_be_met(reach: CasesReach, pack: Pack) -> None:
    """Refuse national rules that would bind their own mending to what cannot be done.

    The procedure they name for the adoption of rules is in force and leads there, and there is
    somebody else to decide: nobody decides in an own case.

    Raises:
        Refusal: ``cases.no_second_person`` with the reason.
    """
    if pack.pack.id != NATIONAL:
        return
    procedure = demand_in(pack)
    reason = _why_not_met(reach, procedure) if procedure else ""
    refuse_unless(not reason, "cases.no_second_person", pack=pack.name, item=DEMAND, reason=reason)


def demand_in(pack: Pack) -> str:
    """The procedure by which rules are adopted where a pack is the nation's; empty: by none."""
    return next((str(item.value) for item in pack.parameter if item.id == DEMAND), "")


def without_demand(pack: Pack) -> Pack:
    """A pack that leaves the adoption of rules free."""
    return replace(pack, parameter=tuple(item for item in pack.parameter if item.id != DEMAND))


def _why_not_met(reach: CasesReach, procedure: str) -> str:
    """Why nobody could adopt rules by a procedure, or nothing."""
    offices = holders_of(reach, AUTHORITY)
    if len(offices) == 1:
        return f"{offices[0]} alone holds the role of the {AUTHORITY}"
    begun = begun_versions(reach, procedure)
    if not begun:
        return f"no version of procedure {procedure} is in force"
    leads_to = begun[-1].leads_to
    is_fit = leads_to is not None and leads_to.command == ADOPTS
    return "" if is_fit else f"procedure {procedure} does not lead to {ADOPTS}"


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
