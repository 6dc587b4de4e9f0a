"""Moving in: what another register holds comes over from its tables, row by row, by commands."""
