"""Every refusal is told in Chinese too: the same codes, the same facts, nothing left in English."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

import yaosu
from tests.reviewer import assert_no_remarks
from yaosu.kernel.refusal import TEXTS
from yaosu.languages.texts import Said, texts

FACT = re.compile(r"\{(\w+)(!r)?\}")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
CODE = re.compile(  # commands, options, files, addresses, header names: written as they are
    r"yaosu\.open\(.*?\)|\d{4}-\d\d-\d\dT[\d:]+Z|package-all-or-nothing|verify --venue-keys"
    r"|0-9、a-f| -wal |expected/|attested_|yaosu [a-z]+( [a-z]+)*( --[a-z-]+)*"
    r"|pip install '\S+'|dask scheduler|sha256sum|chmod \d+"
    r"|https?\b|postgresql://\S+|(GET|POST) /[\w/]+|Authorization: Bearer|webhooks = true"
    r"|--[a-z][a-z-]*( PARTY)?|X-CSRF-Token|Idempotency-Key|\[\[?\.*[a-z]+\]\]?|`\w+`"
    r"|[\w~*/]*[./_*][\w./*-]*[\w*/]|[a-z]+@[a-z.]+|[A-Z][a-z]+[A-Z]\w+|\b[a-z]+(?=[（=])"
)
NAMES = {  # names of things that Chinese practice writes in Latin letters
    "ASCII", "CSV", "FOK", "FeatureCollection", "GeoJSON", "GeoPackage", "Excel", "IOC", "JSON",
    "NAME", "NFC", "PDF", "PGPASSWORD", "Parquet", "Arrow", "PostgreSQL", "Python", "SHA", "SQLite",
    "TOML", "UTF", "Unicode", "VALUE", "YAOSU", "gzip", "polars", "pandas", "yaosu", "C", "HTTP",
    "PARTY",
}  # fmt: skip
FIELDS = {  # fields, columns and words that a sender types as they are
    "actor", "area_m2", "atomic", "authority", "buy", "call", "cancel", "capacity", "clock",
    "command", "continuous", "cost", "criterion", "dask", "denominator", "ed25519", "facts",
    "founder", "group", "hmac", "id", "ignore", "in", "instrument", "joblib", "key", "least",
    "level", "limit", "loky", "loss", "market", "new", "notices", "numerator", "organisation",
    "orders", "package", "parent", "person", "phase", "points", "party", "price", "quantity",
    "ramp", "ray", "reads", "refused", "region", "replace", "reserve", "right", "seed", "sell",
    "sequential", "service", "side", "snapshot", "source", "spark", "spot", "stop", "target",
    "threading", "weight", "sha256",
}  # fmt: skip
HALF = re.compile(r"[一-龥”）][,;:?!(]|[,;:?!)][一-龥“（]|\.$|。$|[\"']|\.\.\.[一-龥]")


@cache
def english() -> dict[str, tuple[str, str]]:
    """Every text of the house: they are declared when their module is read."""
    for module in pkgutil.walk_packages(yaosu.__path__, "yaosu."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return dict(TEXTS)


def test_every_refusal_is_told_in_chinese_and_no_other() -> None:
    assert sorted(english().keys() - texts("zh").keys()) == []
    assert sorted(texts("zh").keys() - english().keys()) == []


def test_chinese_texts_have_the_same_facts_and_are_proper_chinese() -> None:
    assert_no_remarks(
        f"{code}: {remark}"
        for code, said in texts("zh").items()
        for remark in remarks_on(said, english()[code])
    )


def remarks_on(said: Said, english: tuple[str, str]) -> Iterator[str]:
    """What is wrong with a Chinese text; nothing where it is as it should be."""
    for text, other in zip((said.sentence, said.what_next), english, strict=True):
        facts, known = ({name for name, _ in FACT.findall(one)} for one in (text, other))
        if facts != known:
            yield (f"{text} has the facts {sorted(facts)}, English has {sorted(known)}")
    for text in said:
        bare = CODE.sub(" ", FACT.sub("〇", text))
        left = {word for word in LATIN.findall(bare) if word not in NAMES | FIELDS}
        if left:
            yield (f"{text} says {sorted(left)} in English")
        half = HALF.search(CODE.sub("〇", FACT.sub("〇", text)))
        if half:
            yield (f"{text} has {half[0]!r}, which is no Chinese punctuation")
        if not re.search(r"[一-龥]", text):
            yield (f"{text!r} is not Chinese")
    if FACT.search(said.title) or len(said.title) > 16:
        yield (f"{said.title} is no short title without facts")


def test_two_refusals_say_the_same_only_where_they_do_in_english() -> None:
    def plain(code: str) -> str:
        return re.sub(r"^the ", "", english()[code][0])

    first: dict[str, str] = {}
    for code, said in texts("zh").items():
        other = first.setdefault(said.sentence, code)
        assert plain(code) == plain(other), f"{code} and {other} both say {said.sentence}"


def test_the_reviewer_finds_what_is_planted() -> None:
    told = ("right {right} is over", "name one of {known}")
    good = Said("权利已终止", "权利 {right} 已终止", "请填写 {known} 之一")
    assert list(remarks_on(good, told)) == []
    for bad in (
        good._replace(sentence="权利已终止"),
        good._replace(sentence="权利 {right} 已终止 over"),
        good._replace(sentence="权利 {right} 已终止,无效"),
        good._replace(sentence="权利 {right} 已终止。"),
        good._replace(what_next="{known}"),
        good._replace(title="权利 {right}"),
    ):
        assert len(list(remarks_on(bad, told))) == 1, bad
