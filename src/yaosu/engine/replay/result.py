"""What came of a replay."""

from msgspec import Struct, field

from yaosu.core import State
from yaosu.engine.replay.causes import Divergence
from yaosu.engine.replay.classes import ACCEPTED, CHANGED, CLASSES, LOST, REFUSED, SAME
from yaosu.engine.replay.classes import UNRELIABLE_ABOVE as LIMIT
from yaosu.engine.replay.period import Period
from yaosu.engine.replay.sides import Group, Moved, TradedBy, Who
from yaosu.markets.events import MarketCleared


class ClearingPair(Struct):
    """One round of one market, as recorded and as replayed; None where it did not take place."""

    market: str
    round: int
    recorded: MarketCleared | None = None
    replayed: MarketCleared | None = None

    @property
    def welfare_gain(self) -> int:
        """Replayed less recorded welfare, ticks x lots."""
        sides = (self.recorded, self.replayed)
        before, after = (event.clearing.welfare if event else 0 for event in sides)
        return after - before


class Tally(Struct):
    """How many commands, and their value in minor units."""

    commands: int = 0
    value: int = 0


class Replayed(Struct):
    """What came of the same commands under another rule.

    Attributes:
        period: which entries were compared.
        policy: how responses were made.
        head: hash of the last entry of the period.
        tallies: command -> class of outcome -> how many, and their value.
        placed: rule packs of the replay, as id@version, in the order they came into force.
        skipped: recorded rule packs that were left out, as id@version.
        unreadable: sealed bids that the recorded rule refused and these would take in: nobody ever
            opened them, so they are counted and nothing is guessed of them.
        divergences: the first commands that came out otherwise.
        diverged: how many came out otherwise in all.
        clearings: every round, recorded beside replayed.
        traded: what traded as orders arrived, by book, on the recorded and the replayed side.
        recorded_money, replayed_money: group -> currency -> minor units received, less paid.
        moved: accounts that the two sides leave different at the end.
        who: what is known of parties, units and markets.
        replayed: the state at the end.
    """

    period: Period
    policy: str
    head: bytes = b""
    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unreadable: int = 0
    divergences: list[Divergence] = field(default_factory=list)
    diverged: int = 0
    clearings: dict[str, ClearingPair] = field(default_factory=dict)
    traded: tuple[TradedBy, TradedBy] = ({}, {})
    recorded_money: dict[Group, dict[str, int]] = field(default_factory=dict)
    replayed_money: dict[Group, dict[str, int]] = field(default_factory=dict)
    moved: Moved = field(default_factory=Moved)
    who: Who = field(default_factory=Who)
    replayed: State = field(default_factory=State)

    @property
    def counts(self) -> dict[str, int]:
        """Number of commands by class of outcome."""
        return {name: sum(t.commands for t in self._all(name)) for name in CLASSES}

    @property
    def values(self) -> dict[str, int]:
        """Value of commands by class of outcome, minor units."""
        return {name: sum(t.value for t in self._all(name)) for name in CLASSES}

    @property
    def welfare_gain(self) -> int:
        """Sum over rounds of replayed less recorded welfare, ticks x lots."""
        return sum(pair.welfare_gain for pair in self.clearings.values())

    @property
    def reform_dividend_minor(self) -> int:
        """The reform dividend: the gain in welfare in money, minor units of the currency."""
        return sum(
            pair.welfare_gain * self.who.tick_minor.get(pair.market, 1)
            for pair in self.clearings.values()
        )

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing at all came out otherwise: no command, no round, no account."""
        return not (
            self.diverged
            or self.moved.accounts
            or self.recorded_money != self.replayed_money
            or any(
                pair.recorded is None
                or pair.replayed is None
                or pair.recorded.clearing != pair.replayed.clearing
                for pair in self.clearings.values()
            )
        )

    @property
    def is_reliable(self) -> bool:
        """Whether at most a quarter of the commands, and of their value, came in, fell out, lost
        its object or could not be read."""
        return all(
            moved * LIMIT[1] <= whole * LIMIT[0]
            for moved, whole in (
                self._moved(self.counts, self.unreadable),
                self._moved(self.values, 0),
            )
        )

    def tally(self, command: str, outcome: str, value: int, count: int = 1) -> None:
        """Count one outcome, or several of a kind."""
        mine = self.tallies.setdefault(command, {}).setdefault(outcome, Tally())
        mine.commands += count
        mine.value += value

    def _all(self, outcome: str) -> list[Tally]:
        return [mine[outcome] for mine in self.tallies.values() if outcome in mine]

    @staticmethod
    def _moved(by_class: dict[str, int], unread: int) -> tuple[int, int]:
        moved = unread + sum(by_class[name] for name in (ACCEPTED, REFUSED, LOST))
        return moved, moved + by_class[SAME] + by_class[CHANGED]
