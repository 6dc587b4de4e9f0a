"""Measures on plain arrays: dispersion, misallocation, technology; no market, no files."""
