"""Why a matching may not be made, and why one is not what the rule makes of the choices."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.matching_column": (
            "the table of {table} has a column {column} that is not known",
            "use: {known}",
        ),
        "markets.matching_number": (
            "{what} is {value} in row {row} of the table of {table}",
            "give a whole number from {least} to {most}",
        ),
        "markets.matching_names": (
            "the {what} are numbers in one table and names in another",
            "call them by number, or by name, in all tables",
        ),
        "markets.choice_of_nothing": (
            "person {person} chooses post {post}, which has no row in the table of seats",
            "give each post that is chosen a row of seats, with 0 seats where it has none",
        ),
        "markets.choice_twice": (
            "person {person} chooses post {post} twice, or two posts of the same rank",
            "give each post once in a person's list, and each rank once",
        ),
        "markets.seats_twice": (
            "post {post} has two rows of seats for the same group, or of the same precedence",
            "join rows of the same group, and give each row its own precedence",
        ),
        "markets.unknown_group": (
            "no seats are reserved for the group {group!r}, which has members",
            "check how it is written, or leave its members out",
        ),
        "markets.too_many_reserves": (
            "seats are reserved for {count} groups; {limit} are allowed",
            "reserve seats for fewer groups, or match posts that share no people by themselves",
        ),
        "markets.certificate_award": (
            "award row {row} is wrong: {reason}",
            "reject the matching and match again",
        ),
        "markets.certificate_blocked": (
            "person {person} and post {post} would both rather have each other",
            "reject the matching and match again",
        ),
        "markets.certificate_not_best": (
            "no pair blocks, but another such matching is better for the {side}, who propose",
            "reject the matching and match again",
        ),
    }
)
