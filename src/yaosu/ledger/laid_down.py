"""Accounts as a state that was read again lays them down: columns, which nothing is read from.

Sixteen bytes an account and the text of every asset once. An account that moves leaves a zero here.
"""

from collections.abc import Sequence

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers, Text
from yaosu.ledger.events import Account

PARTY, ASSET, PURPOSE = range(3)


class LaidDown:
    """Balances of accounts, none of them zero at first, by their place among all of them."""

    def __init__(self, columns: Columns) -> None:
        """From columns party, asset, purpose, balance of distinct accounts, sorted by these."""
        texts = [columns.text(name).sorted() for name in ("party", "asset", "purpose")]
        self._names = [_names(text) for text in texts]
        places = [text.codes.astype(np.int64) for text in texts]
        self._keys = self._key_of(places)
        self._amounts: Integers = columns["balance"].astype(np.int64)
        assert (self._keys[1:] > self._keys[:-1]).all(), "accounts are sorted and distinct"

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, accounts: Sequence[Account]) -> list[int | None]:
        """The balance of each; None of one that is not here, or here no more."""
        if not len(self._keys):
            return [None] * len(accounts)
        rows, is_here = self._rows_of(accounts)
        amounts = np.where(is_here, self._amounts[rows], 0).tolist()
        return [amount or None for amount in amounts]

    def take(self, account: Account) -> None:
        """The account is elsewhere from now on, if it was here."""
        if len(self._keys):
            rows, is_here = self._rows_of([account])
            self._amounts[rows[is_here]] = 0

    def accounts(self) -> list[tuple[Account, int]]:
        """What is here still, sorted by account."""
        rows = np.flatnonzero(self._amounts)
        keys, texts = self._keys[rows], []
        for names in reversed(self._names):
            keys, places = np.divmod(keys, max(len(names), 1))
            texts.append([name.decode() for name in names[places].tolist()])
        purposes, assets, parties = texts
        amounts = self._amounts[rows].tolist()
        return list(zip(zip(parties, assets, purposes, strict=True), amounts, strict=True))

    def _rows_of(self, accounts: Sequence[Account]) -> tuple[Integers, Array]:
        """The row of each account, any row where it has none; and whether it has one."""
        places = []
        is_here = np.ones(len(accounts), bool)
        for part, names in enumerate(self._names):
            asked = np.array([account[part].encode() for account in accounts])
            wanted = asked.astype(names.dtype)  # or all names would be made as wide as these
            place = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
            is_here &= (names[place] == wanted) & (wanted == asked)
            places.append(place)
        keys = self._key_of(places)
        rows = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return rows, is_here & (self._keys[rows] == keys)

    def _key_of(self, places: Sequence[Integers]) -> Integers:
        """One number an account, in the order of the accounts."""
        party, asset, purpose = places
        assets, purposes = len(self._names[ASSET]), len(self._names[PURPOSE])
        keys: Integers = (party * assets + asset) * purposes + purpose
        return keys


def _names(text: Text) -> Array:
    """The texts of a column as an array of bytes, sorted: as wide as the longest."""
    return np.array([value.encode() for value in text.values], "S")
