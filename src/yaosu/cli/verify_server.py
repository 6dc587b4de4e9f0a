"""``yaosu verify --server``: the whole log of a server, read over HTTP and held against a key.

Nothing that the server says is believed: its checkpoint must be signed with the key that is given,
or one that the keys on record lead to, and every tile and bundle must lead to the root in it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from yaosu.cli.at_server import ServerPlace
from yaosu.cli.files import read_text
from yaosu.cli.output import say, say_json
from yaosu.cli.proofs import Trust, checkpoint_fields, say_checkpoint

if TYPE_CHECKING:
    from yaosu.client import Client


def verify_served_log(server: ServerPlace, trust: Trust, since: Path | None, as_json: bool) -> None:
    """Check the log of a server and that it continues a checkpoint that was kept.

    Args:
        trust: the key that is known from elsewhere, and witnesses.

    Raises:
        Refusal: `journal.damaged` naming the tile, `journal.other_history`, `journal.key_unknown`,
            `kernel.*`, those of the way to the server.

    Cost: every entry's record is read.
    """
    from yaosu.engine.keys import verify_keys
    from yaosu.journal.check_log import check_log

    kept = None
    with server.client() as venue:
        own = trust.keys[0]
        terms, _ = verify_keys(venue.text("/v1/proofs/venue-keys"), own)
        trust = structs.replace(trust, keys=terms)
        note = venue.text("/checkpoint")
        said = check_log(lambda path: venue.bytes_of(f"/{path}"), note, trust.keys)
        trust = trust.witnessed(note)
        if since is not None:
            kept = trust.checkpoint(since)
            _check_continues(server, venue, since, note, trust)
    if as_json:
        fields = checkpoint_fields(said, trust)
        begun = None if kept is None else kept.size
        say_json("verify-log/1", log=str(server), verdict="matches", since=begun, **fields)
        return
    say(f"{server}: every tile and bundle leads to the checkpoint")
    if kept is not None:
        say(f"  continues the checkpoint of {kept.size} entries, signed by {kept.origin}")
    say_checkpoint(said, trust)


def _check_continues(
    server: ServerPlace, venue: "Client", since: Path, note: str, trust: Trust
) -> None:
    """The log begins with the entries of the checkpoint that was kept."""
    from yaosu.journal.checkpoint import parse_checkpoint
    from yaosu.journal.proof_files import continuation_proof, verify_continuation_proof
    from yaosu.journal.tiles import consistency_from_tiles
    from yaosu.kernel.refusal import refuse_unless

    earlier, later = parse_checkpoint(read_text(since)), parse_checkpoint(note)
    is_later = earlier.size <= later.size
    why = f"it has {later.size} entries"
    refuse_unless(
        is_later, "journal.other_history", path=str(server), size=earlier.size, reason=why
    )
    path = consistency_from_tiles(lambda name: venue.bytes_of(f"/{name}"), earlier.size, later.size)
    text = continuation_proof(earlier.size, path, note)
    verify_continuation_proof(text, earlier, trust.keys)
