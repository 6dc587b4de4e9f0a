"""Posting: the only way anything moves. A batch is all or nothing and names its first failure.

A hold is a posting from ``free`` to a purpose of its own (``order:<market>``,
``contract:<id>``): what is held cannot be spent, and it is posted whole, in part, or released by
another posting. No purpose but ``issued`` may fall below zero; ``issued`` may not rise above it.
"""

from collections.abc import Iterable, Sequence

from yaosu.kernel.columns import SMALL, Columns, Kept, Text, kept_column
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import Event
from yaosu.ledger import refusals
from yaosu.ledger.events import Account, Posted
from yaosu.ledger.state import FREE, ISSUED, LedgerReach, net_of

REGISTER = "register"  # the party on whose `issued` account the lots of registered units stand
Line = tuple[str, str, str, int]  # party, asset, purpose, signed amount
__all__ = ["FREE", "ISSUED", "REGISTER", "refusals"]


def post(
    reach: LedgerReach, batch: str, postings: Columns, after: Sequence[Event] = ()
) -> list[Event]:
    """Post a batch, or refuse it whole.

    Args:
        reach: sees the books.
        batch: id of the batch.
        postings: columns party, asset, purpose, amount; each asset sums to zero (else our error).
        after: events earlier in the same decision; their postings count as if made.

    Raises:
        Refusal: ``ledger.insufficient`` with the first account, in order of (party, asset,
            purpose), that would fall below zero; ``ledger.beyond_range``.

    Cost: O(n log n) for n postings.
    """
    changes = net_of(postings)
    sums: dict[str, int] = {}
    for (_, asset, _), amount in changes:
        sums[asset] = sums.get(asset, 0) + amount
    assert not any(sums.values()), f"batch {batch} does not sum to zero: {sums}"
    pending = _pending(after) if after else {}
    balances = reach.ledger.balances_of([account for account, _ in changes])
    for (account, amount), balance_now in zip(changes, balances, strict=True):
        _check_account(account, balance_now + pending.get(account, 0), amount)
    if not changes:
        return []
    return [Posted(batch=batch, postings=postings)]


def lines(postings: Iterable[Line]) -> Columns:
    """Postings in columns from single lines."""
    rows = list(postings)
    party, asset, purpose, amount = map(list, zip(*rows, strict=True)) if rows else ([],) * 4
    text = Text.short if 0 < len(rows) <= SMALL else Text.of
    return Columns(
        {
            "party": text(party),
            "asset": text(asset),
            "purpose": text(purpose),
            "amount": kept_column("amount", amount),
        }
    )


def shift(
    party: str, asset: str, source_purpose: str, target_purpose: str, amount: int
) -> tuple[Line, Line]:
    """The two lines that move own balance between purposes, for a batch of many."""
    return (party, asset, source_purpose, -amount), (party, asset, target_purpose, amount)


def move(
    reach: LedgerReach,
    batch: str,
    party: str,
    asset: str,
    source_purpose: str,
    target_purpose: str,
    amount: int,
    after: Sequence[Event] = (),
) -> list[Event]:
    """Move own balance between purposes: to hold it, or to release a hold."""
    return _pass(
        reach, batch, (party, asset, source_purpose), (party, asset, target_purpose), amount, after
    )


def hold(
    reach: LedgerReach, batch: str, party: str, asset: str, purpose: str, amount: int
) -> list[Event]:
    """Move own free balance to a purpose of its own; the same as :func:`move`, and quicker.

    Raises:
        Refusal: as :func:`post`.
    """
    free, held = reach.ledger.balance(party, asset), reach.ledger.balance(party, asset, purpose)
    if not 0 < amount <= free or held + amount > INT64_MAX:
        return move(reach, batch, party, asset, FREE, purpose, amount)
    postings: dict[str, Kept] = {
        "party": Text.short([party, party]),
        "asset": Text.short([asset, asset]),
        "purpose": Text.short([FREE, purpose]),
        "amount": [-amount, amount],
    }
    return [Posted(batch=batch, postings=Columns.short(postings, 2))]


def give(
    reach: LedgerReach,
    batch: str,
    source: str,
    target: str,
    asset: str,
    amount: int,
    purpose: str = FREE,
    after: Sequence[Event] = (),
) -> list[Event]:
    """Give own balance to another party's ``free`` account."""
    return _pass(reach, batch, (source, asset, purpose), (target, asset, FREE), amount, after)


def issue(
    reach: LedgerReach,
    batch: str,
    holder: str,
    asset: str,
    amount: int,
    issuer: str = REGISTER,
    after: Sequence[Event] = (),
) -> list[Event]:
    """Bring something into the books: the holder has it, the issuer owes it."""
    return _pass(reach, batch, (issuer, asset, ISSUED), (holder, asset, FREE), amount, after)


def retire(
    reach: LedgerReach,
    batch: str,
    holder: str,
    asset: str,
    amount: int,
    issuer: str = REGISTER,
    after: Sequence[Event] = (),
) -> list[Event]:
    """Take something out of the books again."""
    return _pass(reach, batch, (holder, asset, FREE), (issuer, asset, ISSUED), amount, after)


def _pass(
    reach: LedgerReach,
    batch: str,
    source: Account,
    target: Account,
    amount: int,
    after: Sequence[Event],
) -> list[Event]:
    assert amount >= 0, amount
    return post(reach, batch, lines([(*source, -amount), (*target, amount)]), after)


def issued_of(reach: LedgerReach, assets: Sequence[str]) -> dict[str, int]:
    """How much of each asset the register has issued and not retired."""
    accounts = [(REGISTER, asset, ISSUED) for asset in assets]
    balances = reach.ledger.balances_of(accounts)
    return {asset: -amount for asset, amount in zip(assets, balances, strict=True)}


def balance(reach: LedgerReach, party: str, asset: str, purpose: str = FREE) -> int:
    """The balance of one account."""
    return reach.ledger.balance(party, asset, purpose)


def balance_after(
    reach: LedgerReach, party: str, asset: str, after: Sequence[Event], purpose: str = FREE
) -> int:
    """The balance of one account once events earlier in the same decision are taken in."""
    account = (party, asset, purpose)
    return reach.ledger.balance(*account) + _pending(after).get(account, 0)


def held(reach: LedgerReach, purpose: str) -> list[tuple[str, str, int]]:
    """All that is held for a purpose: (party, asset, amount), sorted."""
    return sorted(reach.ledger.held_for(purpose))


def _pending(events: Sequence[Event]) -> dict[Account, int]:
    pending: dict[Account, int] = {}
    for event in events:
        if isinstance(event, Posted):
            for account, amount in net_of(event.postings):
                pending[account] = pending.get(account, 0) + amount
    return pending


def _check_account(account: Account, before: int, amount: int) -> None:
    party, asset, purpose = account
    after = before + amount
    if abs(after) > INT64_MAX:
        refuse("ledger.beyond_range", party=party, asset=asset)
    if purpose == ISSUED:
        assert after <= 0, f"more of {asset} retired than was ever issued"
        return
    if after < 0 and amount < 0:
        refuse(
            "ledger.insufficient",
            party=party,
            asset=asset,
            purpose=purpose,
            balance=before,
            amount=-amount,
        )
