"""A market of each mechanism beside those that take orders, with something in each of them."""

from tests.markets.test_matching import HASH, PROFILE
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    OfferLoan,
    OfferRight,
    PermitRevenue,
    PostTariff,
    ProposeDeal,
    RequestLoan,
    SubmitOrders,
)
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.markets.posted_terms import PostedTerms, TariffLine
from yaosu.rights.commands import AdoptProfile, RegisterRight
from yaosu.rights.profiles import parse_profile

FACTORS = ("compute", "capital", "posts")  # that the people of these stories are admitted for


def adopt_posts(story: Story) -> None:
    """A factor of posts that are matched with people."""
    story.ask(AdoptProfile, MINISTRY, profile=parse_profile(PROFILE))


def open_every_mechanism(story: Story) -> None:
    """Open ``tariff``, ``table``, ``loans``, ``places``, ``bundles``; bert offers, anna answers."""
    _tariff(story)
    _table(story)
    _loans(story)
    _places(story)
    story.market("bundles", mechanism="package", clear_at_close=False)


def _tariff(story: Story) -> None:
    terms = PostedTerms(margin_bp=500)
    story.market("tariff", mechanism="posted", clear_at_close=False, posted=terms)
    story.ask(PermitRevenue, MINISTRY, market="tariff", cost_minor=1_000_000)
    lines = (
        TariffLine(instrument="gpu", price=500, expected=100),
        TariffLine(instrument="gpu", begin=50, price=400, expected=100),
    )
    story.ask(PostTariff, EXCHANGE, market="tariff", tariff=lines)
    story.right("up-bert", "bert", 1_000, instrument="gpu")
    story.ask(OfferRight, "bert", market="tariff", right="up-bert", price=100, quantity=300)


def _table(story: Story) -> None:
    terms = NegotiatedTerms(band_bp=500, reference_price=1_000)
    story.market("table", mechanism="negotiated", clear_at_close=False, negotiated=terms)
    story.ask(
        ProposeDeal,
        "bert",
        market="table",
        deal="deal-1",
        instrument="gpu",
        region="east",
        side=-1,
        price=1_010,
        lots=10,
        counterparty="anna",
        right="up-bert",
    )


def _loans(story: Story) -> None:
    loans = ("working-capital",)
    story.market(
        "loans", mechanism="credit", factor="capital", instruments=loans, clear_at_close=False
    )
    story.ask(
        RequestLoan,
        "bert",
        market="loans",
        request="request-1",
        instrument=loans[0],
        region="east",
        amount_minor=5_000_000,
        rate_max_bp=600,
        offers_until=story.clock() + 300 * DAY,
        purpose="new racks",
    )
    story.ask(
        OfferLoan,
        "anna",
        market="loans",
        request="request-1",
        offer="offer-1",
        amount_minor=1_000_000,
        rate_bp=450,
    )


def _places(story: Story) -> None:
    for post, seats in (("lab", 2), ("school", 1)):
        story.ask(
            RegisterRight,
            REGISTRY,
            right=f"seats-{post}",
            unit=f"post-{post}",
            factor="posts",
            region="east",
            quantity=seats,
            holder="bert",
            instrument=post,
            source=DOCUMENT,
            term_to=story.clock() + 365 * DAY,
        )
    story.market(
        "places",
        mechanism="matching",
        factor="posts",
        instruments=("lab", "school"),
        clear_at_close=True,
        seed_hash=HASH,
    )
    for post, seats in (("lab", 2), ("school", 1)):
        offered = Columns.of(instrument=[post], region=["east"], side=[-1], quantity=[seats])
        story.ask(SubmitOrders, "bert", market="places", batch=f"seats-{post}", orders=offered)
