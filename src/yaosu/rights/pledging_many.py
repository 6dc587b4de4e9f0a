"""Pledges of a register that is taken over: many in one command, each as its holder's."""

from yaosu.kernel.ids import cause_of
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.values import RefusedRow
from yaosu.rights.commands import TakeOverPledges
from yaosu.rights.decide import decide_pledge_right
from yaosu.rights.events import RegistrationsRefused
from yaosu.rights.registering_many import ROWS_MAX, OfRow
from yaosu.rights.state import RightsReach


def decide_take_over_pledges(reach: RightsReach, command: TakeOverPledges) -> list[Event]:
    """Each row is entered or refused on its own, as if its holder had asked for it by itself.

    Rows see the register as it stood before the command, so a right is pledged once in it: the
    rank of a second pledge is told by the first.
    """
    rows = command.rows
    refuse_unless(1 <= len(rows) <= ROWS_MAX, "rights.bad_batch", rows=len(rows), limit=ROWS_MAX)
    made: list[Event] = []
    refused: list[RefusedRow] = []
    rights: dict[str, bool] = {}
    entries: dict[str, bool] = {}
    for number, row in enumerate(rows):
        try:
            refuse_unless(
                row.right not in rights,
                "rights.not_independent",
                right=row.right,
                other=row.right,
            )
            refuse_unless(row.entry not in entries, "rights.entry_exists", entry=row.entry)
            made += decide_pledge_right(OfRow(reach, cause_of(row.actor, row.key), {}), row)
        except Refusal as refusal:
            refused.append(RefusedRow(row=number, code=refusal.code, facts=refusal.facts))
        else:
            rights[row.right] = entries[row.entry] = True
    return [*made, RegistrationsRefused(rows=tuple(refused))] if refused else made
