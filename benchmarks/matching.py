"""Matching at national scale against sorting the same keys, and small against `matching` of PyPI.

Ours is the whole way from columns of rows to public tables, and the whole check of these. The peer
is given ready players and only asked to solve; its preparation is not counted. Both must place the
same people in the same posts. Rounds take turns; medians. The peer is left out where it is not
installed.
"""

import argparse
import resource
import statistics
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import yaosu as ys

SEED = "07" * 32
CHOICES_EACH = 10


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--rounds", type=int, default=7)
    arguments = given.parse_args()
    warm_up()
    people = 100_000 if arguments.quick else 1_000_000
    for worth in (0, 3):
        national(people, people // 20, worth, arguments.rounds)
    against_peer(
        1_000 if arguments.quick else 5_000, 50 if arguments.quick else 250, arguments.rounds
    )


def make_rows(people: int, posts: int, worth: int) -> dict[str, np.ndarray]:
    """Ten posts each, drawn alike, or the posts of small numbers more often (``worth`` above 0);
    each post examines for itself, 0 to 750 points, with many ties."""
    chance = np.random.default_rng([people, posts, worth])
    drawn = chance.random((people, 2 * CHOICES_EACH)) ** (1 + worth)
    post = (drawn * posts).astype(np.int32)
    step = np.arange(2 * CHOICES_EACH, dtype=np.int32)
    order = np.sort(np.where(first_of_each(post), step, 2 * CHOICES_EACH), axis=1)
    order = order[:, :CHOICES_EACH]
    is_there = order < 2 * CHOICES_EACH
    kept = np.take_along_axis(post, np.where(is_there, order, 0), axis=1)[is_there]
    person = np.repeat(np.arange(people, dtype=np.int32), is_there.sum(axis=1))
    score = np.clip(chance.normal(450, 100, len(person)), 0, 750).astype(np.int32)
    return {"person": person, "post": kept, "score": score}


def first_of_each(post: np.ndarray) -> np.ndarray:
    """Whether a row of the table has the post for the first time there."""
    order = np.argsort(post, axis=1, kind="stable")
    ordered = np.take_along_axis(post, order, axis=1)
    is_first = np.ones_like(post, bool)
    is_first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    result = np.empty_like(is_first)
    np.put_along_axis(result, order, is_first, axis=1)
    return result


def tables(people: int, posts: int, worth: int) -> ys.Choices:
    """As the mechanism takes them; as many seats as people."""
    seats = {"post": np.arange(posts), "seats": np.full(posts, people // posts)}
    return ys.Choices.of(make_rows(people, posts, worth), seats)


def warm_up() -> None:
    """Compile before anything is timed."""
    choices = tables(1_000, 50, 0)
    for proposing in ("people", "posts"):
        matching = ys.match(choices, seed=SEED, proposing=proposing)
        ys.verify_matching(choices, matching, seed=SEED, proposing=proposing)


def national(people: int, posts: int, worth: int, rounds: int) -> None:
    """People propose; against sorting one key a choice."""
    choices = tables(people, posts, worth)
    rows = choices.choices.rows
    keys = np.random.default_rng(rows).integers(0, 1 << 60, rows)
    matching = ys.match(choices, seed=SEED)
    posts_first = ys.match(choices, seed=SEED, proposing="posts")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = medians(
        {
            "match": lambda: ys.match(choices, seed=SEED),
            "verify": lambda: ys.verify_matching(choices, matching, seed=SEED),
            "argsort": lambda: np.argsort(keys),
        },
        rounds,
    )
    begin = perf_counter()
    ys.verify_matching(choices, posts_first, seed=SEED, proposing="posts")
    shape = "posts alike" if worth == 0 else "some posts much wanted"
    print(f"{people:,} people, {rows:,} choices, {posts:,} posts, {shape}")
    print(f"  placed {matching.placed:,}, without a post {matching.unplaced:,}")
    first = int((matching.awards["choice"] == 1).sum())
    print(f"  first choice {first:,}")
    both = times["match"] + times["verify"]
    print(f"  match {times['match']:.3f} s, verify {times['verify']:.3f} s, together {both:.3f} s")
    print(f"  np.argsort of {rows:,} keys {times['argsort']:.3f} s")
    print(f"  ratio to argsort: match {times['match'] / times['argsort']:.2f}", end="")
    print(f", together {both / times['argsort']:.2f}")
    print(
        f"  posts first: check {perf_counter() - begin:.3f} s; peak memory {before / 1024:.0f} MB"
    )


def against_peer(people: int, posts: int, rounds: int) -> None:
    """The same small market, in whole lists of people by post as the peer wants it."""
    own = Path(__file__).resolve().parent  # this script has the name of the peer
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != own]
    if find_spec("matching") is None:
        print("matching is not installed: left out")
        return
    from matching.games import HospitalResident

    sys.setrecursionlimit(1_000_000)  # it copies its players one inside the other

    choices = tables(people, posts, 0)
    matching = ys.match(choices, seed=SEED)
    players = dictionaries(choices, people, posts)
    rounds = min(rounds, 3)
    games = [HospitalResident.create_from_dictionaries(*players) for _ in range(rounds)]
    used: list[Any] = []  # a game that was solved cannot be solved again

    def solve_peer() -> None:
        used.append(games.pop())
        used[-1].solve()

    def check_peer() -> bool:
        stable: bool = used[-1].check_stability()
        return stable

    times = medians(
        {
            "ours": lambda: ys.match(choices, seed=SEED),
            "verify": lambda: ys.verify_matching(choices, matching, seed=SEED),
            "peer": solve_peer,
            "peer check": check_peer,
        },
        rounds,
    )
    found = {who.name: post.name for post, several in used[-1].matching.items() for who in several}
    names = (matching.awards["person"].tolist(), matching.awards["post"].tolist())
    assert found == dict(zip(*names, strict=True)), "the peer places people elsewhere"
    print(f"{people:,} people, {posts:,} posts: the same result as matching of PyPI")
    for own, other in (("ours", "peer"), ("verify", "peer check")):
        print(
            f"  {own} {times[own] * 1e3:.2f} ms, {other} {times[other] * 1e3:.1f} ms,"
            f" ratio {times[other] / times[own]:.0f}"
        )


def dictionaries(
    choices: ys.Choices, people: int, posts: int
) -> tuple[dict[int, list[int]], dict[int, list[int]], dict[int, int]]:
    """What the peer takes: strict lists of both sides, equal scores settled by our lottery."""
    from yaosu.markets.mechanisms.matching_book import book_of, draws_of
    from yaosu.markets.mechanisms.matching_parameters import MatchingParameters

    book = book_of(choices)
    draw = draws_of(book, MatchingParameters.of(seed=SEED))
    rows = choices.choices
    person, post, score = rows["person"], rows["post"], rows["score"]
    residents: dict[int, list[int]] = {i: [] for i in range(people)}
    hospitals: dict[int, list[int]] = {i: [] for i in range(posts)}
    for who, where in zip(person.tolist(), post.tolist(), strict=True):
        residents[who].append(where)
    for row in np.lexsort((person, draw[person], -score)).tolist():
        hospitals[int(post[row])].append(int(person[row]))
    return residents, hospitals, dict.fromkeys(range(posts), people // posts)


def medians(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median seconds of each, in turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begin = perf_counter()
            work()
            times[name].append(perf_counter() - begin)
    return {name: statistics.median(several) for name, several in times.items()}


if __name__ == "__main__":
    main()
