"""What has happened in the books."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event

Account = tuple[str, str, str]  # party, asset, purpose


class Posted(Event, frozen=True, tag="ledger.posted/1"):
    """A batch of postings, all of them or none.

    Attributes:
        batch: id of the batch, made by whoever posts; posted once.
        postings: columns party, asset, purpose (text) and amount (int64, smallest unit of the
            asset, signed); the amounts of each asset sum to zero.
    """

    batch: str
    postings: Columns
