"""A title certificate on paper: what it says to people, and how it is drawn."""
