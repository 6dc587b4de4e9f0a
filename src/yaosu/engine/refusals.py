"""Why the writer may say no before anything is recorded."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "engine.key_conflict": (
            "{actor} used the key {key} for another command, entry {sequence}",
            "send a new command under a new key",
        ),
        "engine.too_old": (
            "{actor} used the key {key} long ago; entry {sequence} says what came of it",
            "read entry {sequence}; to ask anew, send a new command under a new key",
        ),
        "engine.queue_full": (
            "{waiting} commands are waiting, as many as are allowed",
            "wait a moment and send the command again under the same key",
        ),
        "engine.no_statement": (
            "a promotion wants a statement about the original, of 1 to {limit} characters",
            "say in words who retired it, when and why; the words go on record",
        ),
        "engine.stopped": (
            "the writer has stopped: {reason}",
            "open the venue again; what was acknowledged is in the journal",
        ),
        "engine.not_founded": (
            "the journal is empty and {command} is not its founding",
            "begin with FoundVenue",
        ),
        "engine.unknown_policy": (
            "policy {policy} is not known",
            "use one of: {known}",
        ),
        "engine.no_such_pack": (
            "the journal never adopted a rule pack {pack}",
            "give another version of a pack that was adopted",
        ),
        "engine.state_differs": (
            "the state at entry {sequence} does not have the hash recorded there",
            "audit the journal: entries before {sequence} were made or applied by other code",
        ),
        "engine.events_unknown": (
            "the events of entry {sequence} are not known to this version: {reason}",
            "open the journal with the version that wrote it, or a later one",
        ),
    }
)
