"""Listings decide: what may be put up, who is let in, which bids stand, who leaves, pays, scores.

What happens by time alone is in `listing_time`; what comes sealed in `listing_sealed`.
"""

from msgspec import ValidationError, convert

from yaosu.access.decide import check_admitted
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.instant import DAY, MINUTE, check_instant, format_instant
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets import listing_refusals
from yaosu.markets.batch import PRICE_MAX, QUANTITY_MAX, may_order_for_others
from yaosu.markets.commands import (
    CancelListing,
    EnterListing,
    LeaveListing,
    OpenListing,
    PayAward,
    PlaceBid,
    ScoreBids,
)
from yaosu.markets.events import (
    BidPlaced,
    BidsScored,
    ListingEntered,
    ListingLeft,
    ListingOpened,
)
from yaosu.markets.listing_again import check_offered_again, group_of
from yaosu.markets.listing_book import RESERVE, SEED
from yaosu.markets.listing_state import AWARDED, BIDDING, ENDED, ONSITE, SCORING, Listing
from yaosu.markets.listing_terms import (
    END,
    SECOND_BIDDER,
    TO_BIDDER,
    TO_SELLER,
    TO_VENUE,
    ListedBid,
    ListingHead,
    ListingTerms,
    SealedTerm,
)
from yaosu.markets.listing_time import BASIS_POINTS, BIDDER, end, is_right_over, pay
from yaosu.markets.mechanisms.listing_parameters import (
    FALLING,
    FORMS,
    RISING,
    SEALED,
    ListingParameters,
    Score,
)
from yaosu.markets.mechanisms.listing_parameters import SEED as BY_SEED
from yaosu.markets.mechanisms.listing_standing import least_bid, put_off
from yaosu.markets.promised import check_bids_limits
from yaosu.markets.state import MarketsReach
from yaosu.parties.decide import has_role, party_of
from yaosu.parties.sealed_data import keep_sealed
from yaosu.rights.offering import check_offerable
from yaosu.rights.register import (
    check_disposable,
    check_lots,
    check_not_reserved,
    is_divisible,
    lots_of,
)
from yaosu.rights.title_status import check_certificate
from yaosu.rights.values import Right
from yaosu.rules.decide import NATIONAL, ask, rules_in_force

TERMS_ITEM = "listing_terms"
BIDS_PER_LISTING_MAX = 100_000
CLOCK_STEPS_MAX = 1_000_000
DAYS_MAX = 3_650
CHOICES = {
    "form": tuple(FORMS),
    "unopened": ("forfeit", "return"),
    "suspended": ("forfeit", "return"),
    "forfeit_to": (TO_SELLER, TO_VENUE, TO_BIDDER),
    "default": (SECOND_BIDDER, END),
    "contract": ("spot", "notice"),
}
RANGES = {
    "deposit_percent": (0, 100),
    "bidders_min": (1, 1_000),
    "notice_days": (0, DAYS_MAX),
    "bidding_days": (0, DAYS_MAX),
    "soft_close_minutes": (0, DAYS_MAX),
    "extension_minutes": (0, DAYS_MAX),
    "onsite_minutes": (1, DAYS_MAX),
    "clock_minutes": (1, DAYS_MAX),
    "opening_minutes": (1, 24 * 60 * DAYS_MAX),
    "scoring_days": (1, DAYS_MAX),
    "pay_days": (1, DAYS_MAX),
    "fee_basis_points": (0, BASIS_POINTS),
    "carry_rounds": (1, 100),
    "carry_percent_max": (100, 1_000),
    "contract_days": (0, DAYS_MAX),
    "relist_max": (0, 1_000),
    "relist_cut_percent": (0, 100),
    "relist_rest_days": (1, DAYS_MAX),
}
__all__ = ["listing_refusals"]


def decide_open_listing(reach: MarketsReach, command: OpenListing) -> list[Event]:
    """A holder puts a right up that nothing blocks, on terms that the rules in force have."""
    check_certificate(reach, command.certificate, command.right)
    right = check_offerable(reach, command.right)
    _check_for(reach, command.actor, right.holder)
    check_admitted(reach, right.holder, right.factor, "holder")
    return _opened(reach, command, right, "")


def open_forced_sale(reach: MarketsReach, command: OpenListing) -> list[Event]:
    """A creditor puts up, as a whole, what was pledged to it; whether it may the caller knows.

    Pledges stand until the title moves, and bar nothing here; all else that stands on it does.
    """
    right = check_disposable(reach, command.right, but=("pledge",))
    opened = _opened(reach, command, right, command.actor)
    terms = terms_of(reach, command.terms, reach.rights.units[right.unit].region)
    reason = "collateral is sold as a whole"
    refuse_unless(
        terms.row.is_whole, "markets.listing_does_not_fit", form=terms.form, reason=reason
    )
    return opened


def _opened(reach: MarketsReach, command: OpenListing, right: Right, creditor: str) -> list[Event]:
    check_id(command.listing, "listing")
    is_new = command.listing not in reach.markets.listings.listings
    is_new = is_new and command.listing not in reach.markets.markets
    refuse_unless(is_new, "markets.listing_exists", listing=command.listing)
    region = reach.rights.units[right.unit].region
    terms = terms_of(reach, command.terms, region)
    lots = command.lots or lots_of(reach, right.id)
    carried, dropped = _carried(reach, command.series, lots, terms)
    check_lots(reach, right, lots + carried)
    check_not_reserved(reach, right, lots + carried)
    is_whole = terms.row.is_whole or lots + carried == 1 or is_divisible(reach, right)
    refuse_unless(is_whole, "rights.indivisible", right=right.id, available=lots + carried)
    _check_numbers(command, lots + carried, terms)
    begins, ends = _times(reach, command, terms)
    over = right.term_to != 0 and right.term_to <= ends
    refuse_unless(not over, "markets.right_expired", right=right.id)
    attempt, again_of = check_offered_again(reach, right, terms, command.price)
    value = command.price * (1 if terms.row.is_whole else lots + carried)
    deposit = _deposit(command, value, terms)
    for evaluator in command.evaluators:
        party_of(reach, evaluator)
        is_other = evaluator != right.holder
        refuse_unless(is_other, "markets.evaluator_takes_part", party=evaluator)
    assert reach.parties.venue is not None
    head = ListingHead(
        listing=command.listing,
        right=right.id,
        seller=right.holder,
        factor=right.factor,
        instrument=right.instrument,
        region=region,
        lots=lots + carried,
        carried=carried,
        dropped=dropped,
        price=command.price,
        currency=reach.parties.venue.currency,
        begins=begins,
        ends=ends,
        increment=terms.increment if command.increment is None else command.increment,
        clock_from=command.clock_from,
        clock_step=command.clock_step,
        deposit_minor=deposit,
        terms=terms,
        reserve=_sealed_term(command, RESERVE),
        seed=_sealed_term(command, SEED),
        series=command.series,
        criteria=command.criteria,
        price_weight=command.price_weight,
        price_base=command.price_base,
        price_bends=command.price_bends,
        evaluators=tuple(sorted(set(command.evaluators))),
        by=creditor,
        group=group_of(reach, terms, right.holder),
        attempt=attempt,
        again_of=again_of,
    )
    _check_form(head, command)
    hold = derive_id("listing", reach.cause, command.listing)
    return [
        *keep_sealed(reach, right.holder, command.sealed),
        *book.move(
            reach, hold, right.holder, right.instrument, book.FREE, head.held_for, head.lots
        ),
        ListingOpened(head=head),
    ]


def decide_enter_listing(reach: MarketsReach, command: EnterListing) -> list[Event]:
    """A bidder admitted to the factor is let in once its deposit is held."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    party = party_for(reach, command.actor, command.party)
    _check_bidding(reach, listing, early=True)
    refuse_unless(listing.phase == BIDDING, "markets.entry_is_over", listing=head.listing)
    check_admitted(reach, party, head.factor, BIDDER)
    takes_part = party in (head.seller, head.by, *head.evaluators)
    refuse_unless(not takes_part, "markets.evaluator_takes_part", party=party)
    is_new = party not in listing.deposits
    refuse_unless(is_new, "markets.in_already", party=party, listing=head.listing)
    has_left = party in listing.left
    refuse_unless(not has_left, "markets.has_left", party=party, listing=head.listing)
    hold = derive_id("deposit", reach.cause, head.listing)
    return [
        *book.move(reach, hold, party, head.currency, book.FREE, head.held_for, head.deposit_minor),
        ListingEntered(
            listing=head.listing,
            party=party,
            deposit_minor=head.deposit_minor,
            group=group_of(reach, head.terms, party),
        ),
    ]


def decide_place_bid(reach: MarketsReach, command: PlaceBid) -> list[Event]:
    """An open bid in time, by who was let in, a step above the highest or at the clock."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    party = check_bidder(reach, listing, command.actor, command.party)
    bidding = head.terms.row.bidding
    refuse_unless(bidding != SEALED, "markets.bids_come_sealed", listing=head.listing)
    price, ends = command.price, listing.until
    if bidding == FALLING:
        price = clock_at(head, reach.now)
        above = command.price >= price
        refuse_unless(above, "markets.clock_stands_higher", price=price, listing=head.listing)
        left = head.supply - listing.wanted
        refuse_unless(
            command.quantity <= left, "markets.not_so_many_left", left=left, listing=head.listing
        )
    else:
        _check_rising(listing, party, price)
        terms = head.terms
        if listing.phase == ONSITE:
            ends = reach.now + terms.onsite_minutes * MINUTE
        else:
            soft = terms.soft_close_minutes * MINUTE
            ends = put_off(ends, reach.now, soft, terms.extension_minutes * MINUTE, None)
    bid = ListedBid(party=party, price=price, quantity=command.quantity, at=reach.now)
    check_bids(listing, (bid,))
    check_bids_limits(reach, listing, (bid,))
    return [BidPlaced(listing=head.listing, bid=bid, ends=ends)]


def decide_leave_listing(reach: MarketsReach, command: LeaveListing) -> list[Event]:
    """Before the end a bidder may go, unless its bid binds it; the deposit goes with it."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    party = party_for(reach, command.actor, command.party)
    deposit = found(
        listing.deposits.get(party), "markets.not_let_in", party=party, listing=head.listing
    )
    _check_bidding(reach, listing, early=True)
    leader = listing.leader
    has_taken = head.terms.row.bidding == FALLING and any(b.party == party for b in listing.bids)
    is_bound = listing.phase != BIDDING or (leader is not None and leader.party == party)
    free = not is_bound and not has_taken
    refuse_unless(free, "markets.bid_binds", party=party, listing=head.listing)
    back = derive_id("deposit-back", reach.cause, head.listing)
    return [
        *book.move(reach, back, party, head.currency, head.held_for, book.FREE, deposit),
        ListingLeft(listing=head.listing, party=party),
    ]


def decide_score_bids(reach: MarketsReach, command: ScoreBids) -> list[Event]:
    """An evaluator named in the announcement gives points; a second time puts them in place."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    is_on = listing.phase == SCORING
    refuse_unless(is_on, "markets.not_scoring", listing=head.listing, phase=listing.phase)
    is_named = command.actor in head.evaluators
    refuse_unless(is_named, "markets.no_evaluator", party=command.actor, listing=head.listing)
    scores = _read_scores(command.points, command.actor)
    most = {criterion.name: criterion.points_max for criterion in head.criteria}
    bidders = listing.bidders
    seen: dict[tuple[str, str], bool] = {}
    for score in scores:
        reason = ""
        if score.party not in bidders:
            reason = "that party has no bid"
        elif score.criterion not in most:
            reason = f"there is no criterion {score.criterion}"
        elif not 0 <= score.points <= most[score.criterion]:
            reason = f"points go from 0 to {most[score.criterion]}"
        elif (score.party, score.criterion) in seen:
            reason = "it is given twice"
        seen[score.party, score.criterion] = True
        refuse_unless(
            not reason,
            "markets.bad_score",
            party=score.party,
            criterion=score.criterion,
            evaluator=score.evaluator,
            reason=reason,
        )
    return [BidsScored(listing=head.listing, evaluator=command.actor, scores=scores)]


def decide_pay_award(reach: MarketsReach, command: PayAward) -> list[Event]:
    """A winner pays before its time is over."""
    listing = listing_of(reach, command.listing)
    party = party_for(reach, command.actor, command.party)
    due = listing.dues.get(party) if listing.phase == AWARDED else None
    owed = found(due, "markets.nothing_to_pay", party=party, listing=command.listing)
    right = listing.head.right
    refuse_unless(not is_right_over(reach, right), "markets.right_expired", right=right)
    return pay(reach, listing, owed, [])


def decide_cancel_listing(reach: MarketsReach, command: CancelListing) -> list[Event]:
    """The seller may call it off while nobody has bid, the operator until bidding ends."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    is_operator = has_role(reach, command.actor, "operator")
    may = is_operator or command.actor == (head.by or head.seller)
    refuse_unless(may, "markets.not_your_listing", listing=head.listing, actor=command.actor)
    _check_bidding(reach, listing, early=True)
    has_bids = bool(listing.bidders or listing.sealed)
    refuse_unless(is_operator or not has_bids, "markets.bids_stand", listing=head.listing)
    return end(reach, listing, f"cancelled: {command.reason}"[:200], [])


def terms_of(reach: MarketsReach, name: str, region: str) -> ListingTerms:
    """The terms of this name under the rules in force in a region, overlays included.

    Raises:
        Refusal: `markets.unknown_listing_terms`, `markets.bad_listing_terms`.
    """
    rules = rules_in_force(reach, NATIONAL, region)
    row = None
    if rules is not None and TERMS_ITEM in rules.items:
        row = ask(rules, TERMS_ITEM, {TERMS_ITEM: name}).result
    if not isinstance(row, dict):
        refuse("markets.unknown_listing_terms", terms=name, region=region)
    try:
        terms = convert(row, ListingTerms)
    except ValidationError as error:
        refuse("markets.bad_listing_terms", terms=name, reason=str(error))
    reason = _fault_of(terms)
    refuse_unless(not reason, "markets.bad_listing_terms", terms=name, reason=reason)
    return terms


def listing_of(reach: MarketsReach, name: str) -> Listing:
    """A listing, or a refusal."""
    listings = reach.markets.listings.listings
    return found(listings.get(name), "markets.unknown_listing", listing=name)


def party_for(reach: MarketsReach, actor: str, party: str) -> str:
    """For whom is asked: oneself, or another by who may order for others."""
    name = party or actor
    _check_for(reach, actor, name)
    return name


def check_bidder(reach: MarketsReach, listing: Listing, actor: str, party: str) -> str:
    """Who bids, if bids come now and it was let in and is not suspended."""
    name = party_for(reach, actor, party)
    _check_bidding(reach, listing)
    is_in = name in listing.deposits
    refuse_unless(is_in, "markets.not_let_in", party=name, listing=listing.head.listing)
    check_admitted(reach, name, listing.head.factor, BIDDER)
    return name


def check_bids(listing: Listing, bids: tuple[ListedBid, ...]) -> None:
    """Refuse bids out of range, or more than a listing can be cleared with."""
    head = listing.head
    for bid in bids:
        fits = 0 <= bid.price <= PRICE_MAX and 1 <= bid.quantity <= head.supply
        whole = not head.terms.row.is_whole or bid.quantity == head.supply
        refuse_unless(
            fits and whole,
            "markets.bad_bid",
            listing=head.listing,
            most=head.supply,
            limit=PRICE_MAX,
        )
    value = listing.value + head.price * head.supply
    value += sum(bid.price * bid.quantity for bid in bids)
    wanted = listing.wanted + sum(bid.quantity for bid in bids)
    room = len(listing.bids) + len(bids) <= BIDS_PER_LISTING_MAX
    room = room and 4 * value < VALUE_MAX and wanted < QUANTITY_MAX
    refuse_unless(room, "markets.listing_is_full", listing=head.listing)


def clock_at(head: ListingHead, now: int) -> int:
    """Where the falling clock stands."""
    steps = (now - head.begins) // (head.terms.clock_minutes * MINUTE)
    return head.clock_from - steps * head.clock_step


def open_listings_of(reach: MarketsReach, party: str) -> list[str]:
    """Listings in which a party offers, or has a deposit: what blocks its exit."""
    return [
        name
        for name in sorted(reach.markets.listings.listings)
        if (listing := reach.markets.listings.listings[name]).phase != ENDED
        and (party == listing.head.seller or party in listing.deposits)
    ]


def _check_for(reach: MarketsReach, actor: str, party: str) -> None:
    refuse_unless(
        party == actor or may_order_for_others(reach, actor),
        "markets.not_for_others",
        row=0,
        actor=actor,
        party=party,
    )


def _check_bidding(reach: MarketsReach, listing: Listing, *, early: bool = False) -> None:
    head = listing.head
    is_on = listing.phase in (BIDDING, ONSITE) and reach.now < listing.until
    refuse_unless(
        is_on,
        "markets.bidding_is_over",
        listing=head.listing,
        phase=listing.phase,
        ends=format_instant(listing.until),
    )
    refuse_unless(
        early or reach.now >= head.begins,
        "markets.bidding_not_begun",
        listing=head.listing,
        begins=format_instant(head.begins),
    )


def _check_rising(listing: Listing, party: str, price: int) -> None:
    head = listing.head
    if listing.phase == ONSITE:
        stays = party in listing.staying
        refuse_unless(stays, "markets.not_on_site", party=party, listing=head.listing)
    leader = listing.leader
    least = least_bid(head.price, leader.price if leader else None, head.increment)
    refuse_unless(price >= least, "markets.bid_too_low", least=least, listing=head.listing)


def _check_numbers(command: OpenListing, lots: int, terms: ListingTerms) -> None:
    supply = 1 if terms.row.is_whole else lots
    for name, value, least, most in (
        ("price", command.price, 0, PRICE_MAX),
        ("lots", lots, 1, QUANTITY_MAX),
        ("increment", command.increment or terms.increment, terms.increment, PRICE_MAX),
        ("clock_from", command.clock_from, 0, PRICE_MAX),
        ("clock_step", command.clock_step, 0, PRICE_MAX),
        ("price times lots", command.price * supply, 0, VALUE_MAX // 8),
    ):
        refuse_unless(
            least <= value <= most,
            "markets.bad_terms",
            term=name,
            value=str(value),
            least=least,
            most=str(most),
        )


def _check_form(head: ListingHead, command: OpenListing) -> None:
    """What is announced fits the form."""
    form, terms = head.terms.row, head.terms
    names = [note.name for note in command.sealed]
    reason = ""
    if not set(names) <= {RESERVE, SEED}:
        reason = "only the items reserve and seed are sealed with it"
    elif terms.ties == BY_SEED and head.seed is None:
        reason = "its ties are drawn by a seed: seal one"
    elif form.bidding == FALLING and head.reserve is not None:
        reason = "a falling clock has its lowest price as reserve"
    elif form.is_scored and len(head.evaluators) < terms.evaluators_min and head.criteria:
        reason = f"it needs at least {terms.evaluators_min} evaluators"
    elif not form.is_scored and (head.criteria or head.evaluators):
        reason = "only a tender has a scorecard"
    refuse_unless(not reason, "markets.listing_does_not_fit", form=terms.form, reason=reason)
    ListingParameters(
        form=terms.form,
        increment=terms.increment,
        criteria=head.criteria,
        price_weight=head.price_weight,
        price_base=head.price_base,
        price_bends=head.price_bends,
        uniform_price=terms.uniform_price,
        if_short=terms.if_short,
        evaluators_min=terms.evaluators_min,
    ).check()


def _times(reach: MarketsReach, command: OpenListing, terms: ListingTerms) -> tuple[int, int]:
    begins = check_instant(command.begins or reach.now, "the beginning")
    earliest = reach.now + terms.notice_days * DAY
    late = begins >= earliest
    refuse_unless(
        late, "markets.notice_too_short", days=terms.notice_days, earliest=format_instant(earliest)
    )
    if terms.row.bidding == FALLING:
        spread = command.clock_from - command.price
        fits = command.clock_step >= 1 and spread >= 0
        fits = fits and spread // max(command.clock_step, 1) <= CLOCK_STEPS_MAX
        refuse_unless(fits and not command.ends, "markets.bad_clock", price=command.price)
        steps = spread // command.clock_step + 1
        return begins, begins + steps * terms.clock_minutes * MINUTE
    ends = check_instant(command.ends, "the end")
    least = begins + terms.bidding_days * DAY
    refuse_unless(
        ends > begins and ends >= least,
        "markets.bidding_too_short",
        days=terms.bidding_days,
        earliest=format_instant(least),
    )
    return begins, ends


def _deposit(command: OpenListing, value: int, terms: ListingTerms) -> int:
    least = -(-value * terms.deposit_percent // 100)
    deposit = least if command.deposit_minor is None else command.deposit_minor
    refuse_unless(least <= deposit <= VALUE_MAX // 8, "markets.deposit_too_small", least=least)
    return deposit


def _carried(reach: MarketsReach, series: str, lots: int, terms: ListingTerms) -> tuple[int, int]:
    """Lots left over from earlier rounds that this one offers too, and those it may not."""
    if not series:
        return 0, 0
    check_id(series, "series")
    waiting = next(iter(reach.markets.listings.series.get(series, [])), 0)
    room = lots * terms.carry_percent_max // 100 - lots
    return min(waiting, room), max(waiting - room, 0)


def _sealed_term(command: OpenListing, item: str) -> SealedTerm | None:
    for note in command.sealed:
        if note.name == item:
            return SealedTerm(
                actor=command.actor,
                key=command.key,
                data_key=note.data_key,
                hash_commitment=note.hash_commitment,
            )
    return None


def _fault_of(terms: ListingTerms) -> str:
    for name, words in CHOICES.items():
        if getattr(terms, name) not in words:
            return f"{name} is none of {', '.join(words)}"
    for name, (least, most) in RANGES.items():
        if not least <= getattr(terms, name) <= most:
            return f"{name} is not from {least} to {most}"
    try:
        ListingParameters(
            form=terms.form,
            increment=terms.increment,
            ties=terms.ties,
            seed="00" * 32,
            uniform_price=terms.uniform_price,
            if_short=terms.if_short,
            evaluators_min=terms.evaluators_min,
        ).check()
    except Refusal as refusal:
        return refusal.sentence
    soft = terms.soft_close_minutes or terms.extension_minutes
    if soft and terms.row.bidding != RISING:
        return "only rising bids put an end off"
    return ""


def _read_scores(points: Columns, evaluator: str) -> tuple[Score, ...]:
    fits = sorted(points.names) == ["criterion", "party", "points"]
    fits = fits and all(isinstance(points.column(name), Text) for name in ("criterion", "party"))
    fits = fits and getattr(points.column("points"), "dtype", None) is not None and points.rows > 0
    refuse_unless(fits, "markets.bad_points_table")
    return tuple(
        Score(
            party=row["party"],
            criterion=row["criterion"],
            evaluator=evaluator,
            points=int(row["points"]),
        )
        for row in points.iterate()
    )
