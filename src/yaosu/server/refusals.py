"""Why the server says no before a command is heard: what came is not what it should be."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "server.not_here": (
            "there is nothing at {path}",
            "see /v1/openapi.json for what there is",
        ),
        "server.wrong_method": (
            "{path} takes no {method}",
            "see /v1/openapi.json for what it takes",
        ),
        "server.no_room": (
            "{bytes} bytes more would leave less than {reserve} bytes of the disk to the journal",
            "throw old imports and replays away, or make the disk larger",
        ),
        "server.errands_busy": (
            "{limit} imports or replays run already, as many as may at one time",
            "wait until one has ended, or stop one",
        ),
        "server.errand_runs": (
            "the errand {errand} runs",
            "wait until it has ended, or stop it",
        ),
        "server.too_many_errands": (
            "{limit} of the kind {kind} are kept already",
            "throw some away first",
        ),
        "server.bad_file_name": (
            "{name!r} is not the name of a workbook or a CSV file",
            "name it with letters and digits, ending in .xlsx, .xlsm or .csv",
        ),
        "server.nothing_to_import": (
            "no table of {errand} is to be read",
            "say of a sheet which table it holds",
        ),
        "server.not_demo": (
            "{path} is no demonstration venue",
            "a journal that counts is never thrown away; make a demonstration with yaosu demo make",
        ),
        "server.other_venue": (
            "{name!r} is not the name of this venue, {venue}",
            "type its name as it stands there",
        ),
        "server.not_founder": (
            "the login {login} does not found this exchange",
            "sign in with the login that the first one-time link made",
        ),
        "server.unknown_draft": (
            "there is no form {name!r}",
            "use one of the forms of the console",
        ),
        "server.draft_changed": (
            "what would be asked is not what was shown",
            "look at the preview again, then confirm it",
        ),
        "server.not_signed_in": (
            "nobody is signed in",
            "send a token (Authorization: Bearer ...), or sign in at POST /v1/session",
        ),
        "server.bad_token": (
            "the token or session is not known, or has ended",
            "sign in again, or have a new token made",
        ),
        "server.scope_needed": (
            "the token may not do this: it lacks the scope {scope}",
            "make a token with that scope",
        ),
        "server.manager_needed": (
            "the login {login} does not manage logins",
            "ask a login that does",
        ),
        "server.not_your_party": (
            "the login {login} does not act for {party}",
            "name a party it acts for, or have that party added to the login",
        ),
        "server.party_needed": (
            "the login {login} acts for {count} parties, and none is named",
            "name one as actor",
        ),
        "server.too_many_entries": (
            "{count} entries would be read for this answer, more than the {limit} a server reads",
            "ask where the journal is, and name its file in place of the server",
        ),
        "server.office_needed": (
            "{what} is shown to offices and to whom it concerns",
            "ask with a party that has the office of {offices}, or for your own rows",
        ),
        "server.wrong_password": (
            "login and password do not fit",
            "try again; after {attempts} wrong ones the login rests for a while",
        ),
        "server.login_rests": (
            "this login takes no password from here for {seconds} s, after too many wrong ones",
            "wait, or sign in on a device on which you did before; a manager can give a new link",
        ),
        "server.password_too_short": (
            "the password has {length} characters; {least} to {most} are wanted",
            "choose a longer one: several words do well",
        ),
        "server.bad_login": (
            "{login!r} is no name for a login",
            "use 1 to 64 letters, digits and . _ @ + -",
        ),
        "server.login_exists": (
            "there is a login {login} already",
            "choose another name",
        ),
        "server.no_such_login": (
            "there is no login {login}",
            "list them: GET /v1/logins",
        ),
        "server.no_such_token": (
            "there is no token {token} of yours",
            "list them: GET /v1/tokens",
        ),
        "server.bad_link": (
            "the link is not known, was used, or has ended",
            "ask a manager for a new one; the first of all is printed by yaosu serve",
        ),
        "server.unknown_scope": (
            "{scope!r} is no scope",
            "name some of {known}",
        ),
        "server.too_many_tokens": (
            "the login {login} has {limit} tokens, as many as are allowed",
            "end one that is no longer used",
        ),
        "server.wrong_origin": (
            "the request comes from a page of another site, or lacks the mark of this one",
            "send the header X-CSRF-Token with the value that signing in gave, or use a token",
        ),
        "server.too_many_requests": (
            "too many requests from {who}",
            "wait {seconds} s",
        ),
        "server.body_too_large": (
            "the body has more than {limit} bytes",
            "send it in several requests",
        ),
        "server.body_missing": (
            "the body ended after {bytes} of {expected} bytes",
            "send it again under the same key",
        ),
        "server.encoded_body": (
            "the body is encoded as {encoding}",
            "send it plain: what is packed is not unpacked here",
        ),
        "server.wrong_media_type": (
            "the body is {found}",
            "send one of {known}",
        ),
        "server.bad_body": (
            "the body is not what {what} takes: {reason}",
            "compare it with its schema in /v1/openapi.json",
        ),
        "server.unknown_command": (
            "there is no command {command}",
            "the reference page of commands lists them all",
        ),
        "server.no_key": (
            "the command has no key",
            "send the header Idempotency-Key, or a field key: the same key is answered once",
        ),
        "server.two_keys": (
            "the header Idempotency-Key says {header}, the field key says {field}",
            "send one of them, or the same in both",
        ),
        "server.two_tags": (
            "the address names {path}, the body {body}",
            "send the body to the address of its command",
        ),
        "server.bad_query": (
            "{name}={value!r} cannot be: {reason}",
            "see the parameters of this address in /v1/openapi.json",
        ),
        "server.unknown_row": (
            "there is no {what} {name}, or it is not shown to you",
            "list those that are: GET /v1/{what}",
        ),
        "server.too_many_orders": (
            "the request has {rows} orders; {limit} are allowed",
            "send it in several requests",
        ),
        "server.bad_orders": (
            "the orders cannot be read: {reason}",
            "send columns instrument, region, side, price and quantity, as their page says",
        ),
        "server.no_signing_key": (
            "this server signs no checkpoints: it was given no key",
            "have the operator set signing_key",
        ),
        "server.no_oidc": (
            "nobody signs in here by another provider",
            "sign in with login and password, or have the operator set oidc_issuer",
        ),
        "server.oidc_unreachable": (
            "the provider {issuer} cannot be asked: {reason}",
            "try again; where it lasts, the operator looks at oidc_issuer and the network",
        ),
        "server.oidc_failed": (
            "signing in with the provider failed: {reason}",
            "begin again at /enter; where it fails again, tell the operator this sentence",
        ),
        "server.oidc_unlinked": (
            "no login here belongs to {subject} at {issuer}",
            "sign in with the password and link it (POST /v1/identities), or ask the operator",
        ),
        "server.identity_taken": (
            "{subject} signs in as another login already",
            "end that link first, with the login it belongs to",
        ),
        "server.too_many_identities": (
            "the login {login} has {limit} identities, as many as are allowed",
            "end one that is no longer used",
        ),
        "server.no_such_identity": (
            "there is no identity {identity} of this login",
            "list the links: GET /v1/identities",
        ),
        "server.session_needed": (
            "this is for who signed in with a browser, not for a token",
            "sign in at /enter first",
        ),
        "server.no_webhooks": (
            "this server sends no webhooks",
            "have the operator set webhooks = true",
        ),
        "server.too_far_back": (
            "the stream is asked to go on {behind} entries back; {limit} are given again",
            "read the entries from GET /v1/entries, then follow from there",
        ),
        "server.too_many_streams": (
            "{limit} streams are open, as many as are allowed",
            "wait, or close one of yours",
        ),
        "server.not_ready": (
            "the server takes nothing at the moment: {reason}",
            "send the same command again under the same key",
        ),
        "server.stands_by": (
            "this server follows the journal; {leader} leads",
            "send the same there, or here again: it leads as soon as nobody else does",
        ),
        "server.our_error": (
            "an error of ours, known as {incident}",
            "tell the operator that name; what was acknowledged is in the journal",
        ),
        "server.bad_setting": (
            "the setting {setting} from {origin} is {value!r}: {reason}",
            "correct it; yaosu config show tells where each value comes from",
        ),
        "server.cannot_open_logins": (
            "the logins in {path} cannot be opened: {reason}",
            "look whether the file is whole and yours; a backup holds a copy of it",
        ),
        "server.no_venue": (
            "{path} holds no venue yet",
            "make one with yaosu init, or found it by a command",
        ),
        "server.no_document": (
            "there is no document {document!r} that is shown to you",
            "look whether the digest is right, and ask with a party that gave it or has a part "
            "in its case or right",
        ),
        "server.documents_enough": (
            "the documents of {party} would have more than {limit} bytes",
            "leave some out, or have the setting documents_of_party_max raised",
        ),
        "server.no_notices": (
            "this server tells nobody anything",
            "have the setting notices switched on",
        ),
        "server.no_mail": (
            "no e-mail goes out from here",
            "have the settings smtp_host and smtp_sender given",
        ),
    }
)
