"""Clearings: the public result of a mechanism, and the numbers with which anyone checks it."""

from msgspec import Struct

from yaosu.kernel.columns import Columns

TRADED = "traded"
NO_TRADE = "no_trade"
GAP_OPEN = 10**18  # a gap in parts of nothing


class Certificate(Struct, frozen=True, kw_only=True):
    """A clearing certificate: what `verify_clearing` needs besides the public tables.

    Attributes:
        rule: mechanism and version of the rule, such as "call/1".
        orders_digest, network_digest, parameters_digest: SHA-256, hex, of canonical bytes; the
            orders in canonical order, so that row position does not matter.
        primal, dual: welfare less fees counted from the fills, and the bound counted from the
            prices; equal, which proves that no other fills reach more.
        proved, not_proved: names of the steps of the rule that the numbers below do and do not
            prove.
        regions: one row a row of `Clearing.prices`, multipliers of each step.
        links: one row a row of `Clearing.flows`, multipliers and shares of each step.
        multipliers_digest: SHA-256, hex, of the canonical bytes of [regions, links]. Several
            sets of multipliers may prove one result; this names the ones that were published.
    """

    rule: str
    orders_digest: str
    network_digest: str
    parameters_digest: str
    primal: int
    dual: int
    proved: tuple[str, ...]
    not_proved: tuple[str, ...]
    regions: Columns
    links: Columns
    multipliers_digest: str = ""


class Clearing(Struct, frozen=True, kw_only=True):
    """What an auction ended in. Prices in ticks, quantities in lots; whole numbers throughout.

    Attributes:
        mechanism: its name in the table of mechanisms.
        prices: one row an (instrument, region): instrument, region, price, price_low, price_high
            (ticks; empty where nothing traded), status (traded | no_trade), best_buy, best_sell
            (best limits offered, empty where there is none).
        fills: one row a filled order: row (position in the orders given), lots, price.
        decremented: one row an order that met an order of its own party: row, lots taken off.
        flows: one row an (instrument, link): instrument, source, target, lots, shadow_price
            (ticks a lot), cost (ticks, in all), rent (ticks, in all); and where the network
            has them fee (ticks, in all) and rent_owner (who gets the rent).
        welfare: gains from trade in ticks x lots, net of the cost of links; fees are not lost, and
            so not taken off.
        volume: lots bought.
        certificate: see there.
        details: further public tables of the mechanism, by name; its reference page lists them.
    """

    mechanism: str
    prices: Columns
    fills: Columns
    decremented: Columns
    flows: Columns
    welfare: int
    volume: int
    certificate: Certificate
    details: dict[str, Columns] = {}

    def _repr_html_(self) -> str:
        from yaosu.markets.picture import clearing_picture

        return clearing_picture(self)


class Incumbent(Struct, frozen=True, kw_only=True):
    """A sound clearing met on the way to a better one.

    Attributes:
        clearing: all of it, with a certificate of its own.
        bound: ticks; no result is worth more, as claimed (``clearing.certificate.dual`` is proved).
        work: millions of steps of the search so far.
        is_last: whether the search ended here.
    """

    clearing: Clearing
    bound: int
    work: int
    is_last: bool

    @property
    def gap_ppm(self) -> int:
        """By how much the bound exceeds the welfare, in parts of a million of it, rounded up."""
        missed, welfare = self.bound - self.clearing.welfare, self.clearing.welfare
        return -(-missed * 1_000_000 // welfare) if welfare else (0 if not missed else GAP_OPEN)
