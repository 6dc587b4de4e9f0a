"""What can be read of the gate: limits per party, recognitions, resolutions, powers of attorney."""

from yaosu.access import views as access
from yaosu.access.limit_views import limits_page
from yaosu.parties import views as parties
from yaosu.server.resources.paging import Resource

GATE: dict[str, Resource] = {
    "limits": Resource(
        make=limits_page,
        key=("party", "limit", "what", "item"),
        columns={
            "party": "whose",
            "limit": "its name in the rules",
            "what": "what is added up, in words",
            "measure": "in what the numbers are",
            "most": "# the figure",
            "used": "# of it, with those that count as one with the party",
            "left": "# of it; 0 where more is used",
            "held": "# of what is used: had by the register",
            "ordered": "# of what is used: in orders, bids and deals",
            "awaited": "# of what is used: in contracts that wait",
            "together": "parties that count as one, joined by spaces; empty where it is alone",
            "item": "of the rules, that has the figure",
            "packs": "of rules in force",
            "standing": "within, above or exempt",
        },
        owners=("party",),
        what="How much of each limit a party has used, what is left, and by what.",
    ),
    "recognitions": Resource(
        make=lambda state: access.recognitions(state.access),
        key=("recognition",),
        columns={
            "recognition": "its id, that of the attestation it gave",
            "party": "whose",
            "credential": "the original",
            "target": "what it counts as",
            "level": "# of it",
            "way": "row by row",
            "tables": "that gave it, or the ground of a decision",
            "supervisor": "under whom the party works, or empty",
            "supervised_until": "# instant; 0 where nobody supervises",
        },
        owners=("party", "supervisor"),
        what="What credentials were recognised as.",
    ),
    "resolutions": Resource(
        make=lambda state: parties.resolutions(state.parties),
        key=("resolution",),
        columns={
            "resolution": "its id",
            "group": "who resolves",
            "purpose": "what it may prove",
            "subject": "what it is about",
            "standing": "open, passed, not_passed, no_quorum or revoked",
            "for_votes": "as a fraction of all",
            "against_votes": "as a fraction of all",
            "abstained": "as a fraction of all",
            "closes": "# instant",
            "concluded": "# instant; 0 while votes are taken",
        },
        owners=("group",),
        what="What groups were asked and have resolved.",
    ),
    "votes": Resource(
        make=lambda state: parties.all_votes(state.parties),
        key=("resolution", "member"),
        columns={
            "resolution": "its id",
            "group": "who resolves",
            "member": "who may vote",
            "choice": "for, against, abstain; empty while it has not voted",
            "standing": "of the resolution",
            "cast_by": "the member, or who entered the minutes",
            "at": "# instant; 0 while it has not voted",
        },
        owners=("group", "member"),
        what="Votes on resolutions, member by member.",
    ),
    "powers": Resource(
        make=lambda state: parties.powers(state.parties, state.now),
        key=("power",),
        columns={
            "power": "its id",
            "principal": "who is bound",
            "attorney": "who asks",
            "commands": "tags it covers, joined by spaces",
            "in_force": "# 1 where it counts now",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
            "withdrawn_at": "# instant; 0 while it stands",
        },
        owners=("principal", "attorney"),
        what="Powers of attorney: who may ask what for whom.",
    ),
}
