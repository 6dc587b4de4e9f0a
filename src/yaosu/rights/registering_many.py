"""Many registrations in one command: each row is decided as if it had been asked by itself."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from yaosu.kernel.ids import cause_of, derive_id
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.ledger.events import Posted
from yaosu.ledger.state import net_of
from yaosu.parties.values import RefusedRow
from yaosu.rights import refusals
from yaosu.rights.alike import Alike
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rights.decide import decide_register_right
from yaosu.rights.events import RegistrationsRefused, RightRegistered, UnitRegistered
from yaosu.rights.outlines import Drawn, drawn
from yaosu.rights.promises import issued_by
from yaosu.rights.state import RightsReach
from yaosu.rights.values import Promise, Right

ROWS_MAX = 1_000  # registrations of one command
__all__ = ["refusals"]


def decide_register_many(reach: RightsReach, command: RegisterMany) -> list[Event]:
    """Each row is registered or refused on its own; if asked atomic, all of them or none.

    Rows are decided by :func:`decide_register_right` against the register as it stood before the
    command; a row that would build on another one of the same command is refused. Ids derive from
    actor and key of the row, so they are those that the row asked by itself would have.
    """
    rows = command.rows
    refuse_unless(1 <= len(rows) <= ROWS_MAX, "rights.bad_batch", rows=len(rows), limit=ROWS_MAX)
    taken = _Taken(reach, command.actor, rows)
    refused: list[RefusedRow] = []
    for number, row in enumerate(rows):
        try:
            taken.take(row)
        except Refusal as refusal:
            if command.atomic:
                refuse(
                    "rights.batch_refused",
                    row=number,
                    right=row.right,
                    reason=refusal.code,
                    sentence=refusal.sentence,
                )
            refused.append(RefusedRow(row=number, code=refusal.code, facts=refusal.facts))
    events = taken.events()
    return [*events, RegistrationsRefused(rows=tuple(refused))] if refused else events


def entry_of(actor: str, key: str, right: str) -> str:
    """The first register entry of a right that was registered under this actor and key."""
    return derive_id("entry", cause_of(actor, key), right)


class _Taken:
    """The rows taken so far; nothing else sees it."""

    def __init__(self, reach: RightsReach, actor: str, rows: Sequence[RegisterRight]) -> None:
        self._reach = reach
        self._actor = actor
        self._alike = Alike(reach, actor, rows)
        self._issued = book.issued_of(reach, [row.instrument or row.unit for row in rows])
        self._units: dict[str, bool] = {}
        self._rights: dict[str, bool] = {}
        self._instruments: dict[str, tuple[str, str]] = {}  # -> factor, kind
        self._outlined: list[Drawn] = []  # units of rows before, where they lie
        self._lots: dict[str, int] = {}  # of an instrument, issued by rows before
        self._made: list[Event] = []
        self._postings: list[book.Line] = []
        self._promised: dict[str, list[Promise]] = {}  # to each party, by rows before

    def take(self, row: RegisterRight) -> None:
        """Decide a row; refused, it leaves nothing behind."""
        names = [row.right, *(one.right for one in row.co_holders)]
        for name in names:
            refuse_unless(name not in self._rights, "rights.exists", right=name)
        other = row.unit if row.unit in self._units else ""
        if row.made_from and not other:
            other = next((name for name in row.made_from if name in self._rights), "")
        refuse_unless(not other, "rights.not_independent", right=row.right, other=other)
        cause = cause_of(self._actor, row.key)
        alone = OfRow(self._reach, cause, self._promised)
        quick = self._alike.decided(row, cause)
        events: tuple[Event, ...]
        lines: tuple[book.Line, ...]
        if quick is not None:
            events, lines = quick.events, quick.lines
            right, lots = quick.right.right, quick.right.entry.lots
            promises = issued_by(events, row.region)
            alone.check_limits(promises)
        else:
            asked = replace(row, actor=self._actor)
            decided = decide_register_right(alone, asked, self._outlined)
            self._outlined += drawn(e.unit for e in decided if isinstance(e, UnitRegistered))
            events = tuple(event for event in decided if not isinstance(event, Posted))
            lines = tuple(
                (*account, change)
                for event in decided
                if isinstance(event, Posted)
                for account, change in net_of(event.postings)
            )
            made = [event for event in decided if isinstance(event, RightRegistered)]
            right, lots = made[0].right, sum(event.entry.lots for event in made)
            promises = issued_by(made, row.region)
        self._check_instrument(right, lots)
        self._units[row.unit] = True
        for name in names:
            self._rights[name] = True
        self._instruments[right.instrument] = (right.factor, right.kind)
        for promise in promises:
            self._promised.setdefault(promise.party, []).append(promise)
        self._lots[right.instrument] = self._lots.get(right.instrument, 0) + lots
        self._made += events
        self._postings += lines

    def events(self) -> list[Event]:
        """Units and rights in the order of the rows, and one posting for all of them."""
        if not self._made:
            return []
        batch = derive_id("batch", self._reach.cause, "registrations")
        return [*self._made, *book.post(self._reach, batch, book.lines(self._postings))]

    def _check_instrument(self, right: Right, lots: int) -> None:
        """What a row before began, this one goes on with, within the range of the books."""
        known = self._instruments.get(right.instrument)
        if known is not None and known != (right.factor, right.kind):
            refuse(
                "rights.instrument_taken",
                instrument=right.instrument,
                what="{1} of {0}".format(*known),
            )
        name = right.instrument
        if name not in self._issued:
            self._issued |= book.issued_of(self._reach, [name])
        refuse_unless(
            self._issued[name] + self._lots.get(name, 0) + lots <= INT64_MAX,
            "ledger.beyond_range",
            party=book.REGISTER,
            asset=name,
        )


class OfRow:
    """What a decision sees, with the cause of a single row, and what rows before gave to whom."""

    def __init__(
        self, reach: RightsReach, cause: str, promised: Mapping[str, Sequence[Promise]]
    ) -> None:
        self._reach = reach
        self._promised = promised
        self.cause = cause
        self.now = reach.now
        self.ledger = reach.ledger
        self.places = reach.places
        self.rules = reach.rules
        self.parties = reach.parties
        self.rights = reach.rights

    def waiting_for_key(self, data_key: str) -> list[str]:
        """What on the floors above still needs a data key."""
        return self._reach.waiting_for_key(data_key)

    def reserved_lots(self, right: str) -> int:
        """Lots of a right that are on offer or promised."""
        return self._reach.reserved_lots(right)

    def check_limits(
        self, asked: Sequence[Promise], before: Mapping[str, Sequence[Promise]] | None = None
    ) -> None:
        """Rows before count, as if they had been asked by themselves."""
        self._reach.check_limits(asked, self._promised if before is None else before)
