"""What is about a party and may not stand in plain: its notes, its levels, who erases its keys."""

from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.sealing import SEALED_LEVELS, SealedNote, check_notes
from yaosu.kernel.words import Event
from yaosu.parties import refusals
from yaosu.parties.commands import RegisterParty
from yaosu.parties.events import DataSealed
from yaosu.parties.state import PartiesReach
from yaosu.rules.decide import parameter_of

LEVEL_OF = "parties.level_"  # rule parameter: the level of a field, such as parties.level_name
KEY_ERASERS = "parties.key_erasers"  # rule parameter: roles that erase keys, joined by spaces
KEY_ERASERS_DEFAULT = "authority operator"
NAME = "name"
__all__ = ["refusals"]


def keep_sealed(reach: PartiesReach, party: str, notes: tuple[SealedNote, ...]) -> list[Event]:
    """Sealed items about a party go on record by their notes; nothing where there are none.

    A data key seals items about one party only, so that erasing it erases no other's.
    """
    if not notes:
        return []
    check_notes(notes)
    for note in notes:
        known = reach.parties.data_keys.get(note.data_key)
        reason = ""
        if known is not None and known.party != party:
            reason = f"it is a key of {known.party}"
        elif known is not None and known.erased_at:
            reason = "it was erased"
        refuse_unless(
            not reason, "parties.bad_seal", party=party, data_key=note.data_key, reason=reason
        )
    return [DataSealed(party=party, notes=notes, at=reach.now)]


def check_plain(reach: PartiesReach, command: RegisterParty) -> None:
    """Refuse what may not stand in plain, by the levels that the rules in force give to fields.

    Asked at the door, before anything is recorded: a refused command is an entry too. The facts
    of the refusal name the field, never what stood in it.
    """
    fields = sorted(command.facts)
    if command.kind == "person" and command.name:
        fields.append(NAME)
    for field in fields:
        level = parameter_of(reach, f"{LEVEL_OF}{field}")
        refuse_unless(
            level not in SEALED_LEVELS,
            "parties.must_be_sealed",
            party=command.party,
            field=field,
            level=str(level),
        )


def key_erasers(reach: PartiesReach) -> list[str]:
    """The roles that may erase a key of somebody else's data, under the rules in force."""
    named = parameter_of(reach, KEY_ERASERS)
    return (named if isinstance(named, str) else KEY_ERASERS_DEFAULT).split()
