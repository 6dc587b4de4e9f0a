"""The chain of a title: every register entry that leads to it, oldest first, and what hangs on it.

Read from the state alone. A chain goes back over title transfers in part, splits and mergers to the
rights a title came from, and from a derived right to the one it was granted out of.
"""

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse
from yaosu.rights import refusals
from yaosu.rights.lineage import below, directly_above
from yaosu.rights.state import RightsReach, RightsState
from yaosu.rights.values import RegisterEntry, Right
from yaosu.rights.vocabulary import VOCABULARY
from yaosu.rules.decide import version_name_at

__all__ = ["refusals"]


class ChainStep(Struct, frozen=True, kw_only=True):
    """One register entry of a chain.

    Attributes:
        right: the right it changed, in ``version``; 0 where it changed none, as a pledge.
        kind, zh: the word of the vocabulary.
        holder: after it; ``share`` likewise, as text.
        made_by, confirmed_by: who. ``protects``: whom a pledge, objection or notice is for.
        document: SHA-256 of it, hex, or empty. ``rule``: packs that were in force, or empty.
        number: its registration number.
        at, counts_from: instants. ``ended``: when what stood was released or lapsed, 0 if not.
    """

    entry: str
    number: str
    kind: str
    zh: str
    right: str
    version: int
    holder: str
    share: str
    lots: int
    made_by: str
    confirmed_by: str
    protects: str
    amount_minor: int
    document: str
    rule: str
    reason: str
    at: int
    counts_from: int
    ended: int


class Below(Struct, frozen=True, kw_only=True):
    """A right that hangs below another: whose, of what, and whether it stands or is frozen."""

    right: str
    unit: str
    holder: str
    kind: str
    state: str


class TitleChain(Struct, frozen=True, kw_only=True):
    """All there is to know of a title.

    Attributes:
        state: ``current``, ``frozen``, ``burdened``, ``expired`` (its term is over), ``ended``.
        old_number: of the register it was taken over from, not examined.
        fragments: units it was split or merged from, to any depth, nearest first.
        above: rights it hangs on; ``below``: those that hang on it, to any depth.
    """

    right: str
    state: str
    unit: str
    factor: str
    region: str
    quantity: int
    measurement: str
    holder: str
    kind: str
    share: str
    term_from: int
    term_to: int
    producer: str
    old_number: str
    fragments: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[Below, ...]
    steps: tuple[ChainStep, ...]


def title_chain(reach: RightsReach, right: str) -> TitleChain:
    """The chain of a right, as the state has it.

    Raises:
        Refusal: ``rights.unknown_right``.
    """
    state = reach.rights
    known = found(state.rights.get(right), "rights.unknown_right", right=right)
    unit = state.units[known.unit]
    return TitleChain(
        right=known.id,
        state=state_of_right(reach, known),
        unit=unit.id,
        factor=unit.factor,
        region=unit.region,
        quantity=unit.quantity,
        measurement=state.profiles[unit.factor][-1].factor.measurement,
        holder=known.holder,
        kind=known.kind,
        share=str(known.share),
        term_from=known.term_from,
        term_to=known.term_to,
        producer=unit.producer,
        old_number=unit.old_number,
        fragments=tuple(fragments_of(state, unit.id)),
        above=tuple(directly_above(state, known.id)),
        below=tuple(_below(reach, name) for name in below(state, known.id)),
        steps=tuple(_steps(reach, known)),
    )


def rights_of_unit(state: RightsState, unit: str) -> list[str]:
    """The current rights on a unit, by id; of a historic one, nothing.

    Raises:
        Refusal: ``rights.unknown_unit``.
    """
    if unit not in state.units:
        refuse("rights.unknown_unit", unit=unit)
    return sorted(state.by_unit.get(unit, {}))


def rights_of_number(state: RightsState, number: str) -> list[str]:
    """The rights that the register entry with a registration number concerns, by id.

    Empty where no entry has it. Looked up by index; an entry of a whole unit (a split, a merger)
    names no right, and for such a one every right is looked at.
    """
    entry = state.by_number.get(number)
    if entry is None:
        return []
    if entry.right:
        return sorted({name for name in (entry.right, entry.target) if name})
    return sorted(
        name
        for name in state.rights
        if any(one.entry == entry.id and one.share.numerator for one in _versions(state, name))
    )


def fragments_of(state: RightsState, unit: str) -> list[str]:
    """The units a unit was split or merged from, to any depth, nearest first, each once."""
    seen: dict[str, bool] = {}
    level = [unit]
    while level:
        level = [parent for one in level for parent in state.units[one].parents]
        level = [one for one in dict.fromkeys(level) if one not in seen]
        seen.update(dict.fromkeys(level, True))
    return list(seen)


def state_of_right(reach: RightsReach, right: Right) -> str:
    """``current``, or in one word why one should look twice."""
    if right.end:
        return "ended"
    if right.term_to and right.term_to <= reach.now:
        return "expired"
    entries = [reach.rights.entries[name] for name in reach.rights.burdens.get(right.id, [])]
    kinds = {entry.kind for entry in entries if entry.is_standing(reach.now)}
    if "freeze" in kinds:
        return "frozen"
    return "burdened" if kinds else "current"


def _below(reach: RightsReach, name: str) -> Below:
    right = reach.rights.rights[name]
    return Below(
        right=name,
        unit=right.unit,
        holder=right.holder,
        kind=right.kind,
        state=state_of_right(reach, right),
    )


def _steps(reach: RightsReach, right: Right) -> list[ChainStep]:
    """Steps of the right and of all it came from, by instant."""
    state = reach.rights
    chain: dict[str, bool] = {}
    waiting = [right.id]
    while waiting:
        name = waiting.pop()
        if name not in chain:
            chain[name] = True
            waiting += _came_from(state, name)
    steps = [
        step
        for name in chain
        for step in (
            *(_version_step(reach, version) for version in _versions(state, name)),
            *(_standing_step(reach, state.entries[one]) for one in state.burdens.get(name, [])),
            *(_standing_step(reach, state.entries[one]) for one in state.released.get(name, [])),
        )
    ]
    return sorted(steps, key=lambda step: (step.at, step.version == 0, step.right, step.version))


def _came_from(state: RightsState, name: str) -> list[str]:
    first = _versions(state, name)[0]
    entry = state.entries[first.entry]
    sources = {*first.came_from, first.based_on}
    if entry.target == name:
        sources.add(entry.right)
    return sorted(source for source in sources if source and source != name)


def _versions(state: RightsState, name: str) -> list[Right]:
    return [*state.history.get(name, []), state.rights[name]]


def _version_step(reach: RightsReach, version: Right) -> ChainStep:
    entry = reach.rights.entries[version.entry]
    return _step(reach, entry, version.id, version.version, version.holder, str(version.share))


def _standing_step(reach: RightsReach, entry: RegisterEntry) -> ChainStep:
    return _step(reach, entry, entry.right, 0, "", "")


def _step(
    reach: RightsReach, entry: RegisterEntry, right: str, version: int, holder: str, share: str
) -> ChainStep:
    region = reach.rights.units[reach.rights.rights[right].unit].region
    lapsed = entry.until if 0 < entry.until <= reach.now else 0
    return ChainStep(
        entry=entry.id,
        number=entry.number,
        kind=entry.kind,
        zh=VOCABULARY[entry.kind].zh,
        right=right,
        version=version,
        holder=holder,
        share=share,
        lots=entry.lots,
        made_by=entry.made_by,
        confirmed_by=entry.confirmed_by,
        protects="" if version else entry.beneficiary,
        amount_minor=entry.amount_minor,
        document=entry.source,
        rule=version_name_at(reach, entry.at, region),
        reason=entry.reason,
        at=entry.at,
        counts_from=entry.counts_from,
        ended=entry.released_at or lapsed,
    )
