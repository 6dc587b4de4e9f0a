"""One market for land, labour, capital, technology, data, compute and environmental rights.

``import yaosu as ys`` opens the door; what is behind it is loaded when it is used.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "AsyncClient",
    "Blocks",
    "Choices",
    "Client",
    "Network",
    "Orders",
    "Packages",
    "Refusal",
    "Standby",
    "Venue",
    "clear",
    "clear_blocks",
    "incumbents",
    "match",
    "open",
    "replay_many",
    "seal_own",
    "snapshot",
    "stand_by",
    "verify_blocks",
    "verify_clearing",
    "verify_matching",
]

if TYPE_CHECKING:
    from yaosu.client import AsyncClient, Client
    from yaosu.direct import (
        clear,
        clear_blocks,
        incumbents,
        match,
        verify_blocks,
        verify_clearing,
        verify_matching,
    )
    from yaosu.door import Venue, open, snapshot, stand_by
    from yaosu.engine.sealed import seal_own
    from yaosu.engine.standby import Standby
    from yaosu.evaluation.replays.many import replay_many
    from yaosu.kernel.refusal import Refusal
    from yaosu.markets.mechanisms.call_block_orders import Blocks
    from yaosu.markets.mechanisms.matching_choices import Choices
    from yaosu.markets.network import Network
    from yaosu.markets.orders import Orders
    from yaosu.markets.packages import Packages


def __getattr__(name: str) -> Any:
    if name == "Refusal":
        from yaosu.kernel.refusal import Refusal

        return Refusal
    if name == "seal_own":
        from yaosu.engine.sealed import seal_own

        return seal_own
    if name in {"AsyncClient", "Client"}:
        from yaosu import client

        return getattr(client, name)
    if name == "Packages":
        from yaosu.markets.packages import Packages

        return Packages
    if name == "replay_many":
        from yaosu.evaluation.replays.many import replay_many

        return replay_many
    words = ("Blocks", "Choices", "Network", "Orders", "clear", "incumbents", "match", "verify_")
    if name.startswith(words) and name in __all__:
        from yaosu import direct

        return getattr(direct, name)
    if name in __all__:
        from yaosu import door

        return getattr(door, name)
    raise AttributeError(f"module 'yaosu' has no attribute {name!r}")
