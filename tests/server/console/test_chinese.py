"""Every page in Chinese, read for words that were left in English."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.server.serving import LOGINS, PASSWORD, Served, serve

SKIPPED = ("code", "pre", "cite", "script", "style")  # what is quoted, and what is not read
SAID = ("aria-label", "title", "placeholder", "alt", "data-label")
VOID = ("br", "hr", "img", "input", "link", "meta", "circle", "path", "line", "rect", "use")
BEGINNINGS = (
    "/", "/listings", "/desk", "/desk/statement", "/register", "/cases", "/journal", "/setup",
    "/operate", "/operate/rules", "/operate/markets/new", "/operate/import", "/operate/backups",
    "/operate/replays", "/tokens", "/documents", "/notices", "/notices/wishes", "/enter", "/join",
    "/styleguide", "/markets/none", "/register/none", "/cases/none", "/markets/call/order",
)  # fmt: skip
PAGES_MAX = 90  # of one reader
WORD = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[-_./:@][A-Za-z0-9]+)*[A-Za-z0-9]*")
CODE = re.compile(r".*[0-9_./:@-].*|[A-Z]{2,}[a-z]?|[0-9a-f]{16}")  # ids, addresses; short
OURS = {  # what Chinese pages say in Latin letters
    "English", "Excel", "JavaScript", "SQLite", "WebCrypto", "Arrow", "CSV", "gzip", "yaosu",
    "kB", "MB", "B", "x", "docx", "xlsx", "csv", "db", "cn", "init", "synchronous", "wal",
    "GET", "POST", "names",
}  # fmt: skip
NAMES = {  # of this venue: parties, markets, regions, instruments, and what its people wrote
    "anna", "bert", "carl", "exchange", "ministry", "registry", "registrar", "operator", "watch",
    "supervisor", "engine", "east", "west", "country", "the", "whole", "gpu", "call", "live",
    "tariff", "table", "loans", "places", "bundles", "lab", "school", "posts", "seat", "land",
    "compute", "capital", "national", "reform", "authority", "chongqing", "figures", "new",
    "racks", "none", "tests", "source", "acceptance", "application", "right", "East", "West",
    "The", "founder", "market", "templates", "parties", "units", "rights", "words", "place",
    "plan", "energy", "eve", "grade", "site",
}  # fmt: skip


class Read(HTMLParser):
    """What a page says, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: set[str] = set()
        self._inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.add(given["href"].partition("#")[0])
        self.said.extend(given[name] for name in SAID if given.get(name) and tag not in SKIPPED)
        if tag not in VOID:
            self._inside.append((tag, given.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in SKIPPED or "mono" in kind.split() for tag, kind in self._inside):
            self.said.append(data)


def left_in_english(text: str) -> set[str]:
    """Latin words of a text that are neither names nor codes."""
    text = re.sub(r"/[a-z][\w./-]*", "", text)  # addresses
    found = {word for word in WORD.findall(text) if not CODE.fullmatch(word)}
    return {word for word in found if len(word) > 1} - OURS - NAMES


def pages_of(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Every page a reader comes to, one of each kind, with its HTML."""
    waiting, seen = list(BEGINNINGS), set[str]()
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "0", path)
        if kind in seen or path.startswith("/docs/"):
            continue
        seen.add(kind)
        answer = client.get(path)
        if "html" in answer.headers.get("content-type", ""):
            read = Read()
            read.feed(answer.text)
            waiting += sorted(read.links)
            yield path, " ⏎ ".join(read.said)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own: what other tests leave on theirs has names of any kind."""
    server = serve(tmp_path_factory.mktemp("chinese") / "venue", sign_ins_per_minute="100000")
    yield server
    server.stop()


@pytest.mark.parametrize("login", ["operator", "anna", "registrar", "supervisor", ""])
def test_no_word_on_a_chinese_page_is_english(untouched: Served, login: str) -> None:
    headers = {"Accept-Language": "zh", "Origin": untouched.url}
    with httpx.Client(
        base_url=untouched.url, headers=headers, follow_redirects=True, timeout=60
    ) as client:
        if login:
            said = {"login": login, "password": PASSWORD}
            assert client.post("/v1/session", json=said).is_success
        told = dict(pages_of(client))
    assert len(told) > (20 if login in LOGINS else 10)
    for path, text in told.items():
        left = left_in_english(text)
        assert left == set(), f"{path} says {sorted(left)}: {near(text, left)}"


def near(text: str, words: set[str]) -> list[str]:
    """Where the words stand, with what is beside them."""
    return [text[max(0, at - 30) : at + 40] for word in words if (at := text.find(word)) >= 0]


def test_the_reader_finds_what_is_planted() -> None:
    read = Read()
    read.feed('<p title="Nothing">拒绝：<b>refused</b> <code>no.such</code> gpu-anna A1 CNY</p>')
    assert left_in_english(" ".join(read.said)) == {"Nothing", "refused"}
