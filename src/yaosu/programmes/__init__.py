"""To what purpose: window, budget, targets, calls and awards."""
