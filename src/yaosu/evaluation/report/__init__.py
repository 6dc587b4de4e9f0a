"""One self-contained page of charts and tables, in English and Chinese, light and dark."""
