"""What the simulated clients ask for: a small venue, and commands of every kind from a seed.

A command is made once and keeps its key, however often it is sent.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from tests.stories import (
    DOCUMENT,
    EXCHANGE,
    MINISTRY,
    MORNING,
    REGISTRY,
    WATCH,
    Story,
    both_ways,
    row,
    shipped,
)
from yaosu.access.commands import ReinstateAdmission, SuspendAdmission
from yaosu.journal.chain import Entry
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Command
from yaosu.markets.commands import CancelOrders, CloseBook, OfferRight, SubmitOrders
from yaosu.parties.commands import RegisterParty
from yaosu.returns.commands import ShareIncome
from yaosu.rights.commands import FreezeRight, RegisterRight, ReleaseRight, TransferTitle
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal, VoidContract

FIRMS = 2
REGIONS = ("east", "west")
MARKETS = ("m", "n")  # delivery at once; delivery after a notice of a day
LOTS = 60
PROJECT = "project"
RULE = """
[[table]]
id      = "income"
key     = "factor"
columns = { factor = "text", weight = "int" }
reason  = "factor_not_listed"
rows    = [{ factor = "compute", weight = 1 }]
[[table.example]]
facts  = { factor = "compute" }
result = { factor = "compute", weight = 1 }
"""


@cache
def founding() -> tuple[Entry, ...]:
    """The entries every simulation begins with, made once in a process."""
    store = MemoryStore()
    story = Story(store, REGIONS)
    rules = shipped("rules/national.toml").replace("[facts]", '[facts]\nfactor = "text"') + RULE
    story.found(factors=("compute",), rules=rules)
    story.party(PROJECT, (), money=5_000)
    for firm in range(FIRMS):
        story.party(f"seller-{firm}")
        story.party(f"buyer-{firm}", money=3_000)
        story.right(f"R-{firm}", f"seller-{firm}", LOTS, REGIONS[firm % 2], instrument="gpu")
    story.market("m", links=both_ways(*REGIONS, 5, 2))
    story.market("n", contract="notice", notice_days=1)
    for market in MARKETS:  # books with something in them, so that the first closings trade
        for firm in range(FIRMS):
            assert story.order(f"seller-{firm}", -1, 9, 6, REGIONS[firm % 2], market).is_accepted
            assert story.order(f"buyer-{firm}", 1, 15, 5, REGIONS[firm % 2], market).is_accepted
    return tuple(store.read())


@dataclass
class Pen:
    """Writes the commands of one client.

    Attributes:
        made: how many so far; the number stands in the key.
        batches, rights, freezes: ids of earlier commands, to come back to.
        contracts: those that wait at a gate, as everybody can read them.
    """

    client: str
    chance: random.Random
    made: int = 0
    batches: list[tuple[str, str, str]] = field(default_factory=list)
    rights: list[str] = field(default_factory=lambda: [f"R-{firm}" for firm in range(FIRMS)])
    freezes: list[str] = field(default_factory=list)
    contracts: list[str] = field(default_factory=list)

    def write(self, kinds: "tuple[Kind, ...]") -> Command:
        """The next command: one of the kinds, each as often as it stands there."""
        self.made += 1
        return self.chance.choice(kinds)(self, f"{self.client}-{self.made}")

    def firm(self) -> int:
        return self.chance.randrange(FIRMS)


Kind = Callable[[Pen, str], Command]


def bid(pen: Pen, key: str) -> Command:
    """Buy; now and then for more money than there is."""
    price = 1_000 if pen.chance.random() < 0.1 else pen.chance.randrange(12, 22)
    return _orders(pen, key, f"buyer-{pen.firm()}", 1, price, pen.chance.choice(REGIONS), "")


def ask(pen: Pen, key: str) -> Command:
    """Sell; the seller may have bought, sold out, or be somebody with nothing."""
    firm = pen.firm()
    party = f"buyer-{firm}" if pen.chance.random() < 0.1 else f"seller-{firm}"
    right = "" if pen.chance.random() < 0.2 else f"R-{firm}"
    return _orders(pen, key, party, -1, pen.chance.randrange(5, 14), REGIONS[firm % 2], right)


def _orders(
    pen: Pen, key: str, party: str, side: int, price: int, region: str, right: str
) -> Command:
    market, quantity = pen.chance.choice(MARKETS), pen.chance.randrange(1, 9)
    pen.batches.append((party, market, f"b-{key}"))
    orders = row(party, side, price, quantity, region, "gpu", right)
    return SubmitOrders(actor=party, key=key, market=market, batch=f"b-{key}", orders=orders)


def offer(pen: Pen, key: str) -> Command:
    firm = pen.firm()
    return OfferRight(
        actor=f"seller-{firm}",
        key=key,
        market=pen.chance.choice(MARKETS),
        right=f"R-{firm}",
        price=pen.chance.randrange(5, 16),
        quantity=pen.chance.randrange(1, 9),
    )


def cancel(pen: Pen, key: str) -> Command:
    if not pen.batches:
        return bid(pen, key)
    party, market, batch = pen.chance.choice(pen.batches)
    return CancelOrders(actor=party, key=key, market=market, batch=batch)


def stranger(pen: Pen, key: str) -> Command:
    """Somebody nobody knows: refused at the door, and not recorded."""
    return CloseBook(actor="stranger", key=key, market="m")


def close(pen: Pen, key: str) -> Command:
    return CloseBook(actor=EXCHANGE, key=key, market=pen.chance.choice(MARKETS))


def deposit(pen: Pen, key: str) -> Command:
    party, amount = f"buyer-{pen.firm()}", pen.chance.randrange(1, 500)
    return RecordDeposit(actor=EXCHANGE, key=key, party=party, currency="CNY", amount_minor=amount)


def withdraw(pen: Pen, key: str) -> Command:
    party, amount = f"seller-{pen.firm()}", pen.chance.randrange(1, 100)
    return RecordWithdrawal(
        actor=EXCHANGE, key=key, party=party, currency="CNY", amount_minor=amount
    )


def newcomer(pen: Pen, key: str) -> Command:
    """Register a party; now and then one that is registered already."""
    name = "seller-0" if pen.chance.random() < 0.2 else f"new-{key}"
    return RegisterParty(actor=EXCHANGE, key=key, party=name, kind="person", name=name)


def share(pen: Pen, key: str) -> Command:
    return ShareIncome(
        actor=PROJECT,
        key=key,
        income=f"income-{key}",
        units=tuple(f"unit-R-{firm}" for firm in range(FIRMS)),
        amount_minor=pen.chance.randrange(1, 400),
        currency="CNY",
        rule="income",
    )


def register(pen: Pen, key: str) -> Command:
    firm = pen.firm()
    pen.rights.append(f"S-{key}")
    return RegisterRight(
        actor=REGISTRY,
        key=key,
        right=f"S-{key}",
        unit=f"unit-S-{key}",
        factor="compute",
        region=REGIONS[firm % 2],
        quantity=pen.chance.randrange(1, 30),
        holder=f"seller-{firm}",
        unit_attributes={"grade": "A", "site": REGIONS[firm % 2]},
        instrument="gpu",
        source=DOCUMENT,
        term_to=MORNING + 365 * DAY,
    )


def freeze(pen: Pen, key: str) -> Command:
    """Forbid disposal of a right: what stands in a book or at a gate is undone."""
    pen.freezes.append(f"e-{key}")
    right = pen.chance.choice(pen.rights)
    return FreezeRight(actor=REGISTRY, key=key, entry=f"e-{key}", right=right, reason="dispute")


def release(pen: Pen, key: str) -> Command:
    if not pen.freezes:
        return register(pen, key)
    return ReleaseRight(actor=REGISTRY, key=key, entry=pen.chance.choice(pen.freezes))


def transfer(pen: Pen, key: str) -> Command:
    firm = pen.firm()
    right = f"R-{firm}"
    lots = pen.chance.randrange(1, 5)
    target = f"seller-{1 - firm}"
    return TransferTitle(
        actor=f"seller-{firm}", key=key, right=right, target=target, lots=lots, source=DOCUMENT
    )


def suspend(pen: Pen, key: str) -> Command:
    word = pen.chance.choice((SuspendAdmission, ReinstateAdmission))
    party = f"buyer-{pen.firm()}"
    return word(
        actor=WATCH, key=key, party=party, factor="compute", role="bidder", reason="inquiry"
    )


def void(pen: Pen, key: str) -> Command:
    """An authority stops a contract; now and then one that does not exist."""
    contract = pen.chance.choice([*pen.contracts, f"c-{key}"])
    return VoidContract(actor=MINISTRY, key=key, contract=contract, reason="objection")


TRADER: tuple[Kind, ...] = (bid, bid, bid, ask, ask, offer, cancel, stranger)
OPERATOR: tuple[Kind, ...] = (close, close, deposit, withdraw, newcomer)
OFFICE: tuple[Kind, ...] = (void, register, freeze, release, release, transfer, share, suspend)
