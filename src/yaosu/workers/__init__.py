"""What takes time or touches the world, and reports back by commands."""
