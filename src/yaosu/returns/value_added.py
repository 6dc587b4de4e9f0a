"""What merged land brought above the value of its fragments: levy, collective fund, members.

The difference is what the sale of the merged unit brought, less what its fragments were assessed
at. It is split in one exact step: the levy of all, the fund of the rest, the members by the shares
they had when they resolved to merge; whoever became a member later has no part in it.
"""

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import derive_id
from yaosu.kernel.numbers import WHOLE
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import has_role, party_of
from yaosu.parties.values import RESOLUTION, Resolution
from yaosu.returns import refusals
from yaosu.returns.commands import ShareValueAdded
from yaosu.returns.events import ValueAddedShared
from yaosu.returns.methods.weighted_shares import Claim, split
from yaosu.returns.state import ReturnsReach
from yaosu.rights.assessing import value_of
from yaosu.rights.values import Unit
from yaosu.rights.views import title_history
from yaosu.rules.decide import parameter_of, version_name
from yaosu.settlement.state import PERFORMED

MERGE = "merge"
LEVY, FUND, MEMBER = "levy", "fund", "member"
LEVY_PERCENT, FUND_PERCENT = "levy_percent", "fund_percent"  # parameters <factor>.<name>
__all__ = ["refusals"]


def decide_share_value_added(reach: ReturnsReach, command: ShareValueAdded) -> list[Event]:
    """Every part under the rules in force, to the last minor unit; the members of the merger."""
    unit = found(reach.rights.units.get(command.unit), "returns.unknown_unit", unit=command.unit)
    known = reach.returns.value_added
    refuse_unless(unit.id not in known, "returns.shared_before", unit=unit.id)
    resolution = _resolution(reach, unit, command)
    party_of(reach, command.fund)
    names = [member.party for member in resolution.members]
    refuse_unless(command.fund not in names, "returns.fund_is_member", fund=command.fund)
    refuse_unless(has_role(reach, command.levy, "authority"), "returns.no_levy", levy=command.levy)
    before = _value_before(reach, unit, command.values_before)
    currency, after = _sold_for(reach, unit, command)
    refuse_unless(
        after > before, "returns.no_value_added", unit=unit.id, before=before, after=after
    )
    weights = _weights(reach, unit)
    claims = [
        Claim(LEVY, WHOLE.fraction, command.levy),
        Claim(FUND, WHOLE.fraction, command.fund),
        *(Claim(MEMBER, member.share.fraction, member.party) for member in resolution.members),
    ]
    amounts = split(after - before, weights, claims)
    paid = [
        (command.actor, currency, book.FREE, before - after),
        *(
            (claim.name, currency, book.FREE, amount)
            for claim, amount in zip(claims, amounts, strict=True)
        ),
    ]
    return [
        *book.post(reach, derive_id("value_added", reach.cause, unit.id), book.lines(paid)),
        ValueAddedShared(
            unit=unit.id,
            group=command.actor,
            resolution=resolution.id,
            contract=command.contract,
            currency=currency,
            before_minor=before,
            after_minor=after,
            amount_minor=after - before,
            payouts=Columns.of(
                party=Text.of([claim.name for claim in claims]),
                part=Text.of([claim.group for claim in claims]),
                amount=amounts,
            ),
            rules=version_name(reach, unit.region),
        ),
    ]


def _resolution(reach: ReturnsReach, unit: Unit, command: ShareValueAdded) -> Resolution:
    """By which the actor, who held the whole unit in some right, resolved to merge it."""
    born = reach.rights.unit_history.get(unit.id, [unit])[0]
    entry = reach.rights.entries.get(born.entry)
    is_merged = entry is not None and entry.kind == MERGE
    refuse_unless(is_merged, "returns.not_merged", unit=unit.id)
    held = [
        step.right
        for name in _rights_of(reach, unit, command.contract)
        for step in title_history(reach.rights, name)
        if step.right.entry == born.entry and step.right.holder == command.actor
    ]
    is_holder = any(right.share == WHOLE for right in held)
    refuse_unless(is_holder, "returns.not_holder", unit=unit.id, actor=command.actor)
    known = found(
        reach.parties.resolutions.get(command.resolution),
        "parties.unknown_resolution",
        resolution=command.resolution,
    )
    reason = ""
    if known.group != command.actor:
        reason = f"it is one of {known.group}"
    elif (known.purpose, known.subject) != (MERGE, unit.id):
        reason = f"it is for {known.purpose} of {known.subject}"
    elif unit.id not in _merged_by(reach, known.id):
        reason = "the merger was not entered by it"
    refuse_unless(
        not reason,
        "returns.no_frozen_list",
        resolution=known.id,
        unit=unit.id,
        reason=reason,
    )
    return known


def _merged_by(reach: ReturnsReach, resolution: str) -> list[str]:
    """The units that were merged on the strength of a resolution."""
    uses = reach.parties.uses.get(f"{RESOLUTION}/{resolution}", [])
    return [use.on for use in uses if use.purpose == MERGE]


def _rights_of(reach: ReturnsReach, unit: Unit, contract: str) -> list[str]:
    """Rights that stand on the unit, and those that were sold and may stand no more."""
    names = {*reach.rights.by_unit.get(unit.id, {})}
    known = reach.settlement.contracts.get(contract)
    if known is not None:
        names.update(row["right"] for row in known.made.trades.iterate())
    return sorted(name for name in names if reach.rights.rights[name].unit == unit.id)


def _value_before(reach: ReturnsReach, unit: Unit, names: tuple[str, ...]) -> int:
    """What the fragments were assessed at: each of them once, minor units."""
    known = {name: reach.rights.assessments.get(name) for name in names}
    units = sorted(one.unit for one in known.values() if one is not None)
    refuse_unless(
        len(names) == len(units) and units == sorted(unit.parents),
        "returns.fragments_not_valued",
        unit=unit.id,
        fragments=", ".join(unit.parents),
    )
    return sum(value_of(reach, name, one.unit, one.use) for name, one in known.items() if one)


def _sold_for(reach: ReturnsReach, unit: Unit, command: ShareValueAdded) -> tuple[str, int]:
    """Currency and price of the whole unit, sold by the actor in a contract that is performed."""
    contract = reach.settlement.contracts.get(command.contract)
    reason = ""
    if contract is None or contract.state != PERFORMED:
        reason = "there is no performed contract of this id"
    else:
        trades = list(contract.made.trades.iterate())
        units = {reach.rights.rights[row["right"]].unit for row in trades}
        if units != {unit.id}:
            reason = "it sold something else, or more than this unit"
        elif {row["seller"] for row in trades} != {command.actor}:
            reason = f"{command.actor} was not its only seller"
        elif sum(row["lots"] for row in trades) != unit.quantity:
            reason = "it did not sell the whole unit"
    if reason or contract is None:
        refuse("returns.not_sold", unit=unit.id, contract=command.contract, reason=reason)
    rows = contract.made.money.iterate()
    price = sum(row["amount"] for row in rows if row["party"] == command.actor)
    return contract.made.currency, price


def _weights(reach: ReturnsReach, unit: Unit) -> dict[str, int]:
    """By the rules in force where the unit lies."""
    percents = []
    for name in (LEVY_PERCENT, FUND_PERCENT):
        item = f"{unit.factor}.{name}"
        value = parameter_of(reach, item, unit.region)
        if not isinstance(value, int) or not 0 <= value <= 100:
            refuse("returns.no_percent", rule=item, unit=unit.id)
        percents.append(value)
    return weights_of(*percents)


def weights_of(levy: int, fund: int) -> dict[str, int]:
    """The weights of the parts, of ten thousand, by the percentage of the levy and of the fund."""
    rest = 100 - levy
    return {LEVY: levy * 100, FUND: rest * fund, MEMBER: rest * (100 - fund)}
