"""People and posts in a market of the journal: chosen, frozen, drawn, matched, appointed."""

import pytest
from msgspec import structs

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from yaosu.core import state_hash
from yaosu.engine.proof import audit, verify
from yaosu.engine.replay import replay
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Event
from yaosu.markets.commands import CloseBook, OpenMarket, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed, MarketCleared
from yaosu.markets.seeds import hash_commitment_of
from yaosu.markets.terms import MatchingTerms, Trading
from yaosu.parties.commands import IssueAttestation
from yaosu.rights.commands import AdoptProfile, RegisterRight, TransferTitle
from yaosu.rights.profiles import parse_profile
from yaosu.rights.register import current_rights

SEED = "5e" * 32
HASH = hash_commitment_of(SEED)
POSTS = ("lab", "school")
PROFILE = """
version    = "1"
factor     = { name = "posts", zh = "岗位", unit = "post", measurement = "seat" }
attributes = {}
market     = { mechanism = "matching", price_notion = "stable_match", tick = "0.01 CNY", lot = 1 }
settlement = { contract = "spot", delivery = "start_of_appointment", gates = [] }
sources    = [{ field = "nature.term_max", basis = "assumed", note = "special posts lapse" }]

[nature]
divisible    = true
rival        = true
exclusive    = true
perishable   = true
legal_effect = "declaratory"
term_max     = "P5Y"

[rights]
primary     = "seat"
derived     = ["secondment"]
share_check = "sum_to_one"
"""


def office(**terms: object) -> Story:
    """A lab with two special posts and a school with one; four people; a market that matches."""
    story = Story().found(())
    story.ask(AdoptProfile, MINISTRY, profile=parse_profile(PROFILE))
    for post, seats in (("lab", 2), ("school", 1)):
        story.party(post, ("posts",))
        story.ask(
            RegisterRight,
            REGISTRY,
            right=f"r-{post}",
            unit=f"post-{post}",
            factor="posts",
            region="east",
            quantity=seats,
            holder=post,
            instrument=post,
            source=DOCUMENT,
            term_to=story.clock() + 365 * 86_400_000_000,
        )
    for person in ("ann", "bo", "cy", "di"):
        story.party(person, ("posts",), kind="person")
    trading = {"mechanism": "matching", "seed_hash": HASH, "clear_at_close": True, **terms}
    story.ask(
        OpenMarket,
        EXCHANGE,
        market="m",
        factor="posts",
        instruments=POSTS,
        regions=("east", "west"),
        currency="CNY",
        trading=Trading(**trading),  # type: ignore[arg-type]  # any of its fields
    )
    return story


def choose(story: Story, person: str, *posts: str) -> None:
    """A ranked list, the best first."""
    orders = Columns.of(
        instrument=list(posts),
        region=["east"] * len(posts),
        side=[1] * len(posts),
        rank=list(range(1, len(posts) + 1)),
    )
    story.ask(SubmitOrders, person, market="m", batch=f"c-{story.key()}", orders=orders)


def offer(story: Story, holder: str, seats: int, instrument: str = "", **asks: str | int) -> None:
    """Seats of a post, by who holds it."""
    more = {name: [value] for name, value in asks.items()}
    orders = Columns.of(
        instrument=[instrument or holder], region=["east"], side=[-1], quantity=[seats], **more
    )
    story.ask(SubmitOrders, holder, market="m", batch=f"o-{story.key()}", orders=orders)


def attest(story: Story, person: str, kind: str, level: int = 1) -> None:
    name = f"{kind}-{person}"
    story.ask(IssueAttestation, REGISTRY, attestation=name, about=person, kind=kind, level=level)


def close(story: Story) -> list[Event]:
    return story.ask(CloseBook, EXCHANGE, market="m", seed=SEED)


def placed(story: Story) -> dict[str, str]:
    """Who holds a seat of what."""
    return {
        right.holder: right.instrument
        for right in current_rights(story.venue.state)
        if right.holder not in POSTS
    }


def test_seats_go_to_the_best_who_want_them_and_become_rights() -> None:
    """S2-46: people choose, posts like by an attested level; who is placed holds a seat."""
    story = office()
    offer(story, "lab", 1, scored_by="exam")
    offer(story, "school", 1)
    for person, level in (("ann", 80), ("bo", 90), ("cy", 70)):
        attest(story, person, "exam", level)
    choose(story, "ann", "lab", "school")
    choose(story, "bo", "lab")
    choose(story, "cy", "lab")
    assert story.lots("lab", "lab", "order:m") == 1
    close(story)
    assert placed(story) == {"ann": "school", "bo": "lab"}
    assert (story.lots("lab", "lab"), story.lots("bo", "lab")) == (1, 1)
    assert story.lots("school", "school") == 0
    assert all(story.money(party) == 0 for party in ("ann", "bo", "cy", "lab", "school"))


def test_a_reserved_seat_takes_who_has_what_it_is_reserved_for() -> None:
    """S2-39: special posts stand outside the ordinary ones, with seats of their own."""
    story = office(matching=MatchingTerms(groups=("urgent",)))
    offer(story, "lab", 1, scored_by="exam", group="urgent")
    offer(story, "lab", 1, scored_by="exam", precedence=1)
    for person, level in (("ann", 80), ("bo", 90), ("cy", 10)):
        attest(story, person, "exam", level)
        choose(story, person, "lab")
    attest(story, "cy", "urgent")
    close(story)
    assert placed(story) == {"bo": "lab", "cy": "lab"}


def test_a_special_post_lapses_with_the_term_of_its_right() -> None:
    """S2-39: what is over is not given away, whoever chose it."""
    story = office()
    offer(story, "lab", 2)
    choose(story, "ann", "lab")
    story.clock.forward(366 * DAY)
    close(story)
    assert placed(story) == {}


def test_who_lacks_what_a_post_requires_has_no_seat_there() -> None:
    """S2-46: qualification is what is attested when the book is closed, not what one says."""
    story = office()
    offer(story, "lab", 2, requires="licence")
    for person in ("ann", "bo"):
        choose(story, person, "lab")
    attest(story, "bo", "licence")
    close(story)
    assert placed(story) == {"bo": "lab"}


def test_a_post_asks_for_a_grade_or_above() -> None:
    """S2-42: `grade >= n` is what a vacancy requires, and the matching honours it."""
    story = office()
    offer(story, "lab", 2, requires="skill_grade>=5")
    for person, grade in (("ann", 4), ("bo", 5), ("cy", 8)):
        attest(story, person, "skill_grade", grade)
    for person in ("ann", "bo", "cy", "di"):
        choose(story, person, "lab")
    close(story)
    assert placed(story) == {"bo": "lab", "cy": "lab"}


def test_what_is_attested_after_the_close_changes_nothing() -> None:
    story = office(clear_at_close=False)
    offer(story, "lab", 2, requires="licence")
    choose(story, "ann", "lab")
    close(story)
    attest(story, "ann", "licence")
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    assert clearing.volume == 0
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert placed(story) == {}


def test_of_several_lists_the_ranks_count_and_a_post_named_twice_counts_once() -> None:
    story = office()
    offer(story, "lab", 1)
    offer(story, "school", 1)
    choose(story, "ann", "school", "lab")
    choose(story, "ann", "lab")  # another list, of the same first rank: it came later
    close(story)
    assert placed(story) == {"ann": "school"}


def test_the_lottery_is_that_of_the_seed_which_was_committed_to() -> None:
    """S2-26: equals are drawn by a seed that nobody could choose after the choices."""
    winners = set()
    for number in range(6):
        seed = f"{number:02x}" * 32
        story = office(seed_hash=hash_commitment_of(seed))
        offer(story, "school", 1)
        for person in ("ann", "bo"):
            choose(story, person, "school")
        refusal = story.refused(CloseBook, EXCHANGE, market="m", seed="77" * 32)
        assert refusal.startswith("markets.seed_not_committed: ")
        story.ask(CloseBook, EXCHANGE, market="m", seed=seed)
        (winner,) = placed(story)
        winners.add(winner)
    assert winners == {"ann", "bo"}


def test_a_matching_brought_from_outside_is_taken_only_if_it_is_the_one() -> None:
    """S2-46: no pair that would rather have each other is ever recorded."""
    story = office(clear_at_close=False)
    offer(story, "lab", 1, scored_by="exam")
    offer(story, "school", 1, scored_by="exam")
    for person, level in (("ann", 80), ("bo", 90)):
        attest(story, person, "exam", level)
        choose(story, person, "lab", "school")
    close(story)
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    assert clearing.fills["row"].tolist() == [1, 2]  # ann: the school, bo: the lab
    swapped = clearing.fills.with_columns(row=[0, 3], choice=[1, 2])
    record = {"market": "m", "round": 1}
    forged = structs.replace(clearing, fills=swapped)
    refusal = story.refused(RecordClearing, EXCHANGE, **record, clearing=forged)
    assert refusal.startswith("markets.certificate_blocked")
    nobody = structs.replace(clearing, fills=clearing.fills.take(slice(0, 0)), volume=0)
    assert story.refused(RecordClearing, EXCHANGE, **record, clearing=nobody)
    story.ask(RecordClearing, EXCHANGE, **record, clearing=clearing)
    assert placed(story) == {"ann": "school", "bo": "lab"}


def test_a_matching_is_verified_audited_and_replayed() -> None:
    """S2-26: the journal alone gives the same seats, drawn again with the recorded seed."""
    story = office()
    offer(story, "school", 1)
    for person in ("ann", "bo", "cy"):
        choose(story, person, "school")
    close(story)
    assert verify(story.venue.store).state_hash == state_hash(story.venue.state)
    assert audit(story.venue.store).unlike == 0
    again = replay(story.venue.store, [])
    assert again.diverged == 0
    assert state_hash(again.replayed) == state_hash(story.venue.state)


def test_seats_of_several_holders_are_given_out_in_order_of_their_rights() -> None:
    """As many lots leave each holder as were offered, none twice."""
    story = office()
    story.ask(TransferTitle, "lab", right="r-lab", target="school", lots=1)
    offer(story, "lab", 1)
    mine = [r.id for r in current_rights(story.venue.state, holder="school", instrument="lab")]
    offer(story, "school", 1, instrument="lab", right=mine[0])
    for person in ("ann", "bo", "cy"):
        choose(story, person, "lab")
    close(story)
    assert len(placed(story)) == 2
    assert story.lots("lab", "lab") == story.lots("school", "lab") == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": [5]}, "it has a price"),
        ({"quantity": [2]}, "a choice is of one seat"),
        ({"rank": [0]}, "its rank is not from 1 to"),
        ({"group": ["urgent"]}, "a choice says nothing about seats"),
    ],
)
def test_an_unsound_choice_is_refused_and_says_why(
    changes: dict[str, list[object]], reason: str
) -> None:
    story = office()
    orders = Columns.of(instrument=["lab"], region=["east"], side=[1], rank=[1])
    sent = orders.with_columns(**changes)  # type: ignore[arg-type]  # columns of any kind
    refusal = story.refused(SubmitOrders, "ann", market="m", batch="c", orders=sent)
    assert refusal.startswith("markets.bad_choice: row 0: the order for lab is unsound: ")
    assert reason in refusal


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rank": [1]}, "an offer of seats has no rank"),
        ({"group": ["urgent"]}, "the market's terms do not name its group"),
        ({"quantity": [2_000_000]}, "it offers more than"),
        ({"requires": ["skill_grade>=high"]}, "it requires no whole level from 1"),
    ],
)
def test_an_unsound_offer_of_seats_is_refused_and_says_why(
    changes: dict[str, list[object]], reason: str
) -> None:
    story = office()
    orders = Columns.of(instrument=["lab"], region=["east"], side=[-1], quantity=[1])
    sent = orders.with_columns(**changes)  # type: ignore[arg-type]  # columns of any kind
    refusal = story.refused(SubmitOrders, "lab", market="m", batch="c", orders=sent)
    assert reason in refusal


def test_a_matching_needs_a_seed_and_takes_so_many_groups() -> None:
    story = office()
    terms = {"factor": "posts", "instruments": POSTS, "regions": ("east",), "currency": "CNY"}
    unseeded = Trading(mechanism="matching")
    refusal = story.refused(OpenMarket, EXCHANGE, market="m2", trading=unseeded, **terms)
    assert refusal == (
        "markets.bad_seed: the digest of the seed is not 64 hex digits (0-9, a-f); "
        "give 32 bytes from a good random source, as hex digits"
    )
    groups = tuple(f"group_{number}" for number in range(63))
    many = Trading(mechanism="matching", seed_hash=HASH, matching=MatchingTerms(groups=groups))
    refusal = story.refused(OpenMarket, EXCHANGE, market="m2", trading=many, **terms)
    assert refusal == (
        "markets.too_many_seat_groups: the terms name 63 groups for whom seats may be reserved; "
        "62 are allowed; name fewer groups"
    )
    odd = Trading(mechanism="matching", seed_hash=HASH, matching=MatchingTerms(lottery="none"))
    refusal = story.refused(OpenMarket, EXCHANGE, market="m2", trading=odd, **terms)
    assert refusal.startswith("markets.bad_parameter")


def test_an_empty_round_places_nobody() -> None:
    story = office()
    closed, cleared, _ = close(story)
    assert isinstance(closed, BookClosed)
    assert isinstance(cleared, MarketCleared)
    assert (closed.rows, cleared.clearing.volume) == (0, 0)
