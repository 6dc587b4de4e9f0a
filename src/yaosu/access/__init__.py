"""Parties are admitted to a factor once, for every region; limited, and let go."""
