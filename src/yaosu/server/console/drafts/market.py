"""A market as it is typed: its terms as one command, and the same terms in plain words."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.markets.commands import OpenMarket
from yaosu.markets.forms import FORMS
from yaosu.markets.terms import UNOPENED, MatchingTerms, SealedTerms, Trading
from yaosu.markets.trading_terms import ContinuousTerms, PhaseAt, TradingFees
from yaosu.markets.without_book import ASKED_BY
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.fields import MINUTES, Fields
from yaosu.server.console.numbers import decimal
from yaosu.server.console.pages.limits import limits_about

CONTINUOUS = "continuous"
MECHANISMS = (*FORMS, *ASKED_BY)
PREVENTIONS = ("cancel_taker", "cancel_maker", "cancel_both", "decrement", "none")
PRICE_RULES = ("mid", "low", "high")
SIDES = ("none", "buy", "both")
PROPOSING = ("people", "posts")
DAY = (  # field of the time table -> the phase that begins
    ("pre_open_at", "pre_open"),
    ("auction_at", "auction"),
    ("continuous_at", "continuous"),
    ("closing_at", "auction"),
    ("closed_at", "closed"),
)
FIRST_PHASES = ("continuous", "pre_open", "auction", "closed")
PERCENT_DIGITS = 4  # of fees: millionths
BAND_DIGITS = 2  # hundredths of a per cent
WEEK_SECONDS = 7 * 24 * 3600
OFFSET_HOURS = 14
MINOR_MAX = 10**15


class Sentence(Struct, frozen=True):
    """One term in plain words; ``head``: which, to find it by."""

    head: str
    text: str


def read_market(drafting: Drafting) -> list[Step]:
    """The command that opens it."""
    fields, state = drafting.fields, drafting.state
    factor = fields.choice("factor", tuple(state.rights.profiles), "")
    mechanism = fields.choice("mechanism", MECHANISMS, drafting.names.mechanism(factor) or "call")
    in_rounds = mechanism in FORMS and mechanism != CONTINUOUS
    venue = state.parties.venue
    terms = Trading(
        mechanism=mechanism,
        tick_minor=fields.scaled("tick", drafting.names.digits, 1, 1, MINOR_MAX),
        contract=fields.choice("contract", ("spot", "notice"), "spot"),
        notice_days=fields.whole("notice_days", 0, 0, 3660),
        price_rule=fields.choice("price_rule", PRICE_RULES, "mid") if in_rounds else "mid",
        clear_at_close=in_rounds and fields.is_on("clear_at_close"),
        sealed=_sealed(fields, drafting.names.digits) if in_rounds else None,
        continuous=_continuous(fields) if mechanism == CONTINUOUS else None,
        seed_hash=fields.text("seed_hash") if in_rounds else "",
        matching=_matching(fields) if mechanism == "matching" else None,
    )
    command = OpenMarket(
        actor=drafting.actor(OpenMarket),
        key="",
        market=fields.text("market", needed=True),
        factor=factor,
        instruments=fields.lines("instruments", needed=True),
        regions=fields.lines("regions", needed=True),
        currency=fields.text("currency", venue.currency if venue is not None else ""),
        network=fields.text("network") if in_rounds else "",
        trading=terms,
    )
    return [Step(command)]


def _sealed(fields: Fields, digits: int) -> SealedTerms | None:
    sides = fields.choice("sealed", SIDES, "none")
    if sides == "none":
        return None
    return SealedTerms(
        sides=sides,
        deposit_minor=fields.scaled("deposit", digits, 0, 0, MINOR_MAX),
        opening_minutes=fields.whole("opening_minutes", 60, 1, 60 * 24 * 60),
        unopened=fields.choice("unopened", UNOPENED, "forfeit"),
    )


def _matching(fields: Fields) -> MatchingTerms:
    return MatchingTerms(
        proposing=fields.choice("proposing", PROPOSING, "people"), groups=fields.lines("groups")
    )


def _continuous(fields: Fields) -> ContinuousTerms:
    day = [(fields.minute(name), phase) for name, phase in DAY]
    found = [(minute, phase) for minute, phase in day if minute is not None]
    if found and found != sorted(found, key=lambda pair: pair[0]):
        fields.fault("closed_at", "open.day_disordered")
    most = 10**8
    return ContinuousTerms(
        prevention=fields.choice("prevention", PREVENTIONS, "cancel_taker"),
        static_band=fields.scaled("static_band", BAND_DIGITS, 0, 0, 10_000),
        dynamic_band=fields.scaled("dynamic_band", BAND_DIGITS, 0, 0, 10_000),
        pause_seconds=fields.whole("pause_seconds", 0, 0, WEEK_SECONDS),
        auction_seconds=fields.whole("auction_seconds", 0, 0, WEEK_SECONDS),
        first_phase=fields.choice("first_phase", FIRST_PHASES, CONTINUOUS),
        day=tuple(PhaseAt(minute=minute, phase=phase) for minute, phase in found),
        utc_offset_minutes=60 * fields.whole("utc_offset", 8, -OFFSET_HOURS, OFFSET_HOURS),
        calendar=fields.text("calendar"),
        fees=TradingFees(
            maker=fields.scaled("maker", PERCENT_DIGITS, 0, -most, most),
            taker=fields.scaled("taker", PERCENT_DIGITS, 0, -most, most),
            auction=fields.scaled("auction_fee", PERCENT_DIGITS, 0, -most, most),
        ),
    )


def tell_market(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """Every term that counts, as a sentence."""
    command = steps[0].command
    assert isinstance(command, OpenMarket)
    say, names, terms = drafting.fields.say, drafting.names, command.trading
    profile = names.profile(command.factor)
    unit = profile.factor.measurement if profile is not None else ""
    money = f"{decimal(terms.tick_minor, names.digits)} {command.currency}"
    regions = "、" if names.is_chinese else ", "
    told = [
        Sentence(
            say("open.where"),
            say(
                "open.told_where",
                market=command.market,
                instruments=regions.join(command.instruments),
                factor=names.factor(command.factor),
                regions=regions.join(names.region(one) for one in command.regions),
            ),
        ),
        Sentence(say("open.mechanism"), say(f"open.how_{terms.mechanism.replace('-', '_')}")),
        Sentence(say("open.tick"), say("open.told_tick", money=money, unit=unit)),
        Sentence(
            say("open.contract"),
            say("open.told_notice", days=terms.notice_days)
            if terms.contract == "notice"
            else say("open.told_spot"),
        ),
    ]
    if command.network:
        told.append(Sentence(say("open.network"), say("open.told_network", name=command.network)))
    if terms.sealed is not None:
        told.append(Sentence(say("open.sealed"), _tell_sealed(drafting, command)))
    if terms.mechanism in FORMS and terms.mechanism not in (CONTINUOUS, "matching"):
        told.append(Sentence(say("open.price_rule"), say(f"open.rule_{terms.price_rule}")))
        closing = "open.told_at_once" if terms.clear_at_close else "open.told_worker"
        told.append(Sentence(say("open.closing"), say(closing)))
    if terms.seed_hash:
        told.append(Sentence(say("open.seed"), say("open.told_seed", seed=terms.seed_hash[:16])))
    if terms.continuous is not None:
        told += _tell_continuous(drafting, terms.continuous)
    limits = limits_about(
        drafting.state, names, command.factor, command.instruments, command.regions
    )
    told.append(Sentence(say("open.per_party"), " ".join(limits) or say("open.no_per_party")))
    return told


def _tell_sealed(drafting: Drafting, command: OpenMarket) -> str:
    sealed = command.trading.sealed
    assert sealed is not None
    say = drafting.fields.say
    deposit = f"{decimal(sealed.deposit_minor, drafting.names.digits)} {command.currency}"
    said = say(f"open.sealed_{sealed.sides}")
    return said + say("open.told_sealed", deposit=deposit, minutes=sealed.opening_minutes)


def _tell_continuous(drafting: Drafting, terms: ContinuousTerms) -> list[Sentence]:
    say = drafting.fields.say
    told = []
    if terms.day:
        hours = "; ".join(
            f"{_clock(line.minute)} {say('phase.' + line.phase)}" for line in terms.day
        )
        days = (
            say("open.told_days", name=terms.calendar) if terms.calendar else say("open.all_days")
        )
        offset = f"UTC{terms.utc_offset_minutes // 60:+d}"
        told.append(Sentence(say("open.day"), f"{hours} ({offset}). {days}"))
    else:
        phase = say(f"phase.{terms.first_phase}")
        told.append(Sentence(say("open.day"), say("open.told_no_day", phase=phase)))
    fees = [f"{decimal(one, PERCENT_DIGITS)} %" for one in _tariff(terms.fees)]
    maker, taker, auction = fees
    told.append(
        Sentence(
            say("open.fees"),
            say("open.told_fees", maker=maker, taker=taker, auction=auction)
            if any(_tariff(terms.fees))
            else say("open.no_fees"),
        )
    )
    bands = []
    if terms.static_band:
        bands.append(say("open.told_static", band=decimal(terms.static_band, BAND_DIGITS)))
    if terms.dynamic_band:
        band = decimal(terms.dynamic_band, BAND_DIGITS)
        bands.append(say("open.told_dynamic", band=band, seconds=terms.pause_seconds))
    told.append(Sentence(say("open.limits"), " ".join(bands) or say("open.no_limits")))
    told.append(Sentence(say("open.prevention"), say(f"open.own_{terms.prevention}")))
    return told


def _tariff(fees: TradingFees) -> tuple[int, int, int]:
    return fees.maker, fees.taker, fees.auction


def _clock(minute: int) -> str:
    assert 0 <= minute < MINUTES
    return f"{minute // 60:02}:{minute % 60:02}"
