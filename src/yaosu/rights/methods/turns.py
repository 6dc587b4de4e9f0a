"""Time-sharing: a share that is held in turns of a cycle, such as ``1-26/52`` weeks of a year.

After the time specification of a right in ISO 19152 (LADM). A share in turns is as large as its
turns are of the cycle, so that shares and turns say the same; no turn has two holders.
"""

import re
from fractions import Fraction

TURNS = re.compile(r"(\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*)/(\d{1,4})")
CYCLE_MAX = 1_000
TURNS_KEY = "turns"  # of the scope of a right


def turns_in(text: str) -> tuple[frozenset[int], int] | None:
    """The turns that a text names and the length of the cycle; None where it names none.

    For counting and membership only.
    """
    match = TURNS.fullmatch(text)
    if match is None or not 1 <= int(match.group(2)) <= CYCLE_MAX:
        return None
    cycle = int(match.group(2))
    turns: list[int] = []
    for piece in match.group(1).split(","):
        first, _, last = piece.partition("-")
        turns += range(int(first), int(last or first) + 1)
    is_sound = turns and min(turns) >= 1 and max(turns) <= cycle and len(set(turns)) == len(turns)
    return (frozenset(turns), cycle) if is_sound else None


def fault_of(share: Fraction, text: str, others: list[str]) -> str:
    """Why a share cannot be held in these turns beside the turns of others, or nothing."""
    mine = turns_in(text)
    if mine is None:
        return f"{text!r} does not name turns like 1-26/52"
    turns, cycle = mine
    if share != Fraction(len(turns), cycle):
        return f"a share of {share} is not {len(turns)} of {cycle} turns"
    for other in others:
        theirs = turns_in(other)
        if theirs is not None and theirs[1] != cycle:
            return f"others take turns in a cycle of {theirs[1]}"
        taken = sorted(turns & theirs[0]) if theirs else []
        if taken:
            return f"turn {taken[0]} is held by another"
    return ""
