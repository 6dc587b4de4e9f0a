"""What a mechanism is given: orders of some kind, and a network that has their regions."""

from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

AnyOrders = Orders | Packages | Choices


def check_orders(orders: object) -> None:
    """Refuse what no mechanism could take.

    Raises:
        Refusal: `kernel.wrong_type`.
    """
    refuse_unless(
        isinstance(orders, AnyOrders),
        "kernel.wrong_type",
        where="what is to be cleared",
        found=type(orders).__name__,
        expected="Orders, Packages or Choices",
    )


def network_for(orders: AnyOrders, network: Network | None) -> Network:
    """The network, or where there is none the regions of the orders, each alone."""
    if network is not None:
        return network
    if isinstance(orders, Choices):
        return Network.alone()
    table = orders.columns if isinstance(orders, Orders) else orders.legs
    return Network.alone(*table.text("region").values)
