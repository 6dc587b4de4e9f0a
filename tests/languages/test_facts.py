"""Facts of refusals in Chinese: words and phrases of ours; names, ids and numbers stay."""

import importlib
import pkgutil
import tomllib
from importlib.resources import files

import yaosu.access.refusals
import yaosu.cases.refusals
import yaosu.core
import yaosu.rights.refusals
import yaosu.server.refusals  # noqa: F401  (the texts of their floors)
from yaosu.cases.parse import parse_procedure
from yaosu.core.commands import COMMANDS
from yaosu.core.events import EVOLVE
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of
from yaosu.languages import in_language, one_line, retold, said_again, tag_told, told
from yaosu.markets import mechanisms
from yaosu.rights.profiles import parse_profile
from yaosu.rights.vocabulary import VOCABULARY
from yaosu.rules.parse import parse_pack
from yaosu.server.console.words import texts as console

SHIPPED = files("yaosu.institutions")


def words() -> dict[str, dict[str, str]]:
    """The words by the name of their fact."""
    text = files("yaosu.languages").joinpath("zh", "words.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = {}
    for head, rows in tomllib.loads(text).items():
        for place in head.split():
            assert not rows.keys() & found.get(place, {}).keys(), f"{place}: a word is told twice"
            found.setdefault(place, {}).update(rows)
    return found


WORDS = words()


def chinese(code: str, **facts: str | int | bool) -> str:
    return one_line(Refusal(code, **facts), "zh")


def shipped(shelf: str) -> list[str]:
    return [
        path.read_text("utf-8")
        for path in SHIPPED.joinpath(shelf).iterdir()
        if path.name.endswith(".toml")
    ]


def test_words_of_ours_are_told_and_names_stay() -> None:
    assert chinese(
        "core.role_needed", actor="buy", command="OpenMarket", roles="operator or x"
    ) == (
        "buy 不得提出 OpenMarket，此命令要求角色：运营方或 x；"
        "请申请授予该角色（GrantRole），或请具有该角色的主体提出"
    )
    assert "权利 freeze 不得处分：其上有 open 所设的查封登记（pledge）" in chinese(
        "rights.blocked", right="freeze", kind="freeze", entry="pledge", made_by="open"
    )


def test_the_same_word_is_another_in_another_floor() -> None:
    assert "状态为接受订单" in chinese("markets.book_not_closed", market="m", phase="open", round=1)
    assert "状态为在办" in chinese("cases.not_open", case="c", phase="open")


def test_phrases_are_told_with_the_facts_in_them() -> None:
    assert "：结束早于开始；" in chinese(
        "parties.bad_power", power="p", reason="it ends before it begins"
    )
    assert "：“A B”不是有效的名称；" in chinese(
        "parties.bad_fact", name="x", party="p", reason="'A B' is not a name"
    )
    blockers = "order M1/b/1; 12 CNY (free); bidder of land"
    assert "2 项：订单 M1/b/1；12 CNY（可用）；土地的竞买人；" in chinese(
        "access.exit_blocked", party="p", count=2, blockers=blockers
    )


def test_what_people_wrote_stays_as_they_wrote_it() -> None:
    reason = "held in trust, for 3 to 5 of land"
    said = chinese("access.suspended", party="p", role="bidder", factor="land", reason=reason)
    assert said.startswith(f"p 作为土地的竞买人已被暂停：{reason}；")


def test_what_is_part_of_an_address_stays() -> None:
    said = in_language(Refusal("server.unknown_row", what="rights", name="R-1"), "zh")
    assert said.sentence == "没有权利 R-1，或不供您查看"
    assert said.what_next.endswith("GET /v1/rights")


def test_a_refusal_within_another_is_told_too() -> None:
    said = chinese(
        "rights.batch_refused",
        row=3,
        right="R",
        reason="rights.exists",
        sentence="right R is in the register already",
    )
    assert "rights.exists：权利 R 已在登记簿中；" in said


def test_english_stays_english_and_an_unknown_code_is_told_in_it() -> None:
    refusal = Refusal("cases.unknown", case="c")
    assert in_language(refusal, "en")[1:] == (refusal.sentence, refusal.what_next)
    assert in_language(refusal, "en").title == "unknown"
    assert told("side", "buy", "en") == "buy"
    assert retold("it ends before it begins", "en") == "it ends before it begins"


def test_what_was_kept_in_english_words_is_told_again() -> None:
    refusal = Refusal("rights.unknown_kind", kind="it's", factor="land", kinds="a, b")
    kept = f"working\n{refusal}"
    again = "working\nrights.unknown_kind：“it's”不是要素土地的权利种类；请使用下列之一：a, b"
    assert retold(kept, "zh") == again
    assert said_again("cases.unknown", "there is no case c", "x", "zh") == (
        "there is no case c",
        "x",
    )
    assert said_again("no.such", "a", "b", "zh") == ("a", "b")


def test_words_are_those_of_the_console() -> None:
    known = console("zh")
    rooms = {"phase": "phase", "mechanism": "mechanism", "role": "role", "cases.phase": "case"}
    for place, room in rooms.items():
        for word, text in WORDS[place].items():
            other = known.get(f"{room}.{word}") or known.get(f"listing_phase.{word}")
            assert other in {None, text}, f"{place}: {word} is {other} in the console"
    vocabulary = {kind: row.zh for kind, row in VOCABULARY.items()}
    assert vocabulary.items() <= WORDS["rights.kind"].items()


def test_all_that_is_shipped_has_its_words() -> None:
    profiles = [parse_profile(text) for text in shipped("factors")]
    assert {p.factor.name: p.factor.zh for p in profiles} == WORDS["factor"]
    assert {p.factor.measurement for p in profiles} <= WORDS["measurement"].keys()
    kinds = {
        kind
        for rights in (profile.rights for profile in profiles)
        for kind in (rights.primary, *rights.parallel, *rights.derived, *rights.inalienable)
    }
    assert kinds <= WORDS["right_kind"].keys()
    facts = {fact for text in shipped("procedures") for fact in parse_procedure(text).facts}
    assert facts == WORDS["case_fact"].keys()
    items = [item for text in shipped("rules") for item in parse_pack(text).items]
    assert [item.id for item in items if item.text is not None and not item.text.zh] == []
    assert {one.reason for one in items if one.reason} <= WORDS["access.reasons"].keys()


def test_every_step_that_a_clearing_proves_has_its_word() -> None:
    named = set()
    for found in pkgutil.iter_modules(mechanisms.__path__):
        module = importlib.import_module(f"{mechanisms.__name__}.{found.name}")
        lists = [v for k, v in vars(module).items() if k == "STEPS" or k.endswith("PROVED")]
        named.update(step for steps in lists if isinstance(steps, tuple) for step in steps)
    assert len(named) > 30
    assert named <= WORDS["proved_step"].keys()


def test_every_command_and_event_has_a_name_in_chinese_and_none_is_left_over() -> None:
    tags = {tag_of(word).partition("/")[0] for word in (*COMMANDS, *EVOLVE)}
    path = files("yaosu.languages").joinpath("zh", "tags.toml")
    tables = tomllib.loads(path.read_text("utf-8"))
    named = {f"{floor}.{name}" for floor, names in tables.items() for name in names}
    assert sorted(tags - named) == []
    extra = {tag for tag in named - tags if not tag.startswith(("core.", "quarantine."))}
    assert sorted(extra) == []
    assert tag_told("markets.submit_orders", "zh") == "提交订单"
    assert tag_told("cases.case_filed/1", "zh") == "办件已提出"
    assert tag_told("markets.submit_orders", "en") == tag_told("no.such", "zh") == ""
