"""The optimum by an LP solver that knows nothing of how it is found here."""

import numpy as np

from yaosu.markets.network import Network
from yaosu.markets.packages import Packages


def best_welfare(packages: Packages, network: Network) -> float:
    """Welfare of the best fills, by HiGHS' simplex."""
    import highspy

    places: dict[tuple[str, str], list[tuple[int, float]]] = {}
    limits, tops = packages.limit.tolist(), packages.quantity.tolist()
    legs = packages.legs
    for row, instrument, region, amount in zip(
        legs["order"].tolist(),
        legs.text("instrument").tolist(),
        legs.text("region").tolist(),
        legs["amount"].tolist(),
        strict=True,
    ):
        places.setdefault((instrument, region), []).append((row, amount))
    for instrument in sorted({name for name, _ in places}):
        for source, target, capacity, cost in zip(
            network.source.tolist(),
            network.target.tolist(),
            network.capacity.tolist(),
            network.cost.tolist(),
            strict=True,
        ):
            column = len(limits)
            limits.append(-cost)
            tops.append(capacity)
            places.setdefault((instrument, source), []).append((column, 1))
            places.setdefault((instrument, target), []).append((column, -1))
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("presolve", "off")
    for limit, top in zip(limits, tops, strict=True):
        model.addCol(-float(limit), 0.0, float(top), 0, np.zeros(0, np.int32), np.zeros(0))
    for some in places.values():
        columns = np.array([column for column, _ in some], np.int32)
        amounts = np.array([amount for _, amount in some], np.float64)
        model.addRow(-highspy.kHighsInf, 0.0, len(some), columns, amounts)
    model.run()
    assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return -model.getInfo().objective_function_value
