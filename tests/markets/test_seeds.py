"""Draws by lot: only from a seed that was committed to, by a formula anyone can repeat."""

from hashlib import sha256

import numpy as np
import pytest

from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal
from yaosu.markets.seeds import (
    check_hash_commitment,
    check_seed,
    hash_commitment_of,
    number_below,
    ranks_of,
)

SEED = "5a" * 32


def test_a_commitment_is_a_plain_digest_of_the_seed() -> None:
    assert hash_commitment_of(SEED) == sha256(b"yaosu.seed/1" + bytes.fromhex(SEED)).hexdigest()
    check_hash_commitment(hash_commitment_of(SEED))
    check_seed(SEED, hash_commitment_of(SEED))


def test_another_seed_than_the_committed_one_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        check_seed("5b" * 32, hash_commitment_of(SEED))
    assert caught.value.code == "markets.seed_not_committed"


@pytest.mark.parametrize("text", ["", "5a", "5A" * 32, "zz" * 32, 7])
def test_what_is_no_seed_is_refused(text: str) -> None:
    for check in (hash_commitment_of, check_hash_commitment):
        with pytest.raises(Refusal) as caught:
            check(text)
        assert caught.value.code == "markets.bad_seed"


def test_a_number_follows_from_the_seed_by_the_stated_formula() -> None:
    block = sha256(encode([SEED, ["end", "m", 1, 0]])).digest()
    assert number_below(1_000, SEED, "end", "m", 1) == (
        (int.from_bytes(block[:8], "big") >> 1) % 1_000
    )


def test_draws_are_even_and_unrelated_across_purposes() -> None:
    """A chi-square over 10 cells of 2,000 draws stays below its 0.1 % point (27.9)."""
    drawn = [number_below(10, SEED, "end", "m", i) for i in range(2_000)]
    counts = np.bincount(drawn, minlength=10)
    assert ((counts - 200) ** 2 / 200).sum() < 27.9
    assert drawn != [number_below(10, SEED, "ties", "m", i) for i in range(2_000)]


def test_a_number_below_a_large_limit_keeps_within_it() -> None:
    assert all(0 <= number_below(1 << 62, SEED, i) < 1 << 62 for i in range(50))
    assert number_below(1, SEED, "x") == 0


def test_a_rank_depends_on_the_name_alone() -> None:
    ranks = ranks_of(["ann", "bo", "cy"], SEED, "ties", "m", 1)
    assert ranks_of(["cy"], SEED, "ties", "m", 1)[0] == ranks[2]
    assert len(set(ranks.tolist())) == 3
