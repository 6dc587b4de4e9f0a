"""Why the gate may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "access.bad_role": (
            "{role!r} is not a role one is admitted to",
            "use one of: {roles}",
        ),
        "access.conditions_not_met": (
            "{party} does not meet the conditions to be {role} of {factor}: {reasons}{undecided}",
            "meet the conditions named and apply again; they are the same in every region",
        ),
        "access.admitted_before": (
            "{party} is {standing} as {role} of {factor} already",
            "one admission holds in every region; nothing is to be done",
        ),
        "access.not_admitted": (
            "{party} is not admitted as {role} of {factor}",
            "apply for admission (apply_for_admission)",
        ),
        "access.suspended": (
            "{party} is suspended as {role} of {factor}: {reason}",
            "have the suspension lifted (reinstate_admission)",
        ),
        "access.not_suspended": (
            "{party} is not suspended as {role} of {factor}",
            "nothing is to be done",
        ),
        "access.bad_term": (
            "a suspension until {until} would end before it begins",
            "give a later end, or 0 for none",
        ),
        "access.nothing_to_leave": (
            "{party} has no admission {what}",
            "nothing is to be done",
        ),
        "access.exit_blocked": (
            "{party} cannot leave yet; still open ({count}): {blockers}",
            "settle, cancel or release each of them, then leave",
        ),
    }
)
