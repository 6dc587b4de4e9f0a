"""The books: conservation, holds, all or nothing."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.ledger import book, state
from yaosu.ledger.book import lines
from yaosu.ledger.events import Posted
from yaosu.ledger.state import Book, evolve
from yaosu.ledger.views import balances


@dataclass
class Desk:
    """A reach with nothing but the books."""

    ledger: Book = field(default_factory=Book)
    now: int = 0
    cause: str = "cause"

    def take(self, events: list[Event]) -> None:
        for event in events:
            assert isinstance(event, Posted)
            evolve(self.ledger, event)
        self.ledger.assert_balanced()


def funded(amount: int = 100) -> Desk:
    desk = Desk()
    desk.take(book.issue(desk, "b0", "firm", "CNY", amount, issuer="bank"))
    return desk


def test_money_held_cannot_be_spent_and_comes_back_when_released() -> None:
    desk = funded()
    desk.take(book.move(desk, "b1", "firm", "CNY", "free", "order:m", 70))
    with pytest.raises(Refusal) as caught:
        book.give(desk, "b2", "firm", "lab", "CNY", 31)
    assert str(caught.value) == (
        "ledger.insufficient: firm has 30 of CNY free, 31 are needed; "
        "deposit or acquire the rest, or ask for less"
    )
    desk.take(book.give(desk, "b3", "firm", "lab", "CNY", 20, purpose="order:m"))
    desk.take(book.move(desk, "b4", "firm", "CNY", "order:m", "free", 50))
    assert desk.ledger.balance("firm", "CNY") == 80
    assert desk.ledger.balance("lab", "CNY") == 20


def test_a_chain_of_postings_is_all_or_nothing_and_names_its_first_failure() -> None:
    desk = funded()
    chain = book.lines(
        [
            ("firm", "CNY", "free", -60),
            ("lab", "CNY", "free", 60),
            ("lab", "lots", "free", -1),
            ("firm", "lots", "free", 1),
        ]
    )
    with pytest.raises(Refusal) as caught:
        book.post(desk, "b1", chain)
    assert caught.value.facts["party"] == "lab"
    assert desk.ledger.balance("firm", "CNY") == 100


def test_postings_of_the_same_decision_count() -> None:
    desk = Desk()
    issued = book.issue(desk, "b1", "firm", "lots", 5)
    held = book.move(desk, "b2", "firm", "lots", "free", "order:m", 5, after=issued)
    desk.take([*issued, *held])
    assert desk.ledger.balance("firm", "lots", "order:m") == 5
    assert book.held(desk, "order:m") == [("firm", "lots", 5)]


def test_a_batch_that_does_not_sum_to_zero_is_our_error() -> None:
    with pytest.raises(AssertionError, match="does not sum to zero"):
        book.post(funded(), "b1", book.lines([("firm", "CNY", "free", 1)]))


def test_a_balance_beyond_64_bits_is_refused() -> None:
    desk = funded(2**63 - 1)
    with pytest.raises(Refusal) as caught:
        book.issue(desk, "b1", "firm", "CNY", 1, issuer="mint")
    assert caught.value.code == "ledger.beyond_range"


def test_more_than_was_issued_is_never_retired() -> None:
    desk = funded()
    desk.take(book.issue(desk, "b1", "firm", "CNY", 5, issuer="mint"))
    with pytest.raises(AssertionError, match="retired"):
        book.retire(desk, "b2", "firm", "CNY", 6, issuer="mint")


PARTIES = st.sampled_from(["a", "b", "c"])
PURPOSES = st.sampled_from(["free", "order:m", "contract:k"])
STEPS = st.lists(st.tuples(PARTIES, PURPOSES, PARTIES, PURPOSES, st.integers(0, 80)), max_size=30)


@given(STEPS)
def test_no_sequence_of_postings_makes_or_loses_anything(steps: list[tuple]) -> None:
    """S0-63: conservation per asset, and nobody below zero, whatever is asked."""
    desk = Desk()
    for party in "abc":
        desk.take(book.issue(desk, f"i-{party}", party, "CNY", 100, issuer="bank"))
    for i, (source, source_for, target, target_for, amount) in enumerate(steps):
        lines = [(source, "CNY", source_for, -amount), (target, "CNY", target_for, amount)]
        try:
            desk.take(book.post(desk, f"b-{i}", book.lines(lines)))
        except Refusal as refusal:
            assert refusal.code == "ledger.insufficient"
    held = [n for (party, _, _), n in desk.ledger.balances.items() if party != "bank"]
    assert sum(held) == 300
    assert min(held) >= 0
    assert desk.ledger.sums == {}


def test_the_books_have_one_form_whatever_the_way_there() -> None:
    one, two = funded(), funded()
    one.take(book.give(one, "b1", "firm", "lab", "CNY", 30))
    for i in range(3):
        two.take(book.give(two, f"c{i}", "firm", "lab", "CNY", 10))
    two.take(book.give(two, "c9", "lab", "firm", "CNY", 0))
    assert one.ledger.canonical() == two.ledger.canonical()
    assert [r["balance"] for r in balances(one.ledger, "lab").iterate()] == [30]


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40), st.integers(1, 9)), max_size=120),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(batches=BATCHES, young=st.sampled_from([2, 8, 40, 8_192]))
def test_large_batches_come_to_the_same_whatever_rests(
    batches: list[list[tuple[int, int, int]]], young: int
) -> None:
    """Issues and transfers in bulk, with accounts coming to rest in the middle of a batch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "YOUNG_MAX", young)
        books, plain = Book(), dict[tuple[str, str, str], int]()
        for number, batch in enumerate(batches):
            rows = []
            for party, asset, amount in batch:
                rows += [("register", f"a{asset}", "issued", -amount)]
                rows += [(f"p{party}", f"a{asset}", ("free", "order:m")[amount % 2], amount)]
            for who, what, purpose, amount in rows:
                account = (who, what, purpose)
                plain[account] = plain.get(account, 0) + amount
            evolve(books, Posted(batch=f"b{number}", postings=lines(rows)))
            books.assert_balanced()
        assert {a: n for a, n in books.balances.items() if n} == {
            a: n for a, n in plain.items() if n
        }
        wanted = [*plain, ("nobody", "a1", "free")]
        assert books.balances_of(wanted) == [plain.get(account, 0) for account in wanted]
        assert books.balances_of(wanted) == [books.balance(*account) for account in wanted]
        assert Book.of(books.canonical()).canonical() == books.canonical()
