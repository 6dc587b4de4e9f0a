"""A naive oracle of the call auction for tiny books: everything is tried, nothing is clever.

Prices: the dual at every whole price vector. Fills: every flow, every number of lots. The exact
pro-rata shares: every way in which links can be empty, full or open.
"""

from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

Row = tuple[int, int, int, int]  # region, side, price, quantity
Link = tuple[int, int, int, int]  # source, target, capacity, cost


class Best(NamedTuple):
    """What the oracle finds."""

    welfare: int
    low: list[int]
    high: list[int]
    volume: int
    bought: list[int]
    sold: list[int]
    flow: list[int]


def dual(rows: list[Row], links: list[Link], prices: tuple[int, ...]) -> int:
    """Gains of all orders and links at given prices."""
    gain = sum(max(0, side * (price - prices[r])) * q for r, side, price, q in rows)
    return gain + sum(max(0, prices[t] - prices[s] - cost) * cap for s, t, cap, cost in links)


def equilibrium(
    rows: list[Row], links: list[Link], regions: int, taken: dict[int, int]
) -> tuple[int, list[int], list[int]]:
    """Least dual, and the least and greatest price vectors that reach it inside the hull."""
    limits = [row[2] for row in rows] + list(taken.values())
    span = range(min(limits), max(limits) + 1)
    choices = [[taken[r]] if r in taken else span for r in range(regions)]
    values = {p: dual(rows, links, p) for p in product(*choices)}
    least = min(values.values())
    best = [p for p, value in values.items() if value == least]
    by_region = list(zip(*best, strict=True))
    return least, [min(p) for p in by_region], [max(p) for p in by_region]


def curve(rows: list[Row], region: int, side: int) -> list[int]:
    """Limits lot by lot, the best first."""
    lots = [p for r, s, p, q in rows for _ in range(q) if (r, s) == (region, side)]
    return sorted(lots, reverse=side > 0)


def optima(
    rows: list[Row], links: list[Link], regions: int, taken: dict[int, int]
) -> tuple[int, int, list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]]:
    """Welfare, filled lots on both sides, and all (bought, sold, flow) that reach both."""
    bids = [curve(rows, r, 1) for r in range(regions)]
    asks = [curve(rows, r, -1) for r in range(regions)]
    best: tuple[int, int] = (-(10**9), 0)
    found: list[Any] = []
    for flow in product(*(range(link[2] + 1) for link in links)):
        net = [0] * regions
        for f, (s, t, _, _) in zip(flow, links, strict=True):
            net[s] -= f
            net[t] += f
        cost = sum(f * link[3] for f, link in zip(flow, links, strict=True))
        options = []
        for r in range(regions):
            own = []
            for b in range(len(bids[r]) + 1):
                for a in range(len(asks[r]) + 1):
                    left = net[r] + a - b
                    if left == 0 or r in taken:
                        worth = sum(bids[r][:b]) - sum(asks[r][:a]) + left * taken.get(r, 0)
                        own.append((worth, b + a, b, a))
            top = max((o[:2] for o in own), default=None)
            options.append([o for o in own if o[:2] == top])
        if not all(options):
            continue
        worth = sum(o[0][0] for o in options) - cost
        lots = sum(o[0][1] for o in options)
        if (worth, lots) >= best:
            if (worth, lots) > best:
                best, found = (worth, lots), []
            for pick in product(*options):
                bought, sold = tuple(o[2] for o in pick), tuple(o[3] for o in pick)
                found.append((bought, sold, flow))
    return best[0], best[1], found


def best_of(rows: list[Row], links: list[Link], regions: int, taken: dict[int, int]) -> Best:
    """The one result that the whole rule names. Links must be in canonical order."""
    least, low, high = equilibrium(rows, links, regions, taken)
    welfare, _, every = optima(rows, links, regions, taken)
    assert least == welfare, "the oracle contradicts itself"
    exact, forced = pro_rata(rows, links, regions, taken, every)
    candidates = []
    for bought, sold, flow in every:
        totals = {(r, 1): bought[r] for r in range(regions)}
        totals.update({(r, -1): sold[r] for r in range(regions)})
        rounded = all(
            totals[key] in (value.__floor__(), value.__ceil__()) for key, value in exact.items()
        )
        if rounded and all(flow[k] == f for k, f in forced.items()):
            candidates.append((totals, flow))
    odd = [(value - value.__floor__(), -r, s) for (r, s), value in exact.items()]
    order = [(-r, s) for rest, r, s in sorted(odd, reverse=True) if rest]
    weight = [max(1, 2**32 // max(link[2], 1)) for link in links]

    def rank(candidate: Any) -> Any:
        totals, flow = candidate
        up = [-(totals[key] - exact[key].__floor__()) for key in order]
        return up, sum(flow), sum(f * f * w for f, w in zip(flow, weight, strict=True)), flow

    totals, flow = min(candidates, key=rank)
    bought = [totals[r, 1] for r in range(regions)]
    sold = [totals[r, -1] for r in range(regions)]
    return Best(welfare, low, high, sum(bought), bought, sold, list(flow))


def pro_rata(
    rows: list[Row], links: list[Link], regions: int, taken: dict[int, int], every: list[Any]
) -> tuple[dict[tuple[int, int], Fraction], dict[int, int]]:
    """Exact totals of each (region, side), and flows that the exact solution forces.

    Tries every state (empty, full, open) of every link: open links join regions to parts, a part
    has one share; the feasible state with the least sum of squares is the solution.
    """
    ranges = [
        [(min(e[kind][i] for e in every), max(e[kind][i] for e in every)) for i in range(size)]
        for kind, size in ((0, regions), (1, regions), (2, len(links)))
    ]
    open_lots: dict[int, tuple[int, int, int]] = {}  # region -> side, decided lots, offered lots
    for r in range(regions):
        for kind, side in ((0, 1), (1, -1)):
            least, most = ranges[kind][r]
            if least < most:
                lots = curve(rows, r, side)
                assert len(set(lots[least:most])) == 1
                price = lots[least]
                better = sum(1 for p in lots if side * (p - price) > 0)
                open_lots[r] = (side, better, lots.count(price))
    best: Any = None
    states = [("open", "empty", "full") if a < b else ("fixed",) for a, b in ranges[2]]
    for state in product(*states):
        result = _one_state(links, regions, taken, ranges, open_lots, state)
        if result is not None:
            value, shares = result
            key = (value, sum(s in ("empty", "full") for s in state))
            if best is None or key < best[0]:
                best = (key, shares, state)
    assert best is not None
    exact = {
        (r, side): Fraction(ranges[kind][r][0])
        for r in range(regions)
        for kind, side in ((0, 1), (1, -1))
    }
    for r, (side, better, offered) in open_lots.items():
        exact[r, side] = better + best[1][r] * offered
    forced = {
        k: ranges[2][k][0 if s == "empty" else 1]
        for k, s in enumerate(best[2])
        if s in ("empty", "full")
    }
    return exact, forced


def _one_state(
    links: list[Link],
    regions: int,
    taken: dict[int, int],
    ranges: Any,
    open_lots: dict[int, tuple[int, int, int]],
    state: tuple[str, ...],
) -> tuple[Fraction, dict[int, Fraction]] | None:
    net = [0] * regions  # supply less demand, but for open lots
    for r in range(regions):
        side, better, _ = open_lots.get(r, (0, 0, 0))
        net[r] += better if side < 0 else ranges[1][r][0]
        net[r] -= better if side > 0 else ranges[0][r][0]
    joined = list(range(regions))
    for k, (s, t, _, _) in enumerate(links):
        if state[k] == "open":
            joined = [joined[s] if j == joined[t] else j for j in joined]
            continue
        f = ranges[2][k][1 if state[k] == "full" else 0]
        net[s] -= f
        net[t] += f
    shares: dict[int, Fraction] = {}
    value = Fraction(0)
    for part in {joined[r] for r in range(regions)}:
        inside = [r for r in range(regions) if joined[r] == part]
        offered = sum(open_lots[r][2] for r in inside if r in open_lots)
        if any(r in taken for r in inside):
            if offered:
                return None
            continue
        sides = {open_lots[r][0] for r in inside if r in open_lots}
        total = sum(net[r] for r in inside)
        if len(sides) > 1 or (not offered and total):
            return None
        share = Fraction(total * sum(sides), offered) if offered else Fraction(0)
        if not 0 <= share <= 1:
            return None
        supply = {r: Fraction(net[r]) for r in inside}
        for r in inside:
            if r in open_lots:
                side, _, lots = open_lots[r]
                supply[r] -= side * share * lots
                shares[r] = share
                value += share * share * lots
        if not _can_route(links, state, ranges, supply):
            return None
    return value, shares


def _can_route(
    links: list[Link], state: tuple[str, ...], ranges: Any, supply: dict[int, Fraction]
) -> bool:
    """Every set of regions can send its surplus out over open links (Gale 1957)."""
    nodes = list(supply)
    for chosen in product((False, True), repeat=len(nodes)):
        inside = {r for r, c in zip(nodes, chosen, strict=True) if c}
        out = 0
        for k, (s, t, _, _) in enumerate(links):
            if state[k] == "open" and s in supply and t in supply:
                least, most = ranges[2][k]
                if s in inside and t not in inside:
                    out += most
                if t in inside and s not in inside:
                    out -= least
        if sum(supply[r] for r in inside) > out:
            return False
    return True
