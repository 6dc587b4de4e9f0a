"""Recognition as a graph: what follows from a credential, and that no way round it gains.

A row leads from a kind of credential, at a level or above, to another kind and level. From one
credential, what can be reached by rows is found by letting levels rise until none does any more.
A table has a *gain* where somebody who goes from a credential round to the same kind comes out at
a higher level; such a table is never adopted. Two facts make that enough: rows are read from
original credentials alone, never from what was recognised before, and a row that leads on from a
level leads on from every higher one, so that it is enough to start at the level of each row.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yaosu.access.tables import RecognitionRow


class Reached(Struct, frozen=True):
    """A level that is reached, and the rows that lead to it, first to last."""

    level: int
    way: tuple[RecognitionRow, ...]


def reach_from(
    rows: Sequence[RecognitionRow], kind: str, level: int, issuer: str = ""
) -> dict[str, Reached]:
    """What one credential leads to: kind -> its highest level, by the fewest rows.

    Args:
        rows: those in force. ``issuer``: of the credential; empty is any, for a check of the rows.
    """
    found = {kind: Reached(level, ())}
    for _ in range(len(rows) + 1):
        before = dict(found)
        for row in rows:
            here = before.get(row.kind)
            if here is None or here.level < row.level:
                continue
            is_foreign = not here.way and row.issuers and issuer and issuer not in row.issuers
            known = found.get(row.gives)
            if not is_foreign and (known is None or known.level < row.gives_level):
                found[row.gives] = Reached(row.gives_level, (*here.way, row))
        if found == before:
            return found
    raise AssertionError("levels rise for ever")  # each rises to the level of some row at most


def gain_of(rows: Sequence[RecognitionRow]) -> tuple[RecognitionRow, ...]:
    """Rows by which a credential comes back as more than it was; empty where none does."""
    for row in rows:
        back = reach_from(rows, row.kind, row.level).get(row.kind)
        if back is not None and back.level > row.level:
            return back.way
    return ()


def conditions_of(way: Sequence[RecognitionRow]) -> tuple[dict[str, str], int, int] | None:
    """Scope, days it counts (0 no limit) and days under supervision of all rows of a way together.

    None where the scopes of two rows contradict each other, so that it counts nowhere.
    """
    scope: dict[str, str] = {}
    for row in way:
        for name, value in row.scope.items():
            if scope.setdefault(name, value) != value:
                return None
    terms = [row.term_days for row in way if row.term_days]
    supervised = max((row.supervision_days for row in way), default=0)
    return dict(sorted(scope.items())), min(terms, default=0), supervised


def why_not(rows: Sequence[RecognitionRow], kind: str, level: int, issuer: str, target: str) -> str:
    """Why a credential does not lead to a target, as near as one row says."""
    leading = [row for row in rows if row.gives == target]
    if not leading:
        return f"no row gives {target}"
    direct = [row for row in leading if row.kind == kind]
    if not direct:
        kinds = ", ".join(sorted({row.kind for row in leading}))
        return f"{target} is given for {kinds}, not for {kind}"
    best = min(direct, key=lambda row: row.level)
    if level < best.level:
        return f"it asks for {kind} of level {best.level}, this is of level {level}"
    return f"{issuer} is not among the issuers that count"


def levels_of(held: Mapping[str, int], rows: Sequence[RecognitionRow]) -> dict[str, int]:
    """The highest level of every kind that several original credentials lead to."""
    levels: dict[str, int] = {}
    for kind, level in sorted(held.items()):
        for name, reached in reach_from(rows, kind, level).items():
            levels[name] = max(levels.get(name, 0), reached.level)
    return levels
