"""Both languages say the same things: no key is missing, no key is left over, facts agree."""

import re
from importlib.resources import files

import pytest

from yaosu.access.limit_rows import MEASURES
from yaosu.cases.documents import CHANNELS, DOCUMENT_KINDS
from yaosu.cases.parse import parse_procedure
from yaosu.cases.values import PHASES as PHASES_OF_CASES
from yaosu.markets.credit_terms import AWARDED as AWARDED_LOAN
from yaosu.markets.credit_terms import ENDED as ENDED_LOAN
from yaosu.markets.credit_terms import KINDS, OPEN, UNFILLED
from yaosu.markets.listing_state import (
    AWARDED,
    BIDDING,
    ENDED,
    NOT_SOLD,
    ONSITE,
    REVEAL,
    SCORING,
)
from yaosu.markets.mechanisms import MECHANISMS
from yaosu.markets.mechanisms.continuous_codes import PURPOSES
from yaosu.markets.mechanisms.listing_award import SOLD
from yaosu.markets.mechanisms.listing_parameters import FORMS
from yaosu.markets.trading_state import TIMES, TYPES
from yaosu.parties.methods.roles import ROLES
from yaosu.rights.title_status import (
    BURDENED,
    EXPIRED,
    REPLACED,
    REVOKED,
    SUPERSEDED,
    VALID,
)
from yaosu.rights.vocabulary import STANDING
from yaosu.server.console.drafts.asking import (
    DATE,
    DOCUMENT,
    HOLDERS,
    LINES,
    PAIRS,
    PARTS,
    SHARE,
    asked_of,
)
from yaosu.server.console.drafts.founding import OFFICES, TREES
from yaosu.server.console.drafts.market import MECHANISMS as DRAFTED
from yaosu.server.console.drafts.market import PREVENTIONS, PRICE_RULES, PROPOSING, SIDES
from yaosu.server.console.drafts.offered import BY_TAG, OFFERED
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.pages.moving import TABLES as MOVED
from yaosu.server.console.pages.package import LEGS
from yaosu.server.console.pages.replays import COUNTS, POLICIES, SOURCES
from yaosu.server.console.pages.result import CHECKS, LEFT, TIES
from yaosu.server.console.pages.setup import STEPS
from yaosu.server.console.render import CHOICES, ROOMS
from yaosu.server.console.tables import HEADS, TABLES
from yaosu.server.console.words import LANGUAGES, say_in, texts

TEMPLATES = {
    path.name: path.read_text("utf-8")
    for path in files("yaosu.server.console").joinpath("templates").iterdir()
}
DRAFTS = [
    path.read_text("utf-8")
    for path in files("yaosu.server.console").joinpath("drafts").iterdir()
    if path.name.endswith(".py")
]
FACT = re.compile(r"\{(\w+)\}")
PHASES = (
    "open", "opening", "ending", "closed", "halted", "paused", "pre_open", "auction", "continuous",
    "cleared",
)  # fmt: skip
FACTS = {
    fact
    for name in names_in("procedures")
    for fact in parse_procedure(text_of("procedures", name)).facts
}
WORDS = {one.word for kind in OFFERED for one in asked_of(kind, (), "")}
STATUSES = (VALID, BURDENED, SUPERSEDED, REVOKED, EXPIRED, REPLACED)
PRICINGS = ("pay_as_bid", "uniform")
LISTING_PHASES = (BIDDING, ONSITE, REVEAL, SCORING, AWARDED, ENDED)
TICKETS = ("enter", "bid", "seal_bid", "leave", "pay_award", "accept", "propose", "lend", "borrow",
           "file", "bundle", "block", "score")  # fmt: skip
COMPUTED = {
    "map.": ("flow", "full_link", "rose", "fell"),  # keys that a template or a draft puts together
    "offer.how_": tuple(FORMS),
    "offer.told_": ("reserve", "seed"),
    "limits.": ("told", "all_factors"),
    "limits.counts_": tuple(MEASURES),
    "limits.in_": sorted({one for measures in MEASURES.values() for one in measures}),
    "limits.is_": ("within", "above", "exempt"),
    "open.how_": tuple(one.replace("-", "_") for one in DRAFTED),
    "open.own_": PREVENTIONS,
    "open.rule_": PRICE_RULES,
    "open.short_": PRICE_RULES,
    "open.seal_": SIDES,
    "open.sealed_": SIDES[1:],
    "open.for_": PROPOSING,
    "setup.step_": STEPS,
    "setup.about_": STEPS,
    "setup.tree_": tuple(TREES),
    "setup.told_": OFFICES,
    "replay.policy_": POLICIES,
    "replay.of_": ("prices", "flows", "lots", "welfare", *SOURCES),
    "replay.came_": tuple(name.replace(" ", "_") for name in COUNTS),
    "errand.": ("waiting", "running", "done", "failed", "stopped"),
    "errand.counted_": ("import", "replay", "backup"),
    "import.did_": ("check", "enter"),
    "import.doing_": ("check", "enter"),
    "import.table_": MOVED,
    "adopt.": ("added", "removed", "changed"),
    "phase.": PHASES,
    "mechanism.": (*MECHANISMS, "continuous", "posted", "credit", "negotiated"),
    "rooms.": tuple(name for name, _ in ROOMS),
    "purpose.": tuple(word for word in PURPOSES if word),
    "came.": ("buyer", "seller", "auction"),
    "order_kind.": tuple(TYPES),
    "order_life.": tuple(TIMES),
    "preview.": ("held_more", "held_less", "free_less", "free_more", "trades", "nothing",
                 "not_tried"),
    "look.": (*CHOICES, "system", *CHOICES["theme"][1:], *CHOICES["rise"]),
    "state.": ("current", "frozen", "burdened", "expired", "ended"),
    "ticket.": ("bad_number", "done", "proved", "disproved", "unproved", "unsent", "no_sealing"),
    "ask.": ("side", "instrument", "region", "right", "type", "time_in_force", "price", "stop",
             "expiry", "quantity", "bid", "stop_clock", "lots", "purpose", "counterparty",
             "deal_price", "request", "amount", "rate", "rate_max", "least", "offers_until",
             "no_choice", "bundle_limit",
             "units", "part_lots", *(f"choice{n}" for n in range(1, 7)),
             *(f"part{n}" for n in range(1, 5)),
             "part", "ratio_first", "ratio_second", "income_fixed_first",
             "income_fixed_second", "income_each_first", "income_each_second",
             "whole_or_nothing", "relation", "alone",
             "linked", "instead"),
    "next.": ("round", "phase", "begins", "listing"),
    "todo.": ("case", "case_of_others", "contract", "award", "open_bid", "open_order", "deal",
              "pay", "get"),
    "form.": tuple(FORMS),
    "listing_phase.": LISTING_PHASES,
    "listing.until.": LISTING_PHASES[:-1],
    "listing.over.": (SOLD, *NOT_SOLD),
    "ticket_title.": TICKETS,
    "ticket_why.": TICKETS,
    "ask_side.": ("buy", "sell"),
    "ask_hint.": ("income_fixed", "income_each", "price", "stop", "purpose",
                  "counterparty", "rate", "least", "units",
                  "bundle_limit"),
    "ask_head.": ("block_b", *(f"block_{row}" for row in LEGS)),
    "credit.pricing.": PRICINGS,
    "credit.kind.": KINDS,
    "credit.state.": (OPEN, AWARDED_LOAN, UNFILLED, ENDED_LOAN),
    "matching.lottery_is.": ("person", "post"),
    "matching.proposing.": ("people", "posts"),
    "ticket_name.": ("order", *TICKETS),
    "case.": PHASES_OF_CASES,
    "role.": (*ROLES, "applicant", "everybody", "event"),
    "block.": ("document", "fee", "objection", "commitment"),
    "act.": (
        "complete", "refuse", "pay", "add", "object", "decide_objection", "withdraw", "appeal",
        "decide_appeal", "confirm", "cancel", "close", "reopen", "halt", "resume", "to_pre_open",
        "to_auction", "to_continuous", "to_closed", "preserve", "end_preservation",
        "delete_document", "replace", "apply", "confirm_deal", "withdraw_deal",
    ),
    "apply.do_": tuple(tag.partition(".")[2] for tag in BY_TAG),
    "apply.f_": tuple(sorted({*FACTS, *WORDS, "correction"})),
    "apply.hint_": (DATE, DOCUMENT, HOLDERS, LINES, PAIRS, PARTS, SHARE, "lots"),
    "result.": tuple(
        f"{kind}_{name}" for name in (*TIES, *CHECKS) for kind in ("is", "yes", "no")
    ),
    "result.open_": TIES,
    "result.left_": LEFT,
    "verify.word_": STATUSES,
    "verify.says_": STATUSES,
    "verify.kind_": STANDING,
    "document_kind.": tuple(DOCUMENT_KINDS),
    "notices.": CHANNELS,
    "tokens.": ("act", "manage", "metrics", "read"),
    "table.": TABLES,
    "column.": tuple(name for heads in HEADS.values() for name in heads),
    "act_field.": ("note", "reasons", "reason", "is_upheld", "ground", "documents",
                   "price", "quantity", "right"),
}  # fmt: skip


def used() -> set[str]:
    """Every key that some template says."""
    both = re.compile(r'"([a-z_]+\.[a-z_]+)" if [^"]+? else "([a-z_]+\.[a-z_]+)"')
    sources = [*TEMPLATES.values(), *DRAFTS]
    keys = {key for text in sources for pair in both.findall(text) for key in pair}
    for text in DRAFTS:
        keys.update(
            re.findall(r"""["']((?:draft|offer|open|setup|adopt|apply)\.[a-z_]+)["']""", text)
        )
    for text in sources:
        keys.update(re.findall(r"""say\(["']([a-z_]+\.[a-z_]+)["']""", text))
    keys = {key for key in keys if not key.endswith("_")}  # these are heads of computed ones
    keys.update(f"{head}{name}" for head, names in COMPUTED.items() for name in names)
    return keys


def test_both_languages_have_the_same_keys_and_facts() -> None:
    english, chinese = texts("en"), texts("zh")
    assert english.keys() == chinese.keys()
    assert {k: set(FACT.findall(v)) for k, v in english.items()} == {
        k: set(FACT.findall(v)) for k, v in chinese.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_missing_and_none_left_over(language: str) -> None:
    assert used() - texts(language).keys() == set()
    assert texts(language).keys() - used() == set()


def test_every_mechanism_that_a_profile_names_has_a_word() -> None:
    profiles = files("yaosu.institutions").joinpath("factors").iterdir()
    named = {
        name
        for profile in profiles
        for name in re.findall(r'^market.*?mechanism = "([^"]+)"', profile.read_text("utf-8"), re.M)
    }
    assert named
    assert {f"mechanism.{name}" for name in named} <= texts("zh").keys()


def test_facts_are_filled_in_and_a_key_that_is_not_there_is_an_error() -> None:
    assert say_in("en")("market.round", n=3) == "Round 3"
    with pytest.raises(KeyError):
        say_in("en")("market.not_a_key")
