"""Pure algorithms of parties: which roles exclude each other, and shares of a group."""
