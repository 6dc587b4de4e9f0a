"""What comes sealed in a listing: bids, the reserve, the seed; opened after the end of bidding.

Before that only who bid and when is known; the deposit is the same for all. No decision reads a
ciphertext: what is opened must be what was committed to.
"""

import numpy as np

from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.sealing import SALT_BYTES_MIN, Binding, hash_commitment
from yaosu.kernel.words import Event
from yaosu.markets.batch import PRICE_MAX, may_order_for_others
from yaosu.markets.commands import OpenSealedBid, RevealTerm, SealBid
from yaosu.markets.events import BidOpened, BidSealed, TermRevealed
from yaosu.markets.listing import check_bidder, check_bids, listing_of
from yaosu.markets.listing_book import RESERVE, SEED
from yaosu.markets.listing_state import ENDED, REVEAL, Listing
from yaosu.markets.listing_terms import ListedBid, SealedTerm
from yaosu.markets.mechanisms.listing_parameters import SEALED
from yaosu.markets.promised import check_bids_limits
from yaosu.markets.seeds import is_seed
from yaosu.markets.state import MarketsReach
from yaosu.markets.terms import SealedBid
from yaosu.parties.sealed_data import keep_sealed

ITEM = "bid"


def decide_seal_bid(reach: MarketsReach, command: SealBid) -> list[Event]:
    """A bid is taken in unread; a later one of the same party takes its place."""
    listing = listing_of(reach, command.listing)
    head = listing.head
    comes_sealed = head.terms.row.bidding == SEALED
    refuse_unless(comes_sealed, "markets.bids_come_open", listing=head.listing)
    party = check_bidder(reach, listing, command.actor, command.party)
    names = [note.name for note in command.sealed]
    refuse_unless(names == [ITEM], "markets.one_sealed_item", item=ITEM)
    (note,) = command.sealed
    bid = SealedBid(
        party=party,
        actor=command.actor,
        key=command.key,
        data_key=note.data_key,
        hash_commitment=note.hash_commitment,
        deposit_minor=listing.deposits[party],
        sequence=len(listing.sealed) + 1,
    )
    return [
        *keep_sealed(reach, party, command.sealed),
        BidSealed(listing=head.listing, bid=bid, at=reach.now),
    ]


def check_may_open_bid(reach: MarketsReach, command: OpenSealedBid) -> SealedBid:
    """The bid these columns were committed to, or a refusal; asked at the door too."""
    listing = _opening(reach, command.listing)
    bid = found(
        listing.sealed.get(command.party),
        "markets.no_sealed_bid",
        batch=command.party,
        market=command.listing,
    )
    refuse_unless(
        command.actor in (bid.actor, bid.party) or may_order_for_others(reach, command.actor),
        "markets.not_your_bid",
        batch=command.party,
        actor=command.actor,
    )
    sealed = SealedTerm(
        actor=bid.actor, key=bid.key, data_key=bid.data_key, hash_commitment=bid.hash_commitment
    )
    _check_same(reach, sealed, ITEM, command.salt, canonical.encode(command.bid), listing)
    return bid


def decide_open_sealed_bid(reach: MarketsReach, command: OpenSealedBid) -> list[Event]:
    """A sealed bid becomes a bid, at the instant it came."""
    bid = check_may_open_bid(reach, command)
    listing = reach.markets.listings.listings[command.listing]
    bids = _read(command.bid, bid.party, listing.sealed_at[bid.party], listing)
    check_bids(listing, bids)
    check_bids_limits(reach, listing, bids)
    return [BidOpened(listing=command.listing, party=bid.party, bids=bids)]


def check_may_reveal(reach: MarketsReach, command: RevealTerm) -> SealedTerm:
    """The term this value was committed to, or a refusal; asked at the door too."""
    listing = _opening(reach, command.listing)
    head = listing.head
    terms = {RESERVE: head.reserve, SEED: head.seed}
    term = found(
        terms.get(command.item),
        "markets.nothing_committed",
        item=command.item,
        listing=head.listing,
    )
    told = command.item in listing.revealed
    refuse_unless(not told, "markets.told_already", item=command.item, listing=head.listing)
    digits = command.value.isascii() and command.value.isdigit() and len(command.value) <= 15
    if command.item == SEED:
        digits = is_seed(command.value)
    content = canonical.encode(
        int(command.value) if digits and command.item == RESERVE else command.value
    )
    _check_same(reach, term, command.item, command.salt, content, listing)
    in_range = command.item == SEED or (digits and int(command.value) <= PRICE_MAX)
    fits = digits and in_range
    refuse_unless(fits, "markets.bad_revealed", item=command.item, limit=PRICE_MAX)
    return term


def decide_reveal_term(reach: MarketsReach, command: RevealTerm) -> list[Event]:
    """The reserve or the seed is told, and is what was committed to."""
    check_may_reveal(reach, command)
    return [TermRevealed(listing=command.listing, item=command.item, value=command.value)]


def sealed_listings(reach: MarketsReach, data_key: str) -> list[str]:
    """Sealed bids and terms of open listings that only this key opens."""
    found_: list[str] = []
    for name, listing in sorted(reach.markets.listings.listings.items()):
        if listing.phase == ENDED:
            continue
        for party, bid in sorted(listing.sealed.items()):
            if bid.data_key == data_key:
                found_.append(f"sealed bid {name}/{party}")
        for item, term in ((RESERVE, listing.head.reserve), (SEED, listing.head.seed)):
            if term and term.data_key == data_key and item not in listing.revealed:
                found_.append(f"sealed {item} of {name}")
    return found_


def _opening(reach: MarketsReach, name: str) -> Listing:
    listing = listing_of(reach, name)
    refuse_unless(
        listing.phase == REVEAL, "markets.nothing_is_opened", listing=name, phase=listing.phase
    )
    return listing


def _check_same(
    reach: MarketsReach,
    term: SealedTerm,
    item: str,
    salt: bytes,
    content: bytes,
    listing: Listing,
) -> None:
    venue = reach.parties.venue
    assert venue is not None
    binding = Binding(venue=venue.id, actor=term.actor, key=term.key, item=item)
    same = hash_commitment(binding, salt, content) == term.hash_commitment
    refuse_unless(
        same and len(salt) >= SALT_BYTES_MIN,
        "markets.not_what_was_committed",
        item=item,
        listing=listing.head.listing,
    )


def _read(bid: Columns, party: str, at: int, listing: Listing) -> tuple[ListedBid, ...]:
    """The bids of a table: one row where bids are for the whole."""
    fits = sorted(bid.names) == ["price", "quantity"] and all(
        isinstance(bid.column(name), np.ndarray) and bid[name].dtype.kind == "i"
        for name in ("price", "quantity")
    )
    most = 1 if listing.head.terms.row.is_whole else ROWS_PER_BID_MAX
    fits = fits and 1 <= bid.rows <= most
    refuse_unless(fits, "markets.bad_bid_table", listing=listing.head.listing, most=most)
    return tuple(
        ListedBid(party=party, price=int(row["price"]), quantity=int(row["quantity"]), at=at)
        for row in bid.iterate()
    )


ROWS_PER_BID_MAX = 100
