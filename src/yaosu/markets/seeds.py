"""Chance from a committed seed: shared by whatever in the markets is drawn by lot.

Before anything is known, only the seed's digest stands in the terms of a market
(`hash_commitment_of`). Afterwards the seed itself is told (`check_seed` holds it against the
digest), and everything that was drawn follows from it by a stated formula, so that anyone draws it
again: one number with `number_below`, one number a name with `ranks_of`. Each draw names its
purpose; draws for other purposes, markets or rounds are unrelated.

A seed is 64 hex digits, 32 bytes from a good source; whoever knows it beforehand knows the draw.
"""

from hashlib import sha256

import numpy as np

from yaosu.kernel.canonical import encode
from yaosu.kernel.columns import Integers
from yaosu.kernel.refusal import declare, refuse_unless

SEED_BYTES = 32
DIGITS = frozenset("0123456789abcdef")
RANK_BITS = 63

REFUSALS = declare(
    {
        "markets.bad_seed": (
            "{what} is not 64 hex digits (0-9, a-f)",
            "give 32 bytes from a good random source, as hex digits",
        ),
        "markets.seed_not_committed": (
            "this is not the seed whose digest {commitment} was committed to",
            "tell the seed that was drawn when the digest was published",
        ),
    }
)


def is_seed(text: object) -> bool:
    """Whether a text has the form of a seed, or of its digest: 64 hex digits."""
    return isinstance(text, str) and len(text) == 2 * SEED_BYTES and set(text) <= DIGITS


def hash_commitment_of(seed: str) -> str:
    """What is published beforehand: SHA-256, hex, of "yaosu.seed/1" and the seed's 32 bytes."""
    refuse_unless(is_seed(seed), "markets.bad_seed", what="the seed")
    return sha256(b"yaosu.seed/1" + bytes.fromhex(seed)).hexdigest()


def check_hash_commitment(commitment: str) -> None:
    """Refuse a commitment that no seed can have: `markets.bad_seed`."""
    refuse_unless(is_seed(commitment), "markets.bad_seed", what="the digest of the seed")


def check_seed(seed: str, commitment: str) -> None:
    """Refuse a seed other than the one committed to."""
    is_it = hash_commitment_of(seed) == commitment
    refuse_unless(is_it, "markets.seed_not_committed", commitment=commitment)


def number_below(limit: int, seed: str, *purpose: str | int) -> int:
    """A whole number from 0 to below the limit, each as likely as the other; 1 <= limit <= 2**62.

    Blocks SHA-256(canonical bytes of [seed, [purpose ...], 0, 1, 2 ...]) are read as numbers of 63
    bits (the first 8 bytes, big-endian, without the lowest bit); the first that is below the
    largest multiple of the limit counts, modulo the limit.
    """
    assert 1 <= limit <= 1 << 62
    whole = (1 << RANK_BITS) // limit * limit
    block = 0
    while True:
        drawn = _word(seed, [*purpose, block])
        if drawn < whole:
            return drawn % limit
        block += 1


def ranks_of(names: list[str], seed: str, *purpose: str | int) -> Integers:
    """One number of 63 bits a name, drawn as in `number_below`; the smaller comes first.

    It depends on seed, purpose and the name only: who else takes part makes no difference.
    Equal numbers are as unlikely as a broken hash; callers settle them by name.
    """
    return np.array([_word(seed, [*purpose, name]) for name in names], np.int64)


def _word(seed: str, purpose: list[str | int]) -> int:
    block = sha256(encode([seed, purpose])).digest()
    return int.from_bytes(block[:8], "big") >> 1
