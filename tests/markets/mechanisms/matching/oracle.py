"""Small matchings by brute force: the choice of a post in plain Python, all results, all stable."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from yaosu.markets.mechanisms.matching import Matching
from yaosu.markets.mechanisms.matching_book import book_of, draws_of
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters

SEED = "5a" * 32
Result = tuple[int | None, ...]  # post of each person


class Market:
    """A small market, told apart from the columns that the mechanism works on."""

    def __init__(
        self,
        lists: list[list[int]],
        scores: dict[tuple[int, int], int],
        seats: dict[int, list[tuple[str, int]]],
        groups: dict[int, set[str]] | None = None,
        **parameters: Any,
    ) -> None:
        """Lists: posts best first; seats: (group, seats) of each post by precedence."""
        self.lists, self.scores, self.seats = lists, scores, seats
        self.groups = groups or {}
        self.parameters = MatchingParameters.of(**{"seed": SEED, **parameters})
        self.choices = self._choices()
        self._draw = self._draws()

    def _choices(self) -> Choices:
        rows = [(p, m) for p, chosen in enumerate(self.lists) for m in chosen]
        classes = [(m, k, *c) for m, several in self.seats.items() for k, c in enumerate(several)]
        members = [(p, g) for p, several in self.groups.items() for g in sorted(several)]
        named = {g for _, _, g, _ in classes}
        members = [(p, g) for p, g in members if g in named]
        return Choices.of(
            {
                "person": np.array([p for p, _ in rows], np.int64),
                "post": np.array([m for _, m in rows], np.int64),
                "score": np.array([self.scores.get(row, 0) for row in rows], np.int64),
            },
            {
                "post": np.array([m for m, _, _, _ in classes], np.int64),
                "precedence": np.array([k for _, k, _, _ in classes], np.int64),
                "group": [g for _, _, g, _ in classes],
                "seats": np.array([n for _, _, _, n in classes], np.int64),
            },
            {
                "person": np.array([p for p, _ in members], np.int64),
                "group": [g for _, g in members],
            },
        )

    def _draws(self) -> dict[tuple[int, int], int]:
        draw = draws_of(book_of(self.choices), self.parameters).tolist()
        rows = [(p, m) for p, chosen in enumerate(self.lists) for m in chosen]
        if self.parameters.lottery == "post":
            return dict(zip(rows, draw, strict=True))
        return {(p, m): draw[p] for p, m in rows}

    def likes(self, post: int, person: int) -> tuple[int, int, int]:
        """Sorts people as the post likes them, best first."""
        key = (person, post)
        return -self.scores.get(key, 0), self._draw[key], person

    def choice(self, post: int, people: set[int]) -> set[int]:
        """Whom a post takes of these: seats by precedence, each the best it may."""
        left, taken = set(people), set()
        is_open = self.parameters.unfilled == "open"
        for group, seats in self.seats[post]:
            line = sorted(left, key=lambda p: self.likes(post, p))
            if group:
                members = [p for p in line if group in self.groups.get(p, ())]
                others = [p for p in line if p not in members]
                line = members + (others if is_open else [])
            taken |= set(line[:seats])
            left -= set(line[:seats])
        return taken

    def held(self, result: Result, post: int) -> set[int]:
        """Who is in a post."""
        return {p for p, m in enumerate(result) if m == post}

    def is_stable(self, result: Result) -> bool:
        """Whether posts would keep all they have, and take nobody who would rather come."""
        for post in self.seats:
            held = self.held(result, post)
            if self.choice(post, held) != held:
                return False
            wanting = {p for p in range(len(self.lists)) if self._wants(p, post, result[p])}
            if any(p in self.choice(post, held | {p}) for p in wanting):
                return False
        return True

    def _wants(self, person: int, post: int, own: int | None) -> bool:
        chosen = self.lists[person]
        if post not in chosen:
            return False
        return own is None or chosen.index(post) < chosen.index(own)

    def all_results(self) -> Iterator[Result]:
        """Everything in which people are in posts of their own lists."""
        yield from itertools.product(*([None, *chosen] for chosen in self.lists))

    def stable(self) -> list[Result]:
        """All stable results."""
        return [result for result in self.all_results() if self.is_stable(result)]

    def place_of(self, person: int, post: int | None) -> int:
        """Position in the own list; without a post: behind all."""
        chosen = self.lists[person]
        return len(chosen) if post is None else chosen.index(post)


def posts_of(matching: Matching, people: int) -> Result:
    """Post of each person."""
    result: list[int | None] = [None] * people
    for row in matching.awards.iterate():
        result[row["person"]] = row["post"]
    return tuple(result)
