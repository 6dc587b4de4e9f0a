"""The terms a market trades under: data of the market, the same for every region."""

import msgspec

from yaosu.markets.credit_terms import CreditTerms
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.markets.posted_terms import PostedTerms
from yaosu.markets.trading_terms import ContinuousTerms

BOTH_SIDES = "both"
UNOPENED = ("forfeit", "return")


class SealedTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How bids come sealed.

    Attributes:
        sides: ``buy``: offers to sell come open; ``both``: every order comes sealed.
        deposit_minor: held for each bid until it is opened, minor units; the same for all, so
            that it says nothing about a price.
        opening_minutes: how long after the close bids may be opened.
        unopened: ``forfeit`` the deposit of a bid that was not opened, or ``return`` it.
        suspended: the same, of a bidder whom a suspension kept from opening.
        forfeit_to: the party that gets it; left out, the one that gets the rent of the links.
    """

    sides: str = "buy"
    deposit_minor: int = 0
    opening_minutes: int = 60
    unopened: str = "forfeit"
    forfeit_to: str = ""
    suspended: str = "return"


class SealedBid(msgspec.Struct, frozen=True, kw_only=True):
    """A bid that nobody has read: who made it, under which commitment, when; no more.

    Attributes:
        party: for whom. actor, key: of the command that brought it.
        data_key: the key it is sealed with.
        hash_commitment: to its orders and their salt.
        deposit_minor: what is held for it.
        sequence: its place in time among the orders of the market.
    """

    party: str
    actor: str
    key: str
    data_key: str
    hash_commitment: bytes
    deposit_minor: int
    sequence: int


class MatchingTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How people and posts are matched.

    Attributes:
        proposing: ``people`` or ``posts``: for whom the result is the best stable one.
        lottery: ``person``: one draw for all posts; ``post``: each post draws anew.
        unfilled: reserved seats that members leave ``stay`` empty, or are ``open`` to others.
        groups: for whom seats may be reserved: kinds of attestation, 62 at most.
    """

    proposing: str = "people"
    lottery: str = "person"
    unfilled: str = "stay"
    groups: tuple[str, ...] = ()


class WholePackageTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How packages that are filled whole or not at all are cleared, and which results are taken.

    Attributes:
        mode: ``allocation``: each accepted package pays its limit; ``uniform``: one price for
            each place, at which none accepted loses.
        effort: millions of steps of the search that clears the book; 1,000 are about a minute.
        effort_checked: millions of steps of the search that a result is held against before it is
            taken, at most 20: it must be worth no less than this search finds.
        payments: with ``allocation``: ``limits``, ``core`` or ``core-of-buyers``, as the mechanism
            has them.
        gap_ppm: where the proved gap is no wider than so many parts of a million of the welfare,
            the certificate is enough, and nothing is searched.
    """

    mode: str = "allocation"
    payments: str = "limits"
    effort: int = 20
    effort_checked: int = 1
    gap_ppm: int = 0


class RandomEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a round ends at an instant that is drawn, and known only afterwards.

    Attributes:
        window_from, window_until: instants; the end is one of the microseconds from the first to
            before the second, each as likely as the other.
        seed_hash: digest of the seed that it is drawn by (`seeds.hash_commitment_of`).
        reveal_minutes: how long after the window the seed may be shown; then the round is void.
    """

    window_from: int
    window_until: int
    seed_hash: str
    reveal_minutes: int = 60


class Trading(msgspec.Struct, frozen=True, kw_only=True):
    """The terms one market trades under.

    Attributes:
        mechanism: its name in the table of mechanisms, or ``continuous``; empty is the one of the
            factor's profile.
        price_rule: which price of the interval is published: mid, low or high.
        tick_minor: money per lot and tick, in minor units of the currency.
        contract: template of the contract a trade makes: ``spot`` or ``notice``.
        notice_days: length of the notice gate, days; 0 with ``spot``.
        clear_at_close: whether a small book is cleared within ``CloseBook`` itself.
        sealed: how bids come sealed; none where they come open.
        continuous: how orders trade as they arrive; left out, by the defaults. Only with that
            mechanism.
        seed_hash: digest of a seed that is shown when the book is closed, and settles what is
            left to a lottery (`seeds.hash_commitment_of`); empty: nothing is.
        matching: how people and posts are matched; None: by the defaults.
        posted, negotiated, credit: what each keeps to; with the mechanism of that name only.
        packages: how whole packages are cleared, with ``package-all-or-nothing`` only; left out,
            by the defaults.
        random_end: the first round ends at an instant drawn from a window, and every later one,
            once its own window is announced (`AnnounceEnd`); its seed settles lotteries, too.
        losses_to: the party to whom the lots pass that links lose on the way, and that answers for
            them; left out, the one that gets the rent of the links.
    """

    mechanism: str = ""
    price_rule: str = "mid"
    tick_minor: int = 1
    contract: str = "spot"
    notice_days: int = 0
    clear_at_close: bool = False
    sealed: SealedTerms | None = None
    continuous: ContinuousTerms | None = None
    posted: PostedTerms | None = None
    negotiated: NegotiatedTerms | None = None
    seed_hash: str = ""
    matching: MatchingTerms | None = None
    credit: CreditTerms | None = None
    packages: WholePackageTerms | None = None
    random_end: RandomEnd | None = None
    losses_to: str = ""
