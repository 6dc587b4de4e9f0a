"""An attorney that would deal with itself in the name of its principal: refused.

Whoever acts for another may not stand on the other side of it, unless the power says so: by a
limit that names the attorney in the very field in which the command does.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from yaosu.core.state import State
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.markets.events import TradesAgreed
from yaosu.parties.commands import ActFor

OWN_FIELDS = ("actor", "command", "key")


def check_other_side(
    state: State,
    command: ActFor,
    asked: Command,
    fields: Mapping[str, Any],
    events: Iterable[Event],
) -> None:
    """Refuse what would make an attorney the other party of its principal.

    Args:
        fields: of what is asked, by name. events: that would follow.
    """
    power = state.parties.powers[command.power]
    named = [
        name
        for name, value in sorted(fields.items())
        if name not in OWN_FIELDS and _names(value, power.attorney)
    ]
    allowed = [name for name in named if power.limits.get(name) == power.attorney]
    where = next((name for name in named if name not in allowed), "")
    if not where:
        listing = state.markets.listings.listings.get(str(fields.get("listing", "")))
        if listing is not None and power.attorney in (listing.head.seller, listing.head.by):
            where = "listing"
    for event in events:
        if not where and not allowed and isinstance(event, TradesAgreed):
            sides = (event.trades.text("buyer"), event.trades.text("seller"))
            where = "trade" if any(power.attorney in side.values for side in sides) else ""
    refuse_unless(
        not where,
        "parties.deals_with_itself",
        attorney=power.attorney,
        principal=power.principal,
        where=where,
        command=tag_of(asked),
    )


def _names(value: Any, party: str) -> bool:
    """Whether a field, or anything in it, is a party."""
    if isinstance(value, str):
        return value == party
    if isinstance(value, Mapping):
        return any(_names(item, party) for item in value.values())
    return isinstance(value, list | tuple) and any(_names(item, party) for item in value)
