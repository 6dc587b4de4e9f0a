"""A right is registered, transferred, frozen and released: one register for every factor."""
