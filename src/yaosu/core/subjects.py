"""What a command is about: of which factor, and in which region. The rules are asked with it."""

from yaosu.core.state import State
from yaosu.kernel.words import Command
from yaosu.markets.commands import RegisterAndOffer
from yaosu.rights.commands import RegisterMany, TakeOverPledges

Subject = tuple[str, str]  # factor, region; empty where the command is about none


def subjects_of(state: State, command: Command) -> list[Subject]:
    """The subjects of a command: one, or those of its rows."""
    if isinstance(command, RegisterMany):
        return sorted({(row.factor, row.region) for row in command.rows})
    if isinstance(command, TakeOverPledges):
        return sorted({_subject_of(state, row) for row in command.rows})
    return [_subject_of(state, command)]


def _subject_of(state: State, command: Command) -> Subject:
    """It says so itself, or its unit or right does."""
    known = state.rights
    about = command.register if isinstance(command, RegisterAndOffer) else command
    factor, region = str(getattr(about, "factor", "")), str(getattr(about, "region", ""))
    if factor and region:
        return factor, region
    named, held = getattr(about, "unit", ""), getattr(about, "right", "")
    right = known.rights.get(str(held)) if held else None
    unit = known.units.get(str(named) if named else right.unit if right else "")
    factor = factor or (unit.factor if unit else "") or (right.factor if right else "")
    return factor, region or (unit.region if unit else "")
