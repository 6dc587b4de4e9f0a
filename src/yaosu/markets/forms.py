"""Which form the orders of a mechanism have: a literal table."""

from yaosu.markets.form import Form
from yaosu.markets.form_matching import MATCHING
from yaosu.markets.form_package import PACKAGE
from yaosu.markets.form_plain import PLAIN, TIMED
from yaosu.markets.form_whole import WHOLE_PACKAGE

FORMS: dict[str, Form] = {
    "call": PLAIN,
    "continuous": TIMED,
    "package": PACKAGE,
    "package-all-or-nothing": WHOLE_PACKAGE,
    "matching": MATCHING,
}
