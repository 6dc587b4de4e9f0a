"""What the journal refuses, and what to do then."""

from yaosu.kernel.refusal import declare

TEXTS = declare(
    {
        "journal.damaged": (
            "{path} is damaged at {position}: {what}",
            "keep the file as it is, restore the last good copy, compare the two by their roots",
        ),
        "journal.locked": (
            "{path} is being written by process {pid} since {since}",
            "stop that process first, or open the journal for reading only",
        ),
        "journal.not_found": (
            "there is no journal at {path}",
            "check the name, or open it for writing to begin a new one",
        ),
        "journal.no_folder": (
            "{path} cannot be reached: {reason}",
            "make the folder, or give this user the right to use it",
        ),
        "journal.read_only": (
            "{path} cannot be written: {reason}",
            "let this user write the file and its folder, or open it for reading only",
        ),
        "journal.cannot_read": (
            "{path} cannot be read: {reason}",
            (
                "give this user the right to read it, or copy the journal with its -wal file "
                "to a folder that can be written"
            ),
        ),
        "journal.not_a_journal": (
            "{path} is not a journal: {reason}",
            "check the name; a journal is a file that this program began",
        ),
        "journal.wrong_format": (
            "{path} has journal format {found}; this version reads format {known}",
            "open it with the version of the program that wrote it",
        ),
        "journal.not_durable": (
            ("{path} would not keep what was acknowledged: {setting} is {found}, wanted {wanted}"),
            "put a journal file on a local disk; of a server, change the setting",
        ),
        "journal.disk_full": (
            "no room left to write {path}; nothing of this batch is recorded",
            "make room on the disk and open the journal again; all earlier entries are kept",
        ),
        "journal.write_failed": (
            "the system could not write {path}: {reason}; this batch is not acknowledged",
            (
                "look at the disk, then open the journal again and read its last entries; "
                "all acknowledged entries are kept"
            ),
        ),
        "journal.busy": (
            "{path} is held by another program: {reason}",
            "close the other program and try again",
        ),
        "journal.stopped": (
            "{path} was closed to writing after a failure",
            "open the journal again; all acknowledged entries are kept",
        ),
        "journal.overtaken": (
            "{path} was written by somebody else: it has {found} entries, expected {expected}",
            "make sure that only one program writes it, then open the journal again",
        ),
        "journal.bad_url": (
            "this is not the address of a journal in PostgreSQL: {reason}",
            (
                "write postgresql://user@host:port/database?schema=name, a stray character of the "
                "password as its percent code; or leave the password to PGPASSWORD or ~/.pgpass"
            ),
        ),
        "journal.no_library": (
            "{path} is in PostgreSQL, and the library for that is not installed",
            "install yaosu[postgres]",
        ),
        "journal.no_connection": (
            "no connection to {path}: {reason}",
            "see that the server runs, and that its name, the database and the network are right",
        ),
        "journal.no_login": (
            "the server of {path} does not let us in: {reason}",
            "give the password in PGPASSWORD or ~/.pgpass, and see that the login is right",
        ),
        "journal.server_too_old": (
            "the server of {path} is PostgreSQL {found}; a journal wants {known} or later",
            "use a later server",
        ),
        "journal.leased": (
            "{path} is being written by {holder}, epoch {epoch}, for {left_ms} ms more at least",
            "stop that process, or wait until its lease has ended, or read the journal beside it",
        ),
        "journal.deposed": (
            "this process may no longer write {path}: {reason}; this batch is not acknowledged",
            (
                "open the journal again once its lease is free, and send unanswered commands "
                "again under the same keys; all acknowledged entries are kept"
            ),
        ),
        "journal.outcome_unknown": (
            "the connection to {path} was lost while a batch was being committed: {reason}",
            (
                "open the journal again and send unanswered commands again under the same keys; "
                "all acknowledged entries are kept, nothing is done twice"
            ),
        ),
        "journal.exists": (
            "there is something at {path} already",
            "name another place; nothing is ever written over",
        ),
        "journal.nothing_to_copy": (
            "{path} has no entries",
            "found the venue first",
        ),
        "journal.not_a_backup": (
            "{path} is a journal, but no backup of one",
            "restore from a file that yaosu backup made, or use yaosu copy",
        ),
        "journal.no_such_moment": (
            "{path} has no entry at {asked}: it has entries 0 to {last}, from {begins} to {ends}",
            "name an entry, or an instant from the first entry on",
        ),
        "journal.copy_differs": (
            "the copy at {path} is not what was read: {what}",
            "copy again; if it happens again, look at the disk and at the memory of this machine",
        ),
        "journal.unfinished_copy": (
            "the copy at {path} was interrupted: it has {found} entries, expected {expected}",
            "give the same command again to finish it",
        ),
        "journal.is_a_copy": (
            "{path} is a copy of {original} and may be read only",
            "go on with {original}; where that is lost, retire it and promote this copy",
        ),
        "journal.not_a_copy": (
            "{path} is no copy that waits for its promotion",
            "write it as it is",
        ),
        "journal.retired": (
            "{path} was retired: {successor} goes on in its place",
            "write there; this one may still be read",
        ),
        "journal.original_lives": (
            "{original}, of which {path} is a copy, is being written: {reason}",
            "stop its writer first, or go on with the original",
        ),
        "journal.original_is_longer": (
            "{original} has {found} entries, its copy {path} has {copied}: the rest would be lost",
            (
                "restore a newer backup, or go on with the original; if the rest is to be given "
                "up, move the original away first and say so in the statement"
            ),
        ),
        "journal.original_unclear": (
            "{original}, of which {path} is a copy, is there but cannot be examined: {reason}",
            "move it away first, so that nobody writes it again",
        ),
        "journal.already_succeeded": (
            "{original} was retired in favour of {successor}, not of {path}",
            "go on with {successor}: two successors would be two histories",
        ),
        "journal.bad_range": (
            "there is no tree of {size} entries with {what} {asked} in {path}",
            "ask for a size up to that of the journal and an entry below it",
        ),
        "journal.bad_checkpoint": (
            "the checkpoint does not have its form: {reason}",
            "take the whole file as it was given out, from its first line to its last",
        ),
        "journal.key_retired": (
            "the key {key} was not in force for a checkpoint of {size} entries",
            "do not rely on it; ask for a checkpoint under the key in force, keep this as evidence",
        ),
        "journal.key_unknown": (
            "the key {key} is not among those on record",
            "ask the venue which of its keys yours is, by a way you trust",
        ),
        "journal.too_few_witnesses": (
            "{signed} of the witnesses have signed the checkpoint, wanted {wanted}",
            "ask for a checkpoint that more witnesses have signed",
        ),
        "journal.bad_proof": (
            "this is not a proof: {reason}",
            "take the whole file as it was given out, from its first line to its last",
        ),
        "journal.proof_fails": (
            "the proof does not lead from {what} to the checkpoint of {size} entries",
            "do not rely on it; ask for the proof again and keep this file as evidence",
        ),
        "journal.bad_payloads": (
            "this is not a file of payloads: {reason}",
            "take the file that was made together with the proof of this entry",
        ),
        "journal.payload_differs": (
            "the payload {payload} is not what entry {sequence} holds",
            "do not rely on it; ask for the payloads again and keep this file as evidence",
        ),
        "journal.other_history": (
            "{path} does not continue the checkpoint of {size} entries: {reason}",
            (
                "keep both: together they show that entries were lost or written anew; "
                "sign nothing until it is known which one is right"
            ),
        ),
    }
)
