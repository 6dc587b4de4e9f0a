"""Which offers fill a request best, where each lends nothing or between its least and its amount.

Without least amounts the cheapest are taken in line, and only the last one in part. If that keeps
to all of them it is the best, for nothing can be cheaper or lend more. Else every choice is tried
or ruled out by that bound, by depth first: who is first in line is taken before it is left out. The
work is counted in steps; when they are used up the best choice so far stands, and says so.

Oracle in tests/markets/mechanisms/credit/test_against_brute_force.py.
"""

from msgspec import Struct

STEPS_MAX = 20_000


class Offer(Struct, frozen=True):
    """What a lender offers: row of the orders, rate (basis points), lots at most and at least."""

    row: int
    rate: int
    lots: int
    least: int


class Choice(Struct, frozen=True):
    """What is taken.

    Attributes:
        offers: in line: by rate, then who came first.
        lots: taken of each.
        bound: of the welfare (limit less own rate, times lots) of any choice.
        is_best: whether every other choice was tried or ruled out.
    """

    offers: tuple[Offer, ...]
    lots: tuple[int, ...]
    bound: int
    is_best: bool


Key = tuple[int, int, int]  # lots less is worse (negative), highest rate where it counts, cost


def choose(
    offers: tuple[Offer, ...], wanted: int, least: int, limit: int, is_uniform: bool
) -> Choice:
    """The best lots of each offer.

    Args:
        offers: in line, rates at most ``limit``, least at least 1 and at most lots.
        wanted, least: lots asked for, and the fewest that are taken.
        limit: the highest rate.
        is_uniform: the highest rate counts before the cost.
    """
    relaxed = _fill(offers, [0] * len(offers), wanted)
    bound = sum((limit - o.rate) * n for o, n in zip(offers, relaxed, strict=True))
    if sum(relaxed) < least:
        return Choice(offers, (0,) * len(offers), bound, True)
    if all(n == 0 or n >= o.least for o, n in zip(offers, relaxed, strict=True)):
        return Choice(offers, tuple(relaxed), bound, True)
    search = _Search(offers, wanted, is_uniform)
    search.run()
    lots = search.best if sum(search.best) >= least else [0] * len(offers)
    return Choice(offers, tuple(lots), bound, search.steps < STEPS_MAX)


class _Search:
    """Depth first over who is taken; keeps the best by (key, more for who is first in line)."""

    def __init__(self, offers: tuple[Offer, ...], wanted: int, is_uniform: bool) -> None:
        self.offers = offers
        self.wanted = wanted
        self.is_uniform = is_uniform
        self.steps = 0
        self.best = [0] * len(offers)
        self.best_key: Key = (0, 0, 0)

    def run(self) -> None:
        """Try every choice that may be better than the best so far.

        A node is (how many offers are decided, which of them are taken); all others may still
        lend anything from 0.
        """
        waiting: list[tuple[int, tuple[bool, ...]]] = [(0, ())]
        while waiting and self.steps < STEPS_MAX:
            self.steps += 1
            at, taken = waiting.pop()
            floor = [
                offer.least if chosen else 0
                for offer, chosen in zip(self.offers, taken, strict=False)
            ]
            if sum(floor) > self.wanted:
                continue
            able = [offer.lots if i >= at or taken[i] else 0 for i, offer in enumerate(self.offers)]
            lots = _fill(self.offers, floor + [0] * (len(able) - at), self.wanted, able)
            key = self._key(lots)
            if key > self.best_key:
                continue
            if not self._keep(lots, key) and at < len(able):
                waiting.append((at + 1, (*taken, False)))
                waiting.append((at + 1, (*taken, True)))

    def _key(self, lots: list[int]) -> Key:
        pairs = [(o.rate, n) for o, n in zip(self.offers, lots, strict=True) if n]
        highest = max((rate for rate, _ in pairs), default=0) if self.is_uniform else 0
        return (-sum(lots), highest, sum(rate * n for rate, n in pairs))

    def _keep(self, lots: list[int], key: Key) -> bool:
        """Whether a filling keeps to every least amount; kept if it is better, too.

        Then it is the best of its node: the cheapest, and the first in line have most.
        """
        if any(0 < n < o.least for o, n in zip(self.offers, lots, strict=True)):
            return False
        if (key, [-n for n in lots]) < (self.best_key, [-n for n in self.best]):
            self.best, self.best_key = lots, key
        return True


def _fill(
    offers: tuple[Offer, ...], floor: list[int], wanted: int, able: list[int] | None = None
) -> list[int]:
    """Everyone's floor, and what is still wanted from the first in line; cheapest for its sum."""
    lots = list(floor)
    rest = wanted - sum(lots)
    for i, offer in enumerate(offers):
        more = min(rest, (offer.lots if able is None else able[i]) - lots[i])
        lots[i] += more
        rest -= more
    return lots
