"""The page of one replay: what came of the commands, prices, flows, money, and where they part."""

from typing import Any

from yaosu.evaluation.replays.comparison import Comparison
from yaosu.evaluation.replays.sections import flows, money, prices, rounds
from yaosu.evaluation.replays.words import (
    OUTCOMES,
    POLICIES,
    SIDES,
    UNRELIABLE,
    UNSEEN,
    bare,
    compact,
    in_currency,
    in_words,
    main_units,
    no_difference,
    packs,
    percent,
    period,
    share,
    totals,
)
from yaosu.evaluation.report.charts import Axis, columns
from yaosu.evaluation.report.parts import Column, Figure, Report, Section, Table, Tile, Words, same
from yaosu.evaluation.report.tables import number
from yaosu.kernel.instant import format_instant

DIVERGENCES_SHOWN = 40
Row = dict[str, Any]


def page_of(comparison: Comparison, proof: tuple[str, ...] = ()) -> Report:
    """The report of one comparison.

    Args:
        comparison: what was measured.
        proof: lines of a console that anyone may repeat.
    """
    left_out = packs(comparison.skipped, Words("none", "无"))
    placed = packs(comparison.placed, Words("the recorded rules", "实录规则"))
    when = period(comparison)
    return Report(
        title=Words(f"What the rule is worth: {comparison.name}", f"规则值多少：{comparison.name}"),
        lead=Words(
            f"The recorded commands of {when.en}, decided again under {placed.en}. "
            f"Recorded adoptions left out in the period: {left_out.en}.",
            f"将{when.zh}的命令，在 {placed.zh} 之下重新裁定；"
            f"期内略去的原有规则采纳：{left_out.zh}。",
        ),
        tiles=_tiles(comparison),
        sections=(
            _outcomes(comparison),
            prices(comparison),
            flows(comparison),
            rounds(comparison),
            money(comparison),
            _divergences(comparison),
            _method(comparison),
        ),
        caveat=UNSEEN if comparison.reliable else _joined(UNRELIABLE, UNSEEN),
        proof=(*proof, f"hash of this comparison: {comparison.hash}"),
    )


def _tiles(comparison: Comparison) -> tuple[Tile, ...]:
    counts = totals(comparison)
    commands, value = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    before, after = (
        compact(_sum(comparison.volumes, side), 0) for side in ("recorded", "replayed")
    )
    dividend = comparison.reform_dividend_minor
    same_commands, same_value = counts["same"]
    return (
        Tile(
            in_words(comparison, dividend),
            Words("reform dividend", "改革红利"),
            Words("gain in welfare over all rounds", "各轮福利之增量合计"),
        ),
        Tile(
            Words(f"{before.en} → {after.en}", f"{before.zh} → {after.zh}"),
            Words("lots traded", "成交单位数"),
            Words("recorded → replayed", "实录 → 重演"),
        ),
        Tile(
            same(percent(same_commands, commands)),
            Words("of commands came out the same", "的命令结果相同"),
            Words(
                f"{number(same_commands, 0)} of {number(commands, 0)}; "
                f"{percent(same_value, value)} of their value",
                f"{number(commands, 0)} 条中 {number(same_commands, 0)} 条；"
                f"占价值 {percent(same_value, value)}",
            ),
        ),
        Tile(
            Words("reliable", "可靠") if comparison.reliable else Words("unreliable", "不可靠"),
            Words("by its own limit", "依自设限度"),
            Words(
                "at most a quarter came in, fell out or lost its object",
                "新进、新拒、无标的合计不逾四分之一",
            ),
        ),
    )


def _outcomes(comparison: Comparison) -> Section:
    counts = totals(comparison)
    commands, value = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    names = (Words("commands", "命令数"), Words("value", "价值"))
    rows: list[Row] = []
    cells = []
    for outcome, words in OUTCOMES.items():
        some, worth = comparison.commands(outcome), comparison.value(outcome)
        is_asked = outcome in counts
        for name, part in zip(names, (share(some, commands), share(worth, value)), strict=True):
            if is_asked:
                rows.append({"c": words.pair, "s": name.pair, "v": part})
        cells.append(
            (
                words,
                some,
                share(some, commands) if is_asked else None,
                main_units(comparison, worth),
                share(worth, value) if is_asked else None,
            )
        )
    chart = columns(
        rows,
        "c",
        [OUTCOMES[name].pair for name in counts],
        Axis("v", Words("share of all", "占比"), ".1%", zero=True),
        Words("outcome", "结果"),
        series="s",
        names=names,
    )
    table = Table(
        (
            Column(Words("outcome", "结果")),
            Column(Words("commands", "命令数"), "number"),
            Column(Words("share", "占比"), "percent", 1),
            Column(
                in_currency(comparison, Words("value", "价值")), "number", comparison.minor_digits
            ),
            Column(Words("share of value", "价值占比"), "percent", 1),
        ),
        tuple(cells),
    )
    by_command = _otherwise(comparison)
    is_same = not by_command.rows
    text = (no_difference("command", "命令"),) if is_same else ()
    return Section(
        Words("What came of the commands", "命令的结果"),
        (*text, *((_unread(comparison),) if comparison.unreadable else ())),
        (
            Figure(
                "outcomes", Words("Outcomes by class", "结果分类"), chart, table, open_table=True
            ),
        ),
        () if is_same else ((Words("All that is not the same", "结果不同的命令"), by_command),),
    )


def _otherwise(comparison: Comparison) -> Table:
    """Commands by kind and class, those that came out the same left out."""
    return Table(
        (
            Column(Words("command", "命令")),
            Column(Words("outcome", "结果")),
            Column(Words("commands", "命令数"), "number"),
            Column(
                in_currency(comparison, Words("value", "价值")), "number", comparison.minor_digits
            ),
        ),
        tuple(
            (
                row["command"],
                OUTCOMES[row["outcome"]],
                row["commands"],
                main_units(comparison, row["value"]),
            )
            for row in comparison.outcomes.iterate()
            if row["outcome"] != "same"
        ),
    )


def _divergences(comparison: Comparison) -> Section:
    rows = list(comparison.divergences.iterate())
    title = Words("Where they part, and why", "何处分歧、缘何分歧")
    if not rows:
        return Section(title, (no_difference("entry", "日志记录"),))
    table = Table(
        (
            Column(Words("entry", "日志记录"), "number"),
            Column(Words("instant, UTC", "时点（UTC）")),
            Column(Words("who", "主体")),
            Column(Words("command", "命令")),
            Column(Words("outcome", "结果")),
            Column(Words("recorded", "实录")),
            Column(Words("replayed", "重演")),
            Column(Words("cause", "缘由")),
        ),
        tuple(
            (
                row["sequence"],
                format_instant(row["instant"])[:19].replace("T", " "),
                row["actor"],
                row["command"],
                OUTCOMES[row["outcome"]],
                row["recorded"],
                row["replayed"],
                _cause(row),
            )
            for row in rows[:DIVERGENCES_SHOWN]
        ),
    )
    what = "command" if comparison.diverged == 1 else "commands"
    text = Words(
        f"{number(comparison.diverged, 0)} {what} came out otherwise; the first "
        f"{len(table.rows)} stand below. A rule item is the cause where it decided the command and "
        "differs; a command follows from an entry where it names something that entry changed.",
        f"共有 {number(comparison.diverged, 0)} 条命令结果不同，以下为最先的 {len(table.rows)} 条。"
        "规则条目直接裁定该命令且内容不同者，为其缘由；命令所涉事项曾因某记录而变者，记为承自该记录。",
    )
    return Section(title, (text,), (), bare(Words("First divergences", "最先的分歧"), table))


def _method(comparison: Comparison) -> Section:
    hashes = Table(
        (Column(Words("side", "方")), Column(Words("hash of what was measured", "度量结果的哈希"))),
        (
            (SIDES["recorded"], comparison.recorded_hash),
            (SIDES["replayed"], comparison.replayed_hash),
        ),
    )
    start = Words(
        "The state at the beginning of the period is what the recorded events add up to; from "
        "there on the other rules are in force, whatever date of effect they name.",
        "期初状态由此前的实录事件累积而成；自期初起，无论其载明的施行日期，均适用另一套规则。",
    )
    return Section(
        Words("How this was measured", "度量方法"),
        (start, POLICIES[comparison.policy]),
        (),
        bare(Words("Both sides", "双方"), hashes),
    )


def _cause(row: Row) -> Words:
    if row["follows"] is not None:
        entry = row["follows"]
        return Words(f"follows from entry {entry}", f"承自第 {entry} 号记录")
    if row["item"]:
        return Words(f"rule item {row['item']}", f"规则条目 {row['item']}")
    return Words("not followed", "未能追溯")


def _unread(comparison: Comparison) -> Words:
    count = number(comparison.unreadable, 0)
    return Words(
        f"{count} sealed bids would have come in. Nobody ever opened them: they are counted here, "
        "and nothing is guessed of what they say.",
        f"另有 {count} 份密封报价本可进入，但从未开启：仅计其数，内容不作揣测。",
    )


def _sum(table: Any, side: str) -> int:
    return sum(row[side] or 0 for row in table.iterate())


def _joined(first: Words, second: Words) -> Words:
    return Words(f"{first.en} {second.en}", f"{first.zh}{second.zh}")
