"""A reach for tests of the lower floors: state, a clock that stands still, and given-when-then."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import yaosu
from yaosu.access import commands as access_commands
from yaosu.access import decide as access
from yaosu.access import grades, learning, portability, recognition
from yaosu.access.limits import check_limits
from yaosu.access.state import AccessState
from yaosu.access.state import evolve as evolve_access
from yaosu.kernel.canonical import check, decode, encode
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.ledger.events import Posted
from yaosu.ledger.state import FREE, Book
from yaosu.ledger.state import evolve as evolve_ledger
from yaosu.parties import commands as parties_commands
from yaosu.parties import decide as parties
from yaosu.parties import representation, resolutions
from yaosu.parties.commands import FoundVenue, GrantRole, IssueAttestation, RegisterParty
from yaosu.parties.state import PartiesState
from yaosu.parties.state import evolve as evolve_parties
from yaosu.places import commands as places_commands
from yaosu.places import decide as places
from yaosu.places import planning
from yaosu.places.commands import DefineRegions
from yaosu.places.state import PlacesState
from yaosu.places.state import evolve as evolve_places
from yaosu.places.values import Region
from yaosu.rights import commands as rights_commands
from yaosu.rights import decide as rights
from yaosu.rights.commands import AdoptProfile
from yaosu.rights.profiles import parse_profile
from yaosu.rights.state import RightsState
from yaosu.rights.state import evolve as evolve_rights
from yaosu.rights.values import Promise
from yaosu.rights.views import lots_by_holder
from yaosu.rules import commands as rules_commands
from yaosu.rules import decide as rules
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.rules.state import RulesState
from yaosu.rules.state import evolve as evolve_rules

INSTITUTIONS = Path(yaosu.__file__).parent / "institutions"
START = parse_instant("2026-03-02T09:00:00Z")
FACTORS = ("capital", "carbon", "compute", "data", "labour", "land", "technology")
DOCUMENT = "ab" * 32
FLOORS = (
    (places_commands, (places, planning)),
    (rules_commands, (rules,)),
    (parties_commands, (parties, resolutions, representation)),
    (rights_commands, (rights,)),
    (access_commands, (access, recognition, learning, grades, portability)),
)


def institution(path: str) -> str:
    """The text of a shipped institution."""
    return (INSTITUTIONS / path).read_text(encoding="utf-8")


class Floors:
    """State of the lower floors. ``when`` decides and evolves; ``refused`` expects a refusal."""

    def __init__(self, now: int = START) -> None:
        self.now = now
        self.cause = "0" * 64
        self.number = 0
        self.ledger = Book()
        self.places = PlacesState()
        self.rules = RulesState()
        self.parties = PartiesState()
        self.rights = RightsState()
        self.access = AccessState()
        self.open_things: list[str] = []
        self.reserved: dict[str, int] = {}
        self.promised: dict[str, list[Promise]] = {}

    def waiting_for_key(self, data_key: str) -> list[str]:
        return self.open_things

    def blockers(self, party: str) -> list[str]:
        return self.open_things

    def reserved_lots(self, right: str) -> int:
        return self.reserved.get(right, 0)

    def promises(self) -> Callable[[str], list[Promise]]:
        return lambda party: self.promised.get(party, [])

    def check_limits(
        self, asked: Sequence[Promise], before: Mapping[str, Sequence[Promise]] | None = None
    ) -> None:
        check_limits(self, asked, before)

    def when(self, command: Command) -> list[Event]:
        """Decide a command as it comes through the canonical bytes, and take its events in."""
        check(command)
        command = decode(encode(command), type(command))
        self.number += 1
        self.cause = f"{self.number:064d}"
        name = tag_of(command).split(".")[1]
        decide = next(
            getattr(room, f"decide_{name}")
            for words, rooms in FLOORS
            for room in rooms
            if type(command).__module__ == words.__name__ and hasattr(room, f"decide_{name}")
        )
        before = self.canonical()
        events: list[Event] = decide(self, command)
        assert self.canonical() == before, "a decision changed the state"
        for event in events:
            self.take(event)
        self.assert_whole()
        return events

    def take(self, event: Event) -> None:
        """Evolve, from the event's canonical bytes."""
        event = decode(encode(event), type(event))
        match event:
            case Posted():
                evolve_ledger(self.ledger, event)
            case _:
                floor = tag_of(event).split(".")[0]
                evolve: Any = {
                    "places": evolve_places,
                    "rules": evolve_rules,
                    "parties": evolve_parties,
                    "rights": evolve_rights,
                    "access": evolve_access,
                }[floor]
                evolve(getattr(self, floor), event)

    def refused(self, command: Command, code: str) -> Refusal:
        """The command is refused with the code, its message reads well, and nothing changed."""
        with pytest.raises(Refusal) as caught:
            self.when(command)
        assert caught.value.code == code, str(caught.value)
        assert "{" not in str(caught.value)
        return caught.value

    def canonical(self) -> list[bytes]:
        """The canonical bytes of every floor's state."""
        floors = (self.places, self.rules, self.parties, self.rights, self.access)
        return [encode(self.ledger), *(encode(floor) for floor in floors)]

    def assert_whole(self) -> None:
        """Every asset sums to zero, and the books hold exactly the lots the register says."""
        self.ledger.assert_balanced()
        held: dict[tuple[str, str], int] = {}
        for (party, asset, _), amount in self.ledger.balances.items():
            if party != "register" and asset != "CNY" and amount:
                held[party, asset] = held.get((party, asset), 0) + amount
        in_register = {key: lots for key, lots in lots_by_holder(self.rights).items() if lots}
        assert {key: lots for key, lots in held.items() if lots} == in_register

    def free(self, party: str, asset: str) -> int:
        return self.ledger.balance(party, asset, FREE)


def founded(now: int = START) -> Floors:
    """A venue with an operator ``op`` and an authority ``gov``; nothing else."""
    floors = Floors(now)
    floors.when(
        FoundVenue(
            actor="founder", key="1", venue="V", operator="op", authority="gov", currency="CNY"
        )
    )
    return floors


def settled(regions: int = 3) -> Floors:
    """A venue with regions R01.., a registrar, an agency, two parties, rules and all profiles."""
    floors = founded()
    tree = (
        Region(id="N", name="Nation"),
        *(Region(id=f"R{i:02d}", parent="N", name=f"Region {i}") for i in range(1, regions + 1)),
    )
    floors.when(DefineRegions(actor="gov", key="2", version="1", regions=tree))
    for party in ("reg", "watch", "agency", "anna", "bao"):
        kind = "person" if party == "anna" else "organisation"
        floors.when(RegisterParty(actor="op", key="3", party=party, kind=kind, name=party))
    floors.when(GrantRole(actor="gov", key="4", party="reg", role="registrar"))
    floors.when(GrantRole(actor="gov", key="5", party="watch", role="supervisor"))
    floors.when(GrantRole(actor="op", key="6", party="agency", role="agency"))
    pack = parse_pack(institution("rules/national.toml"))
    floors.when(AdoptRules(actor="gov", key="7", pack=pack))
    for factor in FACTORS:
        profile = parse_profile(institution(f"factors/{factor}.toml"))
        floors.when(AdoptProfile(actor="gov", key="8", profile=profile))
    return floors


def attest(floors: Floors, about: str, kind: str, level: int = 1) -> None:
    """The agency states something about a party."""
    floors.when(
        IssueAttestation(
            actor="agency",
            key="9",
            attestation=f"att-{about}-{kind}",
            about=about,
            kind=kind,
            level=level,
        )
    )
