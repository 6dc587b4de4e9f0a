"""The books: accounts (party, asset, purpose) in pure double entry; every asset sums to zero."""
