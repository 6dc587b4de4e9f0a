"""Pure algorithms of the register: terms and the splitting and merging of shares."""
