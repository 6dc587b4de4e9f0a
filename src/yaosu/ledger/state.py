"""The state of the books: one whole number an account, changed only by posted batches."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np

from yaosu.kernel.columns import SMALL, Columns, Text
from yaosu.kernel.packed import Packed
from yaosu.kernel.reach import Reach
from yaosu.ledger.events import Posted

Account = tuple[str, str, str]  # party, asset, purpose

FREE = "free"
ISSUED = "issued"  # the other side of everything that exists; the only purpose below zero
MAY_REST = (FREE, ISSUED)
YOUNG_MAX = 8_192  # accounts posted to once that are still at hand
RESTING_PAGES = 64  # of packed accounts that are kept open
BETWEEN = "\x1f"  # stands in no id


class Book:
    """Balances by account, and the sum of every asset over all accounts.

    Most accounts are posted to once, when a right is registered, and then rest: those are packed.
    Which ones they are changes nothing that a book says.

    Attributes:
        sums: asset -> sum over all its accounts where it is not zero; after a batch there is none.
    """

    def __init__(self) -> None:
        self._moving: dict[Account, int] = {}
        self._young: dict[Account, bool] = {}  # of those that move, posted to once, oldest first
        self._resting: Packed[int] = Packed(int, RESTING_PAGES)
        self.sums: dict[str, int] = {}

    @property
    def balances(self) -> Mapping[Account, int]:
        """All accounts that were ever posted to: signed whole numbers of the asset's unit."""
        resting = {_account_of(key): amount for key, amount in self._resting.items()}
        return {**resting, **self._moving}

    def balance(self, party: str, asset: str, purpose: str = FREE) -> int:
        """The balance of one account; zero where nothing was ever posted."""
        amount = self._moving.get((party, asset, purpose))
        if amount is None and self._resting and purpose in MAY_REST:
            amount = self._resting.get(_key_of((party, asset, purpose)))
        return amount or 0

    def held_for(self, purpose: str) -> list[tuple[str, str, int]]:
        """Party, asset and amount of the accounts of a purpose that is not free or issued."""
        assert purpose not in MAY_REST, purpose
        return [
            (party, asset, amount)
            for (party, asset, held_for), amount in self._moving.items()
            if held_for == purpose and amount
        ]

    def add(self, account: Account, amount: int) -> None:
        """Count a posting, and keep what is posted to a second time at hand."""
        before = self._moving.get(account)
        if before is not None:
            self._moving[account] = before + amount
            self._young.pop(account, None)
        elif account[2] not in MAY_REST:
            self._moving[account] = amount
        else:
            rested = self._resting.get(_key_of(account)) if self._resting else None
            self._moving[account] = (rested or 0) + amount
            if rested is None:
                self._young[account] = True
                if len(self._young) > YOUNG_MAX:
                    self._rest()
        self.add_to_sum(account[1], amount)

    def _rest(self) -> None:
        """Pack the older half of the accounts that were posted to once."""
        for account in list(self._young)[: YOUNG_MAX // 2]:
            del self._young[account]
            self._resting[_key_of(account)] = self._moving.pop(account)

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
            book.add(account, amount)
        return book


class LedgerReach(Reach, Protocol):
    """A decision that sees the books."""

    @property
    def ledger(self) -> Book: ...


def evolve(book: Book, event: Posted) -> None:
    """Add a batch to the balances; total, it never refuses."""
    for account, amount in _lines_of(event.postings):
        book.add(account, amount)


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


def _key_of(account: Account) -> str:
    return BETWEEN.join(account)


def _account_of(key: str) -> Account:
    party, asset, purpose = key.split(BETWEEN)
    return party, asset, purpose


def _lines_of(postings: Columns) -> Iterable[tuple[Account, int]]:
    """Account and amount: of each posting where they are few, netted where they are many."""
    return _one_by_one(postings) if postings.rows <= SMALL else net_of(postings)


def _one_by_one(postings: Columns) -> Iterable[tuple[Account, int]]:
    texts = [postings.text(name) for name in ("party", "asset", "purpose")]
    rows = [text.tolist() if text.texts is None else text.texts for text in texts]
    return zip(zip(*rows, strict=True), postings.numbers("amount"), strict=True)
