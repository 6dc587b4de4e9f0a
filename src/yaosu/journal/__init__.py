"""The memory: entries numbered, hashed and chained, with a Merkle tree over them."""

from yaosu.journal.chain import ACCEPTED, REFUSED, ZERO, Entry, Header, seal
from yaosu.journal.checkpoint import (
    Checkpoint,
    check_continues,
    make_checkpoint,
    parse_checkpoint,
    verify_checkpoint,
)
from yaosu.journal.memory import MemoryStore
from yaosu.journal.merkle import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from yaosu.journal.opening import open_store
from yaosu.journal.postgres import PostgresStore, open_postgres
from yaosu.journal.proof_files import (
    continuation_proof,
    entry_proof,
    payloads_file,
    verify_continuation_proof,
    verify_entry_proof,
    verify_payloads,
)
from yaosu.journal.refusals import TEXTS
from yaosu.journal.sqlite import SqliteStore, open_sqlite
from yaosu.journal.store import Head, Store
from yaosu.journal.tiles import tile_path, tiles_of
from yaosu.journal.verify import Verified, verify
from yaosu.kernel.signed_note import (
    SigningKey,
    VerifierKey,
    parse_signing_key,
    parse_verifier_key,
    signing_key,
)

__all__ = [
    "ACCEPTED",
    "REFUSED",
    "TEXTS",
    "ZERO",
    "Checkpoint",
    "Entry",
    "Head",
    "Header",
    "MemoryStore",
    "PostgresStore",
    "SigningKey",
    "SqliteStore",
    "Store",
    "Verified",
    "VerifierKey",
    "check_continues",
    "consistency_proof",
    "continuation_proof",
    "entry_proof",
    "inclusion_proof",
    "make_checkpoint",
    "open_postgres",
    "open_sqlite",
    "open_store",
    "parse_checkpoint",
    "parse_signing_key",
    "parse_verifier_key",
    "payloads_file",
    "seal",
    "signing_key",
    "tile_path",
    "tiles_of",
    "verify",
    "verify_checkpoint",
    "verify_consistency",
    "verify_continuation_proof",
    "verify_entry_proof",
    "verify_inclusion",
    "verify_payloads",
]
