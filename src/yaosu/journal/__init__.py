"""The memory: entries numbered, hashed and chained, with a Merkle tree over them."""

from yaosu.journal.chain import ACCEPTED, REFUSED, ZERO, Entry, Header, seal
from yaosu.journal.memory import MemoryStore
from yaosu.journal.merkle import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from yaosu.journal.refusals import TEXTS
from yaosu.journal.sqlite import SqliteStore, open_sqlite
from yaosu.journal.store import Head, Store
from yaosu.journal.verify import Verified, verify

__all__ = [
    "ACCEPTED",
    "REFUSED",
    "TEXTS",
    "ZERO",
    "Entry",
    "Head",
    "Header",
    "MemoryStore",
    "SqliteStore",
    "Store",
    "Verified",
    "consistency_proof",
    "inclusion_proof",
    "open_sqlite",
    "seal",
    "verify",
    "verify_consistency",
    "verify_inclusion",
]
