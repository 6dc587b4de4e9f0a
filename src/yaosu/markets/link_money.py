"""What links earn and lose: the money and the lots between what is sold and what is bought. Pure.

On a link, what arrives is paid for at the price of its target, what was sent at the price of its
source. The difference is its fee, its cost, its congestion rent, and what rounding leaves. Fee and
rent go to whom the link names, the rest to the party of the market. That party also bears what is
missing: a link held to its flow of the period before may carry lots against the price, and prices
in whole ticks may ask less than was paid. Lots that are lost on the way go to the party of the
terms, which answers for them.
"""

from typing import NamedTuple

from yaosu.kernel.columns import Columns
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.clearing import Clearing
from yaosu.markets.state import Market, MarketsReach


class LinkMoney(NamedTuple):
    """Of one link and instrument, minor units: who gets the fee and the rent, and what is left."""

    instrument: str
    authority: str
    fee: int
    owner: str
    rent: int
    rest: int


def link_money(market: Market, clearing: Clearing, instrument: str = "") -> list[LinkMoney]:
    """Where the money of every link that carries something goes; ``rest`` may be below zero.

    Args:
        instrument: of this one only; left out, of all.
    """
    prices = {
        (row["instrument"], row["region"]): row["price"]
        for row in _of(clearing.prices, instrument).iterate()
    }
    tick = market.trading.tick_minor
    found: list[LinkMoney] = []
    fee_to = _fee_to(market)
    for row in _of(clearing.flows, instrument).iterate():
        name, lots = row["instrument"], row["lots"]
        if not lots:
            continue
        paid = prices[name, row["target"]] * row.get("arrived", lots)
        money = (paid - prices[name, row["source"]] * lots) * tick
        fee, rent = row.get("fee", 0) * tick, max(row["rent"], 0) * tick
        ends = row["source"], row["target"]
        authority = fee_to.get((name, *ends), fee_to.get(("", *ends), market.rent_to))
        owner = row.get("rent_owner", market.rent_to)
        found.append(LinkMoney(name, authority, fee, owner, rent, money - fee - rent))
    return found


def lots_lost(clearing: Clearing, instrument: str) -> int:
    """Lots of one instrument that were sent and did not arrive."""
    if "arrived" not in clearing.flows:
        return 0
    flows = _of(clearing.flows, instrument)
    return int((flows["lots"] - flows["arrived"]).sum())


def cover_links(
    reach: MarketsReach, market: Market, clearing: Clearing, after: list[Event]
) -> list[Event]:
    """Hold what the party of the market may have to add, or refuse the result until it is there.

    What of it is not needed is freed when the round settles. Where each order has a payment of
    its own, what links earn is in the payments, and never below zero.
    """
    if "payment" in clearing.fills:
        return []
    short: dict[str, int] = {}
    for link in link_money(market, clearing):
        short[link.instrument] = short.get(link.instrument, 0) + link.rest
    amount = sum(-rest for rest in short.values() if rest < 0)
    if not amount:
        return []
    free = book.balance_after(reach, market.rent_to, market.currency, after)
    refuse_unless(
        free >= amount,
        "markets.links_not_covered",
        market=market.market,
        party=market.rent_to,
        amount=amount,
        free=free,
    )
    name = derive_id("cover", market.market, market.round)
    held = (market.rent_to, market.currency, book.FREE, market.held_for, amount)
    return book.move(reach, name, *held, after)


def _of(table: Columns, instrument: str) -> Columns:
    """The rows of one instrument, or all."""
    if not instrument:
        return table
    name = table.text("instrument")
    return table.take(name.codes == name.code_of(instrument))


def _fee_to(market: Market) -> dict[tuple[str, str, str], str]:
    """(instrument, or "" for all; source; target) -> who gets the fees of a link."""
    links = market.closed_as.links if market.closed_as is not None else None
    if links is None or "fee_to" not in links:
        return {}
    return {
        (row.get("instrument", ""), row["source"], row["target"]): row["fee_to"]
        for row in links.iterate()
    }
