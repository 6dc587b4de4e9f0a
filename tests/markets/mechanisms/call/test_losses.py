"""Links that lose on the way, and links held to their flow of the period before."""

from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.mechanisms.call.helpers import changed, flows_by_link, with_table
from tests.markets.mechanisms.call.lossy import best_welfare, lossy_market
from yaosu.kernel import compiled
from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

KINDS = [{"losses": True, "ramps": False}, {"losses": False, "ramps": True}, {}]
KIND_NAMES = ["losses", "ramps", "both"]


def refused(orders: Orders, network: Network, clearing: Clearing, parameters: Any = None) -> str:
    """The code with which the check refuses."""
    with pytest.raises(Refusal) as caught:
        verify_clearing(orders, network, clearing, parameters)
    assert caught.value.code.startswith("markets.certificate_")
    return caught.value.code


def prices_by_place(clearing: Clearing) -> list[int | None]:
    """All prices, in the order of the table."""
    return clearing.prices.maybe("price").tolist()


def test_a_lossy_link_that_is_not_full_parts_prices_by_what_it_loses() -> None:
    """Of 10 lots sent 9 arrive: 90 there costs what 80 and a cost of 1 come to here."""
    orders = Orders.from_columns(
        region=["a", "b"], side=["sell", "buy"], price=[80, 200], quantity=[100, 9]
    )
    network = Network.from_links(["a"], ["b"], [50], [1], ["0.1"])
    clearing = clear(orders, network)
    verify_clearing(orders, network, clearing)
    (flow,) = clearing.flows.iterate()
    assert (flow["lots"], flow["arrived"]) == (10, 9)
    assert clearing.certificate.regions.text("low").tolist() == ["80", "90"]
    assert (flow["cost"], flow["rent"], flow["rounding"]) == (10, 0, 0)
    assert clearing.welfare == 9 * 200 - 10 * 80 - 10
    verify_clearing(orders, network, decode(encode(clearing), Clearing))


def test_what_is_lost_is_rounded_up_to_whole_lots() -> None:
    """A part of a lot that is lost takes the lot with it; the difference is stated."""
    orders = Orders.from_columns(
        region=["a", "b"], side=["sell", "buy"], price=[80, 200], quantity=[7, 50]
    )
    network = Network.from_links(["a"], ["b"], [50], [0], ["0.1"])
    clearing = clear(orders, network)
    (flow,) = clearing.flows.iterate()
    assert (flow["lots"], flow["arrived"]) == (7, 6)
    lost_part = Fraction(7 * 9, 10) - 6
    assert clearing.certificate.dual - clearing.certificate.primal == lost_part * 200


def test_a_ramp_that_binds_has_a_price_in_both_periods() -> None:
    """Five lots are wanted in the second period, four flow in the first.

    With no change allowed, who takes one more lot in the first period lets one more flow in the
    second, worth 40: so it is paid 30 for a lot that costs 10.
    """
    orders = Orders.from_columns(
        ["1", "1", "1", "2", "2"],
        ["a", "b", "b", "a", "b"],
        ["sell", "buy", "sell", "sell", "buy"],
        [10, 12, 11, 10, 50],
        [9, 4, 4, 9, 5],
    )
    free = Network.from_links(["a"], ["b"], [9])
    held = Network.from_links(["a"], ["b"], [9], ramp=[2])
    assert clear(orders, free).flows["lots"].tolist() == [4, 5]
    clearing = clear(orders, held)
    verify_clearing(orders, held, clearing)
    assert clearing.flows["lots"].tolist() == [4, 5]
    tight = Network.from_links(["a"], ["b"], [9], ramp=[0])
    clearing = clear(orders, tight)
    verify_clearing(orders, tight, clearing)
    assert clearing.flows["lots"].tolist() == [4, 4]
    held_back = [Fraction(text) for text in clearing.flows.text("ramp_exact").tolist()]
    assert held_back == [-40, 40]
    assert prices_by_place(clearing) == [10, -30, 10, 50]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_the_bound_is_the_best_welfare_that_a_linear_program_finds(kind: dict[str, bool]) -> None:
    """HiGHS, with its tolerances, and our fractions; the whole lots are within the bound."""
    for seed in range(30):
        orders, network, parameters = lossy_market(seed, **kind)
        clearing = clear(orders, network, **parameters)
        verify_clearing(orders, network, clearing, parameters)
        best = best_welfare(orders, network, parameters)
        assert best - 1e-6 <= clearing.certificate.dual < best + 1 + 1e-6, seed
        assert clearing.certificate.primal <= clearing.certificate.dual


def small(
    seed: int,
) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int, int, str]]]:
    """A few orders in two regions, and one or two lossy links."""
    chance = np.random.default_rng(seed)
    rows = [
        (int(r), int(s), int(p), int(q))
        for r, s, p, q in zip(
            chance.integers(0, 2, 5),
            chance.choice([-1, 1], 5),
            chance.integers(0, 6, 5),
            chance.integers(1, 4, 5),
            strict=True,
        )
    ]
    links = [(0, 1), (1, 0)][: int(chance.integers(1, 3))]
    return rows, [
        (
            s,
            t,
            int(chance.integers(1, 6)),
            int(chance.integers(0, 2)),
            str(chance.choice(["0.5", "0.25", "0"])),
        )
        for s, t in links
    ]


@pytest.mark.parametrize("seed", range(40))
def test_low_and_high_are_the_ends_of_all_supporting_prices(seed: int) -> None:
    """Every pair of prices in steps of an eighth: those of least dual lie between both ends."""
    rows, links = small(seed)
    orders = Orders.from_columns(
        region=["ab"[r] for r, *_ in rows],
        side=[s for _, s, _, _ in rows],
        price=[p for *_, p, _ in rows],
        quantity=[q for *_, q in rows],
    )
    s, t, room, cost, loss = zip(*links, strict=True)
    network = Network.from_links(
        ["ab"[i] for i in s],
        ["ab"[i] for i in t],
        room,
        cost,
        loss,
        regions=["a", "b"],
        ramp=[9] * len(links),
    )
    clearing = clear(orders, network)
    verify_clearing(orders, network, clearing)
    low, high = (
        tuple(Fraction(text) for text in clearing.certificate.regions.text(end).tolist())
        for end in ("low", "high")
    )

    def dual(prices: tuple[Fraction, ...]) -> Fraction:
        gain = sum(max(Fraction(0), side * (p - prices[r])) * q for r, side, p, q in rows)
        for a, b, most, charge, lost in links:
            rise = (1 - Fraction(lost)) * prices[b] - prices[a] - charge
            gain += max(Fraction(0), rise) * most
        return Fraction(gain)

    least = dual(low)
    assert least == dual(high)
    limits = [p for *_, p, _ in rows]
    span = [Fraction(n, 8) for n in range(8 * min(limits), 8 * max(limits) + 1)]
    for prices in product(span, repeat=2):
        value = dual(prices)
        assert value >= least
        if value == least:
            assert all(a <= p <= b for a, p, b in zip(low, prices, high, strict=True))


@given(st.integers(0, 100_000), st.sampled_from(range(3)))
@settings(max_examples=25, deadline=None)
def test_lots_and_money_are_all_accounted_for(seed: int, kind: int) -> None:
    """Each region balances, no limit is passed, ramps hold, and every tick goes somewhere."""
    orders, network, parameters = lossy_market(seed, **KINDS[kind])
    parameters.pop("price_takers", None)
    if network.is_plain:
        return
    clearing = clear(orders, network, **parameters)
    verify_clearing(orders, network, clearing, parameters)
    fills, flows = clearing.fills, clearing.flows
    rows, lots = fills["row"], fills["lots"]
    assert (orders.side[rows] * (orders.price[rows] - fills["price"]) >= 0).all()
    left: dict[tuple[str, str], int] = {}
    names = zip(
        orders.instrument.take(rows).tolist(),
        orders.region.take(rows).tolist(),
        (-orders.side[rows] * lots).tolist(),
        strict=True,
    )
    for period, region, more in names:
        left[period, region] = left.get((period, region), 0) + more
    lost = {(a["source"], a["target"]): a.get("loss_ppm", 0) for a in network.links.iterate()}
    net: dict[tuple[str, str, str], int] = {}
    for row in flows.iterate():
        period, a, b = row["instrument"], row["source"], row["target"]
        left[period, a] = left.get((period, a), 0) - row["lots"]
        left[period, b] = left.get((period, b), 0) + row["arrived"]
        assert row["arrived"] == row["lots"] * (10**6 - lost[a, b]) // 10**6
        net[period, a, b] = net.get((period, a, b), 0) + row["lots"]
        net[period, b, a] = net.get((period, b, a), 0) - row["lots"]
    assert not any(left.values())
    periods = sorted({key[0] for key in net}, key=int)
    for link in network.links.iterate() if "ramp" in network.links else ():
        for before, now in pairwise(periods):
            here = link["source"], link["target"]
            assert abs(net[now, *here] - net[before, *here]) <= link["ramp"]
    paid = int((orders.side[rows] * fills["price"] * lots).sum())
    got = sum(int(flows[name].sum()) for name in ("cost", "rent", "rounding", "fee"))
    assert paid == got


def test_nothing_published_can_be_changed() -> None:
    """Prices, fills, flows, losses, rents, owners, multipliers, bounds: each alone is noticed."""
    orders, network, parameters = lossy_market(5)
    owners = ["east", "west"] * network.links.rows
    links = network.links.with_columns(rent_owner=owners[: network.links.rows])
    network = Network(network.regions, links)
    clearing = clear(orders, network, **parameters)
    verify_clearing(orders, network, clearing, parameters)
    assert clearing.flows["lots"].any()
    tried = 0
    for table in ("prices", "fills", "flows", "decremented"):
        columns: Columns = getattr(clearing, table)
        for name in columns.names:
            column = columns.column(name)
            for row in range(min(columns.rows, 5)):
                if isinstance(column, Text):
                    texts = column.tolist()
                    texts[row] = "1/3" if texts[row] != "1/3" else "0"
                    false = columns.with_columns(**{name: Text.of(texts)})
                else:
                    value = column.tolist()[row]
                    if value is None:
                        continue
                    false = changed(columns, name, row, int(value) + 1)
                refused(orders, network, with_table(clearing, table, false), parameters)
                tried += 1
    for table in ("regions", "links"):
        columns = getattr(clearing.certificate, table)
        for name in columns.names:
            texts = columns.text(name).tolist()
            for row in range(len(texts)):
                for other in (Fraction(texts[row]) + 1, Fraction(texts[row]) - Fraction(1, 2)):
                    moved = [*texts[:row], str(other), *texts[row + 1 :]]
                    false = columns.with_columns(**{name: Text.of(moved)})
                    forged = with_table(clearing, table, false)
                    with pytest.raises(Refusal):
                        verify_clearing(orders, network, forged, parameters)
                    tried += 1
    for name in ("welfare", "volume"):
        for by in (-1, 1):
            false_total = {name: getattr(clearing, name) + by}
            refused(orders, network, msgspec.structs.replace(clearing, **false_total), parameters)
    for name in ("primal", "dual"):
        for by in (-1, 1):
            less = {name: getattr(clearing.certificate, name) + by}
            certificate = msgspec.structs.replace(clearing.certificate, **less)
            false_bound = msgspec.structs.replace(clearing, certificate=certificate)
            refused(orders, network, false_bound, parameters)
    assert tried > 200


def test_a_dropped_doubled_or_altered_order_and_another_loss_are_noticed() -> None:
    """The digests of orders and network are of all their rows."""
    orders, network, parameters = lossy_market(5)
    clearing = clear(orders, network, **parameters)
    rows = np.arange(orders.rows)
    for others in (rows[1:], np.append(rows, 0)):
        assert refused(Orders(orders.columns.take(others)), network, clearing, parameters)
    raised = Orders(changed(orders.columns, "price", 0, int(orders.price[0]) + 1))
    assert refused(raised, network, clearing, parameters) == "markets.certificate_digest"
    links = changed(network.links, "loss_ppm", 0, 7)
    other = Network(network.regions, links)
    assert refused(orders, other, clearing, parameters) == "markets.certificate_digest"


@pytest.mark.parametrize("text", ["", "1/0", "2/4", "x", "1.5", "9" * 2000, "-0", "+1", "1/-2"])
def test_numbers_that_are_no_fractions_are_refused_not_crashed_on(text: str) -> None:
    """Whatever stands in a certificate, the answer is a refusal."""
    orders, network, parameters = lossy_market(5)
    clearing = clear(orders, network, **parameters)
    for table in ("regions", "links"):
        columns = getattr(clearing.certificate, table)
        for name in columns.names:
            texts = columns.text(name).tolist()
            texts[0] = text
            false = columns.with_columns(**{name: Text.of(texts)})
            refused(orders, network, with_table(clearing, table, false), parameters)
        false = columns.with_columns(**{columns.names[0]: np.zeros(columns.rows, np.int64)})
        refused(orders, network, with_table(clearing, table, false), parameters)


def test_with_compiled_code_off_and_rows_permuted_the_result_is_the_same() -> None:
    """Fractions know no order of rows and no processor."""
    for seed in range(4):
        orders, network, parameters = lossy_market(seed)
        fast = clear(orders, network, **parameters)
        places = np.random.default_rng(seed).permutation(orders.rows)
        shuffled = clear(Orders(orders.columns.take(places)), network, **parameters)
        assert shuffled.prices == fast.prices
        assert shuffled.flows == fast.flows
        assert shuffled.certificate == fast.certificate
        was_enabled, root = compiled.is_enabled(), compiled._Setting.cache_root
        try:
            compiled.configure(enabled=False, cache_root=root)
            plain = clear(orders, network, **parameters)
        finally:
            compiled.configure(enabled=was_enabled, cache_root=root)
        assert encode(plain) == encode(fast)


def test_what_links_with_losses_or_ramps_do_not_go_with_is_refused() -> None:
    """Negative prices, the rule nearest, packages, and ramps that no price in the band carries."""
    orders = Orders.from_columns(region=["a", "b"], side=[-1, 1], price=[-3, 9], quantity=[9, 9])
    lossy = Network.from_links(["a"], ["b"], [4], loss=["0.1"])
    for code, book, network, parameters in (
        ("markets.negative_price_with_losses", orders, lossy, {}),
        (
            "markets.bad_parameter",
            orders,
            lossy,
            {"price_rule": "nearest", "reference_prices": {"a": 3}},
        ),
        ("markets.only_plain_links", orders, lossy, {"mechanism": "package"}),
    ):
        with pytest.raises(Refusal) as caught:
            clear(book, network, **parameters)
        assert caught.value.code == code


def test_periods_are_in_the_order_of_their_numbers() -> None:
    """9 comes before 10; names that are not numbers go by the alphabet."""
    for names in (["9", "10"], ["h09", "h10"]):
        orders = Orders.from_columns(
            [n for n in names for _ in "ab"],
            ["a", "b"] * 2,
            [-1, 1] * 2,
            [1, 9] * 2,
            [0 + 3, 3, 9, 9],
        )
        network = Network.from_links(["a"], ["b"], [9], ramp=[1])
        flows = {r["instrument"]: r["lots"] for r in clear(orders, network).flows.iterate()}
        assert flows == {names[0]: 3, names[1]: 4}
        assert flows_by_link(clear(orders, network))
