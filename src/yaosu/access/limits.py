"""Limits per party: what a party, with those whom the same one controls, may have and promise.

What is held, bought, bid for and not yet performed is added up where something is promised, never
later: a trade is not refused, since whoever ordered it was held against the limits then. A limit
that is lowered takes nothing away; it refuses more (`yaosu.access.limit_views` lists who is above).
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from yaosu.access import limit_refusals
from yaosu.access.limit_rows import (
    BASIS_POINTS,
    COUNT,
    EACH_REGION,
    HOLDING,
    LENT,
    MINOR,
    NET,
    ORDERS,
    OWED,
    UNITS,
    VALUE,
    LimitRow,
    any_limits,
    check_beside_nation,
    check_limit_rows,
    is_limits,
    rows_of,
)
from yaosu.access.methods.entry import assess
from yaosu.access.state import AccessReach
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.ledger.book import ISSUED, REGISTER, balance
from yaosu.parties.decide import attestations_about, facts_of, has_role
from yaosu.places.decide import regions_at
from yaosu.places.methods.tree import covered_by
from yaosu.rights.holdings import Sort
from yaosu.rights.promises import TITLE
from yaosu.rights.values import Promise
from yaosu.rules.commands import AdoptRules
from yaosu.rules.decide import NATIONAL, ask, decide_adopt_rules, rules_in_force
from yaosu.rules.overlay import RulesInForce, packs_ahead
from yaosu.rules.pack import Condition, Parameter, Table

WHOLE_BP = 10_000
ORDER, CONTRACT = "order", "contract"
HELD = "held"
EXEMPTING = ("authority", "supervisor")  # whose attestations exempt
Bucket = tuple[str, str]  # what is added up by itself, in which region; empty: all together
Before = Mapping[str, Sequence[Promise]]
MONEY = {VALUE: "pays_minor", LENT: "lends_minor", OWED: "owes_minor"}
WORDS = {COUNT: "orders", MINOR: "minor units", UNITS: "units"}
__all__ = ["limit_refusals"]


class Limit(Struct, frozen=True, kw_only=True):
    """A limit as it is in force in a region.

    Attributes:
        table: id of the table its row stands in. most: its figure there.
        rules: those in force.
    """

    row: LimitRow
    table: str
    most: int
    rules: RulesInForce

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from others; in another region it may have another figure."""
        return self.table, self.row.limit, self.most


class Use(Struct):
    """How much of a limit is used, in lots, orders or minor units; ``units`` are counted once."""

    lots: dict[str, int]
    units: dict[str, bool]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.lots.values()) + len(self.units)


class Fault(Struct, frozen=True):
    """A limit that would be passed: which one, by which of the promises asked for; the refusal."""

    row: LimitRow
    promises: tuple[int, ...]
    refusal: Refusal


def adopt_rules(reach: AccessReach, command: AdoptRules) -> list[Event]:
    """Rules are adopted if the limits in them can be held."""
    check_limit_rows(command.pack)
    base = command.pack.pack.base
    for adopted in packs_ahead(reach) if base else ():
        if adopted.pack.pack.id == base:
            check_beside_nation(command.pack, adopted.pack)
    return decide_adopt_rules(reach, command)


def check_limits(
    reach: AccessReach, asked: Sequence[Promise], before: Before | None = None
) -> None:
    """Refuse promises that take a party beyond a limit.

    Raises:
        Refusal: ``access.beyond_limit``.
    """
    for fault in limit_faults(reach, asked, before):
        raise fault.refusal


def limit_faults(
    reach: AccessReach, asked: Sequence[Promise], before: Before | None = None
) -> list[Fault]:
    """Which limits promises of one decision would pass, in the order in which they were asked.

    Args:
        before: party -> what the same decision gives it already.

    Cost: nothing where no limits were ever adopted; else O(a * l) for a promises and l limits, and
    what each party concerned has.
    """
    return Limits(reach, before).faults(asked) if any_limits(reach) else []


class Limits:
    """The limits in force while one decision is made, and what parties have under them."""

    def __init__(self, reach: AccessReach, before: Before | None = None) -> None:
        self.reach = reach
        self._before = before or {}
        self._in_region: dict[str, list[Limit]] = {}
        self._covered: dict[str, set[str]] = {}
        self._promised: dict[str, list[Promise]] = {}
        self._is_meant: dict[tuple[tuple[str, str, int], str], bool] = {}
        self._units_in: dict[str, list[str]] = {}
        self._found: dict[int, tuple[LimitRow, dict[tuple[Sort, str], list[Bucket]]]] = {}
        self._promises_of = reach.promises()

    def faults(self, asked: Sequence[Promise]) -> list[Fault]:
        """See :func:`limit_faults`."""
        sums: dict[tuple[tuple[str, str, int], str, Bucket], tuple[Limit, list[int]]] = {}
        for number, promise in enumerate(asked):
            for limit in self.in_region(promise.region):
                buckets = self.buckets(limit.row, promise)
                if buckets and self.binds(limit, promise.party):
                    top = self.top_of(limit.row, promise.party)
                    for bucket in buckets:
                        known = sums.setdefault((limit.key, top, bucket), (limit, []))
                        known[1].append(number)
        found = []
        for (_, top, bucket), (limit, numbers) in sums.items():
            refusal = self._refusal(limit, top, bucket, [asked[one] for one in numbers])
            if refusal is not None:
                found.append(Fault(limit.row, tuple(numbers), refusal))
        return found

    def in_region(self, region: str) -> list[Limit]:
        """The limits in force in a region, by name, each with its figure there."""
        if region not in self._in_region:
            self._in_region[region] = self._read(region)
        return self._in_region[region]

    def buckets(self, row: LimitRow, promise: Promise) -> list[Bucket]:
        """What a promise counts to under a limit; nothing where it is about something else."""
        sort = promise.factor, promise.kind, promise.instrument, promise.region
        return self._buckets(row, sort, promise.unit) if self._amount(row, promise) else []

    def binds(self, limit: Limit, party: str) -> bool:
        """Whether a party is bound: it is not exempt, and it or one related to it is meant."""
        return not self.is_exempt(limit.row, party) and self.is_meant(limit, party)

    def is_exempt(self, row: LimitRow, party: str) -> bool:
        """Whether an attestation in force, by an office that may, takes a party out."""
        if not row.exempt or party not in self.reach.parties.attested:
            return False
        return any(
            has_role(self.reach, known.issuer, role)
            for known in attestations_about(self.reach, party, row.exempt)
            for role in EXEMPTING
        )

    def is_meant(self, limit: Limit, party: str) -> bool:
        """Whether a party, or one related to it, is of those whom a limit is for."""
        row = limit.row
        if not row.who:
            return True
        key = limit.key, self.top_of(row, party)
        if key not in self._is_meant:
            met = any(self._meets(limit, one) for one in self.related(row, party))
            self._is_meant[key] = met
        return self._is_meant[key]

    def top_of(self, row: LimitRow, party: str) -> str:
        """Who stands for a party under a limit."""
        return self.reach.parties.control_by(row.group).top_of(party) if row.group else party

    def related(self, row: LimitRow, party: str) -> list[str]:
        """The parties that count as one with a party under a limit."""
        if not row.group:
            return [party]
        return self.reach.parties.control_by(row.group).related_to(party)

    def use_of(self, limit: Limit, top: str, bucket: Bucket) -> Use:
        """How much is used by all who count as one: by source, what is held under ``held``."""
        row, use = limit.row, Use({}, {})
        for party in self.related(row, top):
            if self.is_exempt(row, party):
                continue
            if row.counts in (HOLDING, NET):
                self._add_held(row, party, bucket, use)
            self._add(row, self.promised_to(party), bucket, use)
        return use

    def promised_to(self, party: str) -> list[Promise]:
        """What a party gets, gives and pays by what it has promised, this decision too."""
        if party not in self._promised:
            known = self._promises_of(party)
            before = self._before.get(party)
            self._promised[party] = [*known, *before] if before else known
        return self._promised[party]

    def most_of(self, limit: Limit, bucket: Bucket, asked: Sequence[Promise] = ()) -> int:
        """The figure of a limit in lots, orders, units or minor units."""
        row, most = limit.row, limit.most
        if row.measure != BASIS_POINTS:
            return most
        if row.unit or row.each == "unit":
            unit = self.reach.rights.units.get(row.unit or bucket[0])
            issued = 0 if unit is None else unit.quantity
        else:
            name = row.instrument or bucket[0]
            issued = -balance(self.reach, REGISTER, name, ISSUED)
        new = sum(one.gets for one in asked if one.is_issued)
        return most * max(issued + new, new) // WHOLE_BP

    def _read(self, region: str) -> list[Limit]:
        rules = rules_in_force(self.reach, NATIONAL, region)
        nation = rules_in_force(self.reach, NATIONAL) if region else rules
        if rules is None or nation is None:
            return []
        return sorted(
            (
                Limit(row=row, table=table.id, most=_figure(nation, table, rules, row), rules=rules)
                for _, table in sorted(rules.items.items())
                if isinstance(table, Table) and is_limits(table.id)
                for row in rows_of(table)
            ),
            key=lambda limit: limit.key,
        )

    def _refusal(
        self, limit: Limit, top: str, bucket: Bucket, asked: list[Promise]
    ) -> Refusal | None:
        """Why these promises of parties that count as one are too much, or None."""
        use = self.use_of(limit, top, bucket)
        before = use.total
        self._add(limit.row, asked, bucket, use)
        more = use.total - before
        most = self.most_of(limit, bucket, asked)
        if more <= 0 or before + more <= most:
            return None
        if limit.row.item in limit.rules.items:  # so that it is heard which item decided
            ask(limit.rules, limit.row.item, {})
        ask(limit.rules, limit.table, {"limit": limit.row.limit})
        party = asked[0].party
        return Refusal(
            "access.beyond_limit",
            party=party,
            limit=limit.row.limit,
            item=limit.row.item if limit.row.item in limit.rules.items else limit.table,
            packs=limit.rules.name,
            what=what_of(limit.row, bucket),
            measure=words_of(limit),
            group="" if self.related(limit.row, party) == [party] else f" and those of {top}",
            most=most,
            used=before,
            asked=more,
            left=max(most - before, 0),
        )

    def _buckets(self, row: LimitRow, sort: Sort, unit: str) -> list[Bucket]:
        """What lots of a sort count to; looked up once."""
        _, found = self._found.setdefault(id(row), (row, {}))  # with the row, which keeps its id
        if (sort, unit) not in found:
            found[sort, unit] = self._find_buckets(row, sort, unit)
        return found[sort, unit]

    def _find_buckets(self, row: LimitRow, sort: Sort, unit: str) -> list[Bucket]:
        factor, kind, instrument, region = sort
        if (
            (row.factor and row.factor != factor)
            or (row.kind and kind and row.kind != kind)
            or (row.instrument and row.instrument != instrument)
            or (row.area not in ("", EACH_REGION) and region not in self._below(row.area))
        ):
            return []
        units = [unit] if unit or not row.needs_units else self._units(instrument)
        if row.unit and row.unit not in units:
            return []
        place = region if row.area == EACH_REGION else ""
        names = {"instrument": [instrument], "kind": [kind or row.kind], "unit": units}
        return [(name, place) for name in names.get(row.each, [""])]

    def _below(self, area: str) -> set[str]:
        if area not in self._covered:
            self._covered[area] = covered_by(regions_at(self.reach), (area,))
        return self._covered[area]

    def _units(self, instrument: str) -> list[str]:
        """Units of which an instrument is; its name where no right in it is registered."""
        if instrument not in self._units_in:
            rights = self.reach.rights.by_instrument.get(instrument, {})
            units = {self.reach.rights.rights[one].unit: True for one in rights}
            self._units_in[instrument] = sorted(units) or [instrument]
        return self._units_in[instrument]

    def _meets(self, limit: Limit, party: str) -> bool:
        """Whether a party meets the condition of a limit; where that is not known, it does."""
        condition = limit.rules.items.get(limit.row.who)
        if not isinstance(condition, Condition) or party not in self.reach.parties.parties:
            return not isinstance(condition, Condition)
        entry = assess(limit.rules, [condition], facts_of(self.reach, party))
        return bool(entry.met or entry.faults)

    def _add_held(self, row: LimitRow, party: str, bucket: Bucket, use: Use) -> None:
        holdings = self.reach.rights.holdings_of(party)
        for sort, lots in holdings.lots.items():
            if not row.needs_units:
                if bucket in self._buckets(row, sort, ""):
                    use.lots[HELD] = use.lots.get(HELD, 0) + lots
                continue
            for unit, (_, of_unit) in holdings.units[sort].items():
                if bucket not in self._buckets(row, sort, unit):
                    continue
                if row.measure == UNITS:
                    use.units[unit] = True
                else:
                    use.lots[HELD] = use.lots.get(HELD, 0) + of_unit

    def _add(self, row: LimitRow, promises: Iterable[Promise], bucket: Bucket, use: Use) -> None:
        for promise in promises:
            amount = self._amount(row, promise)
            if not amount or bucket not in self.buckets(row, promise):
                continue
            if row.measure == UNITS and promise.unit:
                if amount > 0:
                    use.units[promise.unit] = True
            else:
                use.lots[promise.source] = use.lots.get(promise.source, 0) + amount

    def _amount(self, row: LimitRow, promise: Promise) -> int:
        """What a promise adds under a limit."""
        if row.counts in MONEY:
            return int(getattr(promise, MONEY[row.counts]))
        if row.counts == ORDERS:
            if promise.source != ORDER:
                return 0
            return promise.orders if row.measure == COUNT else promise.gets + promise.gives
        gone = (TITLE, CONTRACT) if row.counts == NET else (TITLE,)
        return promise.gets - (promise.gives if promise.source in gone else 0)


def what_of(row: LimitRow, bucket: Bucket) -> str:
    """What a limit adds up, in words."""
    name, region = bucket
    about = {"instrument": row.instrument, "kind": row.kind, "unit": row.unit}
    if row.each and name:
        about[row.each] = name
    words = [row.factor or "all factors"]
    words += [f"{word} {value}" for word, value in about.items() if value]
    place = region or (row.area if row.area != EACH_REGION else "")
    return ", ".join(words) + (f" in {place}" if place else "")


def words_of(limit: Limit) -> str:
    """In what a figure is, in words."""
    if limit.row.measure == BASIS_POINTS:
        return f"lots ({limit.most} of {WHOLE_BP} of what there is)"
    return WORDS.get(limit.row.measure, "lots")


def _figure(nation: RulesInForce, table: Table, rules: RulesInForce, row: LimitRow) -> int:
    """The parameter in force, where there is one; else what the row says.

    A national limit on what lies anywhere has the national figure, whatever an overlay says.
    """
    is_everywhere = not row.area and table.id in nation.items
    item = (nation if is_everywhere else rules).items.get(row.item)
    if isinstance(item, Parameter) and isinstance(item.value, int):
        return item.value
    return row.most
