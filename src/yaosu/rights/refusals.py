"""Why the register may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "rights.profile_incomplete": (
            "the profile of {factor} does not say its {field} ({place})",
            "add the field; a factor without it cannot be registered",
        ),
        "rights.profile_wrong": (
            "the profile of {factor} does not hold together: {reason}",
            "correct that field of the profile",
        ),
        "rights.profile_exists": (
            "version {version} of the profile of {factor} was adopted before",
            "give the profile a new version",
        ),
        "rights.unknown_factor": (
            "no profile of {factor!r} is adopted",
            "adopt one (adopt_profile), or correct the name",
        ),
        "rights.bad_old_number": (
            "the old number is longer than {limit} characters, or not one line of text",
            "give it as it stands in the other register, without spaces around it",
        ),
        "rights.exists": (
            "right {right} is in the register already",
            "choose another id",
        ),
        "rights.unknown_right": (
            "right {right} is not in the register",
            "check the id",
        ),
        "rights.ended": (
            "right {right} ended at {end}",
            "name the right that followed it",
        ),
        "rights.term_over": (
            "the term of right {right} ended at {end}",
            "renew the right first",
        ),
        "rights.unknown_kind": (
            "{kind!r} is not a kind of right of {factor}",
            "use one of: {kinds}",
        ),
        "rights.bad_quantity": (
            "{what} is {quantity}",
            "give a whole number of lots from 1 up to {limit}",
        ),
        "rights.unit_differs": (
            "unit {unit} is registered with another {field}",
            "give it as it stands in the register, or register another unit",
        ),
        "rights.attribute_missing": (
            "unit {unit} does not say its {attribute}, which the profile of {factor} asks for",
            "add it to unit_attributes",
        ),
        "rights.attribute_wrong": (
            "{attribute} of unit {unit} is not acceptable: {reason}",
            "give it as the profile of the factor asks",
        ),
        "rights.share_not_in_lots": (
            "a share of {share} in {quantity} lots is not a whole number of lots",
            "choose a share or a quantity that divides, or a smaller measurement unit",
        ),
        "rights.shares_do_not_sum": (
            "the shares of {kind} in unit {unit} would sum to {total}, not {wanted}",
            "register all holders of the unit together, with shares that sum as they must",
        ),
        "rights.bad_turns": (
            "right {right} cannot be held in these turns: {reason}",
            "give each holder turns of its own, as many of the cycle as its share",
        ),
        "rights.bad_term": (
            "the term of right {right} is not acceptable: {reason}",
            "give an end after the beginning and within {term_max} of it",
        ),
        "rights.bad_source": (
            "{source!r} is not the digest of a document",
            "give the SHA-256 of the document in 64 hexadecimal digits, or leave it empty",
        ),
        "rights.instrument_taken": (
            "instrument {instrument} stands for {what} already",
            "choose another instrument",
        ),
        "rights.conditions_not_met": (
            "right {right} does not meet the conditions of registration: {reasons}",
            "meet the conditions named and register again",
        ),
        "rights.not_holder": (
            "{actor} does not hold right {right}",
            "only its holder may do this",
        ),
        "rights.blocked": (
            "right {right} cannot be disposed of: {kind} {entry} by {made_by} stands on it",
            "have {entry} released first (release_right)",
        ),
        "rights.not_transferable": (
            "right {right} of kind {kind} may not be passed on",
            "ask the holder of the right it derives from for a grant of your own",
        ),
        "rights.not_enough_lots": (
            "right {right} has {available} lots, {lots} are asked for",
            "ask for less",
        ),
        "rights.lots_reserved": (
            "{reserved} of the {available} lots of right {right} are on offer or promised",
            "cancel the offers, or dispose of what is left",
        ),
        "rights.indivisible": (
            "right {right} has {available} lots and cannot be divided",
            "dispose of the whole right",
        ),
        "rights.only_whole": (
            "right {right} of {factor} can be transferred only as a whole",
            "transfer all of it, or grant uses out of it (grant_use)",
        ),
        "rights.not_grantable": (
            "nothing can be granted out of right {right} of kind {kind}",
            "see rights.derived and rights.sub_grants of the profile for what derives from what",
        ),
        "rights.same_holder": (
            "{target} holds right {right} already",
            "name another party",
        ),
        "rights.entry_exists": (
            "register entry {entry} was made before",
            "choose another id",
        ),
        "rights.unknown_entry": (
            "{entry} is not a freeze, pledge, objection or priority notice",
            "check the id",
        ),
        "rights.released_before": (
            "register entry {entry} does not stand any more",
            "nothing is to be done",
        ),
        "rights.may_not_release": (
            "{kind} {entry} can be released by {who}, not by {actor}",
            "ask them to release it",
        ),
        "rights.already_pledged": (
            "right {right} is pledged to {creditor} by {entry}",
            "have the pledge released first (release_right)",
        ),
        "rights.bad_rank": (
            "rank {rank} of a pledge of right {right} is not the next",
            "take rank {next}",
        ),
        "rights.bad_amount": (
            "an amount of {amount} minor units cannot be entered",
            "give a whole number from 0 up to {limit}",
        ),
        "rights.bad_effect": (
            "an entry cannot take effect at {instant}: {reason}",
            "leave the instant out, or give one that the profile's legal effect allows",
        ),
        "rights.scope_widened": (
            "right {right} is limited to {name} {value!r}, and what is granted out of it too",
            "grant within the scope of the right",
        ),
        "rights.may_not_make": (
            "{unit} cannot be registered as made under right {right}: {reason}",
            "name a right of its holder under which things may be made (register.made_under)",
        ),
        "rights.no_reason": (
            "the {kind} of right {right} gives no reason",
            "say why, in words",
        ),
        "rights.no_document": (
            "the {kind} of right {right} names no document",
            "give the SHA-256 of the document that proves it",
        ),
        "rights.term_runs": (
            "the term of right {right} is not over; it ends at {end}",
            "record its expiry then, or cancel the right (cancel_right)",
        ),
        "rights.nothing_corrected": (
            "the correction of right {right} corrects nothing",
            "name what should stand in the register",
        ),
        "rights.may_not_confirm": (
            "{kind} {entry} is confirmed by {who}, not by {actor}",
            "ask them to confirm it (confirm_entry)",
        ),
        "rights.unknown_thing": (
            "{about} is neither a unit, a right nor a registration number of the register",
            "check the id",
        ),
        "rights.no_consent_asked": (
            "nobody's consent is asked for a register entry of kind {kind!r}",
            "use one of: {kinds}",
        ),
        "rights.consent_over": (
            "a consent until {until} would lapse before it is given",
            "give a later instant, or none",
        ),
        "rights.consent_missing": (
            "{party} has not agreed to the {kind} of {about}",
            "ask {party} to agree (give_consent)",
        ),
        "rights.no_voting_rule": (
            "resolution {resolution} was voted on by a rule that its proposer stated",
            "have the rules in force say how a {kind} is resolved, and resolve again",
        ),
        "rights.unknown_unit": (
            "unit {unit} is not in the register",
            "check the id",
        ),
        "rights.unit_exists": (
            "unit {unit} is in the register already",
            "choose another id",
        ),
        "rights.unit_historic": (
            "unit {unit} is historic: it was split or merged",
            "name the unit that followed it",
        ),
        "rights.not_splittable": (
            "unit {unit} is of a factor that cannot be divided",
            "transfer shares of it instead",
        ),
        "rights.bad_parts": (
            "{count} different units cannot be what {unit} is split into or merged from",
            "name from 2 up to {limit} different ones",
        ),
        "rights.parts_do_not_sum": (
            "the parts of unit {unit} do not make the whole: {reason}",
            "let quantities and additive attributes sum exactly to those of the unit",
        ),
        "rights.not_renewable": (
            "right {right} cannot be renewed so: {reason}",
            "give an end after the present one, of a right that has an end",
        ),
        "rights.no_uses": (
            "units of {factor} have no uses that could be changed",
            "see register.use and register.conversions of the profile",
        ),
        "rights.not_convertible": (
            "the conversion matrix of {factor} does not lead from {use_from} to {use_to}",
            "this change needs a new grant; the matrix lists what does not",
        ),
        "rights.plan_forbids": (
            "no plan in force permits the use {use} on {unit}",
            "change the plan (define_plan), or have it attested where there is no plot",
        ),
        "rights.assessment_exists": (
            "assessment {assessment} was entered before",
            "choose another id; a later figure is a new assessment",
        ),
        "rights.bad_assessment": (
            "assessment {assessment} cannot be entered: {reason}",
            "give the inputs that the method asks for",
        ),
        "rights.not_that_value": (
            "{name!r} is no value of unit {unit} in the use {use!r}",
            "name an assessment of this unit in this use (assess_unit)",
        ),
        "rights.may_not_enter_market": (
            "unit {unit} cannot come to the market: {reason}",
            "see register.market_entry of the profile for what it needs",
        ),
        "rights.not_entered": (
            "unit {unit} has not come to the market",
            "have its owner resolve it and enter it (enter_market)",
        ),
        "rights.quality_too_low": (
            "the quality of unit {unit} is {quality}; {least} is asked for, {days_max} days old",
            "have it assessed again (assess_unit)",
        ),
        "rights.other_class": (
            "instrument {instrument} is not of the ledger class {wanted}, in which {unit} stands",
            "leave the instrument out; it follows from the class",
        ),
        "rights.in_use": (
            "right {right} on unit {unit} has uses granted out of it, or things made under it",
            "let those end first",
        ),
        "rights.bad_title_certificate": (
            "the title certificate cannot be read: {reason}",
            "ask the holder for the certificate as it was issued",
        ),
        "rights.title_certificate_damaged": (
            "the title certificate of right {right} is not what was signed",
            "do not rely on it; ask for an extract from the register",
        ),
        "rights.bad_title_paper": (
            "the file is no title certificate on paper: {reason}",
            "give the PDF as it was issued, not printed again or saved anew by another program",
        ),
        "rights.title_paper_damaged": (
            "the title certificate on paper is not the file that was signed",
            "do not rely on it; ask for an extract from the register",
        ),
        "rights.bad_title_link": (
            "the link of a title certificate says nothing: {reason}",
            "read it again from the paper, or give the file of the certificate",
        ),
        "rights.certificate_of_other": (
            "the title certificate is of right {right} of {venue}, not of right {asked} here",
            "present the certificate of that right",
        ),
        "rights.certificate_stale": (
            "the title certificate of right {right} does not hold any more: it is {status}",
            "ask the registrar for a new one",
        ),
        "rights.certificate_contradicts": (
            "the title certificate says of version {version} of right {right}: {field} {said}; "
            "the register has {known}",
            "do not rely on it: ask the venue, whose key may have been stolen",
        ),
        "rights.key_not_in_force": (
            "the title certificate of right {right} is dated {issued}, and the key {key} that "
            "signed it was in force from {since} until {until}",
            "ask the venue for a new one, signed with the key of today",
        ),
        "rights.other_register": (
            "the title certificate tells of an entry {sequence} that this journal does not have so",
            "ask the register of the venue that issued it",
        ),
        "rights.signed_with_other_key": (
            "the title certificate was signed with another key than the one given",
            "get the public key from the venue that issued it",
        ),
        "rights.not_changed_so": (
            "unit {unit} is not changed so: {reason}",
            "name attributes that differ from those registered, and the document; a use is "
            "changed by change_use, what sums by a split or merger",
        ),
        "rights.not_assignable": (
            "entry {entry} cannot be assigned: {reason}",
            "name a pledge that stands, as its creditor, and a creditor who is neither of the two",
        ),
        "rights.bad_batch": (
            "a batch holds 1 to {limit} registrations, and this one has {rows}",
            "send fewer rows in one command, and the others in another",
        ),
        "rights.batch_refused": (
            "nothing of the batch was registered: row {row} (right {right}) is refused, "
            "{reason}: {sentence}",
            "mend that row, or ask without atomic: then each row stands on its own",
        ),
        "rights.not_independent": (
            "right {right} builds on {other}, which is registered by the same command",
            "register it with a later command",
        ),
        "rights.outline_area": (
            "the outline of unit {unit} and its quantity differ by {area_cm2} cm2; {limit} of the "
            "quantity is let pass",
            "correct the outline, or the quantity",
        ),
        "rights.outline_overlaps": (
            "unit {unit} overlaps unit {other} by {area_cm2} cm2; {limit} is let pass",
            "correct the outline, or have that of the other unit corrected",
        ),
        "rights.outline_outside": (
            "unit {unit} lies outside {other} with {area_cm2} cm2; {limit} is let pass",
            "draw it within what it comes from",
        ),
        "rights.outline_leaves_out": (
            "unit {unit} leaves {area_cm2} cm2 of {other} out; {limit} is let pass",
            "draw it around all that is merged into it",
        ),
    }
)
