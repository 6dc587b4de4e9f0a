"""The proofs, in the same folders as the house; `journeys` holds whole stories."""
