"""One registration for each factor, as the shipped profiles ask."""

from typing import Any

from tests.floors import DOCUMENT, START
from yaosu.kernel.instant import DAY
from yaosu.rights.commands import RegisterRight

YEAR = 365 * DAY
SAMPLES: dict[str, dict[str, Any]] = {
    "land": {
        "quantity": 10_000,
        "unit_attributes": {"use": "industrial", "land_title": "state"},
        "term_to": START + 49 * YEAR,
    },
    "labour": {
        "quantity": 1_800,
        "unit_attributes": {"skill_grade": "technician"},
        "term_to": START + YEAR,
    },
    "capital": {"quantity": 500, "unit_attributes": {}},
    "technology": {
        "quantity": 100,
        "unit_attributes": {"patent_number": "ZL2024"},
        "term_to": START + 18 * YEAR,
    },
    "data": {
        "quantity": 1_000,
        "unit_attributes": {"content_digest": DOCUMENT},
        "term_to": START + 2 * YEAR,
    },
    "compute": {
        "quantity": 2_400,
        "unit_attributes": {"grade": "A", "site": "R01", "slot": "2026-04-01/2026-04-02"},
        "term_to": START + YEAR,
    },
    "carbon": {"quantity": 300, "unit_attributes": {"scheme": "national", "vintage": 2026}},
}


def registration(factor: str, /, **changes: Any) -> RegisterRight:
    """The sample of a factor, held by anna, with changes."""
    fields: dict[str, Any] = {
        "right": f"R-{factor}",
        "unit": f"U-{factor}",
        "factor": factor,
        "region": "R01",
        "holder": "anna",
        "source": DOCUMENT,
        **SAMPLES[factor],
        **changes,
    }
    return RegisterRight(actor="reg", key="k", **fields)
