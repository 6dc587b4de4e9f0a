"""The console: pages in English and Chinese, drawn on the server from what the venue has published.

A page is a pure function from the state and the record to a struct of plain values (``pages/``), a
template that says it in words (``templates/``, ``words/``), and a style (``look.py``, ``static/``).
"""
