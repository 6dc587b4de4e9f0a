"""One self-contained page of sections, charts and tables, in English and Chinese, light and dark."""
