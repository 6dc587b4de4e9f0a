"""The same commands over HTTP, for a program that stands elsewhere."""
