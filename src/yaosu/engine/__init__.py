"""The one writer: decide, append, answer; recovery, proof and replay; the only clock."""
