"""A right that is put up, as it is typed: one command, and the same terms in plain words."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import Refusal, refuse
from yaosu.kernel.sealing import SealedNote
from yaosu.markets.commands import OpenListing
from yaosu.markets.listing import TERMS_ITEM, terms_of
from yaosu.markets.listing_terms import ListingTerms
from yaosu.markets.mechanisms.listing_parameters import FALLING, RISING, Criterion
from yaosu.parties.decide import has_role
from yaosu.rights.methods.moves import lots_in
from yaosu.rules.decide import NATIONAL
from yaosu.rules.overlay import rules_in_force
from yaosu.rules.pack import Table
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.fields import Fields
from yaosu.server.console.drafts.market import MINOR_MAX, Sentence
from yaosu.server.console.numbers import clock, decimal, whole

LOTS_MAX = 10**15
POINTS_MAX = 1_000_000
CRITERIA_MAX = 50


def terms_in(state: State, region: str) -> tuple[ListingTerms, ...]:
    """The terms of listings that the rules in force in a region have; unsound rows left out."""
    rules = rules_in_force(state, NATIONAL, region)
    item = rules.items.get(TERMS_ITEM) if rules is not None else None
    found = []
    for row in item.rows if isinstance(item, Table) else ():
        try:
            found.append(terms_of(state, str(row[TERMS_ITEM]), region))
        except Refusal:
            continue
    return tuple(found)


def read_listing(drafting: Drafting) -> list[Step]:
    """The command that puts a right up; what the terms have no use for is not read."""
    fields, state, digits = drafting.fields, drafting.state, drafting.names.digits
    named = fields.text("right", needed=True)
    right = state.rights.rights.get(named)
    if right is None:
        fields.fault("right", "draft.not_offered")
        return []
    region = state.rights.units[right.unit].region
    terms = terms_of(state, fields.text("terms", needed=True), region)
    bidding = terms.row.bidding
    money = (digits, 0, 0, MINOR_MAX)
    notes, items = _sealed(fields)
    command = OpenListing(
        actor=seller_of(state, drafting.parties, right.holder),
        key="",
        listing=fields.text("listing", needed=True),
        right=named,
        terms=terms.listing_terms,
        price=fields.scaled("price", digits, -1, 0, MINOR_MAX),
        lots=fields.whole("lots", 0, 0, LOTS_MAX),
        begins=fields.moment("begins"),
        ends=0 if bidding == FALLING else fields.moment("ends"),
        increment=_some(fields, "increment", digits) if bidding == RISING else None,
        clock_from=fields.scaled("clock_from", *money) if bidding == FALLING else 0,
        clock_step=fields.scaled("clock_step", *money) if bidding == FALLING else 0,
        deposit_minor=_some(fields, "deposit", digits),
        series="" if terms.row.is_whole else fields.text("series"),
        criteria=_criteria(fields) if terms.row.is_scored else (),
        price_weight=_weight(fields.text("price_weight", "100")) if terms.row.is_scored else "1",
        evaluators=fields.lines("evaluators") if terms.row.is_scored else (),
        sealed=notes,
    )
    told = {fault.field for fault in fields.faults}
    for name, is_missing in (
        ("price", command.price < 0),
        ("ends", bidding != FALLING and not command.ends),
    ):
        if is_missing and name not in told:
            fields.fault(name, "draft.missing")
    return [Step(command, items=items)]


class SealedTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """The secret terms as the browser sealed them: notes, and the ciphertexts that go along."""

    sealed: tuple[SealedNote, ...]
    sealed_items: bytes


def _sealed(fields: Fields) -> tuple[tuple[SealedNote, ...], bytes]:
    text = fields.long_text("sealed")
    if not text:
        return (), b""
    try:
        found = msgspec.json.decode(text, type=SealedTerms)
    except msgspec.DecodeError as error:
        refuse("server.bad_body", what="sealed", reason=str(error)[:200])
    return found.sealed, found.sealed_items


def seller_of(state: State, parties: Sequence[str], holder: str) -> str:
    """The holder where the reader acts for it, else the reader's party that orders for others."""
    if holder in parties:
        return holder
    able = [party for party in parties if has_role(state, party, "operator")]
    return (able or [holder])[0]


def _some(fields: Fields, name: str, digits: int) -> int | None:
    """An amount, or None where nothing is typed."""
    return fields.scaled(name, digits, 0, 0, MINOR_MAX) if fields.text(name) else None


def _criteria(fields: Fields) -> tuple[Criterion, ...]:
    """One a line: what is judged; its weight in percent, or as a fraction; the most points."""
    found = []
    for line in fields.long_text("criteria").replace("；", ";").splitlines()[:CRITERIA_MAX]:
        parts = [part.strip() for part in line.split(";")]
        if parts == [""]:
            continue
        most = parts[2] if len(parts) > 2 else "100"
        fits = len(parts) in (2, 3) and most.isascii() and most.isdecimal()
        if not fits or not parts[0] or int(most[:9]) > POINTS_MAX:
            fields.fault("criteria", "offer.bad_line", line=line[:60])
            return ()
        found.append(Criterion(name=parts[0], weight=_weight(parts[1]), points_max=int(most[:9])))
    return tuple(found)


def _weight(text: str) -> str:
    """A number of percent as an exact ratio; a ratio as it is."""
    bare = text.replace("%", "").replace("％", "").strip()
    return bare if "/" in bare else f"{bare}/100"


def tell_listing(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """What is announced, as sentences: what, from which price, when, and what follows."""
    command = steps[0].command
    assert isinstance(command, OpenListing)
    say, names, state = drafting.fields.say, drafting.names, drafting.state
    right = state.rights.rights[command.right]
    unit = state.rights.units[right.unit]
    terms = terms_of(state, command.terms, unit.region)
    currency = state.parties.venue.currency if state.parties.venue is not None else ""

    def money(minor: int) -> str:
        return f"{decimal(minor, names.digits)} {currency}"

    lots = command.lots or lots_in(right, unit.quantity)
    where = {"region": names.region(unit.region), "seller": names.party(right.holder)}
    what = say("offer.told_what", right=command.right, lots=whole(lots), **where)
    told = [
        Sentence(say("offer.what"), what),
        Sentence(say("offer.form"), say(f"offer.how_{terms.form}")),
        Sentence(say("offer.price"), _tell_price(drafting, command, terms, money)),
        Sentence(say("offer.when"), _tell_when(drafting, command, terms)),
    ]
    worth = command.price * (1 if terms.row.is_whole else lots)
    least = -(-worth * terms.deposit_percent // 100)
    deposit = least if command.deposit_minor is None else command.deposit_minor
    told.append(Sentence(say("offer.deposit"), say("offer.told_deposit", money=money(deposit))))
    told.append(Sentence(say("offer.after"), _tell_after(drafting, terms)))
    for note in command.sealed:
        told.append(Sentence(say("offer.secret"), say(f"offer.told_{note.name}")))
    if command.criteria:
        said = [f"{one.name} {one.weight} (0–{one.points_max})" for one in command.criteria]
        comma = "、" if names.is_chinese else ", "
        card = say("offer.told_card", price=command.price_weight, criteria=comma.join(said))
        told.append(Sentence(say("offer.card"), card))
    return told


def _tell_price(
    drafting: Drafting, command: OpenListing, terms: ListingTerms, money: Callable[[int], str]
) -> str:
    say = drafting.fields.say
    if terms.row.bidding == FALLING:
        return say(
            "offer.told_clock",
            start=money(command.clock_from),
            step=money(command.clock_step),
            every=terms.clock_minutes,
            least=money(command.price),
        )
    said = (
        say("offer.told_start", price=money(command.price))
        if terms.row.is_whole
        else say("offer.told_start_lot", price=money(command.price))
    )
    if terms.row.bidding == RISING:
        by = terms.increment if command.increment is None else command.increment
        said += " " + say("offer.told_increment", step=money(by))
    return said


def _tell_when(drafting: Drafting, command: OpenListing, terms: ListingTerms) -> str:
    say = drafting.fields.say
    begins = clock(command.begins) if command.begins else say("offer.at_once")
    if terms.row.bidding == FALLING:
        return say("offer.told_begins", begins=begins)
    said = say("offer.told_times", begins=begins, ends=clock(command.ends))
    if terms.soft_close_minutes:
        soft = {"soft": terms.soft_close_minutes, "extension": terms.extension_minutes}
        said += " " + say("offer.told_soft", **soft)
    return said


def _tell_after(drafting: Drafting, terms: ListingTerms) -> str:
    say = drafting.fields.say
    said = say("offer.told_pay", days=terms.pay_days, bidders=terms.bidders_min)
    if terms.fee_basis_points:
        said += " " + say("offer.told_fee", percent=decimal(terms.fee_basis_points, 2))
    return said
