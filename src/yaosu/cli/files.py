"""Files in and out: text and tables read with a refusal for everything they should not be."""

import os
import tempfile
from pathlib import Path
from typing import Any

from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

BYTES_MAX = 4 << 30


def read_bytes(path: Path) -> bytes:
    """The whole file."""
    refuse_unless(not path.is_dir(), "cli.is_a_folder", path=str(path))
    try:
        size = path.stat().st_size
        refuse_unless(
            size <= BYTES_MAX, "kernel.too_large", what=str(path), bytes=size, limit=BYTES_MAX
        )
        return path.read_bytes()
    except FileNotFoundError:
        refuse("cli.file_missing", path=str(path))
    except OSError as error:
        refuse("cli.cannot_read", path=str(path), reason=error.strerror or "unknown")


def read_text(path: Path) -> str:
    """The whole file as UTF-8; a byte order mark is taken off."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("cli.not_text", path=str(path))
    refuse_unless("\0" not in text, "cli.not_text", path=str(path))
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file."""
    import tomllib

    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise Refusal("cli.bad_toml", path=str(path), reason=str(error)) from None


def make_folder(path: Path) -> Path:
    """The folder, made where it is missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse("cli.cannot_write", path=str(path), reason=error.strerror or "unknown")
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: into a neighbour first, then put in its place."""
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        os.replace(name, path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        error.filename = str(path)
        from yaosu.cli.app import refusal_of

        refusal = refusal_of(error)
        if refusal.code == "cli.disk_full":
            raise refusal from None
        refuse("cli.cannot_write", path=str(path), reason=error.strerror or "unknown")
