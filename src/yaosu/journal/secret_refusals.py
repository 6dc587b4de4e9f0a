"""What sealed items and the key store refuse, and what to do then."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "journal.unknown_suite": (
            "cipher suite {suite} is not known",
            "use one of: {known}",
        ),
        "journal.bad_data_key": (
            "a data key does not have {length} bytes",
            "draw as many bytes that nobody can guess, such as secrets.token_bytes({length})",
        ),
        "journal.secret_too_large": (
            "item {item} is too large to be sealed",
            "seal at most {limit} bytes, or keep a document and name its digest",
        ),
        "journal.bad_sealed": (
            "the sealed items do not belong to this command: {reason}",
            "send the items together with the command that was made with them",
        ),
        "journal.does_not_open": (
            "item {item} does not open with the key {data_key}",
            "it was sealed with another key, for another command, or changed since",
        ),
        "journal.key_erased": (
            "the key {data_key} was erased; what it sealed is gone for good",
            "seal new items with a new key",
        ),
        "journal.no_such_key": (
            "the key {data_key} is not in {path}",
            "name the key store that belongs to the journal",
        ),
        "journal.keys_not_found": (
            "there is no key store at {path}",
            "check the name; it stands beside its journal, ending in .keys",
        ),
        "journal.keys_not_named": (
            "the journal {journal} is no file, so its key store has no place beside it",
            "name the key store, or set YAOSU_KEYS",
        ),
        "journal.keys_open_to_others": (
            "{path} may be read by others: its mode is {mode}",
            "let its owner alone read and write it (chmod 600)",
        ),
        "journal.keys_damaged": (
            "the key store {path} is damaged: {what}",
            "restore its last good copy; what was erased since is erased again at opening",
        ),
        "journal.keys_of_another": (
            "the key store {path} belongs to another journal",
            "name the key store that belongs to this one",
        ),
        "journal.keys_failed": (
            "the key store {path} cannot be used: {reason}",
            "look at the disk and at the rights of the file, then open it again",
        ),
        "journal.wrong_wrapping_key": (
            "the keys in {path} are wrapped with the wrapping key {wanted}, given was {found}",
            "give the wrapping key {wanted}; after a rotation that is the new one",
        ),
        "journal.bad_wrapping_key": (
            "this is not a wrapping key: {reason}",
            "make one with yaosu secrets new",
        ),
    }
)
