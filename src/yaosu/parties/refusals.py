"""Why parties may be told no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "parties.already_founded": (
            "venue {venue} is founded already",
            "found a venue once, in the first entry of a journal",
        ),
        "parties.not_founded": (
            "no venue is founded yet",
            "begin with found_venue, by the actor founder",
        ),
        "parties.not_founder": (
            "{actor} cannot found a venue",
            "send found_venue as the actor founder",
        ),
        "parties.same_party": (
            "{party} cannot be both operator and authority",
            "name two parties: one runs the market, the other its rules",
        ),
        "parties.bad_currency": (
            "currency {currency} with {digits} minor digits is not usable",
            "use three capital letters and 0 to 6 digits",
        ),
        "parties.key_known": (
            "{key} has been the venue's key already",
            "make a new key (yaosu key new) and name that",
        ),
        "parties.key_elsewhere": (
            "a key of {name} cannot follow one of {origin}",
            "make the new key under the name {origin}: the name is the origin of all checkpoints",
        ),
        "parties.not_endorsed": (
            "the key in force, {key}, has not signed that this one follows it",
            "sign the succession with the key in force (yaosu key rotate)",
        ),
        "parties.exists": (
            "party {party} is registered already",
            "choose another id",
        ),
        "parties.unknown": (
            "party {party} is not registered",
            "register it first (register_party)",
        ),
        "parties.unknown_currency": (
            "{currency} is not the currency of the venue",
            "use {known}",
        ),
        "parties.bad_kind": (
            "{kind!r} is not a kind of party",
            "use person, organisation or group",
        ),
        "parties.bad_members": (
            "the members of {party} do not hold together: {reason}",
            "give a group at least one registered member each once, with shares that sum to one",
        ),
        "parties.bad_fact": (
            "fact {name!r} of {party} cannot be kept: {reason}",
            "use lower-case names with _, at most 100 of them, none that begins with attested_",
        ),
        "parties.bad_seal": (
            "the items about {party} cannot be sealed with the key {data_key}: {reason}",
            "seal them with a key of the party's own that still stands",
        ),
        "parties.nothing_sealed": (
            "no sealed items travel with {command}",
            "seal at least one item, and send its note",
        ),
        "parties.may_not_seal": (
            "{actor} may not put sealed items about {party} on record",
            "ask the party itself, or a party with the role {roles}",
        ),
        "parties.must_be_sealed": (
            "{field} of {party} is of the level {level}, which never stands in plain",
            "send it sealed, and leave it out of the command",
        ),
        "parties.unknown_key": (
            "no sealed item on record names the key {data_key}",
            "look up the keys of the party first",
        ),
        "parties.key_erased_before": (
            "the key {data_key} was erased before",
            "nothing is to be done",
        ),
        "parties.may_not_erase": (
            "{actor} may not erase a key of {party}",
            "ask the party itself, or a party with one of the roles {roles}",
        ),
        "parties.key_needed": (
            "the key {data_key} is needed still: {reason}",
            "wait until it is opened or forfeited",
        ),
        "parties.no_legal_basis": (
            "an erasure names its reason and its legal basis",
            "name the article or the contract that it follows from",
        ),
        "parties.unknown_role": (
            "{role!r} is not a role",
            "use one of: {roles}",
        ),
        "parties.role_by_admission": (
            "the role {role} comes with an admission",
            "let the party apply for admission (apply_for_admission)",
        ),
        "parties.may_not_grant": (
            "{actor} does not hold the role {granter}, which grants and ends {role}",
            "ask a party that holds {granter}",
        ),
        "parties.has_role": (
            "{party} holds the role {role} already",
            "nothing is to be done",
        ),
        "parties.lacks_role": (
            "{party} does not hold the role {role}",
            "look up its roles first",
        ),
        "parties.conflicting_role": (
            "{party} holds the role {held}, which nobody may hold together with {role}",
            "end the one role first, or give the other to another party",
        ),
        "parties.last_of_role": (
            "{party} is the last to hold the role {role}",
            "grant it to another party first",
        ),
        "parties.attestation_exists": (
            "attestation {attestation} was issued before",
            "choose another id",
        ),
        "parties.unknown_attestation": (
            "attestation {attestation} was never issued",
            "check the id",
        ),
        "parties.bad_attestation": (
            "attestation {attestation} cannot be kept: {reason}",
            "use a lower-case kind with _, a level from 1, and an end after the beginning",
        ),
        "parties.not_licensed": (
            "{actor} may not attest anything; it holds none of the roles {roles}",
            "ask a licensed issuer",
        ),
        "parties.own_attestation": (
            "{actor} cannot attest something about itself",
            "ask another licensed issuer",
        ),
        "parties.not_issuer": (
            "attestation {attestation} was issued by {issuer}, not by {actor}",
            "ask its issuer to withdraw it",
        ),
        "parties.withdrawn_before": (
            "attestation {attestation} was withdrawn before",
            "nothing is to be done",
        ),
        "parties.not_a_group": (
            "{party} is not a group",
            "name a group",
        ),
        "parties.not_a_member": (
            "{actor} is not a member of {group}",
            "ask a member, or a registrar who enters it from minutes",
        ),
        "parties.bad_source": (
            "the digest of the document behind it is {source}",
            "give the SHA-256 of the file, 64 hex digits in lower case",
        ),
        "parties.resolution_exists": (
            "resolution {resolution} was proposed before",
            "choose another id",
        ),
        "parties.unknown_resolution": (
            "resolution {resolution} was never proposed",
            "check the id, or propose it first (propose_resolution)",
        ),
        "parties.bad_resolution": (
            "resolution {resolution} cannot be put to a vote: {reason}",
            "correct it and propose it again",
        ),
        "parties.bad_voting_rule": (
            "the voting rule does not hold together: {reason}",
            "count shares or heads of all or of the votes cast, with parts above 0 and up to 1/1",
        ),
        "parties.no_voting_rule": (
            "no rule says what a group needs to resolve {purpose}",
            "state quorum and threshold, as the charter of the group has them",
        ),
        "parties.rule_is_set": (
            "what a group needs to resolve {purpose} is set by {rules}",
            "leave the voting rule out",
        ),
        "parties.vote_closed": (
            "the votes on resolution {resolution} are counted already",
            "propose it anew",
        ),
        "parties.bad_choice": (
            "{choice!r} is not a vote",
            "use one of: {known}",
        ),
        "parties.not_your_vote": (
            "{actor} may not vote for {member}",
            "let the member vote, or a registrar enter it from minutes",
        ),
        "parties.voted_before": (
            "{member} has voted on resolution {resolution}",
            "nothing is to be done; a vote is cast once",
        ),
        "parties.not_resolved": (
            "resolution {resolution} does not prove it: {reason}",
            "have the group resolve this very thing, then ask again",
        ),
        "parties.spent_before": (
            "attestation {attestation} was spent for {purpose} before",
            "give another; each counts once for the same purpose",
        ),
        "parties.attestation_not_in_force": (
            "attestation {attestation} does not count now",
            "look up its term and whether it was withdrawn",
        ),
        "parties.bad_purpose": (
            "the purpose {purpose!r} is not a name",
            "use lower-case letters, digits and _ , beginning with a letter",
        ),
        "parties.power_exists": (
            "power {power} was given before",
            "choose another id",
        ),
        "parties.unknown_power": (
            "power {power} was never given",
            "check the id, or have it given first (give_power)",
        ),
        "parties.bad_power": (
            "power {power} cannot be given: {reason}",
            "name another party, what it may ask, and an end after the beginning",
        ),
        "parties.not_your_power": (
            "{actor} has no say over power {power}",
            "ask its principal, its attorney or a registrar",
        ),
        "parties.power_withdrawn_before": (
            "power {power} was withdrawn before",
            "nothing is to be done",
        ),
        "parties.no_power": (
            "power {power} does not allow it: {reason}",
            "have a power given that does (give_power)",
        ),
        "parties.deals_with_itself": (
            "{attorney} would deal with itself for {principal}: {command} has it on the other side "
            "({where})",
            "let {principal} ask it itself, or give a power whose limits name the attorney there",
        ),
        "parties.office_not_delegated": (
            "{principal} holds the office {role}, which is not exercised by a power of attorney",
            "have the office granted to who acts in it (grant_role)",
        ),
        "parties.never_for_another": (
            "{command} is not asked for another party",
            "let the party itself ask it",
        ),
        "parties.deregistered": (
            "{party} left for good at {at}",
            "name a party that is still registered",
        ),
        "parties.bad_batch": (
            "{rows} parties in one command; from 1 to {limit} go together",
            "ask for them in several commands",
        ),
        "parties.sealed_in_batch": (
            "party {party} comes with sealed items, which travel with a command of its own",
            "register it by itself (register_party)",
        ),
        "parties.bad_signing_key": (
            "the key {signing_key} cannot be registered: {reason}",
            "make one with yaosu key new, and register it with yaosu key register",
        ),
        "parties.signing_key_known": (
            "the key {signing_key} is on record",
            "make another; a key is registered once, and for one party",
        ),
        "parties.too_many_signing_keys": (
            "{party} has {limit} keys in force, as many as are allowed",
            "revoke one that is no longer used (revoke_signing_key)",
        ),
        "parties.not_your_signing_key": (
            "{actor} has no say over the keys of {party}",
            "ask {party} itself, or a registrar with a document",
        ),
        "parties.unknown_signing_key": (
            "the key {signing_key} was never registered",
            "check its id, sixteen hex digits",
        ),
        "parties.signing_key_revoked": (
            "the key {signing_key} was revoked at {at}",
            "nothing is to be done",
        ),
        "parties.last_signing_key": (
            "the key {signing_key} is the last of {party}, which is heard only when it signs",
            "register another first, or require no signatures any more (require_signed)",
        ),
        "parties.no_signing_key": (
            "{party} has no key in force to sign with",
            "register one first (register_signing_key)",
        ),
        "parties.bad_signing_duty": (
            "{party} names {count} commands, one of them empty or more than {limit}",
            "name tags such as markets.submit_orders, markets.* or *",
        ),
        "parties.not_signed": (
            "the signature with the key {signing_key} does not count: {reason}",
            "sign the command itself with a key of the party that is in force, for this venue",
        ),
        "parties.signature_needed": (
            "{command} of {party} is heard only when signed",
            "ask it signed (ask_signed) with a registered key of {party}",
        ),
        "parties.never_signed": (
            "{command} is not asked under a signature",
            "ask it as it is",
        ),
    }
)
