"""What a listing may be told: its form, its numbers, its scorecard."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

from msgspec import Struct, ValidationError, convert, structs

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.orders import NUMBER_MAX
from yaosu.markets.seeds import is_seed

RISING, FALLING, SEALED = "rising", "falling", "sealed"  # how bids come
OWN, SECOND, UNIFORM = "own", "second", "uniform"  # what a winner pays
EARLIEST, SEED = "earliest", "seed"  # who comes first among equals
LOWEST_ACCEPTED, HIGHEST_REJECTED = "lowest_accepted", "highest_rejected"
SELL, CANCEL = "sell", "cancel"  # where bids are short of the lots offered
HIGHEST, MEAN = "highest", "mean"  # the price that others are measured by in a tender
CHOSEN = {
    "ties": (EARLIEST, SEED),
    "uniform_price": (LOWEST_ACCEPTED, HIGHEST_REJECTED),
    "if_short": (SELL, CANCEL),
    "price_base": (HIGHEST, MEAN),
}
EVALUATORS_MIN = 2  # four eyes
ROWS_MAX = 1_000_000
RATIO_CHARACTERS_MAX = 40


class Form(Struct, frozen=True):
    """One row of the table of forms.

    Attributes:
        bidding: ``rising``, ``falling`` (a clock) or ``sealed``.
        payment: a winner pays its ``own`` bid, the ``second`` one, or one ``uniform`` price.
        is_whole: every bid is for all that is offered; else for as many lots as it says.
        has_onsite: where two or more stay in at the end, they go on bidding on site.
        is_scored: ranked by a scorecard, else by price.
    """

    bidding: str
    payment: str
    is_whole: bool = True
    has_onsite: bool = False
    is_scored: bool = False


FORMS: dict[str, Form] = {
    "listing": Form(RISING, OWN, has_onsite=True),
    "english": Form(RISING, OWN),
    "dutch": Form(FALLING, OWN, is_whole=False),
    "first_price": Form(SEALED, OWN),
    "second_price": Form(SEALED, SECOND),
    "uniform": Form(SEALED, UNIFORM, is_whole=False),
    "pay_as_bid": Form(SEALED, OWN, is_whole=False),
    "tender": Form(SEALED, OWN, is_scored=True),
}


class Criterion(Struct, frozen=True, kw_only=True):
    """One line of a scorecard.

    Attributes:
        name: what evaluators give points for.
        weight: exact ratio as text, such as ``3/10``.
        points_max: the most points an evaluator may give; whole points from 0.
    """

    name: str
    weight: str
    points_max: int = 100


class Score(Struct, frozen=True, kw_only=True):
    """The points one evaluator gives one bidder for one criterion."""

    party: str
    criterion: str
    evaluator: str
    points: int


class Bend(Struct, frozen=True, kw_only=True):
    """A corner of the line that turns a price into a score; both are exact ratios as text.

    Attributes:
        ratio: the price over the base price. score: of the weight of the price, 0 to 1.
    """

    ratio: str
    score: str


class ListingParameters(Struct, frozen=True, kw_only=True):
    """The rule of one listing. Prices in ticks; times in the unit of the bids' ``sequence``.

    Attributes:
        form: a row of the table of forms.
        reserve: the lowest price that may win, or None; secret until the end.
        increment: by how much a rising bid must top the one before, at least.
        bidders_min: how many parties must bid, or nothing is sold.
        ends: bids at or after it are late; None: all came in time.
        soft_close: a rising bid so close to the end puts it off.
        extension: until so long after that bid.
        ends_latest: beyond which no bid puts it off; None: without end.
        onsite: the on-site round ends when nobody has bid for so long.
        clock_start: where a falling clock begins, or None: at the highest bid.
        clock_step: by how much it falls at a time.
        ties: among equals the ``earliest``, or a lottery by the ``seed``.
        seed: 64 hex digits, committed to before bids were known.
        uniform_price: the ``lowest_accepted`` bid, or the ``highest_rejected`` one.
        if_short: with fewer lots wanted than offered ``sell`` what is wanted, or ``cancel``.
        left: parties that went away before the end: their bids bind nobody.
        groups: (party, who controls it): parties under one control count as one bidder, together
            with who has it, if that bids too.
        criteria: the scorecard; its weights and that of the price add up to 1.
        price_weight: exact ratio as text.
        price_base: prices are measured by the ``highest`` bid or by the ``mean`` of all.
        price_bends: corners of the line from a price over the base to its score, by ratio;
            before the first and after the last the score stays.
        scores: by the evaluators.
        evaluators_min: how many must have scored each bidder on each criterion.
    """

    form: str = "uniform"
    reserve: int | None = None
    increment: int = 1
    bidders_min: int = 1
    ends: int | None = None
    soft_close: int = 0
    extension: int = 0
    ends_latest: int | None = None
    onsite: int = 0
    clock_start: int | None = None
    clock_step: int = 1
    ties: str = EARLIEST
    seed: str = ""
    uniform_price: str = LOWEST_ACCEPTED
    if_short: str = SELL
    left: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    criteria: tuple[Criterion, ...] = ()
    price_weight: str = "1"
    price_base: str = HIGHEST
    price_bends: tuple[Bend, ...] = (Bend(ratio="0", score="0"), Bend(ratio="1", score="1"))
    scores: tuple[Score, ...] = ()
    evaluators_min: int = EVALUATORS_MIN

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Parameters by name; ``criteria``, ``scores`` and ``price_bends`` may be dictionaries.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        known = cls.__struct_fields__
        for name, value in given.items():
            expect(name in known, name, value, f"one of {', '.join(known)}")
        try:
            parameters = convert(given, cls, from_attributes=True)
        except ValidationError as error:
            refuse("markets.bad_parameter", name="listing", value="malformed", expected=str(error))
        parameters = structs.replace(
            parameters,
            left=tuple(sorted(set(parameters.left))),
            groups=tuple(sorted(set(parameters.groups))),
        )
        parameters.check()
        return parameters

    @property
    def row(self) -> Form:
        """The row of the table of forms."""
        return FORMS[self.form]

    def sides_of(self, parties: Iterable[str]) -> int:
        """How many bidders these parties are: those under one control are one, with who has it."""
        group = dict(self.groups)
        return len({group.get(party, party) for party in parties})

    def check(self) -> None:
        """Refuse what no listing can be told."""
        expect(self.form in FORMS, "form", self.form, f"one of {', '.join(FORMS)}")
        for name, words in CHOSEN.items():
            value = getattr(self, name)
            expect(value in words, name, value, " or ".join(words))
        for name, least in NUMBERS.items():
            value = getattr(self, name)
            fits = value is None or least <= value < TIME_MAX
            expect(fits, name, value, f"a whole number from {least}")
        is_latest = self.ends is None or self.ends_latest is None or self.ends <= self.ends_latest
        expect(is_latest, "ends_latest", self.ends_latest, "an end that is not before ends")
        grouped = [party for party, _ in self.groups]
        once = len(set(grouped)) == len(grouped)
        expect(once, "groups", len(grouped), "each party in one group")
        needs = "64 small hex digits, committed to before bids are known"
        expect(
            is_seed(self.seed) or (not self.seed and self.ties != SEED), "seed", self.seed, needs
        )
        if self.row.is_scored:
            self._check_scorecard()

    def _check_scorecard(self) -> None:
        names = [criterion.name for criterion in self.criteria]
        expect(len(set(names)) == len(names), "criteria", ", ".join(names), "each criterion once")
        weights = [ratio_of("price_weight", self.price_weight)]
        for criterion in self.criteria:
            weights.append(ratio_of("criteria", criterion.weight))
            most = criterion.points_max
            expect(most >= 1, "criteria", most, "points_max of at least 1")
        expect(min(weights) >= 0, "criteria", str(min(weights)), "weights that are not below zero")
        total = sum(weights)
        expect(total == 1, "price_weight", str(total), "weights that add up to 1 with the price")
        bends = [
            (ratio_of("price_bends", bend.ratio), ratio_of("price_bends", bend.score))
            for bend in self.price_bends
        ]
        rises = all(left[0] < right[0] for left, right in pairwise(bends))
        fits = bool(bends) and rises and all(0 <= score <= 1 for _, score in bends)
        expect(fits, "price_bends", len(bends), "corners by rising ratio with scores from 0 to 1")


NUMBERS = {
    "reserve": -NUMBER_MAX,
    "increment": 1,
    "bidders_min": 1,
    "ends": 0,
    "soft_close": 0,
    "extension": 0,
    "ends_latest": 0,
    "onsite": 0,
    "clock_start": -NUMBER_MAX,
    "clock_step": 1,
    "evaluators_min": EVALUATORS_MIN,
}
TIME_MAX = 2**62


def ratio_of(name: str, text: str) -> Fraction:
    """An exact ratio from text such as ``3/10``; else `markets.bad_parameter`."""
    wanted = "an exact ratio as text, such as 3/10"
    expect(len(text) <= RATIO_CHARACTERS_MAX, name, text, wanted)
    top, _, bottom = text.partition("/")
    digits = top.isascii() and top.isdigit() and bottom.isascii()
    digits = digits and (bottom.isdigit() if "/" in text else True)
    expect(digits and (not bottom or int(bottom) > 0), name, text, wanted)
    return Fraction(int(top), int(bottom or 1))


def expect(condition: object, name: str, value: object, expected: str) -> None:
    """Refuse a parameter unless the condition holds."""
    refuse_unless(
        condition, "markets.bad_parameter", name=name, value=str(value), expected=expected
    )
