"""Frames for viewers: what one market looks like, at most ten times a second, made once for all.

While nobody watches a market nothing is made for it. A viewer that is slow misses frames and never
falls behind: each frame is whole.
"""

import asyncio
from typing import Any

from yaosu.core import State
from yaosu.door import Venue
from yaosu.server.problems import as_json
from yaosu.server.reading import View
from yaosu.server.resources import levels_of

PERIOD_SECONDS = 0.1
DEPTH = 20  # price levels of a side of each book


class _Watched:
    """One market that somebody watches."""

    def __init__(self, venue: Venue, market: str) -> None:
        self.view: View[bytes] = View(venue, lambda state: _taken(state, market), _frame)
        self.viewers = 0
        self.frame: bytes = b""
        self.fresh = asyncio.Event()
        self.maker: asyncio.Task[None] | None = None


class Frames:
    """The newest frame of each market that is watched. Used by the thread that serves."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._watched: dict[str, _Watched] = {}
        self._stopped = False

    def knows(self, market: str) -> bool:
        """Whether there is such a market. May block."""
        with self._venue.reading() as state:
            return market in state.markets.markets

    def stop(self) -> None:
        """Let all viewers go."""
        self._stopped = True
        for watched in self._watched.values():
            watched.fresh.set()

    async def newer(self, market: str, last: bytes) -> bytes | None:
        """A frame other than the last one seen; waits for it. None once the server stops."""
        watched = self._watched.get(market)
        if watched is None:
            watched = self._watched[market] = _Watched(self._venue, market)
        watched.viewers += 1
        try:
            while not self._stopped:
                if watched.maker is None or watched.maker.done():
                    if not last:  # the first to come after a pause is not shown what was before it
                        watched.frame = b""
                    watched.maker = asyncio.create_task(self._make(watched))
                if watched.frame and watched.frame is not last:
                    return watched.frame
                await watched.fresh.wait()
            return None
        finally:
            watched.viewers -= 1

    async def _make(self, watched: _Watched) -> None:
        """Make frames as long as somebody waits for them."""
        seen = -1
        while watched.viewers and not self._stopped:
            published = watched.view.ready()
            is_old = published is None or published.size == seen
            if is_old and self._venue.size != seen:
                published = await asyncio.to_thread(watched.view.read)
            if published is not None:
                seen = published.size
                if published.view != watched.frame:
                    watched.frame = published.view
                    watched.fresh.set()
                    watched.fresh = asyncio.Event()
            await asyncio.sleep(PERIOD_SECONDS)


def _taken(state: State, name: str) -> dict[str, Any]:
    market = state.markets.markets[name]
    return {
        "market": name,
        "phase": market.phase if market.session is None else market.session.phase,
        "round": market.round,
        "orders": market.rows,
        "lots": market.lots,
        "prices": {
            instrument: dict(regions)
            for instrument, regions in state.markets.last_prices.get(name, {}).items()
        },
        "levels": levels_of(market),
    }


def _frame(taken: dict[str, Any]) -> bytes:
    """The best prices of each side of each book: [price, lots, orders], best first."""
    books: dict[str, dict[str, Any]] = {}
    for (_, instrument, region, side, price), (lots, orders) in taken.pop("levels"):
        book = books.setdefault(
            f"{instrument} {region}",
            {"instrument": instrument, "region": region, "buy": [], "sell": []},
        )
        book["buy" if side > 0 else "sell"].append([price, lots, orders])
    for book in books.values():
        book["buy"] = book["buy"][: -DEPTH - 1 : -1]
        book["sell"] = book["sell"][:DEPTH]
    data = as_json({**taken, "books": list(books.values())})
    return b"event: frame\ndata: " + data + b"\n\n"
