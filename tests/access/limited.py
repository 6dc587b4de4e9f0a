"""A venue whose rules have limits per party, and the exposure of a party worked out naively."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stories import MINISTRY, Story, shipped
from yaosu.journal.store import Store
from yaosu.ledger.state import ISSUED
from yaosu.markets.state import book_of
from yaosu.parties.commands import IssueAttestation
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.settlement.state import WAITING

BASE: dict[str, str | int] = {"limit": "cap", "most": 100, "factor": "compute"}


def rules_with(
    *rows: Mapping[str, str | int],
    more: str = "",
    version: int = 1,
    facts: str = "",
) -> str:
    """The national rules, and after them a table of limits and what else is given as TOML."""
    text = shipped("rules/national.toml").replace('"2026.1"', f'"2026.{version}"', 1)
    text = text.replace("2025-01-01", f"2025-01-0{version}", 1)
    text = text.replace("[facts]\n", f'[facts]\nlimit = "text"\n{facts}\n', 1)
    return f"{text}\n{table_of(*rows)}\n{more}"


def table_of(*rows: Mapping[str, str | int], table: str = "limits") -> str:
    """A table of limits as TOML; every row has the columns of all of them."""
    full = [{**BASE, **row} for row in rows]
    names = sorted({name for row in full for name in row})
    kinds = {
        name: "int" if any(isinstance(row.get(name), int) for row in full) else "text"
        for name in names
    }
    empty = {"int": 0, "text": ""}
    full = [{name: row.get(name, empty[kinds[name]]) for name in names} for row in full]
    if not full:
        return ""
    columns = ", ".join(f'{name} = "{kind}"' for name, kind in kinds.items())
    lines = ",\n".join(f"  {{ {_toml(row)} }}" for row in full)
    first = full[0]
    return (
        f'[[table]]\nid = "{table}"\nkey = "limit"\nreason = "no_such_limit"\n'
        f"columns = {{ {columns} }}\nrows = [\n{lines}\n]\n"
        f'[[table.example]]\nfacts = {{ limit = "{first["limit"]}" }}\n'
        f"result = {{ {_toml(first)} }}\n"
    )


def figure(name: str, value: int, bounds: str = "") -> str:
    """A parameter as TOML."""
    return (
        f'[[parameter]]\nid = "{name}"\nvalue = {value}\nreason = "no_figure"\n{bounds}\n'
        f"[[parameter.example]]\nfacts = {{}}\nresult = {value}\n"
    )


def condition(name: str, expression: str, facts: str, result: str) -> str:
    """A condition as TOML."""
    return (
        f'[[condition]]\nid = "{name}"\npurpose = "limit"\nexpression = "{expression}"\n'
        f'reason = "not_meant"\nauthority = "ministry"\nlegal_basis = "a law"\n'
        f"expiry = 2030-01-01\n"
        f"[[condition.example]]\nfacts = {{ {facts} }}\nresult = {result}\n"
    )


def _toml(row: Mapping[str, str | int]) -> str:
    return ", ".join(
        f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
        for name, value in row.items()
    )


class LimitStory(Story):
    """``state`` sells, ``ann`` and ``bob`` buy; both have a million."""

    def __init__(
        self,
        *rows: Mapping[str, str | int],
        more: str = "",
        facts: str = "",
        store: Store | None = None,
        factors: Iterable[str] = ("compute",),
    ) -> None:
        super().__init__(store)
        self.found(factors=factors, rules=rules_with(*rows, more=more, facts=facts))
        self.factors = tuple(factors)
        self.party("state", self.factors)
        for name in ("ann", "bob"):
            self.party(name, self.factors, money=1_000_000)

    def adopt(self, *rows: Mapping[str, str | int], version: int = 2, more: str = "") -> None:
        """Other limits from now on."""
        self.ask(
            AdoptRules, MINISTRY, pack=parse_pack(rules_with(*rows, more=more, version=version))
        )

    def exempt(self, party: str, kind: str = "market_maker") -> str:
        """Attest that a party is exempt; the attestation."""
        name = f"{kind}-{party}"
        self.ask(IssueAttestation, MINISTRY, attestation=name, about=party, kind=kind)
        return name


def exposure_of(story: Story, party: str, instrument: str) -> int:
    """Lots of an instrument that a party has or would get, row by row: the oracle."""
    state: Any = story.venue.state
    total = sum(
        amount
        for (holder, asset, purpose), amount in state.ledger.balances.items()
        if (holder, asset) == (party, instrument) and purpose != ISSUED
    )
    for market in state.markets.markets.values():
        for row in book_of(market).iterate():
            if (row["party"], row["instrument"]) == (party, instrument) and row["side"] > 0:
                total += row["quantity"]
    for book in state.markets.negotiated.values():
        for deal in book.proposed.values():
            if (deal.proposer, deal.instrument, deal.side) == (party, instrument, 1):
                total += deal.lots
    for contract in state.settlement.contracts.values():
        if contract.state == WAITING:
            for row in contract.made.trades.iterate():
                if (row["buyer"], contract.made.instrument) == (party, instrument):
                    total += row["lots"]
    return total
