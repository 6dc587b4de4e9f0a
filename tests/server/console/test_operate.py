"""Operate: each office is offered what its roles may ask of a market in its phase."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.server.console.test_pages import Seen
from tests.server.serving import Served
from tests.stories import EXCHANGE, MINISTRY, REGISTRY, WATCH, shipped
from yaosu.core import COMMANDS
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import CloseBook, HaltTrading
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.server.console.pages.operate import OperatePage, operate_page


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    made = Seen(tmp_path / "market.db")
    made.story.market("live", mechanism="continuous", clear_at_close=False)
    return made


def page(seen: Seen, *parties: str, **asked: str) -> OperatePage:
    return operate_page(seen.story.venue.state, seen.names(), parties, **asked)


def offered(seen: Seen, market: str, *parties: str) -> list[str]:
    (row,) = [row for row in page(seen, *parties).markets if row.market == market]
    return [act.name for act in row.acts]


def test_buttons_follow_phase_and_role(seen: Seen) -> None:
    assert offered(seen, "call", EXCHANGE) == ["close"]
    assert offered(seen, "call", WATCH) == offered(seen, "call", "anna") == []
    assert "halt" in offered(seen, "live", WATCH)
    assert offered(seen, "live", REGISTRY) == []
    seen.story.ask(HaltTrading, WATCH, market="live", reason="news")
    assert offered(seen, "live", EXCHANGE) == ["resume"]


def test_every_act_that_is_offered_is_taken(seen: Seen) -> None:
    """What a form would send is accepted, in every phase that a market is led through."""
    kinds = {tag_of(kind): kind for kind in COMMANDS}
    asked = 0
    for name in ("halt", "resume", "to_closed", "to_pre_open", "to_auction", "to_continuous"):
        (row,) = [row for row in page(seen, EXCHANGE).markets if row.market == "live"]
        for act in [act for act in row.acts if act.name == name]:
            fixed = {key: value for key, value in act.fixed.items() if key != "actor"}
            typed = {field.name: "a reason" for field in act.fields}
            seen.story.ask(kinds[act.command], EXCHANGE, **fixed, **typed)
            asked += 1
    assert asked >= 4


def test_a_closed_round_may_be_opened_again_with_a_reason(seen: Seen) -> None:
    seen.story.market("slow", clear_at_close=False)
    seen.story.ask(CloseBook, EXCHANGE, market="slow")
    (row,) = [row for row in page(seen, EXCHANGE).markets if row.market == "slow"]
    assert [(act.name, [field.name for field in act.fields]) for act in row.acts] == [
        ("reopen", ["reason"])
    ]


def test_two_versions_of_a_pack_are_compared(seen: Seen) -> None:
    assert page(seen, EXCHANGE).difference is None
    pack = parse_pack(shipped("rules/national.toml"))
    head = replace(pack.pack, version="later", effective=seen.story.clock.instant + 1)
    first = replace(pack.parameter[0], source="another source")
    later = replace(pack, pack=head, parameter=(first, *pack.parameter[1:]))
    seen.story.ask(AdoptRules, MINISTRY, pack=later)
    found = page(seen, EXCHANGE).difference
    assert found is not None
    assert (found.before, found.after) == (pack.pack.version, "later")
    (changed,) = [one for one in found.changes if one.id == first.id]
    assert [(one.field, one.after) for one in changed.fields] == [("source", "another source")]
    asked = {"pack": found.pack, "before": "later", "after": "later"}
    same = page(seen, EXCHANGE, **asked).difference
    assert same is not None
    assert same.changes == ()


def test_members_are_listed_with_their_roles(seen: Seen) -> None:
    roles = {row.party: row.roles for row in page(seen, EXCHANGE).members}
    assert roles[REGISTRY] == ("registrar",)
    assert "bidder" in roles["anna"]


def test_only_offices_are_let_in_and_led_there(served: Served) -> None:
    with served.as_("anna") as anna:
        assert anna.get("/operate").status_code == 403
        assert 'href="/operate"' not in anna.get("/desk").text
        assert "bert" not in anna.get("/tokens").text
    with served.as_("operator") as operator:
        assert operator.get("/operate").status_code == 200
        assert 'href="/operate"' in operator.get("/desk").text
