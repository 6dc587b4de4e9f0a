"""Pure algorithms of cases: what comes next, and how long the branches of a procedure take."""
