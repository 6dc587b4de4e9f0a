"""The state of the books: one whole number an account, changed only by posted batches."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from yaosu.kernel.columns import SMALL, Columns, Text
from yaosu.kernel.reach import Reach
from yaosu.ledger.events import Posted

Account = tuple[str, str, str]  # party, asset, purpose

FREE = "free"
ISSUED = "issued"  # the other side of everything that exists; the only purpose below zero


class Book:
    """Balances by account, and the sum of every asset over all accounts.

    Attributes:
        balances: (party, asset, purpose) -> signed whole number of the asset's smallest unit.
        sums: asset -> sum over all its accounts where it is not zero; after a batch there is none.
    """

    def __init__(self) -> None:
        self.balances: dict[Account, int] = {}
        self.sums: dict[str, int] = {}

    def balance(self, party: str, asset: str, purpose: str = FREE) -> int:
        """The balance of one account; zero where nothing was ever posted."""
        return self.balances.get((party, asset, purpose), 0)

    def add_to_sum(self, asset: str, amount: int) -> None:
        """Count a change of one account; an asset that sums to zero again is not kept."""
        total = self.sums.get(asset, 0) + amount
        if total:
            self.sums[asset] = total
        else:
            self.sums.pop(asset, None)

    def assert_balanced(self) -> None:
        """Every asset sums to zero over all accounts, the issuer's too."""
        if self.sums:
            raise AssertionError(f"assets that do not sum to zero: {self.sums}")

    def canonical(self) -> Columns:
        """All accounts with a balance, sorted: what the state hash covers."""
        rows = sorted((account, amount) for account, amount in self.balances.items() if amount)
        return Columns.of(
            party=Text.of([account[0] for account, _ in rows]),
            asset=Text.of([account[1] for account, _ in rows]),
            purpose=Text.of([account[2] for account, _ in rows]),
            balance=np.array([amount for _, amount in rows], np.int64),
        )

    @classmethod
    def of(cls, columns: Columns) -> "Book":
        """The books behind :meth:`canonical`."""
        book = cls()
        names = (columns.text(name).tolist() for name in ("party", "asset", "purpose"))
        for account, amount in zip(
            zip(*names, strict=True), columns["balance"].tolist(), strict=True
        ):
            book.balances[account] = amount
            book.add_to_sum(account[1], amount)
        return book


class LedgerReach(Reach, Protocol):
    """A decision that sees the books."""

    @property
    def ledger(self) -> Book: ...


def evolve(book: Book, event: Posted) -> None:
    """Add a batch to the balances; total, it never refuses."""
    balances = book.balances
    for account, amount in _lines_of(event.postings):
        balances[account] = balances.get(account, 0) + amount
        book.add_to_sum(account[1], amount)


def net_of(postings: Columns) -> list[tuple[Account, int]]:
    """The net change of each account of a batch, sorted by account.

    Works on codes, so a million postings of few accounts cost one sort.
    """
    if postings.rows == 0:
        return []
    party, asset, purpose = (postings.text(name) for name in ("party", "asset", "purpose"))
    if postings.rows <= SMALL:
        net: dict[Account, int] = {}
        for account, amount in _one_by_one(postings):
            net[account] = net.get(account, 0) + amount
        return sorted(net.items())
    key = party.codes.astype(np.int64) * len(asset.values) + asset.codes
    key = key * len(purpose.values) + purpose.codes
    distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    totals = np.zeros(len(distinct), np.int64)
    np.add.at(totals, inverse, postings["amount"])
    return sorted(
        (
            (
                party.values[party.codes[row]],
                asset.values[asset.codes[row]],
                purpose.values[purpose.codes[row]],
            ),
            amount,
        )
        for row, amount in zip(first.tolist(), totals.tolist(), strict=True)
    )


def _lines_of(postings: Columns) -> Iterable[tuple[Account, int]]:
    """Account and amount: of each posting where they are few, netted where they are many."""
    return _one_by_one(postings) if postings.rows <= SMALL else net_of(postings)


def _one_by_one(postings: Columns) -> Iterable[tuple[Account, int]]:
    texts = [postings.text(name).tolist() for name in ("party", "asset", "purpose")]
    return zip(zip(*texts, strict=True), postings["amount"].tolist(), strict=True)
