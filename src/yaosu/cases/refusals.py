"""Why a procedure, a case or a charge may be refused."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "cases.bad_procedure": (
            "procedure {procedure} does not hold together: {reason}",
            "correct its file and adopt it again",
        ),
        "cases.procedure_exists": (
            "procedure {procedure} was adopted before",
            "give the change a version of its own",
        ),
        "cases.no_procedure": (
            "no version of procedure {procedure} is in force",
            "name one that is, or have it adopted first (adopt_procedure)",
        ),
        "cases.no_rules": (
            "no rules are in force that procedure {procedure} could be read under",
            "have the national rules adopted first (adopt_rules)",
        ),
        "cases.exists": (
            "case {case} exists already",
            "choose another id, or go on with that case",
        ),
        "cases.unknown": ("there is no case {case}", "look its id up in the receipt of its filing"),
        "cases.bad_fact": (
            "{procedure} wants fact {name} as {wanted}, it is given as {given}",
            "give exactly the facts the procedure lists",
        ),
        "cases.unknown_document": (
            "{procedure} knows no document {document}",
            "give one of: {known}",
        ),
        "cases.bad_digest": (
            "document {document} is given as {digest!r}, which is no SHA-256 in lower-case hex",
            "give the digest of the file (sha256sum)",
        ),
        "cases.unknown_owner_commitment": (
            "{procedure} has no commitment {owner_commitment}",
            "give some of: {known}",
        ),
        "cases.condition_not_met": (
            "{procedure} cannot be begun: {item} is not met: {reason}",
            "mend what the reason names and file again",
        ),
        "cases.undecided": (
            "rule item {item} gives no answer for this case: {reason}",
            "give the facts it reads, or have the item corrected",
        ),
        "cases.leads_nowhere": (
            "{procedure} leads to no command, but one was sent with the case",
            "leave the request empty",
        ),
        "cases.bad_request": (
            "{procedure} leads to {command}; the request does not fit: {reason}",
            "send that command, as the applicant's and with the facts of the case",
        ),
        "cases.never_follows": (
            "{command} cannot be what a case leads to",
            "file the case with the command its procedure names",
        ),
        "cases.not_open": (
            "case {case} is {phase}",
            "look at how it ended; a refused case may be appealed, or a new one filed",
        ),
        "cases.stage_not_open": (
            "stage {stage} of case {case} is not open",
            "complete one of the stages that are: {open}",
        ),
        "cases.not_by_hand": (
            "stage {stage} of case {case} is not for this ({kind})",
            "a notice ends by time, an event by what happens, an own stage is completed or left",
        ),
        "cases.not_your_turn": (
            "{actor} may not do this in case {case}: {reason}",
            "ask whose turn it is",
        ),
        "cases.own_case": (
            "{actor} may not do this in an own matter ({case})",
            "leave it to somebody without a part in it",
        ),
        "cases.documents_missing": (
            "stage {stage} of case {case} still lacks: {missing}",
            "add the documents (add_documents), then complete the stage",
        ),
        "cases.nothing_added": ("no document was given for case {case}", "name at least one"),
        "cases.fee_unpaid": (
            "the fee for stage {stage} of case {case} is not paid (charge {charge})",
            "have the applicant pay it (pay_charge)",
        ),
        "cases.no_reasons": (
            "nothing was said for this step of case {case}",
            "give the reasons in words, 1 to 50",
        ),
        "cases.suspended": (
            "case {case} is suspended: {owner_commitments} was not met in time",
            "meet the commitment and have it confirmed (confirm_owner_commitment)",
        ),
        "cases.objection_exists": (
            "objection {objection} to case {case} exists, or there are {limit} already",
            "choose another id",
        ),
        "cases.no_notice_open": (
            "no public notice of case {case} is open",
            "objections are heard while the notice lasts; afterwards turn to the appeal",
        ),
        "cases.unknown_objection": (
            "there is no objection {objection} to case {case}",
            "look its id up in the case",
        ),
        "cases.objection_decided": (
            "objection {objection} to case {case} is decided already",
            "nothing is to be done",
        ),
        "cases.no_appeal": (
            "case {case} is {phase}; no appeal is open to it",
            "an appeal needs a refusal, and a procedure that names who hears it",
        ),
        "cases.appeal_late": (
            "the days for an appeal in case {case} ended on {until}",
            "file a new case",
        ),
        "cases.appealed_before": (
            "the refusal of case {case} was appealed before",
            "await the decision, or file a new case after it",
        ),
        "cases.met_before": (
            "commitment {owner_commitment} of case {case} is confirmed already",
            "nothing is to be done",
        ),
        "cases.no_tariff": (
            "{tariff} is no published tariff that is in force",
            "charge under a rule item with an id like {kinds}, or not at all",
        ),
        "cases.charge_exists": ("charge {charge} exists already", "choose another id"),
        "cases.charged_enough": (
            "{party} met {tariff} {count} times in 365 days; {limit} are allowed",
            "wait until a year has passed since the first of them",
        ),
        "cases.unknown_charge": ("there is no charge {charge}", "look its id up in the case"),
        "cases.not_your_charge": (
            "charge {charge} is to be paid by {party}, not by {actor}",
            "leave it to {party}",
        ),
        "cases.nothing_to_pay": (
            "charge {charge} has nothing to pay, or is paid",
            "nothing is to be done",
        ),
        "cases.no_second_person": (
            "{pack} would bind the adoption of rules ({item}) to what nobody can do: {reason}",
            "adopt the procedure (rule_adoption) and grant the role of the authority to a second "
            "party first",
        ),
        "cases.procedure_needed": (
            "the rules in force allow {command} only as the end of a case of {procedure}",
            "file such a case (file_case)",
        ),
        "cases.unknown_document_kind": (
            "{kind!r} is no kind of document",
            "give one of: {known}",
        ),
        "cases.unknown_giver": (
            "{party!r} is not a registered party",
            "register it first (RegisterParty)",
        ),
        "cases.bad_document": (
            "a document has a media type and at least one byte; {media_type!r} was said",
            "give the file again",
        ),
        "cases.document_kept": (
            "document {document} of {party} is kept already",
            "nothing is to be done",
        ),
        "cases.document_not_kept": (
            "document {document!r} is not kept",
            "look its digest up (yaosu documents list)",
        ),
        "cases.preservation_exists": (
            "document {document} is under preservation {preservation}, or under {limit} others",
            "choose another id",
        ),
        "cases.unknown_preservation": (
            "document {document} is under no preservation {preservation!r}",
            "look it up (yaosu documents list)",
        ),
        "cases.not_your_preservation": (
            "preservation {preservation} was given by {by}",
            "leave its end to {by}, or to the venue's authority",
        ),
        "cases.document_preserved": (
            "document {document} may not be deleted: it is preserved by {preservations}",
            "wait until these have ended (end_preservation)",
        ),
        "cases.document_needed": (
            "document {document} is kept until {until}, as {why} asks",
            "delete it after that",
        ),
        "cases.no_ground": (
            "nothing is done to document {document} without a reason of 1 to {limit} characters",
            "say why",
        ),
        "cases.notice_served": (
            "notice {notice} was served before",
            "nothing is to be done",
        ),
        "cases.bad_service": (
            "notice {notice} wants a proof of service that is kept, a channel of {channels}, and "
            "an instant that has passed",
            "keep the proof as a document of the kind service first",
        ),
    }
)
