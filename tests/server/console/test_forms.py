"""Forms of those who trade, in a browser: a tender is scored, a right put up; both languages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.markets.test_listing import points, tender
from tests.server.console.test_browser import (
    NARROW,
    PHONE,
    axe,
    browser,
    page,
    playwright,
    pytestmark,
    sign_in,
)
from tests.server.console.test_drafts import draft, faults
from tests.server.console.test_trading_pages import Watched
from tests.server.serving import Served, ask
from yaosu.markets.commands import ScoreBids
from yaosu.server.console.pages.listing import listing_page, own_listing
from yaosu.server.console.pages.preview import preview_of

expect = playwright.expect
__all__ = ["browser", "page", "pytestmark"]
ENDS = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
SALE = {"right": "gpu-bert", "listing": "sale", "terms": "quick_rising", "lots": "10",
        "price": "100", "ends": ENDS}  # fmt: skip


def clean(page: Any) -> None:
    """No finding of axe-core, nothing wider than a narrow window, in both languages."""
    before = page.viewport_size
    for language in ("zh", "en"):
        page.click(".reader summary")
        page.click(f"button[name=language][value={language}]")
        page.wait_for_load_state()
        found = axe.Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page.set_viewport_size(before)


def test_an_evaluator_scores_by_number_and_the_ranking_is_told_after() -> None:
    """Console 2: evaluators see the sheet, others do not; the ranking comes with the award."""
    watched = Watched(tender())
    story = watched.story
    mine = own_listing(watched.state, watched.names(), "l1", ["eva"], "")
    (act,) = mine.tickets
    assert act.sheet is not None
    assert act.sheet.heads == ("plan", "energy")
    assert [head for head, _ in act.sheet.rows] == ["1", "2", "3"]
    assert own_listing(watched.state, watched.names(), "l1", ["ann"], "").tickets == ()
    given = points(ann=(9, 9), bo=(5, 5), cy=(8, 8))
    asked = ScoreBids(actor="ann", key="k", listing="l1", points=given)
    refusal = preview_of(watched.state, asked, watched.state.now).refusal
    assert refusal is not None
    assert refusal.code == "markets.no_evaluator"
    story.ask(ScoreBids, "eva", listing="l1", points=given)
    (act,) = own_listing(watched.state, watched.names(), "l1", ["eva"], "").tickets
    assert act.sheet is not None
    assert [cell.value for _, cells in act.sheet.rows for cell in cells] == list("995588")
    said = watched.said("listing.html", listing_page(watched.state, watched.names(), "l1"))
    assert "1 of 2 evaluators" in said
    story.ask(ScoreBids, "udo", listing="l1", points=points(ann=(9, 8), bo=(6, 6), cy=(9, 9)))
    story.to(35)
    story.tick()
    told = listing_page(watched.state, watched.names(), "l1")
    assert [(row.rank, row.bidder, row.means) for row in told.ranking] == [
        (1, "ann", ("9", "8.50")),
        (2, "cy", ("8.50", "8.50")),
        (3, "bo", ("5.50", "5.50")),
    ]
    assert [row.points for row in told.ranking] == sorted(
        (row.points for row in told.ranking), reverse=True
    )
    assert "How the bids were ranked" in watched.said("listing.html", told)


def test_an_evaluator_enters_points_in_a_browser(page: Any) -> None:
    """Tried while one types: more than the most is refused, what is missing keeps it back."""
    sign_in(page, "carl")
    page.goto("/listings/t1")
    sheet = page.locator("form[data-ask='markets.score_bids']")
    plan, energy = sheet.locator("tbody input").all()
    plan.fill("11")
    energy.fill("7")
    page.wait_for_selector("[data-refused]:not(:empty)")
    assert "from 0 to 10" in sheet.locator("[data-refused]").inner_text()
    clean(page)
    page.set_viewport_size(PHONE)
    plan, energy = sheet.locator("tbody input").all()
    plan.fill("9")
    energy.fill("7")
    sheet.locator("[data-preview]:enabled").click()
    assert re.findall(r"\d+$", sheet.locator("[data-sure]").inner_text(), re.M) == ["9", "7"]
    sheet.locator("[data-confirm] .first").click()
    page.wait_for_selector("[data-proved]:not(:empty)")
    page.goto("/listings/t1")
    assert [one.input_value() for one in page.locator("tbody input").all()] == ["9", "7"]


def test_a_holder_puts_a_right_up_from_its_page(page: Any) -> None:
    """The fields follow the terms; the decision says what is missing; then it is announced."""
    sign_in(page, "bert", "/register/gpu-bert")
    page.click("a[href='/offer?right=gpu-bert']")
    page.wait_for_url("**/offer*")
    page.select_option("#terms", "falling_clock")
    assert page.locator("#clock_from").is_visible()
    assert not page.locator("#ends").is_visible()
    page.select_option("#terms", "quick_tender")
    assert page.locator("#criteria").is_visible()
    clean(page)
    for name in ("listing", "lots", "price"):
        page.fill(f"#{name}", SALE[name])
    page.select_option("#terms", "quick_rising")
    page.click("main [data-preview]")
    page.wait_for_selector("#ends-said:not(:empty)")
    page.fill("#ends", SALE["ends"])
    page.wait_for_selector(".told-card dd:has-text('100.00 CNY')")
    page.click("main [data-preview]")
    page.click("dialog .first")
    page.wait_for_url("**/listings?done=*")
    assert page.locator("a[href='/listings/sale']").count() == 1


def test_who_may_not_put_it_up_is_told_and_every_form_is_read(served: Served) -> None:
    """Offices are not needed for it, the holder is; the terms' own rules decide."""
    with served.as_("carl") as carl:
        told = faults(draft(carl, "listing", **SALE | {"listing": "stolen"}))
        assert "Bert" in told[""] or "bert" in told[""]
    with served.as_("bert") as bert:
        clock = {"terms": "falling_clock", "clock_from": "200", "clock_step": "5", "ends": ""}
        shown = draft(bert, "listing", **SALE | clock | {"listing": "clock"}).json()
        assert shown["faults"] == []
        assert "falls by 5.00 CNY every 1 min, down to 100.00 CNY" in shown["html"]
        low = faults(
            draft(bert, "listing", **SALE | clock | {"listing": "low", "clock_from": "50"})
        )
        assert low["clock_from"]
        card = {"terms": "quick_tender", "criteria": "Plan; 50; 10\nEnergy; 20%; 10",
                "price_weight": "30", "evaluators": "carl\nregistry"}  # fmt: skip
        shown = draft(bert, "listing", **SALE | card | {"listing": "card"}).json()
        assert shown["faults"] == [], shown["faults"]
        assert "Plan 50/100 (0–10), Energy 20/100 (0–10)" in shown["html"]
        assert (
            "Plan"
            in faults(draft(bert, "listing", **SALE | card | {"listing": "y", "criteria": "Plan"}))[
                "criteria"
            ]
        )
        for field, typed, said in (
            ("deposit", "0", "least"),
            ("ends", "2026-11-02T09:00", "end"),
            ("ends", "soon", "day and a time"),
            ("ends", "0001-01-01T00:00", "day and a time"),
            ("right", "none", "offered"),
            ("price", "", "needed"),
        ):
            found = faults(draft(bert, "listing", **{**SALE, "listing": "x", field: typed}))
            assert said in found.get(field, ""), found


def test_blocks_that_exclude_each_other_are_sent_as_one_batch(page: Any, served: Served) -> None:
    """Rows of two blocks: what goes for all, for one block, and for one row, is put together."""
    sign_in(page)
    page.goto("/markets/call")
    page.click(".ticket-more summary")
    form = page.locator("form[data-ask='markets.submit_orders']")
    form.locator("[id=block-ratio-a]").select_option("50")
    form.locator("[id=block-relation]").select_option("instead")
    for row, price, lots in (("a1", "0.03", "4"), ("a2", "0.02", "6"), ("b1", "0.01", "8")):
        place = {"a1": "gpu east", "a2": "gpu west", "b1": "gpu west"}[row]
        form.locator(f"[id=block-place-{row}]").select_option(place)
        form.locator(f"[id=block-price-{row}]").fill(price)
        form.locator(f"[id=block-quantity-{row}]").fill(lots)
    form.locator("[data-holds] li").first.wait_for()
    clean(page)
    page.click(".ticket-more summary")
    for row, price, lots in (("a1", "0.03", "4"), ("a2", "0.02", "6"), ("b1", "0.01", "8")):
        place = {"a1": "gpu east", "a2": "gpu west", "b1": "gpu west"}[row]
        form.locator(f"[id=block-place-{row}]").select_option(place)
        form.locator(f"[id=block-price-{row}]").fill(price)
        form.locator(f"[id=block-quantity-{row}]").fill(lots)
    form.locator("[id=block-ratio-a]").select_option("50")
    form.locator("[id=block-relation]").select_option("instead")
    with page.expect_request("**/v1/commands/markets.submit_orders") as sent:
        form.locator("[data-preview]:enabled").click()
        form.locator("[data-confirm] .first").click()
    page.wait_for_selector("[data-proved]:not(:empty)")
    table = sent.value.post_data_json["orders"]
    assert table["block"] == ["first", "first", "second"]
    assert table["exclusive"] == ["one"] * 3
    assert table["parent"] == [""] * 3
    assert table["ratio_ppm"] == [500_000, 500_000, 1_000_000]
    assert (table["price"], table["quantity"]) == ([3, 2, 1], [4, 6, 8])
    with served.as_("anna") as client:
        batch = sent.value.post_data_json["batch"]
        taken = ask(client, "markets.cancel_orders", "blocks-gone", market="call", batch=batch)
        assert taken.status_code == 200, taken.text


def test_a_block_that_is_sold_may_ask_for_a_least_income(page: Any, served: Served) -> None:
    """Left empty it asks for none; typed it stands in every row of its block, in ticks."""
    sign_in(page, "bert")
    page.goto("/markets/call")
    page.click(".ticket-more summary")
    form = page.locator("form[data-ask='markets.submit_orders']")
    income = form.locator("[id=block-income_fixed-a]")
    expect(income).to_be_hidden()  # who buys earns nothing
    form.locator("input[name=side][value='-1']").check()
    expect(income).to_be_visible()
    clean(page)
    page.click(".ticket-more summary")
    form.locator("input[name=side][value='-1']").check()
    for row, price, lots in (("a1", "0.03", "4"), ("b1", "0.01", "8")):
        form.locator(f"[id=block-held-{row}]").select_option("right gpu-bert")
        form.locator(f"[id=block-price-{row}]").fill(price)
        form.locator(f"[id=block-quantity-{row}]").fill(lots)
    income.fill("1.25")
    form.locator("[id=block-income_each-a]").fill("0.02")
    with page.expect_request("**/v1/commands/markets.submit_orders") as sent:
        form.locator("[data-preview]:enabled").click()
        form.locator("[data-confirm] .first").click()
    page.wait_for_selector("[data-proved]:not(:empty)")
    table = sent.value.post_data_json["orders"]
    assert table["block"] == ["first", "second"]
    assert (table["income_fixed"], table["income_each"]) == ([125, -1], [2, 0])
    with served.as_("bert") as client:
        batch = sent.value.post_data_json["batch"]
        taken = ask(client, "markets.cancel_orders", "income-gone", market="call", batch=batch)
        assert taken.status_code == 200, taken.text


def test_a_bundle_may_give_one_thing_for_another(page: Any) -> None:
    """A swap: lots of one region for lots of the other, at a limit below zero."""
    sign_in(page)
    page.goto("/markets/bundles")
    form = page.locator("form[data-ask='markets.submit_orders']")
    form.locator("[id=bundle-limit]").fill("-0.02")
    form.locator("[id=bundle-part1-1]").select_option("gpu west")
    form.locator("[id=bundle-quantity-1]").fill("3")
    form.locator("[id=bundle-part2-2]").select_option("right gpu-anna")
    form.locator("[id=bundle-quantity-2]").fill("3")
    form.locator("[data-holds] li:has-text('3 gpu')").first.wait_for()
    with page.expect_request("**/v1/commands/markets.submit_orders") as sent:
        form.locator("[data-preview]:enabled").click()
        form.locator("[data-confirm] .first").click()
    page.wait_for_selector("[data-proved]:not(:empty)")
    table = sent.value.post_data_json["orders"]
    assert table["limit"] == [-2, -2]
    assert table["side"] == [1, -1]
    assert table["right"] == ["", "gpu-anna"]
