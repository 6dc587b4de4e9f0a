"""A small venue for stories: founded, with regions, rules, profiles, parties and their money.

Everything goes in by commands, as it would from any door.
"""

from collections.abc import Iterable, Sequence
from importlib.resources import files

from yaosu.access.commands import ApplyForAdmission
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.receipt import Receipt
from yaosu.journal.keys import KeyStore
from yaosu.journal.memory import MemoryStore
from yaosu.journal.store import Store
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.numbers import WHOLE, Share
from yaosu.kernel.words import Command, Event
from yaosu.markets.commands import CloseBook, OpenMarket, SubmitOrders
from yaosu.markets.terms import Trading
from yaosu.parties.commands import FoundVenue, GrantRole, IssueAttestation, RegisterParty
from yaosu.places.commands import DefineLinks, DefineRegions
from yaosu.places.values import Region
from yaosu.rights.commands import AdoptProfile, HolderShare, RegisterRight
from yaosu.rights.profiles import parse_profile
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.settlement.commands import RecordDeposit

EXCHANGE, MINISTRY, REGISTRY, WATCH = "exchange", "ministry", "registry", "watch"
MORNING = parse_instant("2026-11-02T09:00:00Z")
DOCUMENT = "ab" * 32
IDENTITIES = ("identity", "facility", "carbon_account")
FACTORS = ("land", "labour", "capital", "technology", "data", "compute", "carbon")


def shipped(name: str) -> str:
    """The text of a data file the product ships."""
    return files("yaosu.institutions").joinpath(name).read_text("utf-8")


class Story:
    """A venue and a pen: ``ask`` sends commands with fresh keys and returns receipts."""

    def __init__(
        self,
        store: Store | None = None,
        regions: Sequence[str] = ("east", "west"),
        keys: KeyStore | None = None,
    ):
        self.clock = StepClock(MORNING)
        self.venue = Venue(store or MemoryStore(), self.clock, keys)
        self.regions = tuple(regions)
        self._keys = 0

    def key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def try_to(self, word: type[Command], actor: str, /, **fields: object) -> Receipt:
        """Ask; the receipt may hold a refusal."""
        return self.venue.submit(word(actor=actor, key=self.key(), **fields))

    def ask(self, word: type[Command], actor: str, /, **fields: object) -> list[Event]:
        """Ask and insist; the events that followed."""
        return list(self.try_to(word, actor, **fields).accepted().events)

    def refused(self, word: type[Command], actor: str, /, **fields: object) -> str:
        """Ask and expect a refusal; its full text."""
        refusal = self.try_to(word, actor, **fields).refusal
        assert refusal is not None, f"{word.__name__} was accepted"
        return str(refusal)

    def found(self, factors: Iterable[str] = FACTORS, rules: str | None = None) -> "Story":
        """Founding, offices, regions, rules, profiles."""
        self.ask(
            FoundVenue,
            "founder",
            venue="venue-1",
            operator=EXCHANGE,
            authority=MINISTRY,
            currency="CNY",
        )
        for party, role in ((REGISTRY, "registrar"), (WATCH, "supervisor")):
            self.ask(RegisterParty, EXCHANGE, party=party, kind="organisation", name=party)
            self.ask(GrantRole, MINISTRY, party=party, role=role)
        self.ask(
            DefineRegions,
            MINISTRY,
            version="1",
            regions=(
                Region(id="land", name="the whole country", level="country"),
                *(Region(id=r, name=r, parent="land", level="region") for r in self.regions),
            ),
        )
        pack = parse_pack(shipped("rules/national.toml") if rules is None else rules)
        self.ask(AdoptRules, MINISTRY, pack=pack)
        for factor in factors:
            profile = parse_profile(shipped(f"factors/{factor}.toml"))
            self.ask(AdoptProfile, MINISTRY, profile=profile)
        return self

    def party(
        self,
        name: str,
        factors: Iterable[str] = ("compute",),
        money: int = 0,
        kind: str = "organisation",
        **facts: str | int | bool,
    ) -> str:
        """A registered, attested, admitted and funded party."""
        self.ask(RegisterParty, EXCHANGE, party=name, kind=kind, name=name, facts=facts)
        for what in IDENTITIES:
            self.ask(
                IssueAttestation, REGISTRY, attestation=f"{what}-{name}", about=name, kind=what
            )
        for factor in factors:
            for role in ("bidder", "holder"):
                self.try_to(ApplyForAdmission, name, factor=factor, role=role)
        if money:
            self.deposit(name, money)
        return name

    def deposit(self, name: str, amount: int) -> None:
        self.ask(RecordDeposit, EXCHANGE, party=name, currency="CNY", amount_minor=amount)

    def right(
        self,
        right: str,
        holder: str,
        quantity: int,
        region: str = "east",
        factor: str = "compute",
        instrument: str = "",
        co_holders: tuple[HolderShare, ...] = (),
        share: Share = WHOLE,
    ) -> str:
        self.ask(
            RegisterRight,
            REGISTRY,
            **self.registration(
                right, holder, quantity, region, factor, instrument, co_holders, share
            ),
        )
        return right

    def registration(
        self,
        right: str,
        holder: str,
        quantity: int,
        region: str = "east",
        factor: str = "compute",
        instrument: str = "",
        co_holders: tuple[HolderShare, ...] = (),
        share: Share = WHOLE,
    ) -> dict[str, object]:
        """The fields of a registration; the unit is named after the right."""
        return {
            "right": right,
            "unit": f"unit-{right}",
            "factor": factor,
            "region": region,
            "quantity": quantity,
            "holder": holder,
            "share": share,
            "co_holders": co_holders,
            "unit_attributes": attributes_of(factor, region),
            "instrument": instrument,
            "source": DOCUMENT,
            "term_to": self.clock() + 365 * 86_400_000_000,
        }

    def market(
        self,
        market: str = "m",
        instruments: tuple[str, ...] = ("gpu",),
        factor: str = "compute",
        links: Columns | None = None,
        regions: Sequence[str] | None = None,
        **trading: object,
    ) -> str:
        network = ""
        if links is not None:
            network = f"net-{market}"
            self.ask(DefineLinks, EXCHANGE, network=network, version="1", links=links)
        terms = {"mechanism": "call", "clear_at_close": True, **trading}
        self.ask(
            OpenMarket,
            EXCHANGE,
            market=market,
            factor=factor,
            instruments=instruments,
            regions=tuple(regions or self.regions),
            currency="CNY",
            network=network,
            trading=Trading(**terms),  # type: ignore[arg-type]  # any of its fields
        )
        return market

    def order(
        self,
        party: str,
        side: int,
        price: int,
        quantity: int,
        region: str = "east",
        market: str = "m",
        instrument: str = "gpu",
        right: str = "",
    ) -> Receipt:
        return self.try_to(
            SubmitOrders,
            party,
            market=market,
            batch=f"b-{self.key()}",
            orders=row(party, side, price, quantity, region, instrument, right),
        )

    def close(self, market: str = "m") -> list[Event]:
        return self.ask(CloseBook, EXCHANGE, market=market)

    def money(self, party: str, purpose: str = "free") -> int:
        return self.venue.state.ledger.balance(party, "CNY", purpose)

    def lots(self, party: str, instrument: str = "gpu", purpose: str = "free") -> int:
        return self.venue.state.ledger.balance(party, instrument, purpose)


def row(
    party: str, side: int, price: int, quantity: int, region: str, instrument: str, right: str = ""
) -> Columns:
    return Columns.of(
        instrument=[instrument],
        region=[region],
        side=[side],
        price=[price],
        quantity=[quantity],
        party=[party],
        right=[right],
    )


def links(*rows: tuple[str, str, int, int]) -> Columns:
    """Directed links (source, target, capacity, cost)."""
    return Columns.of(
        source=[r[0] for r in rows],
        target=[r[1] for r in rows],
        capacity=[r[2] for r in rows],
        cost=[r[3] for r in rows],
    )


def both_ways(left: str, right: str, capacity: int, cost: int = 0) -> Columns:
    return links((left, right, capacity, cost), (right, left, capacity, cost))


def attributes_of(factor: str, region: str) -> dict[str, str | int | bool]:
    """What the shipped profile of a factor asks of a unit."""
    known: dict[str, dict[str, str | int | bool]] = {
        "carbon": {"scheme": "national", "vintage": 2026},
        "compute": {"grade": "A", "site": region},
        "labour": {"skill_grade": "senior"},
        "land": {"use": "industrial", "land_title": "state"},
    }
    return known.get(factor, {})
