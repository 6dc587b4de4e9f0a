"""Against all results there are: stable, best for those who propose, and nothing to gain by lies.

Proves S2-46 (no blocking pair; strategy-proof for the proposing side on small cases; reproducible)
and S2-39 as far as seats go (special posts outside the ordinary quota with their own cap).
"""

import itertools

import numpy as np
import pytest
from msgspec.structs import replace

from tests.markets.mechanisms.matching.markets import marriages, random_market
from tests.markets.mechanisms.matching.oracle import SEED, Market, Result, posts_of
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms.matching import match_choices, matching_of
from yaosu.markets.mechanisms.matching_book import book_of, draws_of
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_verify import verify_matching


def solved(market: Market, proposing: str) -> Result:
    parameters = replace(market.parameters, proposing=proposing)
    matching = match_choices(market.choices, parameters)
    verify_matching(market.choices, matching, parameters)
    return posts_of(matching, len(market.lists))


@pytest.mark.parametrize("seed", range(200))
def test_either_side_gets_its_best_stable_result(seed: int) -> None:
    """S2-46, S2-39: reserved seats and lotteries included."""
    market = random_market(seed) if seed % 3 else marriages(seed, 4)
    stable = market.stable()
    people, posts = solved(market, "people"), solved(market, "posts")
    assert people in stable
    assert posts in stable
    for person in range(len(market.lists)):
        places = [market.place_of(person, result[person]) for result in stable]
        assert market.place_of(person, people[person]) == min(places)
        assert market.place_of(person, posts[person]) == max(places)


@pytest.mark.parametrize("seed", range(60))
def test_who_stays_without_a_post_is_the_same_in_every_stable_result(seed: int) -> None:
    """The rural hospitals theorem (A. E. Roth 1986): pay and quotas mend shortages, not rules."""
    market = random_market(seed, people=5)
    stable = market.stable()
    for result in stable[1:]:
        for post in market.seats:
            assert len(market.held(result, post)) == len(market.held(stable[0], post))
        unplaced = [[p for p, m in enumerate(r) if m is None] for r in (result, stable[0])]
        assert unplaced[0] == unplaced[1]


def test_the_check_takes_one_result_and_no_other() -> None:
    """Every other result, stable or not, is refused: of a whole market, one by one."""
    several = 0
    for seed in range(40):
        market = marriages(seed, 3)
        stable = market.stable()
        several += len(stable) > 1
        for proposing in ("people", "posts"):
            parameters = replace(market.parameters, proposing=proposing)
            best = posts_of(match_choices(market.choices, parameters), 3)
            for result in market.all_results():
                taken = _is_taken(market, result, parameters)
                assert taken == (result == best), (seed, proposing, result)
    assert several > 5


def _is_taken(market: Market, result: Result, parameters: MatchingParameters) -> bool:
    """Whether tables made from any result pass, all that follows from it being right."""
    book = book_of(market.choices)
    reached = np.array([market.place_of(p, m) for p, m in enumerate(result)], np.int32)
    seat = np.array([-1 if m is None else m for m in result], np.int32)
    made = matching_of(book, draws_of(book, parameters), parameters, reached, seat)
    try:
        verify_matching(market.choices, made, parameters)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("reserved", ["stay", "open"])
def test_nobody_gains_by_another_list(reserved: str) -> None:
    """S2-46: all 16^3 profiles of three people and three posts, all 15 lies of each person.

    One post has a reserved seat beside its own, and posts like people differently.
    """
    lists = [list(p) for k in range(4) for p in itertools.permutations(range(3), k)]
    assert len(lists) == 16
    scores = {(p, m): (p + 2 * m) % 3 for p in range(3) for m in range(3)}
    seats = {0: [("", 1)], 1: [("urgent", 1), ("", 0)], 2: [("", 1)]}
    groups = {1: {"urgent"}, 2: {"urgent"}}
    results: dict[tuple[int, ...], Result] = {}
    for profile in itertools.product(range(16), repeat=3):
        market = Market([lists[i] for i in profile], scores, seats, groups, unfilled=reserved)
        matching = match_choices(market.choices, market.parameters)
        results[profile] = posts_of(matching, 3)
    for profile, result in results.items():
        for person in range(3):
            true = [*lists[profile[person]], None]
            place = true.index(result[person])
            for lie in range(16):
                said = (*profile[:person], lie, *profile[person + 1 :])
                got = results[said][person]
                assert got not in true or true.index(got) >= place, (profile, person, lie)


def test_posts_that_propose_may_be_misled_by_people_and_this_finds_it() -> None:
    """The other way round lies can pay (Roth 1982): the test above can fail."""
    found = False
    for seed in range(30):
        market = marriages(seed, 3)
        honest = solved(market, "posts")
        for lie in itertools.permutations(range(3), 2):
            lists = [list(lie), *market.lists[1:]]
            lied = solved(Market(lists, market.scores, market.seats, seed=SEED), "posts")
            own = lied[0]
            found |= own is not None and market.place_of(0, own) < market.place_of(0, honest[0])
    assert found
