"""Why the writer may say no before anything is recorded."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "engine.key_conflict": (
            "{actor} used the key {key} for another command, entry {sequence}",
            "send a new command under a new key",
        ),
        "engine.quarantined": (
            "{actor} used the key {key} for a command that crashed the writer more than once",
            "tell the operator, who may release {asked} once the cause is mended",
        ),
        "engine.too_old": (
            "{actor} used the key {key} long ago; entry {sequence} says what came of it",
            "read entry {sequence}; to ask anew, send a new command under a new key",
        ),
        "engine.not_sealed": (
            "nothing sealed may travel with {command}",
            "leave it out, or use a command that takes sealed items",
        ),
        "engine.no_keys": (
            "this venue was opened without its key store",
            "open it with a wrapping key: yaosu.open(path, wrapping_key=...)",
        ),
        "engine.bad_secret": (
            "item {item} has no canonical bytes, so it cannot be sealed",
            "give text in Unicode normal form C, whole numbers, lists, maps or columns",
        ),
        "engine.no_such_item": (
            "entry {sequence} has no sealed item {item}",
            "look up the notes of its command",
        ),
        "engine.kept_by_the_party": (
            "the key {data_key} is kept by the party itself",
            "ask the party to open the item",
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
        "engine.not_leading": (
            "this process follows the journal; {leader} writes it",
            "send the command there, under the same key",
        ),
        "engine.not_founded": (
            "the journal is empty and {command} is not its founding",
            "begin with FoundVenue",
        ),
        "engine.bad_setting": (
            "the setting {setting} is {value}, which is no whole number",
            "set it to a whole number, or leave it out",
        ),
        "engine.key_replaced": (
            "the key {key} signs nothing more: entry {sequence} names the key {now}",
            "sign with the file of that key; what the old one signed before stays good",
        ),
        "engine.no_shelf": (
            "journal {journal} is in no file, so nothing lies beside it",
            "keep snapshots of a copy in a file",
        ),
        "engine.snapshot_bent": (
            "snapshot {path} does not fit the journal: {what}",
            "delete it; the journal is whole without it",
        ),
        "engine.snapshot_foreign": (
            "snapshot {path} was made by another version of this program",
            "delete it, or leave it: it is passed over",
        ),
        "engine.state_differs": (
            "the state at entry {sequence} does not have the hash recorded there",
            "audit the journal: entries before {sequence} were made or applied by other code",
        ),
        "engine.parties_differ": (
            "the root over the parties in the header of entry {sequence} is not that of their rows",
            "rely on no proof of a party's own rows in this journal; compare with another copy",
        ),
        "engine.signature_fails": (
            "entry {sequence} is not signed as it should be: {reason}",
            "rely on nothing in this journal; compare it with another copy, or with receipts",
        ),
        "engine.no_counts": (
            "no counts of rows are recorded among the first {entries} entries",
            "close the venue, which records them, or take a later checkpoint",
        ),
        "engine.rows_missing": (
            "the rows of {party} do not run on behind its row {at}: some are left out",
            "do not rely on it; ask for the proof again and keep this file as evidence",
        ),
        "engine.events_unknown": (
            "the events of entry {sequence} are not known to this version: {reason}",
            "open the journal with the version that wrote it, or a later one",
        ),
    }
)
