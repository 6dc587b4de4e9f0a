"""What was settled earns, and the earnings are shared by a named rule, to the last cent."""
