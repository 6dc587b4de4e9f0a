"""The door for other machines: HTTP, live events and the console."""
