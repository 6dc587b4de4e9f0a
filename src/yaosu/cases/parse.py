"""Read a procedure from its TOML text; one that could not be followed does not load."""

from yaosu.cases.check import check_procedure
from yaosu.cases.procedure import Procedure
from yaosu.kernel.instant import parse_instant
from yaosu.rules.toml import convert, read_toml

WHAT = "procedure"


def parse_procedure(text: str) -> Procedure:
    """The procedure a TOML text describes, checked.

    Raises:
        Refusal: ``cases.bad_procedure``, ``rules.malformed``, ``rules.too_large``.
    """
    raw = read_toml(text, WHAT)
    for name in ("effective", "expiry"):
        if isinstance(raw.get(name), str):
            raw[name] = parse_instant(raw[name])
    procedure = convert(raw, Procedure, WHAT)
    check_procedure(procedure)
    return procedure
