"""Many parties in one command: each row is decided as if it had been asked by itself."""

from msgspec.structs import replace

from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties import refusals
from yaosu.parties.commands import RegisterParties
from yaosu.parties.decide import decide_register_party
from yaosu.parties.events import PartiesRefused
from yaosu.parties.sealed_data import check_plain
from yaosu.parties.state import PartiesReach
from yaosu.parties.values import RefusedRow

ROWS_MAX = 1_000  # parties of one command
__all__ = ["refusals"]


def decide_register_parties(reach: PartiesReach, command: RegisterParties) -> list[Event]:
    """Each row is registered or refused on its own, by those who were there before the command.

    A group whose members come with the same command is refused, as is one of two rows that name
    the same party; what travels sealed comes with a command of its own.
    """
    rows = command.rows
    refuse_unless(1 <= len(rows) <= ROWS_MAX, "parties.bad_batch", rows=len(rows), limit=ROWS_MAX)
    made: list[Event] = []
    refused: list[RefusedRow] = []
    names: dict[str, bool] = {}
    for number, row in enumerate(rows):
        try:
            refuse_unless(row.party not in names, "parties.exists", party=row.party)
            refuse_unless(not row.sealed, "parties.sealed_in_batch", party=row.party)
            made += decide_register_party(reach, replace(row, actor=command.actor))
        except Refusal as refusal:
            refused.append(RefusedRow(row=number, code=refusal.code, facts=refusal.facts))
        else:
            names[row.party] = True
    return [*made, PartiesRefused(rows=tuple(refused))] if refused else made


def check_plain_rows(reach: PartiesReach, command: RegisterParties) -> None:
    """Refuse, unrecorded, a command of which any row says what may not stand in plain."""
    for row in command.rows:
        check_plain(reach, row)
