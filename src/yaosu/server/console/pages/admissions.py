"""Where a party is admitted, and where it may ask to be; what is missing is told before it asks."""

from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from yaosu.access.commands import ApplyForAdmission
from yaosu.access.decide import is_admitted
from yaosu.access.values import MARKET_ROLES
from yaosu.core import State
from yaosu.kernel.words import tag_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, against


class AdmissionRow(Struct, frozen=True, kw_only=True):
    """A factor and a role: whether the party has it; else the form, off where it is not ready."""

    factor: str
    name: str
    role: str
    is_in: bool
    act: Act | None


def admissions_of(state: State, names: Names, party: str) -> list[AdmissionRow]:
    """Every factor that a market trades, with both roles of its market."""
    factors = sorted({market.factor for market in state.markets.markets.values()})
    return [
        AdmissionRow(
            factor=factor,
            name=names.factor(factor),
            role=role,
            is_in=is_in,
            act=None if is_in else _apply(state, names, party, factor, role),
        )
        for factor in factors
        for role in MARKET_ROLES
        for is_in in (is_admitted(state, party, factor, role),)
    ]


def _apply(state: State, names: Names, party: str, factor: str, role: str) -> Act:
    command = ApplyForAdmission(actor=party, key="page", factor=factor, role=role)
    act = Act(
        name="apply",
        command=tag_of(ApplyForAdmission),
        fixed={"actor": party, "factor": factor, "role": role},
        party=names.party(party),
        why=f"/why?{urlencode({'party': party, 'factor': factor, 'role': role})}",
    )
    refusal = against(state, command)
    return act if refusal is None else replace(act, why_not=refusal)
