"""What single parties hold, summed up: made when it is first asked for, then kept true.

Derived, never part of the state. Where nobody asks, nothing is kept and nothing costs.
"""

from collections.abc import Iterable, Mapping

from yaosu.rights.methods.moves import lots_in
from yaosu.rights.values import Right, Unit

PARTIES_IN_HAND = 20_000  # those asked for last; others are summed up anew
Sort = tuple[str, str, str, str]  # factor, kind, instrument, region


class Holdings:
    """The lots of one party.

    Attributes:
        lots: sort of lots -> how many it has.
        units: sort of lots -> unit -> its rights in it, counted, and their lots.
    """

    def __init__(self, rights: Iterable[Right], units: Mapping[str, Unit]) -> None:
        self.lots: dict[Sort, int] = {}
        self.units: dict[Sort, dict[str, tuple[int, int]]] = {}
        for right in rights:
            self.count(right, units[right.unit], 1)

    def count(self, right: Right, unit: Unit, sign: int) -> None:
        """A right comes to the party, or goes from it."""
        sort = right.factor, right.kind, right.instrument, unit.region
        lots = sign * lots_in(right, unit.quantity)
        of_units = self.units.setdefault(sort, {})
        rights_before, lots_before = of_units.get(right.unit, (0, 0))
        if rights_before + sign:
            of_units[right.unit] = rights_before + sign, lots_before + lots
        else:
            del of_units[right.unit]
        self.lots[sort] = self.lots.get(sort, 0) + lots
        if not of_units:
            del self.units[sort], self.lots[sort]


class InHand:
    """Holdings of the parties that were asked for."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units
        self._of: dict[str, Holdings] = {}

    def get(self, party: str) -> Holdings | None:
        """Those of a party, where they are in hand."""
        return self._of.get(party)

    def take(self, party: str, rights: Iterable[Right]) -> Holdings:
        """Sum up the rights of a party; the one asked for first goes where there are too many."""
        if len(self._of) >= PARTIES_IN_HAND:
            del self._of[next(iter(self._of))]
        holdings = self._of[party] = Holdings(rights, self._units)
        return holdings

    def move(self, before: Right | None, right: Right) -> None:
        """A right has a new version."""
        for version, sign in ((before, -1), (right, 1)):
            if version is not None and version.end == 0:
                known = self._of.get(version.holder)
                if known is not None:
                    known.count(version, self._units[version.unit], sign)
