"""Institutions as data: factors, rules, calendars and regions in TOML files; no code."""
