"""Facts: what items may read, and which of them say where, whose, what and how big an applicant is.

Names are lower case with ``_``. A name counts as speaking of the applicant's region, ownership,
sector or size when it, or one of its words, is in the table below; items that read such a name,
directly or through another item, need an authority and an expiry.
"""

import re

from yaosu.rules.pack import Value

NAME_FORM = re.compile(r"[a-z][a-z0-9_]{0,63}")
PROTECTED_WORDS = {
    "region": "region",
    "province": "region",
    "provincial": "region",
    "prefecture": "region",
    "city": "region",
    "county": "region",
    "district": "region",
    "hukou": "region",
    "household": "region",
    "local": "region",
    "locality": "region",
    "resident": "region",
    "residence": "region",
    "ownership": "ownership",
    "owned": "ownership",
    "foreign": "ownership",
    "private": "ownership",
    "sector": "sector",
    "industry": "sector",
    "size": "size",
    "employees": "size",
    "headcount": "size",
    "staff": "size",
    "turnover": "size",
    "revenue": "size",
    "assets": "size",
}
PROTECTED_NAMES = {"registered_capital": "size", "paid_in_capital": "size", "domicile": "region"}


def kind_of(value: Value) -> str:
    """``int``, ``text`` or ``truth``."""
    if isinstance(value, bool):
        return "truth"
    return "int" if isinstance(value, int) else "text"


def protected_by(name: str) -> str:
    """``region``, ``ownership``, ``sector`` or ``size`` when a name speaks of it, else empty."""
    if name in PROTECTED_NAMES:
        return PROTECTED_NAMES[name]
    for word in name.split("_"):
        if word in PROTECTED_WORDS:
            return PROTECTED_WORDS[word]
    return ""


def name_of_item(item: str) -> str:
    """How an item's result is called in the expressions of those that read it."""
    return item.replace(".", "_").replace("-", "_").lower()
