"""What each page shows, as values: pure functions from the state and the record."""
