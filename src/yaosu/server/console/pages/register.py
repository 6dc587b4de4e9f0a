"""The register: a search over the rights that stand."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.state import RightsState
from yaosu.rights.values import Right
from yaosu.server.console.names import Names

ROWS_MAX = 100


class RightRow(Struct, frozen=True):
    """One right in a list."""

    right: str
    unit: str
    factor: str
    holder: str
    kind: str
    share: str
    lots: int
    region: str
    encumbered: bool


class RegisterPage(Struct, frozen=True):
    """What a search found; ``more``: how many rows are not shown."""

    asked: str
    rows: tuple[RightRow, ...]
    more: int
    rights: int


def register_page(
    state: State, names: Names, asked: str = "", parties: Sequence[str] | None = None
) -> RegisterPage:
    """Current rights whose id, unit, instrument, holder or kind holds every word asked for.

    Args:
        parties: only rights of these holders; None: of all.
    """
    words = asked.casefold().split()
    held = state.rights
    matching = [
        right
        for _, right in sorted(held.rights.items())
        if right.end == 0
        and (parties is None or right.holder in parties)
        and _matches(right, names, words)
    ]
    rows = tuple(_row(held, right, names) for right in matching[:ROWS_MAX])
    return RegisterPage(asked, rows, len(matching) - len(rows), len(held.rights))


def _matches(right: Right, names: Names, words: list[str]) -> bool:
    if not words:
        return True
    text = " ".join(
        (
            right.id,
            right.unit,
            right.instrument,
            right.holder,
            names.party(right.holder),
            right.kind,
            names.factor(right.factor),
        )
    ).casefold()
    return all(word in text for word in words)


def _row(state: RightsState, right: Right, names: Names) -> RightRow:
    unit = state.units[right.unit]
    return RightRow(
        right=right.id,
        unit=right.unit,
        factor=names.factor(right.factor),
        holder=names.party(right.holder),
        kind=right.kind,
        share=str(right.share),
        lots=lots_in(right, unit.quantity),
        region=names.region(unit.region),
        encumbered=bool(state.burdens.get(right.id)),
    )
