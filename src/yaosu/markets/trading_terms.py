"""The terms of trading as orders arrive: self-trades, bands, pauses, the phases of a day."""

from msgspec import Struct

from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

SECOND = 1_000_000


class PhaseAt(Struct, frozen=True, kw_only=True):
    """One line of a time table.

    Attributes:
        minute: of the day, 0 to 1439, in the market's own time.
        phase: ``pre_open``, ``auction``, ``continuous`` or ``closed``.
    """

    minute: int
    phase: str


class ReferencePrice(Struct, frozen=True, kw_only=True):
    """The price that the first session of a book starts from.

    Attributes:
        instrument: which. region: where; left out, in every region.
        price: ticks.
    """

    instrument: str
    region: str = ""
    price: int


class TradingFees(Struct, frozen=True, kw_only=True):
    """What trading costs each side: millionths of the value of a trade, rounded down.

    Attributes:
        maker: of the order that stood in the book; below 0 it is given something back.
        taker: of the order that came. auction: of either side of a trade in an auction.
        to: the party that gets them; left out, the one that gets the rent of the links.
    """

    maker: int = 0
    taker: int = 0
    auction: int = 0
    to: str = ""

    @property
    def most(self) -> int:
        """The most that one side may have to pay."""
        return max(self.maker, self.taker, self.auction)


class ContinuousTerms(Struct, frozen=True, kw_only=True):
    """How a continuous market trades.

    Attributes:
        prevention: what happens where two orders of one party or group would trade:
            ``cancel_taker``, ``cancel_maker``, ``cancel_both``, ``decrement`` (both lose the
            smaller quantity) or ``none``.
        group_fact: the registered fact of a party that names its group; parties of one group count
            as one above. Left out, each party is its own.
        price_max: the largest price, ticks; a book holds at most 2^61 lots divided by it.
        static_band: how far limits may lie from the reference of the session, hundredths of a per
            cent; 0 no band. Orders to buy without a limit need it: it says what is held for them.
        dynamic_band: how far one order may move the price, hundredths of a per cent; what would
            go further pauses its book, and an auction ends the pause. 0 no band.
        pause_seconds: length of such a pause.
        auction_seconds: length of the auction that ends a halt, and of one that has no place in
            the time table; 0 with the command that ends it (of a halt: at once).
        references: where the first session starts from; later ones start from the last price.
        first_phase: the phase without a time table, until a command changes it.
        day: the time table of each day, by minute; the last line is ``closed``.
        utc_offset_minutes: of the market's own time.
        fees: the tariff of its trades.
        calendar: id of the calendar whose working days are trading days; left out, all days.
    """

    prevention: str = "cancel_taker"
    group_fact: str = ""
    price_max: int = 10**9
    static_band: int = 0
    dynamic_band: int = 0
    pause_seconds: int = 0
    auction_seconds: int = 0
    references: tuple[ReferencePrice, ...] = ()
    first_phase: str = "continuous"
    day: tuple[PhaseAt, ...] = ()
    utc_offset_minutes: int = 0
    calendar: str = ""
    fees: TradingFees = TradingFees()

    def of_book(self, instrument: str, region: str) -> ContinuousParameters:
        """The parameters of one book; its auctions end when the market's does."""
        found = {r.region: r.price for r in self.references if r.instrument == instrument}
        return ContinuousParameters.of(
            prevention=self.prevention,
            price_max=self.price_max,
            static_band=self.static_band,
            dynamic_band=self.dynamic_band,
            pause=self.pause_seconds * SECOND,
            reference=found.get(region, found.get("")),
        )
