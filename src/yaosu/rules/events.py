"""What has happened to the rules."""

from yaosu.kernel.words import Event
from yaosu.rules.pack import Pack


class RulesAdopted(Event, frozen=True, tag="rules.rules_adopted/1"):
    """A rule pack holds from its effective instant.

    Attributes:
        digest: SHA-256 of the pack's canonical bytes, hex.
    """

    pack: Pack
    digest: str
    at: int
