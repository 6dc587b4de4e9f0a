"""Loans by hand: the worked auction of a textbook, least amounts, reasons."""

import pytest

import yaosu as ys
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

HERE = Network.alone("only")
LENDERS = {"1": (50, 47, 40, 32, 15, 5), "2": (42, 28, 20, 12, 7, 3), "3": (45, 35, 24, 14, 9, 6)}


def book(
    wanted: int, limit: int, *offers: tuple[str, int, int, int], least: int = 0, borrower: str = "f"
) -> Orders:
    """A request, and offers (party, lots, rate, least), in order of arrival."""
    return Orders.from_columns(
        party=[borrower, *(offer[0] for offer in offers)],
        side=[1, *(-1 for _ in offers)],
        price=[limit, *(offer[2] for offer in offers)],
        quantity=[wanted, *(offer[1] for offer in offers)],
        least=[least, *(offer[3] for offer in offers)],
        sequence=list(range(len(offers) + 1)),
    )


def received(orders: Orders, clearing: Clearing) -> dict[str, tuple[int, int]]:
    """Lender -> (lots lent, lots x rate)."""
    sums: dict[str, tuple[int, int]] = {}
    assert orders.party is not None
    names = orders.party.tolist()
    for fill in clearing.fills.iterate():
        if orders.side[fill["row"]] < 0:
            lots, cost = sums.get(names[fill["row"]], (0, 0))
            sums[names[fill["row"]]] = (lots + fill["lots"], cost + fill["lots"] * fill["price"])
    return sums


def textbook() -> Orders:
    """Six units, three bidders; a bid b for a unit is here an offer of a lot at rate 100 - b."""
    offers = [(name, 1, 100 - bid, 0) for name, bids in LENDERS.items() for bid in bids]
    return book(6, 100, *offers)


def test_six_units_and_three_bidders_pay_as_bid() -> None:
    """Krishna, Auction Theory, ch. 12: units 3, 1, 2; bidder 1 pays 137, 2 pays 42, 3 pays 80."""
    orders = textbook()
    clearing = ys.clear(orders, HERE, "credit")
    assert received(orders, clearing) == {
        "1": (3, 300 - 137),
        "2": (1, 100 - 42),
        "3": (2, 200 - 80),
    }
    assert clearing.certificate.primal == clearing.certificate.dual
    assert "cheapest" in clearing.certificate.proved


@pytest.mark.parametrize(("which", "bid"), [("first_rejected", 32), ("last_accepted", 35)])
def test_six_units_and_three_bidders_at_one_rate(which: str, bid: int) -> None:
    """The same book: the highest losing bid is 32, the lowest winning one 35."""
    orders = textbook()
    clearing = ys.clear(orders, HERE, "credit", pricing="uniform", uniform_rate=which)
    rate = 100 - bid
    assert received(orders, clearing) == {"1": (3, 3 * rate), "2": (1, rate), "3": (2, 2 * rate)}
    assert clearing.prices.maybe("price").tolist() == [rate]


def test_the_first_rejected_rate_never_passes_the_limit() -> None:
    orders = book(10, 500, ("a", 10, 300, 0), ("b", 10, 900, 0))
    clearing = ys.clear(orders, HERE, "credit", pricing="uniform", uniform_rate="first_rejected")
    assert received(orders, clearing) == {"a": (10, 5_000)}


def test_a_least_amount_may_make_room_for_a_dearer_lender() -> None:
    """100 are wanted. In line a gives 60 and b 40; b lends 50 or nothing: a gives 50."""
    orders = book(100, 900, ("a", 60, 300, 10), ("b", 80, 400, 50), ("c", 100, 450, 0))
    clearing = ys.clear(orders, HERE, "credit")
    assert received(orders, clearing) == {"a": (50, 15_000), "b": (50, 20_000)}
    assert clearing.certificate.primal < clearing.certificate.dual
    dear = book(100, 900, ("a", 60, 300, 60), ("b", 80, 400, 50), ("c", 100, 405, 0))
    cheap = ys.clear(dear, HERE, "credit")
    assert received(dear, cheap) == {"a": (60, 18_000), "c": (40, 16_200)}


def test_a_request_may_want_all_or_nothing() -> None:
    offers = (("a", 60, 300, 0), ("b", 30, 400, 0))
    assert ys.clear(book(100, 900, *offers), HERE, "credit").volume == 90
    whole = book(100, 900, *offers, least=100)
    assert ys.clear(whole, HERE, "credit").volume == 0
    reasons = ys.clear(whole, HERE, "credit").details["offers"]
    assert set(reasons.text("reason").tolist()) == {"request_not_filled"}


def test_every_offer_that_is_not_taken_is_told_why() -> None:
    """S2-69: reasons for refusal are kept."""
    orders = book(
        100, 500,
        ("a", 60, 300, 0), ("b", 60, 300, 0), ("c", 50, 301, 0), ("d", 50, 600, 0),
        ("f", 50, 100, 0), ("g", 200, 200, 150),
    )  # fmt: skip
    clearing = ys.clear(orders, HERE, "credit")
    reasons = clearing.details["offers"]
    assert reasons.text("reason").tolist() == [
        "accepted",
        "accepted_in_part",
        "outbid",
        "rate_above_limit",
        "own_request",
        "least_amount_not_met",
    ]
    assert reasons["lots"].tolist() == [60, 40, 0, 0, 0, 0]
    assert clearing.volume == 100
    alone = Orders.from_columns(side=[-1], price=[3], quantity=[5])
    told = ys.clear(alone, HERE, "credit").details["offers"]
    assert told.text("reason").tolist() == ["no_request"]


def test_equal_rates_go_to_who_came_first_and_requests_are_served_in_turn() -> None:
    orders = Orders.from_columns(
        party=["f", "g", "a", "b"],
        side=[1, 1, -1, -1],
        price=[500, 500, 300, 300],
        quantity=[60, 60, 50, 50],
        sequence=[1, 2, 4, 3],
    )
    clearing = ys.clear(orders, HERE, "credit")
    lots = {(fill["row"], fill["lots"]) for fill in clearing.fills.iterate()}
    assert lots == {(0, 60), (3, 50), (2, 50), (1, 40)}
    reasons = clearing.details["offers"].text("reason").tolist()
    assert reasons == ["accepted", "accepted"]


def test_another_mechanism_does_not_pass_over_a_least_amount() -> None:
    orders = book(10, 500, ("a", 10, 300, 5))
    with pytest.raises(
        Refusal, match=r"markets.least_not_taken: the mechanism call knows no least"
    ):
        ys.clear(orders, HERE, "call")
    with pytest.raises(Refusal, match=r"markets.least_not_in_range: order row 1 takes no fewer"):
        book(10, 500, ("a", 10, 300, 11))
    for given in ({"pricing": "free"}, {"uniform_rate": "any"}):
        with pytest.raises(Refusal, match=r"markets.bad_parameter: parameter (pricing|uniform)"):
            ys.clear(orders, HERE, "credit", **given)
