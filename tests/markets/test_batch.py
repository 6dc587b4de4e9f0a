"""Reading a batch: rows are told apart by their names, however many names there are."""

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.markets.batch import _groups


def test_rows_with_different_names_are_never_taken_for_one_group() -> None:
    many = tuple(f"{i:07}" for i in range(2**22))
    names = ("right", "party", "instrument")
    codes = {"right": [0, 1, 0], "party": [0, 0, 0], "instrument": [0, 0, 0]}
    rows = Columns({name: Text(many, np.array(codes[name], np.int32)) for name in names})
    wide = Columns({**{n: rows.column(n) for n in names}, "region": rows.column("party")})
    found = list(_groups(wide, (*names, "region"), np.ones(3, np.bool_)))
    assert [members.tolist() for _, members in found] == [[0, 2], [1]]
