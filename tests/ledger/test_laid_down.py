"""Books that were read again say what the books before said, whatever is posted to either."""

from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.columns import Columns
from yaosu.ledger.book import lines
from yaosu.ledger.events import Posted
from yaosu.ledger.laid_down import LaidDown
from yaosu.ledger.state import Book, evolve

PARTIES = st.sampled_from(["a", "b", "bank", "a-name-that-is-rather-long", "register"])
ASSETS = st.sampled_from(["CNY", "u1", "u10", "u2"])
PURPOSES = st.sampled_from(["free", "issued", "order:x", "pledge:y"])
LINES = st.lists(st.tuples(PARTIES, ASSETS, PURPOSES, st.integers(-3, 3).filter(bool)), max_size=12)
BATCHES = st.lists(LINES, max_size=6)


def post(book: Book, postings: list[tuple[str, str, str, int]]) -> None:
    evolve(book, Posted(batch="b", postings=lines(postings)))


def read_again(book: Book) -> Book:
    return Book.of(decode(encode(book), Columns))


@settings(deadline=None, max_examples=60)
@given(before=BATCHES, after=BATCHES)
def test_a_book_read_again_goes_on_as_the_one_before(
    before: list[list[tuple[str, str, str, int]]], after: list[list[tuple[str, str, str, int]]]
) -> None:
    """S0-26: balances, sums, canonical bytes after every batch, also where one is read twice."""
    plain = Book()
    for batch in before:
        post(plain, batch)
    again = read_again(plain)
    for batch in [[], *after]:
        post(plain, batch)
        post(again, batch)
        assert again.sums == plain.sums
        assert encode(again) == encode(plain)
        accounts = list(plain.balances)
        accounts += [("nobody", "CNY", "free"), ("a" * 90, "u1", "free"), ("a", "u11", "issued")]
        assert again.balances_of(accounts) == plain.balances_of(accounts)
        assert [again.balance(*one) for one in accounts] == plain.balances_of(accounts)
        again = read_again(again) if len(batch) % 2 else again
    for purpose in ("order:x", "pledge:y"):
        assert sorted(again.held_for(purpose)) == sorted(plain.held_for(purpose))


def test_an_account_that_was_taken_is_here_no_more() -> None:
    rows = [("a", "CNY", "free"), ("a", "u1", "free"), ("b", "CNY", "issued")]
    book = Book()
    post(book, [(*rows[0], 5), (*rows[1], 7), (*rows[2], -12)])
    laid_down = LaidDown(book.canonical())
    assert len(laid_down) == 3
    laid_down.take(rows[1])
    laid_down.take(("c", "CNY", "free"))
    assert laid_down.find(rows) == [5, None, -12]
    assert laid_down.accounts() == [(rows[0], 5), (rows[2], -12)]
