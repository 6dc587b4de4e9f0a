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
        "returns.shared_before": (
            "the value added of {unit} was shared before",
            "nothing more is due",
        ),
        "returns.not_merged": (
            "{unit} is no merged unit",
            "name a unit that merge_units made",
        ),
        "returns.not_holder": (
            "{actor} did not hold the whole of {unit} when it was merged",
            "let the group ask that held it",
        ),
        "returns.no_frozen_list": (
            "resolution {resolution} does not say who shares in {unit}: {reason}",
            "name the resolution to merge by which the merger was entered",
        ),
        "returns.fund_is_member": (
            "{fund} is a member and cannot keep the collective fund",
            "name the group itself, or a party that is no member",
        ),
        "returns.no_levy": (
            "{levy} is no authority and receives no levy",
            "name a party with the role authority",
        ),
        "returns.fragments_not_valued": (
            "the assessments are not one for each fragment of {unit}",
            "name one of each: {fragments}",
        ),
        "returns.not_sold": (
            "contract {contract} does not say what {unit} brought: {reason}",
            "name the performed contract by which the group sold the whole unit",
        ),
        "returns.no_value_added": (
            "{unit} brought {after}, its fragments were worth {before}: there is nothing to share",
            "share only where the sale brought more",
        ),
        "returns.no_percent": (
            "no rule {rule} from 0 to 100 is in force where {unit} lies",
            "adopt a rule pack with this parameter",
        ),
        "returns.nobody_to_pay": (
            "no right stands on the named units, or all their weights are zero",
            "name units with registered rights",
        ),
    }
)
