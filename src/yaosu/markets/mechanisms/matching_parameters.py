"""What a matching may be told."""

from typing import Any, Self

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.seeds import SEED_BYTES, is_seed

CHOSEN = {
    "proposing": ("people", "posts"),
    "lottery": ("person", "post"),
    "unfilled": ("stay", "open"),
}


class MatchingParameters(Struct, frozen=True):
    """The rule of one matching.

    Attributes:
        seed: 64 hex digits, committed to before choices are known; settles equal scores.
        proposing: "people" (best for people) or "posts" (best for posts).
        lottery: "person" (each person draws one number for all posts) or "post" (one for each).
        unfilled: reserved seats that members of the group leave "stay" empty, or are "open".
    """

    seed: str
    proposing: str = "people"
    lottery: str = "person"
    unfilled: str = "stay"

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Parameters by name.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        known = ", ".join(cls.__struct_fields__)
        for name, value in given.items():
            if name not in cls.__struct_fields__:
                refuse("markets.bad_parameter", name=name, value=str(value), expected=known)
        seed = given.get("seed")
        refuse_unless(
            is_seed(seed),
            "markets.bad_parameter",
            name="seed",
            value=str(seed),
            expected=f"{2 * SEED_BYTES} small hex digits, committed to before choices are known",
        )
        for name, words in CHOSEN.items():
            refuse_unless(
                given.get(name, words[0]) in words,
                "markets.bad_parameter",
                name=name,
                value=str(given.get(name)),
                expected=" or ".join(words),
            )
        return cls(**given)

    @property
    def is_open(self) -> bool:
        """Whether anybody may take a reserved seat that no member wants."""
        return self.unfilled == "open"

    @property
    def is_per_choice(self) -> bool:
        """Whether every post draws anew."""
        return self.lottery == "post"
