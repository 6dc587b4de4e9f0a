"""Who controls whom, as the registered facts of parties and the shares of groups say.

A fact of a party, such as ``controlled_by``, names who controls it; without one a group is
controlled by the member that has more than half of it. Parties with the same one at the top are
related. Derived, never part of the state, and made for a fact when it is first asked for.
"""

from collections.abc import Mapping
from fractions import Fraction

from yaosu.parties.values import Party

HALF = Fraction(1, 2)


class Control:
    """The parties below and above each other, by one fact."""

    def __init__(self, parties: Mapping[str, Party], fact: str) -> None:
        self._fact = fact
        self._above: dict[str, str] = {}
        self._below: dict[str, list[str]] = {}
        for party in parties.values():
            self.note(party)

    def note(self, party: Party) -> None:
        """A party is registered, or a group has other members."""
        before, above = self._above.pop(party.id, ""), self._named(party)
        if before:
            self._below[before].remove(party.id)
        if above:
            self._above[party.id] = above
            self._below.setdefault(above, []).append(party.id)

    def top_of(self, party: str) -> str:
        """Who controls a party in the end, itself where nobody does; of a circle the first name."""
        way = [party]
        while (above := self._above.get(way[-1], "")) and above not in way:
            way.append(above)
        return min(way[way.index(above) :]) if above else way[-1]

    def related_to(self, party: str) -> list[str]:
        """All whom the same one controls, and that one; sorted, the party itself among them."""
        found: dict[str, bool] = {}
        waiting = [self.top_of(party)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = True
                waiting += self._below.get(name, ())
        return sorted(found)

    def _named(self, party: Party) -> str:
        named = party.facts.get(self._fact)
        if named is not None:
            return "" if str(named) == party.id else str(named)
        most = [one.party for one in party.members if one.share.fraction > HALF]
        return most[0] if most else ""
