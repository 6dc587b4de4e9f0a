"""Notices: what has happened is told to those it concerns, in the console and by e-mail."""
