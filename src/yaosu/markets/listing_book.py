"""From a listing of the journal to what the mechanism takes: orders and parameters."""

from yaosu.kernel.instant import MINUTE
from yaosu.markets.listing_state import Listing
from yaosu.markets.listing_terms import ListingHead
from yaosu.markets.mechanisms.listing_parameters import ListingParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

RESERVE, SEED = "reserve", "seed"


def orders_of(listing: Listing) -> Orders:
    """The offer, and the bids in the order they came; the sequence is the instant."""
    head = listing.head
    return Orders.from_columns(
        instrument=[head.instrument] * (1 + len(listing.bids)),
        region=[head.region] * (1 + len(listing.bids)),
        side=[-1] + [1] * len(listing.bids),
        price=[head.price, *(bid.price for bid in listing.bids)],
        quantity=[head.supply, *(bid.quantity for bid in listing.bids)],
        party=[head.seller, *(bid.party for bid in listing.bids)],
        sequence=[head.begins, *(bid.at for bid in listing.bids)],
    )


def network_of(head: ListingHead) -> Network:
    """Its region alone."""
    return Network.alone(head.region)


def parameters_of(listing: Listing) -> ListingParameters:
    """What the listing's terms and revealed items say to the mechanism; times in microseconds."""
    head, terms = listing.head, listing.head.terms
    reserve = listing.revealed.get(RESERVE)
    seed = listing.revealed.get(SEED, "")
    return ListingParameters(
        form=terms.form,
        reserve=None if reserve is None else int(reserve),
        increment=head.increment,
        bidders_min=terms.bidders_min,
        ends=head.ends,
        soft_close=terms.soft_close_minutes * MINUTE,
        extension=terms.extension_minutes * MINUTE,
        onsite=terms.onsite_minutes * MINUTE,
        clock_start=head.clock_from or None,
        clock_step=head.clock_step or 1,
        ties=terms.ties,
        seed=seed,
        uniform_price=terms.uniform_price,
        if_short=terms.if_short,
        left=tuple(sorted(listing.left)),
        groups=tuple(sorted(listing.groups.items())),
        criteria=head.criteria,
        price_weight=head.price_weight,
        price_base=head.price_base,
        price_bends=head.price_bends,
        scores=tuple(sorted(listing.scores, key=lambda s: (s.party, s.criterion, s.evaluator))),
        evaluators_min=terms.evaluators_min,
    )


def carried_over(unsold: int, rounds: int) -> tuple[int, ...]:
    """Unsold lots spread evenly over the next rounds; what does not divide goes to the first."""
    each, more = divmod(unsold, rounds)
    parts = [each + (number < more) for number in range(rounds)]
    return tuple(part for part in parts if part)
