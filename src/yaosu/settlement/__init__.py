"""What is priced is settled over time: gates first, then delivery against payment."""
