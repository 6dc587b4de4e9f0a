"""One page over several counterfactuals: what each is worth, side by side."""

from collections.abc import Mapping

from yaosu.evaluation.replays.comparison import Comparison
from yaosu.evaluation.replays.sections import money_bars
from yaosu.evaluation.replays.words import UNRELIABLE, UNSEEN, in_currency, period, share, totals
from yaosu.evaluation.report.parts import Column, Figure, Report, Section, Table, Tile, Words, same


def overview(comparisons: Mapping[str, Comparison]) -> Report:
    """The report over comparisons of one journal and one period, in the order they were given."""
    one = next(iter(comparisons.values()))
    money = in_currency(one, Words("reform dividend", "改革红利"))
    pairs = [(name, found.reform_dividend_minor) for name, found in comparisons.items()]
    chart = money_bars(one, pairs, Words("reform dividend", "改革红利"), height_each=34)
    figure = Figure(
        "worth",
        Words("What each is worth", "各自值多少"),
        chart,
        _table(comparisons, money),
        open_table=True,
    )
    when = period(one)
    is_any_unreliable = not all(found.reliable for found in comparisons.values())
    caveat = Words(f"{UNRELIABLE.en} {UNSEEN.en}", f"{UNRELIABLE.zh}{UNSEEN.zh}")
    return Report(
        title=Words("What the rules are worth, side by side", "多种规则，各值多少"),
        lead=Words(
            f"The same commands, {when.en}, decided again under {len(comparisons)} other sets of "
            "rules. Each has a page of its own in the folder of its name.",
            f"同一批命令（{when.zh}），在另外 {len(comparisons)} 套规则之下分别重新裁定；"
            "各有专页，见同名文件夹。",
        ),
        tiles=(
            Tile(same(str(len(comparisons))), Words("counterfactuals", "种反事实规则")),
            Tile(
                same(str(sum(found.is_without_effect for found in comparisons.values()))),
                Words("without any effect", "种毫无影响"),
            ),
            Tile(
                same(str(sum(found.reliable for found in comparisons.values()))),
                Words("reliable by their own limit", "种依自设限度为可靠"),
            ),
        ),
        sections=(Section(Words("Side by side", "并列比较"), (), (figure,)),),
        caveat=caveat if is_any_unreliable else UNSEEN,
        proof=tuple(f"{name}: {found.hash}" for name, found in comparisons.items()),
    )


def _table(comparisons: Mapping[str, Comparison], money: Words) -> Table:
    digits = next(iter(comparisons.values())).minor_digits
    rows = []
    for name, found in comparisons.items():
        counts = totals(found)
        commands = sum(some for some, _ in counts.values())
        volumes = list(found.volumes.iterate())
        rows.append(
            (
                name,
                ", ".join(found.placed),
                found.reform_dividend_minor / 10**digits,
                sum(row["replayed"] or 0 for row in volumes),
                sum((row["replayed"] or 0) - (row["recorded"] or 0) for row in volumes),
                share(counts["same"][0], commands),
                found.reliable,
            )
        )
    return Table(
        (
            Column(Words("counterfactual", "反事实规则")),
            Column(Words("rule packs", "规则包")),
            Column(money, "signed", digits),
            Column(Words("lots traded", "成交单位数"), "number"),
            Column(Words("more or less than recorded", "较实录增减"), "signed"),
            Column(Words("commands with the same outcome", "结果相同的命令"), "percent", 1),
            Column(Words("reliable", "可靠"), "mark"),
        ),
        tuple(rows),
    )
