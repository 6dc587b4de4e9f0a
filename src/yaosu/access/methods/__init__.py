"""Pure algorithms of the gate."""
