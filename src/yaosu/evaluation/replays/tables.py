"""The tables of a comparison: name -> column -> (kind, what it holds). Their one description."""

MARKET = {
    "market": ("text", "id of the market"),
    "round": ("number", "round, from 1; 0 for all that a market traded as orders arrived"),
}
PRICED = {**MARKET, "instrument": ("text", "what was traded")}

TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "prices": {
        **PRICED,
        "region": ("text", "where"),
        "recorded": (
            "number or empty",
            "price, ticks; empty where nothing traded; in round 0 the mean price by lots, rounded "
            "down",
        ),
        "replayed": ("number or empty", "the same under the other rules"),
    },
    "flows": {
        **PRICED,
        "source": ("text", "region the lots leave"),
        "target": ("text", "region they reach"),
        "recorded": ("number or empty", "lots sent; empty where no link was in force"),
        "replayed": ("number or empty", "the same under the other rules"),
        "recorded_shadow": ("number or empty", "shadow price of the link's limit, ticks a lot"),
        "replayed_shadow": ("number or empty", "the same under the other rules"),
    },
    "volumes": {
        **MARKET,
        "recorded": ("number or empty", "lots bought; empty where the round was not priced"),
        "replayed": ("number or empty", "the same under the other rules"),
        "recorded_welfare": (
            "number or empty",
            "gains from trade, ticks x lots; empty in round 0",
        ),
        "replayed_welfare": ("number or empty", "the same under the other rules"),
        "tick_minor": ("number", "minor units of money a tick is worth a lot"),
        "reform_dividend_minor": ("number", "reform dividend of the round, minor units"),
    },
    "payouts": {
        "source": (
            "text",
            "`income`: payouts under a rule; `sales`: received for lots delivered and for the use "
            "of links; `purchases`: paid for them, below zero",
        ),
        "by": ("text", "what is grouped by: `kind` of party, `region`, `factor`"),
        "group": (
            "text",
            "the kind, region or factor; a region is the unit's for income, and in trade what the "
            "party states as its fact `region`, empty where it states none",
        ),
        "currency": ("text", "what is paid"),
        "recorded": ("number", "minor units"),
        "replayed": ("number", "minor units under the other rules"),
    },
    "outcomes": {
        "command": ("text", "what was asked"),
        "outcome": (
            "text",
            "`same`, `changed`, `newly accepted`, `newly refused`, `without object` or "
            "`supplied by policy`",
        ),
        "commands": ("number", "how many"),
        "value": ("number", "their value, minor units: money, or price x quantity of orders"),
    },
    "divergences": {
        "sequence": ("number", "entry that came out otherwise; the first hundred are listed"),
        "instant": ("number", "microseconds since 1970 UTC"),
        "actor": ("text", "who asked"),
        "command": ("text", "what"),
        "outcome": ("text", "class of outcome"),
        "value": ("number", "of the command, minor units"),
        "recorded": ("text", "`accepted`, or the code of the refusal"),
        "replayed": ("text", "the same under the other rules"),
        "cause": ("text", "`rule item ..`, `follows from entry ..` or `not followed`"),
        "item": ("text", "the rule item at the root, as `id@version#item`; empty if not known"),
        "follows": ("number or empty", "the entry it follows from"),
    },
}
