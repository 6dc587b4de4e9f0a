"""What can be read of cases and of what they cost."""

from yaosu.cases import views as cases
from yaosu.server.resources.paging import Resource

PROCEDURES: dict[str, Resource] = {
    "cases": Resource(
        make=lambda state: cases.cases_table(state.cases),
        key=("case",),
        columns={
            "case": "its id",
            "procedure": "that it runs",
            "applicant": "whose",
            "phase": "where it stands",
            "filed": "# instant",
            "flags": "# how many",
        },
        owners=("applicant",),
        what="Cases.",
    ),
    "charges": Resource(
        make=lambda state: cases.charges_table(state.cases),
        key=("charge",),
        columns={
            "charge": "its id",
            "kind": "fee, fine or inspection",
            "tariff": "under which",
            "party": "who pays",
            "payee": "who is paid",
            "amount": "# minor units",
            "at": "# instant",
            "paid": "# instant; 0 while open",
        },
        owners=("party", "payee"),
        what="Fees, fines and inspections.",
    ),
}
