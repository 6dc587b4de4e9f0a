"""What one reads from the books."""

from yaosu.kernel.columns import Columns
from yaosu.ledger.state import Book


def balances(book: Book, party: str | None = None) -> Columns:
    """Accounts with a balance: party, asset, purpose, balance; of one party or of all."""
    table = book.canonical()
    if party is None:
        return table
    code = table.text("party").code_of(party)
    return table.take(table.text("party").codes == code)
