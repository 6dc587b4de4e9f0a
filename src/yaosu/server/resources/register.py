"""What can be read of parties, places, rules and the register."""

from yaosu.access import views as access
from yaosu.parties import views as parties
from yaosu.places import views as places
from yaosu.rights import views as rights
from yaosu.rules import views as rules
from yaosu.server.resources.paging import Resource

REGISTER: dict[str, Resource] = {
    "parties": Resource(
        make=lambda state: parties.parties(state.parties),
        key=("party",),
        columns={
            "party": "its id",
            "kind": "person, organisation or group",
            "name": "as everybody may read it; of a person it may be empty",
            "roles": "held now, joined by spaces",
            "since": "# instant of its registration",
        },
        what="Who is registered, and which roles they hold.",
    ),
    "attestations": Resource(
        make=lambda state: parties.attestations(state.parties),
        key=("attestation",),
        columns={
            "attestation": "its id",
            "issuer": "who states it",
            "about": "of whom or what",
            "kind": "what is stated",
            "level": "# how much of it",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
            "withdrawn_at": "# instant; 0 while it stands",
        },
        owners=("issuer", "about"),
        what="What is stated of whom, by licensed issuers.",
    ),
    "regions": Resource(
        make=lambda state: places.regions(state.places, state.now),
        key=("id",),
        columns={
            "id": "of the region",
            "parent": "the region it lies in",
            "level": "of the tree",
            "name": "in English",
            "name_zh": "in Chinese",
        },
        what="The region tree in force.",
    ),
    "zones": Resource(
        make=lambda state: places.zones(state.places),
        key=("zone", "region"),
        columns={
            "zone": "its id",
            "region": "that belongs to it",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
        },
        what="Sets of regions that carry an overlay for a time.",
    ),
    "packs": Resource(
        make=lambda state: rules.packs(state.rules),
        key=("pack", "version"),
        columns={
            "pack": "its id",
            "version": "its version",
            "base": "the pack it overlays, or empty",
            "effective": "# instant from which it counts",
            "expiry": "# instant; 0 is none",
            "adopted": "# instant",
            "items": "# how many",
            "digest": "SHA-256, hex",
        },
        what="Rule packs adopted, every version.",
    ),
    "rights": Resource(
        make=lambda state: rights.rights(state.rights),
        key=("right",),
        columns={
            "right": "its id",
            "unit": "what it is in",
            "factor": "of which factor",
            "instrument": "as what it trades",
            "holder": "whose it is",
            "kind": "of right",
            "share": "of the unit, as a ratio",
            "lots": "# as many lots",
            "region": "where the unit lies",
            "version": "# counted from 1",
            "begin": "# instant of this version",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
        },
        owners=("holder",),
        what="Rights as they stand in the register.",
    ),
    "register-entries": Resource(
        make=lambda state: rights.register_entries(state.rights),
        key=("at", "entry"),
        columns={
            "entry": "its id",
            "number": "its number in the register",
            "kind": "of change",
            "right": "it concerns",
            "target": "right received, or empty",
            "made_by": "who asked",
            "beneficiary": "whom it protects, or empty",
            "lots": "# moved or granted",
            "at": "# instant",
            "released_at": "# instant; 0 while it stands",
        },
        owners=("made_by", "beneficiary"),
        what="Changes of the register.",
    ),
    "admissions": Resource(
        make=lambda state: access.admissions(state.access),
        key=("party", "factor", "role"),
        columns={
            "party": "who is admitted",
            "factor": "to which factor",
            "role": "to do what",
            "standing": "admitted, suspended or left",
            "rules": "whose conditions were met",
            "since": "# instant of this standing",
        },
        owners=("party",),
        what="Who is admitted to what.",
    ),
}
