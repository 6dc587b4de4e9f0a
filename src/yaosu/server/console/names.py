"""What things are called in the reader's language: regions, factors, parties."""

from yaosu.core import State
from yaosu.rights.profile import Profile


class Names:
    """Names out of the state; an id stands for itself where nothing better is known."""

    def __init__(self, state: State, language: str) -> None:
        trees = [tree for tree in state.places.trees if tree.effective <= state.now]
        self._regions = trees[-1].regions if trees else {}
        self._profiles = state.rights.profiles
        self._parties = state.parties.parties
        self.is_chinese = language == "zh"
        venue = state.parties.venue
        self.digits = venue.minor_digits if venue is not None else 0  # of the minor unit
        self.currency = venue.currency if venue is not None else ""
        self.venue = self.party(venue.operator) if venue is not None else ""

    def region(self, region: str) -> str:
        """A region's name."""
        found = self._regions.get(region)
        if found is None:
            return region
        return (self.is_chinese and found.name_zh) or found.name or region

    def known_as(self, region: str) -> tuple[str, ...]:
        """What a region may be known by: its id and names, then those of the regions above it."""
        told = [region]
        while (found := self._regions.get(region)) is not None:
            told += filter(None, (found.name, found.name_zh, found.parent))
            region = found.parent
        return tuple(told)

    def profile(self, factor: str) -> Profile | None:
        """The profile of a factor that holds now."""
        known = self._profiles.get(factor)
        return known[-1] if known else None

    def factor(self, factor: str) -> str:
        """A factor's name."""
        profile = self.profile(factor)
        if profile is None:
            return factor
        return (self.is_chinese and profile.factor.zh) or profile.factor.name.capitalize()

    def mechanism(self, factor: str) -> str:
        """The mechanism that a factor's profile names."""
        profile = self.profile(factor)
        return profile.market.mechanism if profile is not None else ""

    def party(self, party: str) -> str:
        """A party's name."""
        found = self._parties.get(party)
        return found.name if found is not None else party
