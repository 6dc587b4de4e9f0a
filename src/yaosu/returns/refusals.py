"""Why returns may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "returns.income_exists": (
            "income {income} was shared before",
            "choose a new id for a new income",
        ),
        "returns.bad_amount": (
            "{amount_minor} is not an amount to share",
            "give at least 1 minor unit and at most {limit}",
        ),
        "returns.no_units": (
            "no units are named",
            "name the registered units that earned the income",
        ),
        "returns.too_many_units": (
            "{count} units are named; {limit} are allowed",
            "share the income in several parts",
        ),
        "returns.unit_named_twice": (
            "unit {unit} is named twice",
            "name each unit once",
        ),
        "returns.unknown_unit": (
            "unit {unit} is not registered",
            "register it, or leave it out",
        ),
        "returns.no_rule": (
            "{pack} has no table {rule}",
            "name a table of the rules in force, with a column weight",
        ),
        "returns.no_weight": (
            "rule {rule} gives no weight to {factor}",
            "add {factor} to the table, or leave its units out",
        ),
        "returns.nobody_to_pay": (
            "no right stands on the named units, or all their weights are zero",
            "name units with registered rights",
        ),
    }
)
