"""Why a round with a random end may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_random_end": (
            "the random end of {market} is unsound: {reason}",
            "name a window that lies ahead, its first instant before its last, and the minutes "
            "in which the seed will be shown",
        ),
        "markets.random_end_without_use": (
            "{market} can have no random end beside {what}",
            "leave one of the two out",
        ),
        "markets.end_not_announced": (
            "{market} takes no orders in round {round}: its rounds end at random, and the window "
            "of this one is not announced",
            "wait until the operator has announced it (AnnounceEnd)",
        ),
        "markets.end_announced_already": (
            "the window of round {round} of {market} stands: from {window_from} to {window_until}",
            "keep to it; the next round may have another",
        ),
        "markets.ends_by_command": (
            "the rounds of {market} end when its book is closed, not at random",
            "close the book, or open a market whose terms name a random end",
        ),
        "markets.no_cancel_in_window": (
            "orders of {market} cannot be taken back since {window_from}: its round may have ended",
            "wait for the result; what came after the end falls away",
        ),
        "markets.window_goes_on": (
            "round {round} of {market} is not over before {window_until}",
            "keep the seed secret, and show it after that instant",
        ),
    }
)
