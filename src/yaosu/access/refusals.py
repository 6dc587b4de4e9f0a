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
        "access.bad_table": (
            "table {table} does not hold together: {reason}",
            "correct the file at that place and read it again",
        ),
        "access.version_exists": (
            "table {table} was adopted before",
            "give it a new version",
        ),
        "access.gain_in_circle": (
            "with table {table} a credential would come back as more than it was: {way}",
            "lower what a row on that way gives, or raise what it asks for",
        ),
        "access.not_listed": (
            "no table in force recognises {attestation} as {target}: {reason}",
            "bring what the table asks for, or file a case of the procedure {appeal}",
        ),
        "access.not_original": (
            "{attestation} was itself recognised and leads no further",
            "give the original credential behind it",
        ),
        "access.not_your_credential": (
            "{attestation} is not about {actor}",
            "give a credential of your own",
        ),
        "access.scopes_apart": (
            "the rows that lead to {target} count in places that exclude each other",
            "have the credential recognised step by step where each row counts",
        ),
        "access.recognised_before": (
            "{party} has {target} of level {level} already ({attestation})",
            "nothing is to be done",
        ),
        "access.no_supervisor": (
            "{supervisor} cannot supervise for {target}: a supervisor is another party with at "
            "least level {level} of its own, not itself supervised",
            "name such a party",
        ),
        "access.bad_decision": (
            "the decision gives {target} of level {level} for {days} days, or names no ground",
            "name a kind in lower case, a level from 1, days from 0, and the ground",
        ),
        "access.unknown_recognition": (
            "nothing was recognised by the id {recognition}",
            "check the id",
        ),
        "access.recognition_over": (
            "recognition {recognition} is over",
            "nothing is to be done",
        ),
        "access.unknown_award": (
            "no table in force has the award {award}",
            "look up the awards first",
        ),
        "access.award_held": (
            "{party} has what award {award} gives already ({attestation})",
            "nothing is to be done",
        ),
        "access.bad_outcome": (
            "outcome {outcome} cannot be counted: {reason}",
            "leave it out, or have it attested as the table reads it",
        ),
        "access.counted_before": (
            "outcome {outcome} was counted for award {award} already, with {other}",
            "leave it out; an outcome counts once for an award",
        ),
        "access.too_few_credits": (
            "award {award} is not reached; it lacks {lacking}",
            "add outcomes and claim again",
        ),
        "access.unknown_scale": (
            "no scale {scale} is in force",
            "look up the scales first",
        ),
        "access.unknown_grade": (
            "scale {scale} has no grade {grade}; it has {grades}",
            "ask for one it has",
        ),
        "access.grade_held": (
            "{party} is in grade {held} of {scale} already, not below {grade}",
            "nothing is to be done",
        ),
        "access.grade_not_reached": (
            "{party} does not reach grade {grade} of {scale} yet; it lacks: {lacking}",
            "have what lacks attested and ask again",
        ),
        "access.leaving": (
            "{party} has begun to leave and buys no {factor} any more",
            "sell and settle what is open, or stay after all (stop_exit)",
        ),
        "access.exit_begun_before": (
            "{party} has begun to leave {what} before",
            "look up what is still open (exit_page)",
        ),
        "access.exit_not_begun": (
            "{party} has not begun to leave {what}",
            "nothing is to be done",
        ),
        "access.not_a_person": (
            "{party} is not a person and has no residence",
            "name a person",
        ),
        "access.not_your_residence": (
            "{actor} may not enter where {party} lives",
            "let the person do so, or a registrar",
        ),
        "access.lives_there": (
            "{party} lives in {region} already",
            "nothing is to be done",
        ),
    }
)
