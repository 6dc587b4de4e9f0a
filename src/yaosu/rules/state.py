"""The state of the rules: every version of every pack ever adopted, oldest first."""

from functools import cached_property
from typing import Protocol

from msgspec import Struct, field

from yaosu.places.state import PlacesReach
from yaosu.rules.events import RulesAdopted
from yaosu.rules.pack import Pack

RulesEvent = RulesAdopted


class AdoptedPack(Struct, frozen=True, kw_only=True):
    """A pack, the digest of its canonical bytes (hex), and the instant it was adopted."""

    pack: Pack
    digest: str
    at: int


class Span(Struct, frozen=True, kw_only=True):
    """From ``first`` until before ``end``, instants, the same versions are in force.

    Attributes:
        packs: id -> the version, in order of ids; a pack that is not in force is not there.
        digest: 32 bytes that stand for all of them.
    """

    first: int
    end: int
    packs: dict[str, AdoptedPack]
    digest: bytes


class RulesState(Struct, kw_only=True, dict=True):
    """Pack id -> its versions in order of adoption, which is the order of their effect."""

    packs: dict[str, list[AdoptedPack]] = field(default_factory=dict)

    @cached_property
    def noted(self) -> dict[str, bool]:
        """What other floors noted of all these packs, until another one comes; no state."""
        return {}

    @cached_property
    def spans(self) -> list[Span]:
        """The span that was asked about last, until another pack comes; no state."""
        return []

    def forget_notes(self) -> None:
        """The packs are others now."""
        self.noted.clear()
        self.spans.clear()


class RulesReach(PlacesReach, Protocol):
    """A decision that sees the rules."""

    @property
    def rules(self) -> RulesState: ...


def evolve(state: RulesState, event: RulesEvent) -> None:
    """Add the version; total, it never refuses."""
    match event:
        case RulesAdopted(pack=pack, digest=digest, at=at):
            versions = state.packs.setdefault(pack.pack.id, [])
            versions.append(AdoptedPack(pack=pack, digest=digest, at=at))
            state.forget_notes()


def forget(state: RulesState, pack: str) -> None:
    """Take a pack out as if it had never been adopted.

    For a replay alone, which adopts its own version next.
    """
    state.packs.pop(pack, None)
    state.forget_notes()
