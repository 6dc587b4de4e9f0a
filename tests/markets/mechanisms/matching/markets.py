"""Random small markets."""

import numpy as np

from tests.markets.mechanisms.matching.oracle import Market


def random_market(seed: int, people: int = 5, posts: int = 3) -> Market:
    """Short lists, few scores (so that the lottery matters), some seats reserved."""
    chance = np.random.default_rng(seed)
    lists = [
        chance.permutation(posts)[: chance.integers(0, posts + 1)].tolist() for _ in range(people)
    ]
    scores = {(p, m): int(chance.integers(-1, 3)) for p in range(people) for m in range(posts)}
    seats = {}
    for post in range(posts):
        classes = [("", int(chance.integers(0, 3)))]
        for group in ("local", "urgent"):
            if chance.random() < 0.5:
                classes.append((group, int(chance.integers(0, 2))))
        seats[post] = [classes[i] for i in chance.permutation(len(classes))]
    groups = {p: {g for g in ("local", "urgent") if chance.random() < 0.5} for p in range(people)}
    return Market(
        lists,
        scores,
        seats,
        groups,
        unfilled="open" if chance.random() < 0.5 else "stay",
        lottery="post" if chance.random() < 0.5 else "person",
    )


def marriages(seed: int, size: int) -> Market:
    """One seat a post, full lists, strict scores: often several stable results."""
    chance = np.random.default_rng(seed)
    lists = [chance.permutation(size).tolist() for _ in range(size)]
    scores = {}
    for post in range(size):
        for place, person in enumerate(chance.permutation(size).tolist()):
            scores[person, post] = size - place
    return Market(lists, scores, {post: [("", 1)] for post in range(size)})
