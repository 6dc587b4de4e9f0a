"""What a party can gain by bidding other than its value, by the size of the market.

    python tools/best_response.py [--draws N] [--picture FILE]

The call auction with its pro-rata margin and the price in the middle of the interval. In a market
of m buyers and m sellers each wants, or has, ten lots of one instrument; what a lot is worth to it
is drawn evenly from 0 to 1 million ticks. Everybody else bids what it is worth; one buyer, or one
seller, tries every limit of a grid against the same draws, and the best of them on average is its
best response. Its gain is stated as a part of what bidding its value gains.

Theory: A. Rustichini, M. A. Satterthwaite, S. R. Williams, "Convergence to efficiency in a simple
market with incomplete information" (Econometrica 62, 1994): in every equilibrium of such an auction
values are misstated by O(1/m), and the gains from trade lost are O(1/m^2) of all.
"""

import argparse
from pathlib import Path

import numpy as np

import yaosu as ys
from yaosu.door import use_compiled_code

SIZES = (2, 4, 8, 16, 32, 64)
LOTS = 10
MOST = 1_000_000  # ticks: the greatest value of a lot
VALUES = 7  # of the party that tries, evenly over the range
SHADES = (0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)  # of the distance to the end


def main() -> None:
    """Measure and print a table in Markdown; draw it where asked."""
    given = argparse.ArgumentParser()
    given.add_argument("--draws", type=int, default=400)
    given.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    given.add_argument("--picture", type=Path)
    arguments = given.parse_args()
    use_compiled_code()
    print("| buyers and sellers, each | gain of a buyer | gain of a seller | best shade |")
    print("|---|---|---|---|")
    rows = []
    for size in arguments.sizes:
        told = {side: gain(size, side, arguments.draws) for side in (1, -1)}
        shade = (told[1][1] + told[-1][1]) / 2
        print(f"| {size} | {told[1][0]:.3%} | {told[-1][0]:.3%} | {shade:.1%} |", flush=True)
        rows += [
            {"size": size, "gain": told[side][0] * 100, "who": who}
            for side, who in ((1, "buyer"), (-1, "seller"))
        ]
    if arguments.picture:
        arguments.picture.write_bytes(picture(rows))


def gain(size: int, side: int, draws: int) -> tuple[float, float]:
    """Gain of the best response over truth, as a part of the truthful gain; its mean shade.

    All draws of one limit are one clearing: each draw is an instrument of its own.
    """
    chance = np.random.default_rng([size, side + 1])
    others = 2 * size - 1
    worth = chance.integers(0, MOST + 1, (draws, others))
    sides = np.repeat([1, -1], [size - (side > 0), size - (side < 0)])
    truth, best, shades = 0.0, 0.0, []
    for value in np.linspace(0, MOST, VALUES + 2)[1:-1].astype(np.int64).tolist():
        end = 0 if side > 0 else MOST
        earned = []
        for shade in SHADES:
            limit = round(value + (end - value) * shade)
            earned.append(surplus(worth, sides, side, value, limit))
        truth += earned[0]
        place = int(np.argmax(earned))
        best += earned[place]
        shades.append(SHADES[place])
    return (best - truth) / truth, float(np.mean(shades))


def surplus(worth: np.ndarray, sides: np.ndarray, side: int, value: int, limit: int) -> float:
    """Mean gain of a party of this value that bids this limit, ticks, over all draws."""
    draws, others = len(worth), worth.shape[1]
    price = np.concatenate([worth, np.full((draws, 1), limit)], axis=1)
    every = np.tile(np.append(sides, side), draws)
    orders = ys.Orders.from_columns(
        instrument=np.repeat(np.arange(draws), others + 1),
        side=every,
        price=price.ravel(),
        quantity=np.full(len(every), LOTS),
    )
    fills = ys.clear(orders).fills
    own = fills["row"] % (others + 1) == others
    gains = side * (value - fills["price"][own]) * fills["lots"][own]
    return float(gains.sum()) / draws


def picture(rows: list[dict[str, object]]) -> bytes:
    """Gain against size, both on logarithmic axes."""
    from yaosu.evaluation.report.charts import Axis, lines
    from yaosu.evaluation.report.parts import Words
    from yaosu.evaluation.report.pictures import chart_png

    names = {"buyer": Words("a buyer", "买方"), "seller": Words("a seller", "卖方")}
    shown = [
        {**row, "who": names[str(row["who"])].pair} for row in rows if float(str(row["gain"])) > 0
    ]
    x = Axis("size", Words("buyers and sellers, each", "买卖双方各自人数"), log=True)
    title = Words(
        "gain of the best response, % of truthful gain", "最优反应的收益，占真实报价收益 %"
    )
    y = Axis("gain", title, "~g", log=True)
    ticks = sorted({int(str(row["size"])) for row in rows})
    return chart_png(lines(shown, x, y, "who", list(names.values()), ticks=ticks))


if __name__ == "__main__":
    main()
