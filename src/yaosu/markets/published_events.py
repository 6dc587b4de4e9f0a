"""What everybody may see of a priced round."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event


class RoundPublished(Event, frozen=True, tag="markets.round_published/1"):
    """What everybody may see of a round of a call auction, so that anybody can check its result.

    No order, no party, no time of arrival is in it. A round with more than
    ``published.ROWS_PUBLISHED_MAX`` rows of tables has them left out.

    Attributes:
        rule, price_rule: of the clearing certificate and of the market.
        orders_digest: of the book, as the certificate names it.
        tick_minor: money per lot and tick.
        rows: of the three tables together, also where they are left out.
        crossed: lots that orders of one party took off each other before, both sides counted.
        welfare, volume, primal, dual: of the clearing.
        regions: columns instrument, region (text), price (that supports the fills, ticks), low,
            high, low_by, high_by (as in the certificate), traded (0 or 1), bought, sold (lots of
            orders), blocks_bought, blocks_sold (lots of blocks).
        links: columns instrument, source, target (text), capacity, lots, arrived (lots), cost,
            fee (ticks a lot), loss_ppm, shadow_price, rent, rounding (ticks).
        levels: what orders wanted and offered: columns instrument, region (text), side (1 buys,
            -1 sells), price (ticks), lots; each price of a side once, cheapest first.
        shown_to: whose row this is: everybody's.
    """

    market: str
    round: int
    rule: str
    price_rule: str
    orders_digest: str
    tick_minor: int
    rows: int
    crossed: int
    welfare: int
    volume: int
    primal: int
    dual: int
    regions: Columns
    links: Columns
    levels: Columns
    shown_to: str = "*"
