"""Why a replay may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "engine.unknown_policy": (
            "policy {policy} is not known",
            "use one of: {known}",
        ),
        "engine.not_a_pack": (
            "a replay is given {found} where it wants a rule pack",
            "read the pack from its text first",
        ),
        "engine.no_such_pack": (
            "the journal never adopted a rule pack {pack}",
            (
                "give another version of a pack that was adopted; a new overlay is put in place "
                "where the period begins after its base was adopted"
            ),
        ),
        "engine.pack_twice": (
            "two rule packs are given for {pack}",
            "give one version; compare several with several counterfactuals",
        ),
        "engine.pack_refused": (
            "rule pack {pack} cannot be in force in this journal: {reason}",
            "change the pack, or begin the period where its regions and packs exist",
        ),
        "engine.no_counterfactual": (
            "no counterfactual is given",
            "name at least one, with the rule packs that would have been in force",
        ),
        "engine.bad_bound": (
            "{value} is not the number of an entry",
            "give 0 or more, an instant like 2026-11-21T08:00:00Z, or a date",
        ),
        "engine.period_backwards": (
            "the period from {since} to {until} would begin at entry {first} and end at {last}",
            "give a later end or an earlier beginning",
        ),
        "engine.period_beyond": (
            "{bound} lies beyond the journal, which ends with entry {last} at {ends}",
            "give an earlier bound, or leave it out",
        ),
        "engine.period_empty": (
            "nobody asked for anything from entry {first} to entry {last}",
            "widen the period",
        ),
    }
)
