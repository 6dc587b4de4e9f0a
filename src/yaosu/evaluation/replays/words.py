"""What the pages of a replay say, in both languages."""

from collections.abc import Iterable, Mapping

from yaosu.evaluation.replays.comparison import Comparison
from yaosu.evaluation.report.parts import Table, Words, same
from yaosu.evaluation.report.tables import THIN, number
from yaosu.kernel.instant import format_instant

OUTCOMES = {
    "same": Words("same", "相同"),
    "changed": Words("changed", "有变"),
    "newly accepted": Words("newly accepted", "新获接受"),
    "newly refused": Words("newly refused", "新被拒绝"),
    "without object": Words("without object", "标的不存在"),
    "supplied by policy": Words("supplied by policy", "按应对方式补作"),
}
SIDES = {"recorded": Words("recorded", "实录"), "replayed": Words("replayed", "重演")}
SOURCES = {
    "income": Words("income shared", "收益分配"),
    "sales": Words("sales", "出让所得"),
    "purchases": Words("purchases", "受让支出"),
}
BY = {
    "kind": Words("kind of party", "主体类别"),
    "region": Words("region", "区域"),
    "factor": Words("factor", "要素"),
}
GROUPS = {
    "": Words("not stated", "未注明"),
    "person": Words("persons", "个人"),
    "organisation": Words("organisations", "组织"),
    "group": Words("groups", "集体"),
    "land": Words("land", "土地"),
    "labour": Words("labour", "劳动力"),
    "capital": Words("capital", "资本"),
    "technology": Words("technology", "技术"),
    "data": Words("data", "数据"),
    "compute": Words("computing power", "算力"),
    "carbon": Words("carbon", "碳排放权"),
}
POLICIES = {
    "prompt": Words(
        "Responses were made promptly: a closed book was cleared at once, what fell due was "
        "performed, and recorded withdrawals, cancellations, suspensions and voidings were asked "
        "again and made where funds sufficed and what they name existed.",
        "应对方式为“即时”：闭市即出清，到期即履约；实录中的提款、撤单、暂停与解除照原时点再次提出，"
        "资金充足且标的存在者照办。",
    ),
    "as_recorded": Words(
        "Responses were asked again as they were recorded; some do not fit what came of the other "
        "rules, and were refused.",
        "应对方式为“照实录”：按实录原样再次提出；与新规则结果不符者被拒绝。",
    ),
    "none": Words(
        "No responses were made: only time passed, and what fell due by time happened.",
        "应对方式为“无”：不作任何应对，仅时间推移，到期事项照常发生。",
    ),
}
UNSEEN = Words(
    "Bids were made under the recorded rule and are taken as they were; under another rule some "
    "would have been other bids. Those whom the recorded rule refused are entries of the journal "
    "and can come in; those who never asked stay unseen. What parties do outside the venue is "
    "taken as it was.",
    "报价系在原规则下作出，此处照原样采用；换一种规则，部分报价本会不同。被原规则拒绝者已有记录，"
    "故可进入；从未提出者无从得见。主体在场外的行为视为不变。",
)
UNRELIABLE = Words(
    "This replay calls itself unreliable: more than a quarter of the commands, or of their value, "
    "came in, fell out, lost its object or stayed sealed. Take the direction, not the size.",
    "本次重演自认不可靠：逾四分之一的命令（或其价值）属新进入、新被拒、标的不存在或始终密封。可取其方向，不可取其大小。",
)


WHOLE = same("")
SCALES = (
    (10**12, Words("trillion", "万亿")),
    (10**9, Words("billion", "十亿")),
    (10**6, Words("million", "百万")),
    (1, WHOLE),
)


def group_name(by: str, name: str) -> Words:
    """A group as a reader knows it; regions have their own names."""
    if by == "region" and name:
        return same(name)
    return GROUPS.get(name, same(name))


def in_words(comparison: Comparison, minor: int) -> Words:
    """``+12 345.60 CNY`` or ``+1.23 million CNY``: with its sign, short enough for a headline."""
    amount = main_units(comparison, minor)
    told = compact(amount, comparison.minor_digits)
    plus = "+" if amount > 0 else ""
    return Words(f"{plus}{told.en} {comparison.currency}", f"{plus}{told.zh} {comparison.currency}")


def compact(value: float, decimals: int) -> Words:
    """A number of a few digits, in millions or more where it has many."""
    scale, words = scale_for([value])
    if scale == 1:
        return same(number(value, decimals))
    short = number(value / scale, 2)
    return Words(f"{short} {words.en}", f"{short} {words.zh}")


def scale_for(amounts: Iterable[float]) -> tuple[int, Words]:
    """By what to divide amounts so that the greatest has few digits, and how that is called."""
    greatest = max(1.0, *(abs(amount) for amount in amounts))
    return next(pair for pair in SCALES if greatest >= pair[0])


def main_units(comparison: Comparison, minor: int) -> float:
    """Minor units in units of the currency."""
    return float(minor / 10**comparison.minor_digits)


def in_currency(comparison: Comparison, words: Words, scale: Words = WHOLE) -> Words:
    """A heading with the currency, and what it is counted in."""
    units = [f"{name} {comparison.currency}".strip() for name in (scale.en, scale.zh)]
    return Words(f"{words.en}, {units[0]}", f"{words.zh}，{units[1]}")


def no_difference(what: str, zh: str) -> Words:
    """That nothing of a kind differs."""
    return Words(f"No {what} came out otherwise.", f"{zh}均无不同。")


def bare(title: Words, table: Table) -> tuple[tuple[Words, Table], ...]:
    """A table without a chart, unless it is empty."""
    return ((title, table),) if table.rows else ()


def share(part: int, whole: int) -> float:
    """A part of one; nothing of nothing is nothing."""
    return part / whole if whole else 0.0


def percent(part: int, whole: int) -> str:
    """``97.5 %``."""
    return f"{number(100 * share(part, whole), 1)}{THIN}%"


def packs(names: tuple[str, ...], empty: Words) -> Words:
    """Rule packs in a row."""
    return same(", ".join(names)) if names else empty


def period(comparison: Comparison) -> Words:
    """Which entries, from when to when."""
    begins, ends = (format_instant(at)[:16] for at in (comparison.begins, comparison.ends))
    begins, ends = begins.replace("T", " "), ends.replace("T", " ")
    first, last = comparison.first, comparison.last
    return Words(
        f"entries {first} to {last}, {begins} to {ends} UTC",
        f"日志记录第 {first} 至 {last} 号，UTC {begins} 至 {ends}",
    )


def totals(comparison: Comparison) -> Mapping[str, tuple[int, int]]:
    """Class of outcome -> number of commands and their value; only what was recorded."""
    return {
        name: (comparison.commands(name), comparison.value(name))
        for name in OUTCOMES
        if name != "supplied by policy"
    }
