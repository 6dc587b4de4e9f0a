"""Books larger than memory: orders in chunks in, regional curves added up, fills in chunks out."""
