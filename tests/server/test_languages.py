"""Over HTTP a refusal comes in the language that is asked for; its code and facts do not change."""

import re

import httpx
import pytest

from tests.server.serving import Served, ask, orders

ASK = ("markets.close_book", {"market": "none"})


def refused(served: Served, asked: str, key: str) -> httpx.Response:
    with served.as_("operator", **{"Accept-Language": asked}) as client:
        return ask(client, ASK[0], key, actor="exchange", **ASK[1])


def test_a_refusal_on_record_is_told_in_chinese(served: Served) -> None:
    """RFC 9457: title and detail may be told in the client's language, negotiated by its header."""
    english, chinese = refused(served, "en", "lang-1"), refused(served, "zh-CN,en;q=0.5", "lang-1")
    assert english.headers["content-language"] == "en"
    assert chinese.headers["content-language"] == "zh"
    assert english.headers["vary"] == chinese.headers["vary"] == "Accept-Language"
    first, second = english.json(), chinese.json()
    told = ("title", "detail", "what_next")
    assert (second["title"], second["detail"]) == ("市场不存在", "市场 none 不存在")
    assert second["what_next"] == "请先开设，或查询其编号"
    for problem in (first, second):
        for name in told:
            del problem[name]
    assert first == second  # type, status, code, facts, sequence, hash
    assert first["facts"] == {"market": "none"}


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/v1/nowhere", 404, "/v1/nowhere 处没有内容"),
        ("DELETE", "/v1/venue", 405, "/v1/venue 不接受 DELETE"),
        ("GET", "/v1/rights?limit=x", 400, "limit=x 无效：应为 1 至"),
        ("GET", "/v1/rights/none", 404, "没有权利 none，或不供您查看"),
        ("POST", "/v1/commands/no.such", 404, "没有命令 no.such"),
        ("POST", "/v1/tokens", 400, "请求内容不符合 NewToken 的要求：缺少字段 `name`"),
    ],
)
def test_what_never_reaches_the_journal_is_told_in_chinese(
    served: Served, method: str, path: str, status: int, detail: str
) -> None:
    with served.as_("operator", **{"Accept-Language": "zh"}) as client:
        answer = client.request(method, path, json={} if method == "POST" else None)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-language"] == "zh"
    assert answer.json()["detail"].startswith(detail)


def test_nobody_signed_in_is_told_in_chinese_and_english_without_asking(served: Served) -> None:
    with served.as_() as client:
        assert client.get("/v1/rights").json()["detail"] == "nobody is signed in"
        zh = client.get("/v1/rights", headers={"Accept-Language": "zh"})
        assert zh.json()["detail"] == "尚未登录"


def test_a_page_that_is_refused_says_so_in_the_language_of_its_reader(served: Served) -> None:
    with served.as_() as client:
        page = client.get("/markets/none", headers={"Accept-Language": "zh"})
        assert page.status_code == 404
        assert "市场 none 不存在" in page.text
        client.cookies.set("yaosu_look", "zh.light.red")
        chosen = client.get("/markets/none", headers={"Accept-Language": "en"})
        assert "市场 none 不存在" in chosen.text
        assert chosen.headers["vary"] == "Accept-Language, Cookie"


def test_the_list_of_refusals_is_there_in_chinese(served: Served) -> None:
    with served.as_() as client:
        page = client.get("/docs/refusals", headers={"Accept-Language": "zh"})
        assert 'lang="zh-Hans"' in page.text
        assert "市场 {market} 不存在" in page.text
        assert "market {market} does not exist" in client.get("/docs/refusals").text


def test_a_ticket_that_is_tried_is_refused_in_the_language_of_its_page(served: Served) -> None:
    rows = [{**orders((1, 1, 1))[0], "instrument": "tin"}]
    body = {"actor": "anna", "market": "call", "batch": "b", "orders": rows}
    with served.as_("anna", **{"Accept-Language": "zh"}) as client:
        told = client.post("/preview/markets.submit_orders", json=body).json()
    assert (told["taken"], told["code"]) == (False, "markets.unknown_instrument")
    assert told["sentence"] == "第 0 行：市场 call 不交易 tin"
    assert told["what_next"] == "请使用该市场的交易品种"


def test_a_draft_says_what_speaks_against_it_in_the_language_of_its_page(served: Served) -> None:
    fields = {"market": "call", "factor": "compute", "mechanism": "call", "instruments": "gpu",
              "regions": "east", "tick": "0.01", "contract": "spot"}  # fmt: skip
    with served.as_("operator", **{"Accept-Language": "zh"}) as client:
        told = client.post("/v1/drafts/market", json={"fields": fields}).json()
    assert any("市场 call 已开设；请另选编号" in one["text"] for one in told["faults"]), told


def test_a_pack_is_told_in_the_language_of_the_page_faults_findings_and_changes(
    served: Served,
) -> None:
    with served.as_("operator", **{"Accept-Language": "zh"}) as client:
        broken = {"pack": "own", "text": "[pack]\nid = national"}
        faults = client.post("/v1/drafts/rules", json={"fields": broken}).json()["faults"]
        told = client.post("/v1/drafts/rules", json={"fields": {"pack": "chongqing"}}).json()
    assert faults[0]["text"].startswith("规则包无法读取：第 2 行第 6 列：值无效；请更正")
    assert "新增参数 technology.joint_projects_percent_min：" in told["html"]
    assert re.findall(r"parameter \S+ is added", told["html"]) == []
