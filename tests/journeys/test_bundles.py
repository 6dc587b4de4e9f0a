"""A laboratory buys data, computing time and an algorithm as one thing, or none of it."""

from tests.markets.package_market import package
from tests.stories import EXCHANGE, Story
from yaosu.core import state_hash
from yaosu.engine.receipt import Receipt
from yaosu.kernel.columns import Columns, concatenate
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import OpenMarket, SubmitOrders
from yaosu.markets.terms import Trading, WholePackageTerms
from yaosu.workers.clearing import clear_closed

MECHANISM = "package-all-or-nothing"
GOODS = {"data": "records", "compute": "gpu-hours", "technology": "algorithm"}
OWNERS = {factor: f"{factor}-owner" for factor in GOODS}


def venue_with_owners() -> Story:
    story = Story().found(tuple(GOODS))
    for factor, good in GOODS.items():
        story.party(OWNERS[factor], (factor,))
        story.right(f"r-{good}", OWNERS[factor], 10, factor=factor, instrument=good)
    for lab in ("lab", "start-up"):
        story.party(lab, tuple(GOODS), money=1_000)
    trading = Trading(mechanism=MECHANISM, packages=WholePackageTerms(effort=2))
    story.ask(
        OpenMarket,
        EXCHANGE,
        market="bundles",
        factor="data",
        more_factors=("compute", "technology"),
        instruments=tuple(GOODS.values()),
        regions=("east",),
        currency="CNY",
        trading=trading,
    )
    return story


def bundle(name: str, limit: int, *lots: int) -> Columns:
    """So many lots of records, computing hours and the algorithm, for the limit or not at all."""
    legs = [(good, 1, n) for good, n in zip(GOODS.values(), lots, strict=True) if n]
    return package(name, limit, 1, *legs)


def round_of_bundles(story: Story) -> None:
    """Offers by lots, and two who want the same bundle, or a smaller one instead."""
    for number, (factor, price) in enumerate((("data", 20), ("compute", 10), ("technology", 90))):
        good, owner = GOODS[factor], OWNERS[factor]
        one = package("", 0, 1, (good, -1, 1)).with_columns(price=[price], limit=[-price])
        offers = concatenate([one] * (1 if factor == "technology" else 6))
        story.ask(SubmitOrders, owner, market="bundles", batch=f"o{number}", orders=offers)
    for lab, whole, part in (("lab", 400, 60), ("start-up", 350, 110)):
        plan = concatenate([bundle("whole", whole, 2, 4, 1), bundle("part", part, 2, 1, 0)])
        plan = plan.with_columns(group=["plan"] * plan.rows)
        story.ask(SubmitOrders, lab, market="bundles", batch=f"plan-{lab}", orders=plan)


def test_a_bundle_of_data_computing_and_an_algorithm_is_bought_in_one_order() -> None:
    """S0-58, S0-53 and S0-45: one order, one contract; the other gets its second choice whole.

    There is one algorithm. Cleared factor by factor, neither could tell its data from its plan.
    """
    story = venue_with_owners()
    round_of_bundles(story)
    assert story.money("lab", "order:bundles") == 400  # the dearer of two alternatives
    story.close("bundles")
    (answer,) = clear_closed(story.venue, apart=False).values()
    assert isinstance(answer, Receipt)
    assert [story.lots("lab", good) for good in GOODS.values()] == [2, 4, 1]
    assert [story.lots("start-up", good) for good in GOODS.values()] == [2, 1, 0]
    assert (story.money("lab"), story.money("start-up")) == (600, 890)
    assert [story.money(owner) for owner in OWNERS.values()] == [80, 50, 90]
    assert story.money("lab", "order:bundles") == story.money("start-up", "order:bundles") == 0


def test_a_worker_in_a_process_of_its_own_finds_the_same() -> None:
    """The process gets the frozen book, and the writer takes what its certificate proves."""
    outcomes: list[tuple[Clearing, bytes]] = []
    for apart in (False, True):
        story = venue_with_owners()
        round_of_bundles(story)
        story.close("bundles")
        (answer,) = clear_closed(story.venue, apart=apart).values()
        assert isinstance(answer, Receipt)
        (cleared,) = [e.clearing for e in answer.accepted().events if hasattr(e, "clearing")]
        outcomes.append((cleared, state_hash(story.venue.state)))
    assert outcomes[0] == outcomes[1]
