"""When a party begins to leave: its orders are taken back, as if it had asked for it itself."""

from yaosu.access.events import ExitBegun
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.markets.commands import CancelOrders
from yaosu.markets.decide import decide_cancel_orders, open_orders_of
from yaosu.markets.state import MarketsReach, factors_of
from yaosu.markets.trading import Moves


def cancel_for_exit(reach: MarketsReach, event: ExitBegun) -> list[Event]:
    """All orders that may be taken back; those that may not stay, on the list of the exit.

    Where orders trade as they arrive, those of one market are taken back in one move; elsewhere
    batch by batch, each by itself.
    """
    done: list[Event] = []
    for name, market in sorted(reach.markets.markets.items()):
        if event.factor not in {"", *factors_of(market)}:
            continue
        if market.session is not None:
            moves = Moves(reach, market).cancel_standing(
                lambda order: order.party == event.party, "leaving"
            )
            done += moves.events(f"leaving {event.party}")
            continue
        for batch in open_orders_of(reach, event.party):
            place, _, number = batch.partition("/")
            if place != name:
                continue
            asked = CancelOrders(actor=event.party, key="", market=name, batch=number)
            try:
                done += decide_cancel_orders(reach, asked)
            except Refusal:  # its book is closed, or it is part of what others gave: it stays
                continue
    return done
