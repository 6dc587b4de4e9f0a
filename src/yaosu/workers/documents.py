"""The files of documents, beside the journal, each under the SHA-256 of its bytes.

A file comes in three steps: it is written under ``incoming`` and synced, the journal records that
it is kept, it is put in its place. Whatever is killed in between is made good at the next start:
what the journal records is put in its place, the rest is forgotten. The name that people gave it
stands beside the file and not in the journal, which is for ever.
"""

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from yaosu.cases.documents_state import Document
from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.refusal import declare, refuse, refuse_unless
from yaosu.workers.document_types import clean_name, media_type_of

ENDING = ".documents"  # of the folder beside a journal
INCOMING, NAMES = "incoming", ".names"
PART = ".part"
CHUNK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

REFUSALS = declare(
    {
        "workers.document_too_large": (
            "the document has more than {limit} bytes",
            "give a smaller file, or have the setting document_max raised",
        ),
        "workers.document_empty": ("the document has no bytes", "choose another file"),
        "workers.document_type": (
            "{name!r} is none of the types that are taken",
            "give one of: {known}; office files without macros",
        ),
        "workers.documents_full": (
            "there is no room for the document: {reason}",
            "make room where {path} is, then send it again",
        ),
        "workers.document_missing": (
            "the file of document {document} is not there, or is not what it was",
            "bring it back from a backup (yaosu documents check says which are missing)",
        ),
        "workers.document_altered": (
            "the file that came has not the digest that was said: {found}, not {said}",
            "send the file again",
        ),
    }
)


class Came(Struct, frozen=True):
    """A whole file that waits to be recorded."""

    document: str
    media_type: str
    size: int
    name: str


class Fault(Struct, frozen=True):
    """One thing that is not as the journal says; ``what`` is one of ``FAULTS``."""

    what: str
    document: str


MISSING, ALTERED, LEFT, UNKNOWN = "missing", "altered", "left", "unknown"
FAULTS = {
    MISSING: "kept by the journal, and not there",
    ALTERED: "there, with other bytes",
    LEFT: "deleted by the journal, and still there",
    UNKNOWN: "there, and not in the journal",
}
HARMLESS = (LEFT, UNKNOWN)


def folder_beside(journal: str | Path) -> Path:
    """Where the documents of a journal in a file lie."""
    return Path(journal).with_suffix(ENDING)


class Incoming:
    """A file that is being written; nobody sees it before it is whole."""

    def __init__(self, file: BinaryIO, limit: int, check_room: Callable[[int], None]) -> None:
        self._file, self._limit, self._check_room = file, limit, check_room
        self._hash = sha256()
        self.size = 0

    def write(self, part: bytes) -> None:
        """Take the next bytes.

        Raises:
            Refusal: ``workers.document_too_large``, ``workers.documents_full``.
        """
        self.size += len(part)
        refuse_unless(self.size <= self._limit, "workers.document_too_large", limit=self._limit)
        self._check_room(len(part))  # others write at the same time
        self._hash.update(part)
        self._file.write(part)

    @property
    def digest(self) -> str:
        """SHA-256 of what came so far."""
        return self._hash.hexdigest()


class DocumentFolder:
    """The files of one journal's documents.

    Args:
        path: made when the first file comes.
        reserve: bytes of the disk that are left to the journal.
    """

    def __init__(self, path: Path, reserve: int = 0) -> None:
        self.path, self._reserve = path, reserve

    @contextmanager
    def receive(self, draw: str, limit: int, expected: int = 0) -> Iterator[Incoming]:
        """Write a file; what is not finished is gone.

        Args:
            draw: a name that nobody else has.
            expected: bytes, where they are known.
        """
        part = self.path / INCOMING / f"{draw}{PART}"
        try:
            with self._room():
                part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._check_room(expected)
                with open(part, "xb", opener=_own) as file:
                    yield Incoming(file, limit, self._check_room)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def finish(self, draw: str, incoming: Incoming, name: str) -> Came:
        """Look what came, sync it, and let it wait under its digest.

        Raises:
            Refusal: ``workers.document_type``, ``workers.document_empty``.
        """
        part = self.path / INCOMING / f"{draw}{PART}"
        try:
            refuse_unless(incoming.size, "workers.document_empty")
            with self._room(), part.open("rb") as file:
                media_type = media_type_of(file)
                os.fsync(file.fileno())
            if media_type is None:
                known = "PDF, PNG, JPEG, GIF, WebP, TIFF, docx, xlsx, OFD, text in UTF-8"
                refuse("workers.document_type", name=name[:100], known=known)
            waiting = self.path / INCOMING / incoming.digest
            part.replace(waiting)
            _sync(waiting.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return Came(incoming.digest, media_type, incoming.size, clean_name(name, media_type))

    def put(self, document: str, party: str, name: str) -> None:
        """Put a file that waits in its place; the journal has recorded it."""
        place = self.place(document)
        with self._room():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._name(document, party, name)
            with suppress(FileNotFoundError):  # another has put the same bytes there
                (self.path / INCOMING / document).replace(place)
            _sync(place.parent)
            _sync(self.path)

    def drop(self, document: str) -> None:
        """Forget a file that waits: it is not recorded."""
        (self.path / INCOMING / document).unlink(missing_ok=True)

    def forget(self, document: str) -> bool:
        """Delete a file and its name; whether there was one."""
        place = self.place(document)
        was_there = place.exists()
        place.unlink(missing_ok=True)
        place.with_suffix(NAMES).unlink(missing_ok=True)
        if was_there:
            _sync(place.parent)
        return was_there

    def place(self, document: str) -> Path:
        """Where the file of a document is."""
        assert DIGEST_FORM.fullmatch(document), document
        return self.path / document[:2] / document

    def names(self, document: str) -> dict[str, str]:
        """The names under which parties gave it."""
        try:
            found = json.loads(self.place(document).with_suffix(NAMES).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        is_map = isinstance(found, dict)
        return {str(k): str(v) for k, v in found.items()} if is_map else {}

    def open(self, document: str, size: int) -> BinaryIO:
        """The file to read.

        Raises:
            Refusal: ``workers.document_missing``.
        """
        try:
            file = self.place(document).open("rb")
        except OSError:
            refuse("workers.document_missing", document=document)
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            refuse("workers.document_missing", document=document)
        return file

    def mend(self, known: Mapping[str, Document]) -> None:
        """After a start: finish or forget what was interrupted."""
        waiting = self.path / INCOMING
        for one in sorted(waiting.iterdir()) if waiting.is_dir() else ():
            is_whole = DIGEST_FORM.fullmatch(one.name) is not None
            document = known.get(one.name) if is_whole else None
            if document is not None and not document.deleted_at:
                self.put(one.name, "", "")
            else:
                one.unlink(missing_ok=True)
        for name, document in sorted(known.items()):
            if document.deleted_at:
                self.forget(name)

    def check(self, known: Mapping[str, Document]) -> list[Fault]:
        """Every file against the journal: all bytes are read."""
        faults: list[Fault] = []
        there = set(self.files())
        for name, document in sorted(known.items()):
            if document.deleted_at:
                if name in there:
                    faults.append(Fault(LEFT, name))
            elif name not in there and not (self.path / INCOMING / name).exists():
                faults.append(Fault(MISSING, name))
            elif name in there and digest_of(self.place(name)) != name:
                faults.append(Fault(ALTERED, name))
        faults += [Fault(UNKNOWN, name) for name in sorted(there - set(known))]
        return faults

    def files(self) -> Iterator[str]:
        """The digests under which there is a file."""
        for one in sorted(self.path.glob("??/*")) if self.path.is_dir() else ():
            if DIGEST_FORM.fullmatch(one.name) and one.parent.name == one.name[:2]:
                yield one.name

    def copy_to(self, target: "DocumentFolder") -> tuple[int, list[str]]:
        """Copy every file that is not there yet: how many were, and those that are not whole."""
        copied, bad = 0, []
        for name in self.files():
            place = target.place(name)
            if place.exists() and digest_of(place) == name:
                continue
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = place.with_suffix(PART)
            with self._room():
                shutil.copyfile(self.place(name), part)
                part.chmod(0o600)
                found = digest_of(part)
                if found != name:
                    part.unlink()
                    bad.append(name)
                    continue
                with part.open("rb") as file:
                    os.fsync(file.fileno())
                names = self.place(name).with_suffix(NAMES)
                if names.exists():
                    shutil.copyfile(names, place.with_suffix(NAMES))
                part.replace(place)
                _sync(place.parent)
            copied += 1
        return copied, bad

    def _name(self, document: str, party: str, name: str) -> None:
        """Remember a name beside the file; never half."""
        if not name:
            return
        place = self.place(document).with_suffix(NAMES)
        names = {**self.names(document), party: name}
        part = place.with_suffix(PART)
        part.write_text(json.dumps(names, ensure_ascii=False), "utf-8")
        part.chmod(0o600)
        part.replace(place)

    def _check_room(self, expected: int) -> None:
        """Refuse what would take the room that is left to the journal."""
        left = shutil.disk_usage(self.path).free - self._reserve
        if left < expected or left <= 0:
            reason = f"{self._reserve} bytes of the disk are left to the journal"
            refuse("workers.documents_full", reason=reason, path=str(self.path))

    @contextmanager
    def _room(self) -> Iterator[None]:
        """A full disk is a refusal."""
        try:
            yield
        except OSError as error:
            if error.errno not in FULL:
                raise
            reason = os.strerror(error.errno)
            refuse("workers.documents_full", reason=reason, path=str(self.path))


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    hashed = sha256()
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            hashed.update(part)
    return hashed.hexdigest()


def _own(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _sync(folder: Path) -> None:
    """What is in a folder outlives a loss of power."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
