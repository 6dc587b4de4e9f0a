"""What the offices of government may ask, in three families and no fourth.

Government makes the rules, watches that they are kept, and serves the public with registers and
procedures. It does not trade, price or clear: every command that one of its offices may ask is in
one of the three families, and the reference of commands says in which.
"""

from yaosu.access import commands as access
from yaosu.cases import commands as cases
from yaosu.core.commands import COMMANDS
from yaosu.kernel.words import Command
from yaosu.markets import commands as markets
from yaosu.parties import commands as parties
from yaosu.parties.methods.roles import GRANTED_BY_AUTHORITY
from yaosu.settlement import commands as settlement

RULES, OVERSIGHT, PUBLIC_SERVICE = "rules", "oversight", "public service"
FAMILIES = (RULES, OVERSIGHT, PUBLIC_SERVICE)

# office -> the family of a command that its role opens, where the table below names none; a
# command open to several offices takes the first of them in this order
BY_OFFICE = {
    "registrar": PUBLIC_SERVICE,
    "owner_of_state_assets": PUBLIC_SERVICE,
    "supervisor": OVERSIGHT,
    "price_regulator": RULES,
    "authority": RULES,
}

# commands whose family does not follow from the office, and those open to anybody in which an
# office has a part of its own
NAMED: dict[type[Command], str] = {
    settlement.VoidContract: OVERSIGHT,
    access.RecogniseByDecision: PUBLIC_SERVICE,
    access.MoveResidence: PUBLIC_SERVICE,
    access.WithdrawRecognition: OVERSIGHT,
    markets.HaltTrading: OVERSIGHT,
    markets.ResumeTrading: OVERSIGHT,
    markets.ChangePhase: OVERSIGHT,
    parties.IssueAttestation: PUBLIC_SERVICE,
    parties.WithdrawAttestation: PUBLIC_SERVICE,
    parties.SpendAttestation: PUBLIC_SERVICE,
    parties.SealData: PUBLIC_SERVICE,
    parties.EraseKey: OVERSIGHT,
    parties.ProposeResolution: PUBLIC_SERVICE,
    parties.CastVote: PUBLIC_SERVICE,
    parties.GivePower: PUBLIC_SERVICE,
    parties.WithdrawPower: PUBLIC_SERVICE,
    parties.RegisterSigningKey: PUBLIC_SERVICE,
    parties.RevokeSigningKey: PUBLIC_SERVICE,
    cases.AddDocuments: PUBLIC_SERVICE,
    cases.CompleteStage: PUBLIC_SERVICE,
    cases.RefuseCase: PUBLIC_SERVICE,
    cases.DecideObjection: PUBLIC_SERVICE,
    cases.DecideAppeal: OVERSIGHT,
    cases.ConfirmOwnerCommitment: PUBLIC_SERVICE,
    cases.PostCharge: OVERSIGHT,
}


def family_of(command: type[Command]) -> str:
    """The family of a command that an office of government may ask; empty for any other."""
    if command in NAMED:
        return NAMED[command]
    offices = [office for office in BY_OFFICE if office in COMMANDS[command].roles]
    return BY_OFFICE[offices[0]] if offices else ""


def government_commands() -> dict[type[Command], str]:
    """Every command that an office of government may ask, with its family."""
    assert set(BY_OFFICE) == set(GRANTED_BY_AUTHORITY), "an office without a family"
    return {command: family for command in COMMANDS if (family := family_of(command))}
