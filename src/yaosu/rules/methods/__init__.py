"""Pure methods over rule packs: what a predicate can be, what differs, what is touched."""
