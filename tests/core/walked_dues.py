"""What is due next, found by walking all there is: what the kept instants are held against."""

from yaosu.core import State
from yaosu.kernel.instant import MINUTE


def walked(state: State) -> int | None:
    """The next instant at which something is due by time, or None."""
    found = [*state.settlement.waiting.values(), *state.settlement.loans_due.values()]
    found += state.markets.listings.due.values()
    for book in state.markets.negotiated.values():
        found += [deal.until for deal in book.proposed.values() if deal.until]
    for market in state.markets.markets.values():
        if market.session is not None:
            found += [market.session.until, market.session.next_at]
            for traded in market.session.books.values():
                found.append(traded.registers["until"])
                for order in traded.orders.values():
                    found += [order.expiry, order.over]
        end = market.random_end
        if end is not None and market.phase == "open":
            found.append(end.window_until)
        elif end is not None and market.phase == "ending":
            found.append(end.window_until + end.reveal_minutes * MINUTE)
    found += [at for at, *_ in state.cases.due]
    found += [at for at, _ in state.parties.closing]
    return min((at for at in found if at), default=None)
