"""Does a rule pack hold together? Names, kinds, circles, forbidden fields, worked examples."""

from collections.abc import Iterable, Mapping

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rules import cel, refusals
from yaosu.rules.evaluate import AnyItem, Items, check_item, evaluate, kinds_given, names_read
from yaosu.rules.facts import NAME_FORM, protected_by
from yaosu.rules.items import parameter
from yaosu.rules.pack import EXAMPLES_MAX, FACT_KINDS, ITEMS_MAX, Pack, Parameter

__all__ = ["refusals"]


def check_pack(pack: Pack, base: Pack | None = None) -> None:
    """Refuse a pack that does not hold together.

    Args:
        base: of an overlay: its items are read together with those of the overlay. Without it,
            items of an overlay that read what it does not contain are left unchecked.

    Raises:
        Refusal: ``rules.*``; see the table of refusals.
    """
    _check_head(pack)
    _check_facts(pack.facts)
    own = _own_items(pack)
    if base is None:
        is_partial = bool(pack.pack.base)
        _check_together(own, dict(pack.facts), own, is_partial)
    else:
        _check_together(merged(base, pack), {**base.facts, **pack.facts}, own, False)


def _check_together(items: Items, kinds: Mapping[str, str], own: Items, is_partial: bool) -> None:
    """Refuse items that do not fit each other, read what they may not, or fail an example.

    The examples of a base item that reads what the overlay changes were worked out without it, so
    they are not run again.
    """
    given = {name for item in items.values() for name in kinds_given(item)}
    for name in sorted(given & set(kinds)):
        refuse("rules.bad_name", what="a fact with the name of an item's result", name=name)
    for item_id in sorted(items):
        item = items[item_id]
        if is_partial and not _closure(items, item) <= items.keys():
            continue
        _check_circle(items, item_id)
        check_item(items, kinds, item)
        _check_protected(items, item)
    for item_id in sorted(items):
        item = items[item_id]
        reads = _closure(items, item)
        is_told = item_id in own or reads.isdisjoint(own)
        if is_told and reads <= items.keys():
            _run_examples(items, kinds, item)


def check_beside(base: Pack, pack: Pack, other: Pack) -> None:
    """Refuse an overlay that, together with another one, lets an item read a forbidden field."""
    for first, second in ((pack, other), (other, pack)):
        items: dict[str, AnyItem] = {
            item.id: item for source in (base, first, second) for item in source.items
        }
        for _, item in sorted(items.items()):
            _check_protected(items, item)


def merged(base: Pack, overlay: Pack) -> dict[str, AnyItem]:
    """The items of a pack with those of an overlay in their place.

    Raises:
        Refusal: ``rules.kind_differs``, ``rules.beyond_bounds``.
    """
    items: dict[str, AnyItem] = {item.id: item for item in base.items}
    for item in overlay.items:
        before = items.get(item.id)
        if before is not None:
            refuse_unless(
                type(before) is type(item),
                "rules.kind_differs",
                pack=overlay.name,
                item=item.id,
                before=type(before).__name__.lower(),
                after=type(item).__name__.lower(),
            )
        if isinstance(before, Parameter) and isinstance(item, Parameter):
            parameter.check_bounds(before, item.value)
        items[item.id] = item
    return items


def protected_fields(items: Items, item: AnyItem) -> list[tuple[str, str]]:
    """What an item reads of the applicant's region, ownership, sector or size.

    Returns:
        (field, path) pairs, sorted; the path names the item and the fact, and the items between.
    """
    return sorted(set(_protected(items, item, item.id, frozenset({item.id}))))


def _protected(
    items: Items, item: AnyItem, path: str, seen: frozenset[str]
) -> Iterable[tuple[str, str]]:
    results = {name for read in item.reads if read in items for name in kinds_given(items[read])}
    for name in names_read(item):
        if name not in results and protected_by(name):
            yield protected_by(name), f"{path} reads {name}"
    for read in item.reads:
        if read in items and read not in seen:
            yield from _protected(items, items[read], f"{path} > {read}", seen | {read})


def _check_head(pack: Pack) -> None:
    head = pack.pack
    check_id(head.id, "rule pack")
    check_id(head.version, "version")
    check_instant(head.effective, "the effect")
    check_instant(head.expiry, "the expiry")
    refuse_unless(
        len(pack.items) <= ITEMS_MAX,
        "rules.too_large",
        what="rule pack",
        size=f"{len(pack.items)} items",
        limit=ITEMS_MAX,
    )
    refuse_unless(
        head.expiry == 0 or head.expiry > head.effective,
        "rules.bad_dates",
        what=f"pack {pack.name}",
        effective=format_instant(head.effective),
        expiry=format_instant(head.expiry),
    )
    for name, text in (("authority", head.authority), ("legal_basis", head.legal_basis)):
        refuse_unless(text.strip(), "rules.malformed", what="rule pack", reason=f"no {name}")
    if head.base:
        refuse_unless(bool(head.zone) != bool(head.region), "rules.no_place", pack=pack.name)
        refuse_unless(head.expiry, "rules.no_sunset", pack=pack.name)


def _check_facts(facts: Mapping[str, str]) -> None:
    for name, kind in sorted(facts.items()):
        is_name = NAME_FORM.fullmatch(name) and name not in cel.WORDS
        refuse_unless(is_name, "rules.bad_name", what="fact", name=name)
        refuse_unless(
            kind in FACT_KINDS,
            "rules.bad_kind",
            what=f"fact {name}",
            kind=kind,
            allowed=", ".join(FACT_KINDS),
        )


def _own_items(pack: Pack) -> dict[str, AnyItem]:
    items: dict[str, AnyItem] = {}
    for item in pack.items:
        check_id(item.id, "item")
        check_instant(item.expiry, "the expiry")
        refuse_unless(item.id not in items, "rules.duplicate_item", item=item.id, pack=pack.name)
        reasons = [item.reason, *(line.reason for line in getattr(item, "points", ()))]
        for reason in reasons:
            refuse_unless(
                NAME_FORM.fullmatch(reason),
                "rules.bad_name",
                what=f"a reason code of {item.id}",
                name=reason,
            )
        refuse_unless(item.example, "rules.example_missing", item=item.id)
        refuse_unless(
            len(item.example) <= EXAMPLES_MAX,
            "rules.too_large",
            what=f"list of examples of {item.id}",
            size=len(item.example),
            limit=EXAMPLES_MAX,
        )
        items[item.id] = item
    return items


def _closure(items: Items, item: AnyItem) -> set[str]:
    """The ids of all items one reads, directly or by way of others. For membership only."""
    seen: set[str] = set()
    waiting = list(item.reads)
    while waiting:
        read = waiting.pop()
        if read not in seen:
            seen.add(read)
            waiting.extend(items[read].reads if read in items else ())
    return seen


def _check_circle(items: Items, item: str) -> None:
    refuse_unless(item not in _closure(items, items[item]), "rules.circle", item=item)


def _check_protected(items: Items, item: AnyItem) -> None:
    for field, path in protected_fields(items, item):
        refuse_unless(
            item.authority.strip() and item.expiry,
            "rules.forbidden_field",
            item=item.id,
            field=field,
            path=path,
        )


def _run_examples(items: Items, kinds: Mapping[str, str], item: AnyItem) -> None:
    for number, example in enumerate(item.example, 1):
        outcome = evaluate(items, kinds, item.id, example.facts)
        same = outcome.result == example.result and type(outcome.result) is type(example.result)
        refuse_unless(
            same,
            "rules.example_fails",
            item=item.id,
            number=number,
            given=f"{outcome.result}{f' ({outcome.fault})' if outcome.fault else ''}",
            expected=str(example.result),
        )
