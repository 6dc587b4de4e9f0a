"""Rules that are proposed by one party of the authority, for another to approve: the case of it."""

from collections.abc import Container
from itertools import chain, count

from yaosu.cases.commands import FileCase
from yaosu.cases.requests import request_of
from yaosu.rules.commands import AdoptRules
from yaosu.rules.pack import Pack

BY_TWO = "rule_adoption"  # the shipped procedure
ID_CHARACTERS = 80


def case_for(taken: Container[str], pack: Pack) -> str:
    """An id that no case has and that says which pack is proposed."""
    begin = f"rules-{pack.pack.id}-{pack.pack.version}"[:ID_CHARACTERS]
    begin = begin.replace("/", "-")  # it stands in addresses
    names = chain((begin,), (f"{begin}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def proposal(command: AdoptRules, case: str, procedure: str, reason: str) -> FileCase:
    """What proposes the adoption that a command asks for, with the same actor and key."""
    head = command.pack.pack
    return FileCase(
        actor=command.actor,
        key=command.key,
        case=case,
        procedure=procedure,
        facts={"pack": head.id, "version": head.version, "reason": reason},
        request=request_of(command, case, command.actor),
    )
