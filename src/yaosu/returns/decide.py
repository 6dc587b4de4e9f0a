"""Returns decide: one stream of income to all who have a share in what earned it."""

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import check_currency
from yaosu.returns import refusals
from yaosu.returns.commands import ShareIncome
from yaosu.returns.events import IncomeShared
from yaosu.returns.methods.weighted_shares import Claim, split
from yaosu.returns.state import ReturnsReach
from yaosu.rights.register import profile_of
from yaosu.rights.values import Right, Unit
from yaosu.rules.decide import ask, national
from yaosu.rules.pack import Table

UNITS_PER_INCOME_MAX = 1_000
AMOUNT_MINOR_MAX = 2**53
__all__ = ["refusals"]


def decide_share_income(reach: ReturnsReach, command: ShareIncome) -> list[Event]:
    """The whole income is paid out, every payout under the named rule."""
    _check(reach, command)
    units = [reach.rights.units[unit] for unit in sorted(command.units)]
    rule, weights = _weights(reach, command.rule, sorted({unit.factor for unit in units}))
    claims = [(unit, right) for unit in units for right in _owners(reach, unit)]
    worth = sum(weights[unit.factor] for unit, right in claims if right.share.numerator)
    refuse_unless(worth, "returns.nobody_to_pay")
    amounts = split(
        command.amount_minor,
        weights,
        [
            Claim(unit.factor, right.share.of_whole(unit.quantity), right.id)
            for unit, right in claims
        ],
    )
    payouts = _payouts(claims, amounts, rule)
    paid = [
        (command.actor, command.currency, book.FREE, -command.amount_minor),
        *(
            (right.holder, command.currency, book.FREE, amount)
            for (_, right), amount in zip(claims, amounts, strict=True)
        ),
    ]
    batch = derive_id("income", reach.cause, command.income)
    return [
        *book.post(reach, batch, book.lines(paid)),
        IncomeShared(
            income=command.income,
            payer=command.actor,
            currency=command.currency,
            amount_minor=command.amount_minor,
            payouts=payouts,
        ),
    ]


def _check(reach: ReturnsReach, command: ShareIncome) -> None:
    check_id(command.income, "income")
    refuse_unless(
        command.income not in reach.returns.incomes,
        "returns.income_exists",
        income=command.income,
    )
    check_currency(reach, command.currency)
    refuse_unless(
        1 <= command.amount_minor <= AMOUNT_MINOR_MAX,
        "returns.bad_amount",
        amount_minor=command.amount_minor,
        limit=AMOUNT_MINOR_MAX,
    )
    refuse_unless(command.units, "returns.no_units")
    refuse_unless(
        len(command.units) <= UNITS_PER_INCOME_MAX,
        "returns.too_many_units",
        count=len(command.units),
        limit=UNITS_PER_INCOME_MAX,
    )
    for unit in command.units:
        refuse_unless(command.units.count(unit) == 1, "returns.unit_named_twice", unit=unit)
        refuse_unless(unit in reach.rights.units, "returns.unknown_unit", unit=unit)


def _owners(reach: ReturnsReach, unit: Unit) -> list[Right]:
    """The rights of the primary kind on a unit, by id: those whose shares sum to one."""
    primary = profile_of(reach, unit.factor).rights.primary
    ids = sorted(reach.rights.by_unit.get(unit.id, {}))
    rights = [reach.rights.rights[right] for right in ids]
    return [right for right in rights if right.kind == primary]


def _weights(reach: ReturnsReach, rule: str, factors: list[str]) -> tuple[str, dict[str, int]]:
    """The full name of the rule in force, and the weight it gives to each factor."""
    rules = national(reach)
    table = rules.items.get(rule)
    name = f"{rules.name}#{rule}"
    if not isinstance(table, Table):
        refuse("returns.no_rule", rule=rule, pack=rules.name)
    weights: dict[str, int] = {}
    for factor in factors:
        row = ask(rules, rule, {table.key: factor}).result
        weight = row.get("weight") if isinstance(row, dict) else None
        if not isinstance(weight, int) or weight < 0:
            refuse("returns.no_weight", rule=name, factor=factor)
        weights[factor] = weight
    return name, weights


def _payouts(claims: list[tuple[Unit, Right]], amounts: list[int], rule: str) -> Columns:
    return Columns.of(
        party=Text.of([right.holder for _, right in claims]),
        unit=Text.of([unit.id for unit, _ in claims]),
        right=Text.of([right.id for _, right in claims]),
        factor=Text.of([unit.factor for unit, _ in claims]),
        amount=amounts,
        rule=Text.repeat(rule, len(claims)),
    )
