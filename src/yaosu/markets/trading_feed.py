"""The public feed of a continuous market, as the events of its journal tell it."""

from collections.abc import Iterable, Iterator

import numpy as np

from yaosu.kernel.columns import Columns, concatenate
from yaosu.kernel.words import Event
from yaosu.markets.events import BookMoved
from yaosu.markets.mechanisms.continuous import columns_of
from yaosu.markets.mechanisms.continuous_feed import FEED_COLUMNS, public_feed


def feed_of(events: Iterable[Event], market: str, instrument: str, region: str) -> Columns:
    """The feed of one book: what `FeedBook` rebuilds it from."""
    pieces = [columns_of(np.zeros((0, len(FEED_COLUMNS)), np.int64), FEED_COLUMNS)]
    for event in _moves_of(events, market, instrument, region):
        pieces.append(public_feed(event.moves))
    return concatenate(pieces)


def _moves_of(
    events: Iterable[Event], market: str, instrument: str, region: str
) -> Iterator[BookMoved]:
    for event in events:
        if isinstance(event, BookMoved) and (event.market, event.instrument, event.region) == (
            market,
            instrument,
            region,
        ):
            yield event
