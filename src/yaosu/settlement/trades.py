"""From fills to trades: who gives what to whom, and what each pays. Pure, on columns."""

import numpy as np

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.markets.blocks import filled_lots
from yaosu.markets.clearing import Clearing
from yaosu.markets.link_money import link_money, lots_lost
from yaosu.markets.listing_terms import Due
from yaosu.markets.pairing import hand_over
from yaosu.markets.state import Market, book_of


def pair_trades(market: Market, clearing: Clearing, instrument: str) -> Columns:
    """Sold lots handed to buyers: columns right, seller, buyer, lots.

    Fills are summed by right sold and by buyer, both in order of their ids, and handed over from
    the first to the first until the lots are gone: n sellers and m buyers make fewer than n + m
    trades. Lots are interchangeable inside an instrument, so who meets whom moves no money.
    What links lost is handed over last, to who takes the losses; a further column ``into`` names
    the purpose under which those lots are booked, from which they cannot be sold again.
    """
    book, lots = _filled(market, clearing, instrument)
    lost = lots_lost(clearing, instrument)
    trades = pair_fills(book, lots, lost, market.takes_losses)
    if not lost:
        return trades
    is_lost = np.cumsum(trades["lots"]) > trades["lots"].sum() - lost
    return trades.with_columns(into=Text(("", market.lost_in), is_lost.astype(np.int32)))


def pair_fills(book: Columns, lots: Integers, lost: int = 0, takes_losses: str = "") -> Columns:
    """Pair the filled orders of one instrument: columns right, seller, buyer, lots."""
    side = book["side"]
    sold, right_of, seller_of = _sum_by_right(book.take(side < 0), lots[side < 0])
    bought, buyers = _sum_by(book.text("party").take(side > 0), lots[side > 0])
    if lost:
        bought, buyers = np.append(bought, lost), [*buyers, takes_losses]
    assert sold.sum() == bought.sum(), "sold and bought lots differ"
    return _hand_over(sold, right_of, seller_of, bought, buyers)


def cash_of(market: Market, clearing: Clearing, instrument: str) -> Columns:
    """What each party pays (negative) or receives in minor units; sums to zero.

    Buyers pay and sellers receive the price of their region. The difference on each link is its
    fee, which goes to the authority that the link names, its congestion rent, which goes to the
    owner that it names, and its cost; the party of the market gets the cost, and what has no name,
    and bears what rounding and ramps cost (`link_money`).
    """
    amounts: dict[str, int] = {}
    book, lots = _filled(market, clearing, instrument)
    price = region_prices(clearing, instrument)
    region = book.text("region")
    at = np.array([price.get(name, 0) for name in region.values] or [0], np.int64)[region.codes]
    paid = -book["side"].astype(np.int64) * lots * at * market.trading.tick_minor
    totals, parties = _sum_by(book.text("party"), paid)
    for party, amount in zip(parties, totals.tolist(), strict=True):
        amounts[party] = amount
    for link in link_money(market, clearing, instrument):
        for party, amount in (
            (link.authority, link.fee),
            (link.owner, link.rent),
            (market.rent_to, link.rest),
        ):
            amounts[party] = amounts.get(party, 0) + amount
    return money_columns(amounts)


def money_columns(amounts: dict[str, int]) -> Columns:
    """What each party pays (negative) or receives, those with nothing left out; sums to zero."""
    assert sum(amounts.values()) == 0, "money does not balance"
    rows = sorted((party, amount) for party, amount in amounts.items() if amount)
    return Columns.of(
        party=Text.of([party for party, _ in rows]),
        amount=[amount for _, amount in rows],
    )


def lots_of_trades(trades: Columns) -> Columns:
    """Trades of a continuous market, summed: columns right, seller, buyer, lots."""
    lots: dict[tuple[str, str, str], int] = {}
    for row in trades.iterate():
        names = row["right"], row["seller"], row["buyer"]
        lots[names] = lots.get(names, 0) + row["lots"]
    rows = sorted(lots)
    return Columns.of(
        right=Text.of([right for right, _, _ in rows]),
        seller=Text.of([seller for _, seller, _ in rows]),
        buyer=Text.of([buyer for _, _, buyer in rows]),
        lots=[lots[names] for names in rows],
    )


def cash_of_trades(trades: Columns, tick_minor: int, fees_to: str) -> Columns:
    """What each party pays (negative) or receives for trades at their own prices; sums to zero.

    Args:
        fees_to: the party that gets what both sides pay beside the price.
    """
    amounts: dict[str, int] = {}
    for row in trades.iterate():
        value = row["price"] * row["lots"] * tick_minor
        bought, sold = row.get("buy_fee", 0), row.get("sell_fee", 0)
        for party, amount in (
            (row["buyer"], -value - bought),
            (row["seller"], value - sold),
            (fees_to, bought + sold),
        ):
            amounts[party] = amounts.get(party, 0) + amount
    return money_columns(amounts)


def award_of(right: str, seller: str, due: Due) -> Columns:
    """What a winner of a listing gets: columns right, seller, buyer, lots."""
    return Columns.of(right=[right], seller=[seller], buyer=[due.party], lots=[due.lots])


def cash_of_award(seller: str, operator: str, due: Due) -> Columns:
    """The winner pays price and fee, the seller gets the price, the operator the fee."""
    amounts: dict[str, int] = {}
    for party, amount in (
        (due.party, -due.price_minor - due.fee_minor),
        (seller, due.price_minor),
        (operator, due.fee_minor),
    ):
        amounts[party] = amounts.get(party, 0) + amount
    rows = sorted((party, amount) for party, amount in amounts.items() if amount)
    return Columns.of(
        party=Text.of([party for party, _ in rows]),
        amount=np.array([amount for _, amount in rows], np.int64),
    )


def held_by_buyers(trades: Columns, tick_minor: int) -> dict[str, int]:
    """Buyer -> what its orders held for the lots they bought: their limits times the lots."""
    held: dict[str, int] = {}
    for row in trades.iterate():
        value = row["limit"] * row["lots"] * tick_minor
        held[row["buyer"]] = held.get(row["buyer"], 0) + value
    return dict(sorted(held.items()))


def region_prices(clearing: Clearing, instrument: str) -> dict[str, int]:
    """Region -> clearing price in ticks of one instrument, where there is one."""
    table = clearing.prices
    rows = table.take(
        table.text("instrument").codes == table.text("instrument").code_of(instrument)
    )
    return {row["region"]: row["price"] for row in rows.iterate() if row["price"] is not None}


def _filled(market: Market, clearing: Clearing, instrument: str) -> tuple[Columns, Integers]:
    book = book_of(market)
    lots = filled_lots(book, clearing)
    name = book.text("instrument")
    wanted = (lots > 0) & (name.codes == name.code_of(instrument))
    return book.take(wanted), lots[wanted]


def _sum_by(text: Text, amounts: Integers) -> tuple[Integers, list[str]]:
    coded = text.sorted()
    totals = np.zeros(len(coded.values), np.int64)
    np.add.at(totals, coded.codes, amounts)
    return totals, list(coded.values)


def _sum_by_right(sells: Columns, lots: Integers) -> tuple[Integers, list[str], list[str]]:
    totals, rights = _sum_by(sells.text("right"), lots)
    coded = sells.text("right").sorted()
    first = np.zeros(len(rights), np.int64)
    first[coded.codes[::-1]] = np.arange(sells.rows)[::-1]
    party = sells.text("party")
    return totals, rights, [party.values[party.codes[row]] for row in first.tolist()]


def _hand_over(
    sold: Integers, rights: list[str], sellers: list[str], bought: Integers, buyers: list[str]
) -> Columns:
    giver, taker, lots = hand_over(sold, bought)
    return Columns.of(
        right=Text.of([rights[i] for i in giver.tolist()]),
        seller=Text.of([sellers[i] for i in giver.tolist()]),
        buyer=Text.of([buyers[i] for i in taker.tolist()]),
        lots=lots,
    )
