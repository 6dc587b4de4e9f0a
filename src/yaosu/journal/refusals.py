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
            (
                "the file system of {path} does not keep what was acknowledged: "
                "{setting} is {found}, wanted {wanted}"
            ),
            "put the journal on a local disk",
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
        "journal.bad_range": (
            "there is no tree of {size} entries with {what} {asked} in {path}",
            "ask for a size up to that of the journal and an entry below it",
        ),
    }
)
