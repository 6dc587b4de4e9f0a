"""Which commands the rules in force allow only as the end of a case, and of which procedure."""

from yaosu.cases import refusals
from yaosu.cases.state import CasesReach
from yaosu.kernel.refusal import refuse
from yaosu.rules.decide import NATIONAL
from yaosu.rules.overlay import pack_in_force

CASE = "case."  # parameter case.<tag of a command>, or case.<tag>.<factor>: id of a procedure
FLOORS = ("access.", "markets.", "rights.", "settlement.")  # whose commands may need one
__all__ = ["refusals"]


def procedure_needed(reach: CasesReach, tag: str, factor: str) -> str:
    """The procedure whose approval a command needs, by the national rules; empty where none.

    What is said for a factor goes before what is said for all. The rules themselves, parties and
    cases are never bound, so that no rule can lock out who must mend it.
    """
    if not tag.startswith(FLOORS):
        return ""
    national = pack_in_force(reach, NATIONAL)
    if national is None:
        return ""
    found: dict[str, str] = {
        item.id: str(item.value)
        for item in national.pack.parameter
        if item.id.startswith(CASE) and (item.expiry == 0 or reach.now < item.expiry)
    }
    everywhere = found.get(f"{CASE}{tag}", "")
    return found.get(f"{CASE}{tag}.{factor}", everywhere) if factor else everywhere


def check_by_case(reach: CasesReach, tag: str, factor: str, procedure: str) -> None:
    """Refuse a command that the rules allow only as the end of another procedure, or of any.

    Args:
        procedure: id of the one whose case carries it out; empty where it is asked by itself.
    """
    needed = procedure_needed(reach, tag, factor)
    if needed not in {"", procedure}:
        refuse("cases.procedure_needed", command=tag, procedure=needed)
