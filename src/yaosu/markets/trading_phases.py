"""Phases of a continuous market: by command, by its time table, and at instants of its own.

What is due happens at the instant it is due, in an entry of its own: it does not matter when
somebody looks. At one instant orders end first, then pauses of single books, then the phase of the
market; a change by the time table comes last.
"""

from datetime import date, timedelta

from msgspec import Struct

from yaosu.access.events import AdmissionSuspended
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets.batch import ROLES
from yaosu.markets.events import PhaseChanged
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.state import Market, MarketsReach, session_of
from yaosu.markets.trading import Moves, commands, phase_rows, terms_of
from yaosu.markets.trading_checks import band_of_next_session
from yaosu.markets.trading_fees import check_fees, with_room_for_fees
from yaosu.markets.trading_state import Standing
from yaosu.markets.trading_terms import SECOND, ContinuousTerms
from yaosu.parties.decide import party_of
from yaosu.places.decide import calendar_of
from yaosu.places.methods.working_days import is_working_day
from yaosu.places.values import Calendar

MINUTE = 60 * SECOND
DAYS_AHEAD_MAX = 400  # how far the next trading day may be
FOLLOWS = {  # phase of the market -> phases that may be put in its place
    "closed": ("pre_open", "auction", "continuous"),
    "pre_open": ("auction", "continuous", "closed"),
    "auction": ("continuous", "closed"),
    "continuous": ("auction", "closed"),
    "halted": ("closed",),
}
AUCTION_AFTER = {
    "closed": "opening",
    "pre_open": "opening",
    "continuous": "closing",
    "halted": "reopening",
}


class Plan(Struct, frozen=True):
    """What a time table says at an instant.

    Attributes:
        phase: called for last. is_first: by the first line of the day.
        next_at, next_phase: called for next; 0 and empty without one.
    """

    phase: str
    is_first: bool
    next_at: int
    next_phase: str


def open_session(reach: MarketsReach, market: str, terms: ContinuousTerms) -> PhaseChanged:
    """The phase that a new market begins in."""
    plan = _plan(reach, terms)
    phase = terms.first_phase if plan is None else plan.phase
    purpose = ""
    if phase == "auction":
        purpose = "closing" if plan is not None and plan.next_phase == "closed" else "opening"
    length = terms.auction_seconds * SECOND if phase == "auction" and plan is None else 0
    return PhaseChanged(
        market=market,
        phase=phase,
        purpose=purpose,
        until=reach.now + length if length else 0,
        planned=phase,
        next_at=plan.next_at if plan else 0,
        next_phase=plan.next_phase if plan else "",
        reason="asked" if plan is None else "time",
    )


def change_phase(reach: MarketsReach, market: Market, phase: str) -> list[Event]:
    """A phase that may follow is put in place of the one that is.

    Raises:
        Refusal: ``markets.phase_change``.
    """
    refuse_unless(phase in FOLLOWS[session_of(market).phase], "markets.phase_change")
    moves = Moves(reach, market)
    change = _lead(moves, phase, _purpose(market, phase), "asked")
    return [*moves.events("phase"), change]


def halt(reach: MarketsReach, market: Market) -> list[Event]:
    """Every book stops; what stands keeps its place."""
    session = session_of(market)
    refuse_unless(session.phase != "closed", "markets.phase_change")
    planned = session.planned if terms_of(market).day else session.phase
    moves = Moves(reach, market)
    change = _lead(moves, "halted", "", "halted", planned)
    return [*moves.events("halt"), change]


def resume(reach: MarketsReach, market: Market) -> list[Event]:
    """A halt ends in an auction, which ends by its length, by the time table, or at once."""
    session, terms = session_of(market), terms_of(market)
    if session.planned == "closed":
        phase, purpose = "closed", ""
    elif session.planned == "auction" and session.next_phase == "closed":
        phase, purpose = "auction", "closing"
    elif session.planned == "continuous" and not terms.auction_seconds:
        phase, purpose = "continuous", ""
    else:
        phase, purpose = "auction", "reopening"
    moves = Moves(reach, market)
    change = _lead(moves, phase, purpose, "resumed")
    return [*moves.events("resume"), change]


def pass_time(reach: MarketsReach) -> list[Event]:
    """All that is due by now in the continuous markets, in order of their ids."""
    return [
        event
        for _, market in sorted(reach.markets.markets.items())
        if market.session is not None and 0 < market.session.next_due() <= reach.now
        for event in _pass_time(reach, market)
    ]


def end_suspended_orders(reach: MarketsReach, event: AdmissionSuspended) -> list[Event]:
    """The orders of a suspended party trade no more where orders trade as they arrive."""
    party, role = event.admission.party, event.admission.role

    def is_meant(order: Standing) -> bool:
        return order.party == party and ROLES[order.side] == role

    return [
        done
        for _, market in sorted(reach.markets.markets.items())
        if market.session is not None and market.factor == event.admission.factor
        for done in Moves(reach, market)
        .cancel_standing(is_meant, "suspended")
        .events(f"suspended {party} {role}")
    ]


def check_continuous_terms(reach: MarketsReach, terms: ContinuousTerms) -> None:
    """Refuse terms that no continuous market can have."""
    terms.of_book("", "")  # the parameters of every book but for its reference
    for reference in terms.references:
        terms.of_book(reference.instrument, reference.region)
    for term, value, least, most in (
        ("auction_seconds", terms.auction_seconds, 0, 86_400),
        ("pause_seconds", terms.pause_seconds, 1 if terms.dynamic_band else 0, 86_400),
        ("utc_offset_minutes", terms.utc_offset_minutes, -840, 840),
    ):
        _expect(least <= value <= most, term, str(value), f"{least} to {most}")
    phases = FOLLOWS["closed"] + ("closed",)
    _expect(terms.first_phase in phases, "first_phase", terms.first_phase, " or ".join(phases))
    before, minute = "closed", -1
    for line in terms.day:
        _expect(minute < line.minute < 1440, "minute", str(line.minute), "rising minutes of a day")
        follows = FOLLOWS[before]
        _expect(
            line.phase in follows, "phase", line.phase, f"{' or '.join(follows)} after {before}"
        )
        before, minute = line.phase, line.minute
    _expect(before == "closed", "the last phase of the day", before, "closed")
    if terms.calendar:
        calendar_of(reach, terms.calendar)
    check_fees(terms.fees)
    if terms.fees.to:
        party_of(reach, terms.fees.to)


def _pass_time(reach: MarketsReach, market: Market) -> list[Event]:
    session, terms = session_of(market), terms_of(market)
    moves = Moves(reach, market)
    for key, orders in session.books_due(reach.now).items():
        standing = session.books[key].orders
        ends = [order for order in orders if 0 < standing[str(order)].over <= reach.now]
        if ends:
            moves.cancel(key, ends, "out of term")
        moves.run(key, commands(1, c.CLOCK, reach.now))
    changes: list[Event] = []
    phase = session.phase
    if 0 < session.until <= reach.now:
        phase = "closed" if session.purpose == "closing" else "continuous"
        changes.append(_lead(moves, phase, "", "time"))
    if 0 < session.next_at <= reach.now:
        plan = _plan(reach, terms)
        assert plan is not None
        goes = plan.phase in FOLLOWS[phase] and (phase != "closed" or plan.is_first)
        target = plan.phase if goes else phase
        purpose = session.purpose if target == session.phase else ""
        if target == "auction" and goes:
            purpose = AUCTION_AFTER[phase]
        changes.append(_lead(moves, target, purpose, "time", plan.phase, plan))
    return [*moves.events("time"), *changes]


def _lead(
    moves: Moves, phase: str, purpose: str, reason: str, planned: str = "", plan: Plan | None = None
) -> PhaseChanged:
    """Lead every book into a phase; what the market is in then."""
    session, terms, now = moves.session, moves.terms, moves.reach.now
    if session.phase == "closed" and phase != "closed":
        _end_uncovered(moves)
    for key in sorted(session.books):
        while (step := _step(moves.where(key), phase, purpose)) is not None:
            moves.run(key, phase_rows([step], now))
    ends_itself = phase == "auction" and (purpose == "reopening" or not terms.day)
    length = terms.auction_seconds * SECOND if ends_itself else 0
    stays = session.phase == phase and session.until > now
    return PhaseChanged(
        market=moves.market.market,
        phase=phase,
        purpose=purpose,
        until=session.until if stays else now + length if length else 0,
        planned=planned or session.planned or phase,
        next_at=plan.next_at if plan else session.next_at,
        next_phase=plan.next_phase if plan else session.next_phase,
        reason=reason,
    )


def _end_uncovered(moves: Moves) -> None:
    """Stops to buy at any price end where a new session may trade above what is held for them."""
    for key, book in sorted(moves.session.books.items()):
        _, high = band_of_next_session(moves.terms, moves.session, key)
        most = with_room_for_fees(high, moves.terms.fees)
        uncovered = [
            int(name)
            for name, order in book.orders.items()
            if order.type == c.STOP and order.side > 0 and order.held < most
        ]
        if uncovered:
            moves.cancel(key, uncovered, c.REASONS[c.R_BAND])


def _step(at: tuple[int, int], phase: str, purpose: str) -> int | None:
    """The next phase of a book on its way to where the market goes; None where it is there."""
    here, meant = at
    if phase == "closed":
        return None if here == c.CLOSED else c.CLOSED
    if phase == "halted":
        return None if here in (c.HALTED, c.CLOSED) else c.HALTED
    if phase == "pre_open":
        return None if here == c.PRE_OPEN else c.PRE_OPEN
    if phase == "continuous":
        steps = {c.HALTED: c.AUCTION, c.CONTINUOUS: None, c.PAUSED: None}
        return steps.get(here, c.CONTINUOUS)
    if here == c.AUCTION:
        return None if c.PURPOSES[meant] == purpose else c.CONTINUOUS
    if purpose == "closing" and here in (c.PAUSED, c.PRE_OPEN, c.CLOSED):
        return c.CONTINUOUS
    return c.AUCTION


def _purpose(market: Market, phase: str) -> str:
    return AUCTION_AFTER[session_of(market).phase] if phase == "auction" else ""


def _plan(reach: MarketsReach, terms: ContinuousTerms) -> Plan | None:
    """What the time table says now; None without one."""
    if not terms.day:
        return None
    calendar = calendar_of(reach, terms.calendar) if terms.calendar else None
    offset = terms.utc_offset_minutes * MINUTE
    today, now = (reach.now + offset) // DAY, reach.now
    phase, is_first = "closed", False
    for day in range(today, today + DAYS_AHEAD_MAX):
        if not _is_traded(calendar, day):
            continue
        for number, line in enumerate(terms.day):
            at = day * DAY + line.minute * MINUTE - offset
            if at > now:
                return Plan(phase, is_first, at, line.phase)
            phase, is_first = line.phase, number == 0
    return Plan(phase, is_first, 0, "")


def _is_traded(calendar: Calendar | None, day: int) -> bool:
    if calendar is None:
        return True
    named = date(1970, 1, 1) + timedelta(days=day)
    is_known = calendar.first_day <= named.isoformat() <= calendar.last_day
    return is_known and is_working_day(calendar, named)


def _expect(condition: bool, term: str, value: str, known: str) -> None:
    refuse_unless(condition, "markets.bad_continuous_terms", term=term, value=value, known=known)
