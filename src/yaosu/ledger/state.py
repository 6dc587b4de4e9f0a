"""The state of the books: one whole number an account, changed only by posted batches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from yaosu.kernel.columns import SMALL, Columns, Text
from yaosu.kernel.packed import Packed
from yaosu.kernel.reach import Reach
from yaosu.ledger.events import Account, Posted
from yaosu.ledger.laid_down import LaidDown

FREE = "free"
ISSUED = "issued"  # the other side of everything that exists; the only purpose below zero
MAY_REST = (FREE, ISSUED)
YOUNG_MAX = 8_192  # accounts posted to once that are still at hand
RESTING_PAGES = 64  # of packed accounts that are kept open
BETWEEN = "\x1f"  # stands in no id


class Book:
    """Balances by account, and the sum of every asset over all accounts.

    Most accounts are posted to once, when a right is registered, and then rest: those are packed,
    or laid down in columns where the book was read again. Which ones they are changes nothing that
    a book says.

    Attributes:
        sums: asset -> sum over all its accounts where it is not zero; after a batch there is none.
    """

    def __init__(self) -> None:
        self._moving: dict[Account, int] = {}
        self._young: dict[Account, bool] = {}  # of those that move, posted to once, oldest first
        self._resting: Packed[int] = Packed(int, RESTING_PAGES)
        self._laid_down: LaidDown | None = None
        self.sums: dict[str, int] = {}

    @property
    def balances(self) -> Mapping[Account, int]:
        """All accounts that were ever posted to: signed whole numbers of the asset's unit."""
        resting = {_account_of(key): amount for key, amount in self._resting.items()}
        laid_down = {} if self._laid_down is None else dict(self._laid_down.accounts())
        return {**laid_down, **resting, **self._moving}

    def balance(self, party: str, asset: str, purpose: str = FREE) -> int:
        """The balance of one account; zero where nothing was ever posted."""
        amount = self._moving.get((party, asset, purpose))
        if amount is None:
            amount = self._rested_of((party, asset, purpose))
        return amount or 0

    def _rested_of(self, account: Account) -> int | None:
        """The balance of an account, where it rests."""
        if account[2] not in MAY_REST:
            return None
        if self._laid_down is not None:
            (amount,) = self._laid_down.find([account])
            if amount is not None:
                return amount
        return self._resting.get(_key_of(account)) if self._resting else None

    def balances_of(self, accounts: Sequence[Account]) -> list[int]:
        """The balances of many accounts."""
        moving = self._moving
        found = [moving.get(account) for account in accounts]
        rested = self._rested(
            [a for a, amount in zip(accounts, found, strict=True) if amount is None]
        )
        return [
            rested.get(account, 0) if amount is None else amount
            for account, amount in zip(accounts, found, strict=True)
        ]

    def _rested(self, accounts: Sequence[Account]) -> dict[Account, int]:
        """Those of the accounts that rest, with their balances."""
        may = [account for account in accounts if account[2] in MAY_REST]
        found: dict[Account, int] = {}
        if may and self._laid_down is not None:
            amounts = self._laid_down.find(may)
            found = {a: n for a, n in zip(may, amounts, strict=True) if n is not None}
            may = [account for account in may if account not in found]
        if may and self._resting:
            rows = self._resting.rows_of([_key_of(account) for account in may])
            packed = zip(may, rows, strict=True)
            found |= {a: self._resting.at(row)[1] for a, row in packed if row >= 0}
        return found

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
        self._count(account, amount)
        self.add_to_sum(account[1], amount)

    def add_few(self, changes: Iterable[tuple[Account, int]]) -> None:
        """The same of several; an asset of which they sum to zero is summed no further."""
        sums: dict[str, int] = {}
        for account, amount in changes:
            self._count(account, amount)
            asset = account[1]
            sums[asset] = sums.get(asset, 0) + amount
        for asset, amount in sums.items():
            if amount:
                self.add_to_sum(asset, amount)

    def _count(self, account: Account, amount: int) -> None:
        before = self._moving.get(account)
        if before is not None:
            self._moving[account] = before + amount
            self._young.pop(account, None)
        elif account[2] not in MAY_REST:
            self._moving[account] = amount
        else:
            self._take_in_hand(account, self._rested_of(account), amount)

    def _take_in_hand(self, account: Account, rested: int | None, amount: int) -> None:
        """An account that rested, or is new, moves."""
        self._moving[account] = (rested or 0) + amount
        if rested is not None and self._laid_down is not None:
            self._laid_down.take(account)
        if rested is None:
            self._young[account] = True
            if len(self._young) > YOUNG_MAX:
                self._rest()

    def add_many(self, changes: Sequence[tuple[Account, int]]) -> None:
        """Count the netted postings of a batch. What it brings into the books rests at once."""
        new = {account: True for account, _ in changes if account not in self._moving}
        rested = self._rested(list(new))
        brought = {a[1]: True for a in new if a[2] == ISSUED and a not in rested}
        resting: dict[str, int] = {}
        sums: dict[str, int] = {}
        for account, amount in changes:
            _, asset, purpose = account
            if account not in new or purpose not in MAY_REST:  # it may have come to rest since
                self.add(account, amount)
                continue
            if asset in brought and account not in rested:
                resting[_key_of(account)] = amount
            else:
                self._take_in_hand(account, rested.get(account), amount)
            sums[asset] = sums.get(asset, 0) + amount
        self._resting.add_many(list(resting), list(resting.values()))
        for asset, amount in sums.items():
            if amount:
                self.add_to_sum(asset, amount)

    def _rest(self) -> None:
        """Pack the older half of the accounts that were posted to once."""
        older = list(self._young)[: YOUNG_MAX // 2]
        for account in older:
            del self._young[account]
        amounts = [self._moving.pop(account) for account in older]
        self._resting.add_many([_key_of(account) for account in older], amounts)

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
        purpose = columns.text("purpose")
        may_rest = np.array([value in MAY_REST for value in purpose.values], bool)
        rests = may_rest[purpose.codes] if columns.rows else np.zeros(0, bool)
        book._laid_down = LaidDown(columns if rests.all() else columns.take(rests))
        held = columns.take(~rests)
        names = (held.text(name).tolist() for name in ("party", "asset", "purpose"))
        accounts = zip(*names, strict=True)
        book._moving = dict(zip(accounts, held["balance"].tolist(), strict=True))
        asset = columns.text("asset")
        sums = np.zeros(len(asset.values), np.int64)
        np.add.at(sums, asset.codes, columns["balance"])
        book.sums = {asset.values[code]: int(sums[code]) for code in np.flatnonzero(sums).tolist()}
        return book


class LedgerReach(Reach, Protocol):
    """A decision that sees the books."""

    @property
    def ledger(self) -> Book: ...


def evolve(book: Book, event: Posted) -> None:
    """Add a batch to the balances; total, it never refuses."""
    if event.postings.rows > SMALL:
        book.add_many(_netted(event.postings))
    else:
        book.add_few(_one_by_one(event.postings))


def net_of(postings: Columns) -> list[tuple[Account, int]]:
    """The net change of each account of a batch, sorted by account."""
    return sorted(_netted(postings))


def _netted(postings: Columns) -> list[tuple[Account, int]]:
    """The same in an order of its own.

    Works on codes, so a million postings of few accounts cost one sort.
    """
    if postings.rows <= SMALL:
        net: dict[Account, int] = {}
        for account, amount in _one_by_one(postings):
            net[account] = net.get(account, 0) + amount
        return list(net.items())
    party, asset, purpose = (postings.text(name) for name in ("party", "asset", "purpose"))
    key = party.codes.astype(np.int64) * len(asset.values) + asset.codes
    key = key * len(purpose.values) + purpose.codes
    distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    totals = np.zeros(len(distinct), np.int64)
    np.add.at(totals, inverse, postings["amount"])
    texts = [
        [column.values[code] for code in column.codes[first].tolist()]
        for column in (party, asset, purpose)
    ]
    return list(zip(zip(*texts, strict=True), totals.tolist(), strict=True))


def _key_of(account: Account) -> str:
    return BETWEEN.join(account)


def _account_of(key: str) -> Account:
    party, asset, purpose = key.split(BETWEEN)
    return party, asset, purpose


def _one_by_one(postings: Columns) -> Iterable[tuple[Account, int]]:
    texts = [postings.text(name) for name in ("party", "asset", "purpose")]
    rows = [text.tolist() if text.texts is None else text.texts for text in texts]
    return zip(zip(*rows, strict=True), postings.numbers("amount"), strict=True)
