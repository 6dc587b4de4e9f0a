"""What one reads of the rules."""

from yaosu.kernel.columns import Columns, Text
from yaosu.rules.state import RulesState


def packs(state: RulesState) -> Columns:
    """Every version ever adopted, by pack: dates (instants), number of items, digest."""
    rows = [adopted for _, versions in sorted(state.packs.items()) for adopted in versions]
    heads = [row.pack.pack for row in rows]
    return Columns.of(
        pack=Text.of([head.id for head in heads]),
        version=Text.of([head.version for head in heads]),
        base=Text.of([head.base for head in heads]),
        effective=[head.effective for head in heads],
        expiry=[head.expiry for head in heads],
        adopted=[row.at for row in rows],
        items=[len(row.pack.items) for row in rows],
        digest=Text.of([row.digest for row in rows]),
    )
