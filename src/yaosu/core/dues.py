"""What falls due by time, soonest first: kept beside the state and made from it, no part of it.

Before each command the writer asks what is due. Walking all markets, contracts, loans and listings
for that would make every order dearer with the size of the venue; so what each of them says is
noted, and looked up again only after an event that is about it.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from yaosu.cases import flow
from yaosu.kernel.words import Event
from yaosu.markets import events as markets
from yaosu.markets import random_end
from yaosu.markets.negotiated_state import next_lapse
from yaosu.parties import resolutions

if TYPE_CHECKING:
    from yaosu.core.state import State

Key = tuple[str, str]  # of what kind, and which
STALE_MIN = 64  # entries of the heap that say nothing any more, before they are cleared away


def _of_market(state: "State", name: str) -> int | None:
    """A phase or an order ends, a window ends, a proposed deal falls away."""
    market, deals = state.markets.markets[name], state.markets.negotiated.get(name)
    due = None if market.random_end is None else random_end.due_of(market)
    if market.session is not None:
        due = _sooner(due, market.session.next_due() or None)
    return due if deals is None else _sooner(due, next_lapse(deals))


def _sooner(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


# what has an instant of its own -> that instant; None where nothing of it is due by time
DUE: dict[str, Callable[["State", str], int | None]] = {
    "market": _of_market,
    "listing": lambda state, name: state.markets.listings.due.get(name),
    "contract": lambda state, name: state.settlement.waiting.get(name),
    "loan": lambda state, name: state.settlement.loans_due.get(name),
}
# floor -> fields of its events that name one of these; the first that an event has
NAMED_BY = {"markets": ("listing", "market"), "settlement": ("contract", "loan")}


def touched_by(floor: str, event: Event) -> Key | None:
    """What an event may make due at another instant; None where it is about nothing of that."""
    if isinstance(event, markets.ListingOpened):
        return "listing", event.head.listing
    for field in NAMED_BY.get(floor, ()):
        name = getattr(event, field, None)
        if name is not None:
            return field, name
    return None


class Dues:
    """The instants, for one state. What is due in cases and votes their floors keep in order."""

    def __init__(self) -> None:
        self._at: dict[Key, int] = {}
        self._heap: list[tuple[int, Key]] = []  # also of what is due at another instant by now
        self._touched: dict[Key, bool] = {}
        self._is_begun = False

    def touch(self, key: Key) -> None:
        """What is due of this may be due at another instant now."""
        self._touched[key] = True

    def first(self, state: "State") -> int | None:
        """The next instant at which something is due, or None."""
        if not self._is_begun:
            self._begin(state)
        for key in self._touched:
            self._note(key, DUE[key[0]](state, key[1]))
        self._touched.clear()
        heap = self._heap
        while heap and self._at.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        due = _sooner(flow.next_due(state.cases), resolutions.next_close(state.parties))
        return _sooner(due, heap[0][0] if heap else None)

    def _begin(self, state: "State") -> None:
        """Look at all there is, once."""
        held: dict[str, Any] = {
            "market": state.markets.markets,
            "listing": state.markets.listings.due,
            "contract": state.settlement.waiting,
            "loan": state.settlement.loans_due,
        }
        self._touched |= {(kind, name): True for kind, names in held.items() for name in names}
        self._is_begun = True

    def _note(self, key: Key, due: int | None) -> None:
        if due == self._at.get(key):
            return
        if due is None:
            del self._at[key]
        else:
            self._at[key] = due
            heappush(self._heap, (due, key))
        if len(self._heap) > 2 * len(self._at) + STALE_MIN:
            self._heap = [(at, kept) for kept, at in self._at.items()]
            heapify(self._heap)
