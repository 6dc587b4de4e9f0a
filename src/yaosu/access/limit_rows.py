"""What an institution says of a limit per party: a row of a table of the rules. Data, not code.

Tables named ``limits``, or ``limits.<name>`` in an overlay, have one row a limit. Its figure is
``most``, or the value of the parameter ``limits.<limit>`` where the rules in force in the region
have one: that is what an overlay moves.
"""

from msgspec import Struct, ValidationError, convert

from yaosu.access import limit_refusals
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.pack import Condition, Pack, Parameter, Table
from yaosu.rules.state import RulesReach

__all__ = ["limit_refusals"]

LIMITS = "limits"
HOLDING, NET, ORDERS, VALUE = "holding", "net", "orders", "value"
LENT, OWED = "lent", "owed"
OF_MONEY = (VALUE, LENT, OWED)  # known by factor alone
LOTS, BASIS_POINTS, UNITS, COUNT, MINOR = "lots", "basis_points", "units", "orders", "minor"
MEASURES = {  # what is counted -> in what it may be measured
    HOLDING: (LOTS, BASIS_POINTS, UNITS),
    NET: (LOTS, BASIS_POINTS),
    ORDERS: (LOTS, COUNT),
    VALUE: (MINOR,),
    LENT: (MINOR,),
    OWED: (MINOR,),
}
EACH = ("", "instrument", "kind", "unit")
EACH_REGION = "each"
MOST = 2**62


class LimitRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One limit.

    Attributes:
        limit: its name.
        counts: ``holding``: what a party has, buys and is owed; ``net``: the same, less what it
            sold under contracts that wait; ``orders``: what stands in its open orders, both
            sides; ``value``: money it may have to pay; ``lent``: what it offers to lend, and is
            owed of loans; ``owed``: what it asks for as a loan, and owes.
        measure: ``lots``; ``basis_points`` of what is issued of the instrument, or of the unit;
            ``units`` it has a part of; ``orders``, counted; ``minor`` units of money.
        most: the figure, in that measure.
        factor, kind, instrument, unit: what it is about; empty is all of them.
        each: what is added up: each ``instrument``, ``kind`` or ``unit`` by itself, or all
            together (empty).
        area: empty: wherever it lies; a region: what lies in it, or below it; ``each``: what lies
            in each region by itself.
        group: fact of a party that names who controls it; those whom the same one controls count
            as one. Empty: each party by itself.
        who: id of a condition: it binds those who meet it. Empty: everybody.
        exempt: kind of attestation that takes a party out. Empty: none does.
    """

    limit: str
    counts: str = HOLDING
    measure: str = LOTS
    most: int
    factor: str = ""
    kind: str = ""
    instrument: str = ""
    unit: str = ""
    each: str = ""
    area: str = ""
    group: str = ""
    who: str = ""
    exempt: str = ""

    @property
    def item(self) -> str:
        """The parameter that says its figure, where there is one."""
        return f"{LIMITS}.{self.limit}"

    @property
    def needs_units(self) -> bool:
        """Whether it matters from which unit lots are."""
        return bool(self.unit) or self.each == "unit" or self.measure == UNITS


def is_limits(item: str) -> bool:
    """Whether a table says limits, by its id."""
    return item == LIMITS or item.startswith(f"{LIMITS}.")


def rows_of(table: Table) -> tuple[LimitRow, ...]:
    """The limits of a table.

    Raises:
        Refusal: ``access.bad_limit``.
    """
    rows: list[LimitRow] = []
    for number, row in enumerate(table.rows):
        try:
            known = convert(row, LimitRow)
            fault = _fault_of(known)
        except ValidationError as error:
            fault = str(error)
        refuse_unless(not fault, "access.bad_limit", table=table.id, row=number, reason=fault)
        rows.append(known)
    return tuple(rows)


def check_limit_rows(pack: Pack) -> None:
    """Refuse a pack whose limits say nothing that can be held.

    Raises:
        Refusal: ``access.bad_limit``.
    """
    for table in pack.table:
        if is_limits(table.id):
            seen: dict[str, bool] = {}
            for number, row in enumerate(rows_of(table)):
                fault = f"{row.limit} is there twice" if row.limit in seen else ""
                fault = fault or _fault_beside(pack, row)
                seen[row.limit] = True
                refuse_unless(
                    not fault, "access.bad_limit", table=table.id, row=number, reason=fault
                )


def check_beside_nation(overlay: Pack, nation: Pack) -> None:
    """Refuse an overlay that takes national limits away, or moves a figure that has no bounds.

    Raises:
        Refusal: ``access.bad_limit``.
    """
    theirs = {table.id for table in nation.table if is_limits(table.id)}
    own = {row.item for table in overlay.table if is_limits(table.id) for row in rows_of(table)}
    moved = {item.id for item in nation.parameter} | own
    for table in overlay.table:
        refuse_unless(
            table.id not in theirs,
            "access.bad_limit",
            table=table.id,
            row=0,
            reason=f"the table is one of {nation.name}; give one of your own another id",
        )
    for item in overlay.parameter:
        refuse_unless(
            not item.id.startswith(f"{LIMITS}.") or item.id in moved,
            "access.bad_limit",
            table=item.id,
            row=0,
            reason=f"{nation.name} has no such figure with bounds to move it in",
        )


def any_limits(reach: RulesReach) -> bool:
    """Whether a pack was ever adopted that has limits; asked again it is known."""
    noted = reach.rules.noted
    if LIMITS not in noted:
        noted[LIMITS] = any(
            is_limits(table.id)
            for adopted in reach.rules.packs.values()
            for version in adopted
            for table in version.pack.table
        )
    return noted[LIMITS]


def _fault_beside(pack: Pack, row: LimitRow) -> str:
    """What of the same pack does not fit to a limit."""
    for item in pack.items:
        if item.id == row.item and not isinstance(item, Parameter):
            return f"{item.id} is no parameter"
        if item.id == row.item and isinstance(item, Parameter):
            is_figure = isinstance(item.value, int) and not isinstance(item.value, bool)
            if not is_figure or not 0 <= int(item.value) <= MOST:
                return f"{item.id} is no figure from 0 to {MOST}"
        if row.who and item.id == row.who and not isinstance(item, Condition):
            return f"{row.who} is no condition"
    if row.who and not pack.pack.base and row.who not in {item.id for item in pack.items}:
        return f"the condition {row.who} is not there"
    return ""


def _fault_of(row: LimitRow) -> str:
    measures = MEASURES.get(row.counts, ())
    of_all_kinds = not (row.kind or row.instrument or row.unit or row.each or row.area)
    is_one_whole = row.each in ("instrument", "unit") or row.instrument or row.unit
    if not row.limit:
        return "a limit has a name"
    if not measures:
        return f"counts is none of {', '.join(MEASURES)}"
    if row.measure not in measures:
        return f"{row.counts} is measured in {' or '.join(measures)}"
    if not 0 <= row.most <= MOST:
        return f"most is not from 0 to {MOST}"
    if row.each not in EACH:
        return f"each is none of {', '.join(word for word in EACH if word)}"
    if row.measure == BASIS_POINTS and not is_one_whole:
        return "basis points are of an instrument or of a unit: say of which, or each"
    if row.counts in OF_MONEY and not of_all_kinds:
        return f"{row.counts} is known by factor alone"
    if row.counts == ORDERS and row.needs_units:
        return "orders name no unit"
    return ""
