"""The two kinds of sentence the house speaks: what a party asks, and what has happened."""

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """What a party asks. Imperative; carries no time: the writer stamps that.

    Attributes:
        actor: id of the party that asks.
        key: idempotency key chosen by the actor; (actor, key) is answered once.
    """

    actor: str
    key: str


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event"):
    """What has happened. Past tense; released events are added to, never edited."""


def tag_of(word: Command | Event | type[Command] | type[Event]) -> str:
    """The stable tag of a command or event, such as ``rights.register_right``."""
    tag = word.__struct_config__.tag
    assert isinstance(tag, str), word
    return tag
