"""The folder of documents: what a file is by its bytes, whole or not at all, names made safe."""

import io
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.cases.documents_state import Document, Keeping
from yaosu.kernel.refusal import Refusal
from yaosu.workers.document_types import DOCX, OFD, PDF, TEXT, XLSX, clean_name, media_type_of
from yaosu.workers.documents import ALTERED, LEFT, MISSING, UNKNOWN, DocumentFolder, Fault


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.4", PDF),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"MM\x00*", "image/tiff"),
        ("出让合同\r\n".encode(), TEXT),
        (("登" * (1 << 19)).encode(), TEXT),
        (packed("[Content_Types].xml", "word/document.xml"), DOCX),
        (packed("xl/workbook.xml"), XLSX),
        (packed("OFD.xml"), OFD),
        (packed("word/document.xml", "word/vbaProject.bin"), None),
        (packed("AndroidManifest.xml"), None),
        (b"PK\x03\x04", None),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18, None),
        (b"\x7fELF", None),
        (b"a\x00b", None),
        ("GBK 合同".encode("gbk"), None),
    ],
)
def test_a_type_is_that_of_the_bytes(data: bytes, media_type: str | None) -> None:
    assert media_type_of(io.BytesIO(data)) == media_type


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("lease.pdf", "lease.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\a.PDF", "a.pdf"),
        ("invoice.pdf.exe", "invoice.pdf.exe.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe.pdf"),
        ("  ..  ", "document.pdf"),
        ("出让合同.pdf", "出让合同.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
        ("", "document.pdf"),
    ],
)
def test_names_are_made_safe(given_name: str, name: str) -> None:
    assert clean_name(given_name, PDF) == name


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=300))
def test_no_name_leaves_its_folder_or_breaks_a_header(given_name: str) -> None:
    name = clean_name(given_name, TEXT)
    assert not set(name) & set('/\\"\r\n\x00%')
    assert not name.startswith(".")
    assert 0 < len(name) <= 130


def come(folder: DocumentFolder, data: bytes, *, put: bool = True) -> str:
    with folder.receive("draw", 1000) as incoming:
        incoming.write(data)
    came = folder.finish("draw", incoming, "a.txt")
    if put:
        folder.put(came.document, "anna", came.name)
    return came.document


def kept(data: bytes, deleted_at: int = 0) -> dict[str, Document]:
    keepings = (Keeping("anna", "other", 1),)
    one = Document(media_type=TEXT, size=len(data), keepings=keepings, deleted_at=deleted_at)
    return {sha256(data).hexdigest(): one}


def test_every_fault_of_the_files_is_named(tmp_path: Path) -> None:
    folder = DocumentFolder(tmp_path / "d")
    lost, bent, deleted = b"lost", b"bent", b"deleted"
    known = {**kept(lost), **kept(bent), **kept(deleted, 5), **kept(b"good")}
    come(folder, b"good")
    folder.place(come(folder, bent)).write_bytes(b"BENT")
    gone, extra = come(folder, deleted), come(folder, b"extra")
    assert {(one.what, one.document) for one in folder.check(known)} == {
        (MISSING, sha256(lost).hexdigest()),
        (ALTERED, sha256(bent).hexdigest()),
        (LEFT, gone),
        (UNKNOWN, extra),
    }
    folder.mend(known)
    assert Fault(LEFT, gone) not in folder.check(known)


def test_a_start_finishes_what_is_recorded_and_forgets_the_rest(tmp_path: Path) -> None:
    folder = DocumentFolder(tmp_path / "d")
    recorded = come(folder, b"recorded", put=False)
    come(folder, b"not recorded", put=False)
    (folder.path / "incoming" / "x.part").write_bytes(b"half")
    known = kept(b"recorded")
    assert folder.check(known) == [], "one that waits whole is not missing"
    folder.mend(known)
    assert list((folder.path / "incoming").iterdir()) == []
    assert list(folder.files()) == [recorded]


def test_whatever_stops_a_file_leaves_nothing(tmp_path: Path) -> None:
    folder = DocumentFolder(tmp_path / "d")
    with pytest.raises(Refusal) as caught, folder.receive("draw", 4) as incoming:
        incoming.write(b"12345")
    assert caught.value.code == "workers.document_too_large"
    with pytest.raises(RuntimeError), folder.receive("draw", 4) as incoming:
        raise RuntimeError
    assert list((folder.path / "incoming").iterdir()) == []
    with folder.receive("draw", 400) as incoming:
        folder._reserve = 1 << 62  # others have filled the disk meanwhile
        with pytest.raises(Refusal) as caught:
            incoming.write(b"4")
    assert caught.value.code == "workers.documents_full"
    (folder.path / "incoming" / "draw.part").unlink()
    full = DocumentFolder(tmp_path / "d", reserve=1 << 62)
    with pytest.raises(Refusal) as caught, full.receive("draw", 4):
        raise AssertionError
    assert caught.value.code == "workers.documents_full"
