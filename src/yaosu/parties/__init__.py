"""Who: persons, organisations and groups, their roles, and what is attested about them."""
