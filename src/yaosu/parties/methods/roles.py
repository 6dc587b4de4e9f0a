"""Roles: who grants them, and which of them nobody may hold together.

Government and market are kept apart: whoever keeps the register, runs the market, owns for the
state, sets prices or watches may do only one of these; and whoever registers, runs, prices or
watches does not trade.
"""

GRANTED_BY_AUTHORITY = (
    "authority",
    "owner_of_state_assets",
    "price_regulator",
    "registrar",
    "supervisor",
)
GRANTED_BY_OPERATOR = ("agency", "operator")
GRANTED_BY_ADMISSION = ("bidder", "holder")
ROLES = tuple(sorted((*GRANTED_BY_AUTHORITY, *GRANTED_BY_OPERATOR, *GRANTED_BY_ADMISSION)))

KEPT_APART = (  # of each row, a party may hold one
    ("operator", "owner_of_state_assets", "price_regulator", "registrar", "supervisor"),
    ("authority", "operator"),
    ("authority", "bidder"),
    *((office, "bidder") for office in ("operator", "price_regulator", "registrar", "supervisor")),
    *((office, "holder") for office in ("operator", "price_regulator", "registrar", "supervisor")),
    *((office, "agency") for office in ("registrar", "supervisor")),
)


def granter_of(role: str) -> str:
    """The role whose holder grants ``role``; empty where it comes by admission alone."""
    if role in GRANTED_BY_AUTHORITY:
        return "authority"
    return "operator" if role in GRANTED_BY_OPERATOR else ""


def conflict_with(role: str, held: list[str]) -> str:
    """The first held role, by name, that excludes ``role``; empty where none does."""
    for other in sorted(held):
        for row in KEPT_APART:
            if other != role and other in row and role in row:
                return other
    return ""
