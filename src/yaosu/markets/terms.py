"""The terms a market trades under: data of the market, the same for every region."""

import msgspec


class Trading(msgspec.Struct, frozen=True, kw_only=True):
    """The terms one market trades under.

    Attributes:
        mechanism: name of a mechanism (``call``); empty is the one of the factor's profile.
        price_rule: which price of the interval is published: mid, low or high.
        tick_minor: money per lot and tick, in minor units of the currency.
        contract: template of the contract a trade makes: ``spot`` or ``notice``.
        notice_days: length of the notice gate, days; 0 with ``spot``.
        clear_at_close: whether a small book is cleared within ``CloseBook`` itself.
    """

    mechanism: str = ""
    price_rule: str = "mid"
    tick_minor: int = 1
    contract: str = "spot"
    notice_days: int = 0
    clear_at_close: bool = False
