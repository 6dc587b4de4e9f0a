"""Why a market without a book of orders may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.is_halted": (
            "{market} is halted: nothing is offered, taken or awarded in it",
            "wait until it resumes (ResumeTrading); what stands may be taken back",
        ),
        "markets.no_book": (
            "{market} has no book of orders: it trades by {mechanism}",
            "use {commands}",
        ),
        "markets.trades_otherwise": (
            "{market} trades by {found}, this is for a market that trades by {expected}",
            "name such a market, or use the commands of {market}",
        ),
        "markets.term_without_use": (
            "{market} would trade by {mechanism}, which has no use for the term {term}",
            "leave the term out",
        ),
    }
)
