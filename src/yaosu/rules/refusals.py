"""Why the rules may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "rules.malformed": (
            "the {what} cannot be read: {reason}",
            "correct the file at that place and read it again",
        ),
        "rules.too_large": (
            "the {what} has {size}; {limit} are allowed",
            "split it into several files",
        ),
        "rules.bad_expression": (
            "the expression of {where} is not allowed: {reason}; it reads: {expression}",
            "use declared facts, whole numbers and texts, comparisons, && || ! and in",
        ),
        "rules.unknown_fact": (
            "{item} reads {fact}, which the pack does not declare",
            "declare it under [facts] with its kind, or name the item that gives it under reads",
        ),
        "rules.bad_name": (
            "{what} {name!r} is not a name",
            "use lower-case letters, digits and _ , beginning with a letter",
        ),
        "rules.bad_kind": (
            "{what} is of kind {kind!r}",
            "use one of: {allowed}",
        ),
        "rules.duplicate_item": (
            "item {item} is there twice in pack {pack}",
            "give every item its own id",
        ),
        "rules.unknown_item": (
            "{item} reads item {read}, which is not in force with it",
            "add the item, or correct the name under reads",
        ),
        "rules.circle": (
            "item {item} reads itself by way of others",
            "break the circle",
        ),
        "rules.example_missing": (
            "item {item} has no worked example",
            "add at least one [[...example]] with facts and result",
        ),
        "rules.example_fails": (
            "example {number} of {item} gives {given}, the file says {expected}",
            "correct the item or the example",
        ),
        "rules.forbidden_field": (
            "item {item} reads the applicant's {field} ({path}) without an authority and an expiry",
            "drop the field, or name the authority that answers for it and the day it ends",
        ),
        "rules.bad_table": (
            "table {item} does not hold together: {reason}",
            "give every row each column once, with keys that differ",
        ),
        "rules.beyond_bounds": (
            "parameter {item} is {value}, outside {least} to {greatest}",
            "choose a value inside the bounds the national pack sets",
        ),
        "rules.bad_dates": (
            "{what} would end at {expiry}, not after its effect at {effective}",
            "correct the dates",
        ),
        "rules.already_expired": (
            "pack {pack} ended at {expiry}",
            "adopt a version that is still to come or in force",
        ),
        "rules.version_exists": (
            "version {version} of pack {pack} was adopted before",
            "give the pack a new version",
        ),
        "rules.not_later": (
            "version {version} of pack {pack} takes effect at {effective}, not after {before}",
            "let it take effect later than the version before it",
        ),
        "rules.unknown_base": (
            "overlay {pack} changes pack {base}, which is not in force",
            "adopt the base first, or correct its id",
        ),
        "rules.no_place": (
            "overlay {pack} must name a zone or a region, one of the two",
            "say where it applies",
        ),
        "rules.no_sunset": (
            "overlay {pack} has no expiry",
            "say when it ends; it can be adopted again",
        ),
        "rules.tie": (
            "overlays {pack} and {other} both change {item} in {place} and neither comes first",
            "give one of them a higher precedence",
        ),
        "rules.kind_differs": (
            "overlay {pack} turns {item} from {before} into {after}",
            "keep the kind of item, or add an item of another id",
        ),
        "rules.extra_entry_condition": (
            "overlay {pack} adds or changes entry condition {item}",
            "change the one national set instead, with an authority and an expiry",
        ),
        "rules.base_changed": (
            "a pack that stood on its own cannot become an overlay, nor the other way: {pack}",
            "give the new pack an id of its own",
        ),
        "rules.not_in_force": (
            "no pack {pack} is in force",
            "adopt one (adopt_rules)",
        ),
    }
)
