"""Ways to share an income; pure, exact, one a file."""
