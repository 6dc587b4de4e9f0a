"""Fees, fines and inspections: only against a published tariff, and no oftener than it allows."""

from collections.abc import Mapping

from yaosu.cases import refusals
from yaosu.cases.commands import PayCharge, PostCharge
from yaosu.cases.events import ChargePaid, ChargePosted
from yaosu.cases.filing import amount_of
from yaosu.cases.state import CasesReach
from yaosu.cases.values import TEXT_CHARACTERS_MAX, Charge
from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal, found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import facts_of, party_of, unattested
from yaosu.places.decide import region_of
from yaosu.rules.evaluate import evaluate
from yaosu.rules.overlay import RulesInForce, rules_in_force
from yaosu.rules.pack import Value

FEE, FINE, INSPECTION = "fee", "fine", "inspection"
CHARGE_KINDS = (FEE, FINE, INSPECTION)
TARIFF = "tariff."
PER_YEAR = ".per_year_max"  # beside a tariff: how often in 365 days the same party may meet it
YEAR = 365 * DAY
__all__ = ["refusals"]


def decide_post_charge(reach: CasesReach, command: PostCharge) -> list[Event]:
    """A charge is new, has a published tariff, and is not posted oftener than that allows."""
    check_id(command.charge, "charge")
    refuse_unless(
        command.charge not in reach.cases.charges, "cases.charge_exists", charge=command.charge
    )
    party_of(reach, command.party)
    is_other = command.party != command.actor
    refuse_unless(is_other, "cases.own_case", case=command.charge, actor=command.actor)
    if command.region:
        region_of(reach, command.region)
    refuse_unless(
        len(command.subject) <= TEXT_CHARACTERS_MAX,
        "kernel.text_too_long",
        where="the subject",
        length=len(command.subject),
        limit=TEXT_CHARACTERS_MAX,
    )
    rules = rules_in_force(reach, region=command.region)
    kind = kind_of_tariff(command.tariff)
    is_published = rules is not None and kind and command.tariff in rules.items
    refuse_unless(is_published, "cases.no_tariff", tariff=command.tariff, kinds=_kinds())
    assert rules is not None
    facts = {**unattested(rules.facts), **command.facts, **facts_of(reach, command.party)}
    amount = amount_of(evaluate(rules.items, rules.facts, command.tariff, facts), command.tariff)
    limit = _limit(rules, command.tariff, facts)
    before = times_in_year(reach, command.party, command.tariff)
    refuse_unless(
        limit is None or before < limit,
        "cases.charged_enough",
        party=command.party,
        tariff=command.tariff,
        count=before,
        limit=limit or 0,
    )
    posted = Charge(
        kind=kind,
        tariff=command.tariff,
        rules=rules.name,
        party=command.party,
        payee=command.actor,
        amount=0 if kind == INSPECTION else amount,
        subject=command.subject,
        at=reach.now,
    )
    return [ChargePosted(charge=command.charge, posted=posted)]


def decide_pay_charge(reach: CasesReach, command: PayCharge) -> list[Event]:
    """A charge is paid once, in full, by who was charged."""
    posted = found(
        reach.cases.charges.get(command.charge), "cases.unknown_charge", charge=command.charge
    )
    refuse_unless(
        command.actor == posted.party,
        "cases.not_your_charge",
        charge=command.charge,
        party=posted.party,
        actor=command.actor,
    )
    refuse_unless(
        posted.amount and not posted.paid_at, "cases.nothing_to_pay", charge=command.charge
    )
    venue = reach.parties.venue
    assert venue is not None
    paid = book.give(
        reach, f"{command.charge}/paid", posted.party, posted.payee, venue.currency, posted.amount
    )
    return [*paid, ChargePaid(charge=command.charge, party=posted.party, at=reach.now)]


def limit_of(reach: CasesReach, party: str, tariff: str) -> int | None:
    """How often a party may meet a tariff in 365 days by the national rules; None is no limit.

    Also where the tariff is gone since, or reads what is known of a single charge alone.
    """
    rules = rules_in_force(reach)
    if rules is None or tariff not in rules.items:
        return None
    facts = {**unattested(rules.facts), **facts_of(reach, party)}
    try:
        return _limit(rules, tariff, facts)
    except Refusal:  # it reads a fact of the charge, which nobody has stated here
        return None


def _limit(rules: RulesInForce, tariff: str, facts: Mapping[str, Value]) -> int | None:
    item = tariff + PER_YEAR
    if item not in rules.items:
        if kind_of_tariff(tariff) != INSPECTION:
            return None
        item = tariff
    return amount_of(evaluate(rules.items, rules.facts, item, facts), item)


def kind_of_tariff(tariff: str) -> str:
    """``fee``, ``fine`` or ``inspection`` by the id of a tariff's item; else empty."""
    kind = tariff.removeprefix(TARIFF).partition(".")[0] if tariff.startswith(TARIFF) else ""
    return kind if kind in CHARGE_KINDS else ""


def times_in_year(reach: CasesReach, party: str, tariff: str) -> int:
    """How often a party met a tariff in the 365 days up to now."""
    known = [reach.cases.charges[one] for one in reach.cases.charged.get(party, [])]
    return sum(one.tariff == tariff and reach.now - one.at < YEAR for one in known)


def _kinds() -> str:
    return ", ".join(f"{TARIFF}{kind}.*" for kind in CHARGE_KINDS)
