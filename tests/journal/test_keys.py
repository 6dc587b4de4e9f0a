"""The key store: apart, wrapped, for its owner alone; erased is erased, whatever is restored."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.wrapping import WrappingKey, parse_wrapping_key
from yaosu.kernel.refusal import Refusal

OLD, NEW = WrappingKey(b"o" * 32), WrappingKey(b"n" * 32)


class Entropy:
    """Bytes that nobody can guess, but this test can."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def __call__(self, count: int) -> bytes:
        self.given.append(sha256(b"chance" + bytes([len(self.given)])).digest()[:count])
        return self.given[-1]


def beside(path: Path) -> bytes:
    """Everything that stands in the folder, one after the other."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder / "market.keys"


@pytest.fixture
def keys(path: Path) -> Iterator[KeyStore]:
    with KeyStore(str(path), OLD, Entropy()) as store:
        yield store


def test_a_key_is_made_once_and_found_again_after_closing(path: Path) -> None:
    with KeyStore(str(path), OLD, Entropy()) as store:
        made = store.make("person/anna").derive("test")
        assert store.make("person/anna").derive("test") == made
        assert store.make("person/bao").derive("test") != made
    with KeyStore(str(path), OLD, Entropy(), readonly=True) as store:
        found = store.find("person/anna")
        assert found is not None
        assert found.derive("test") == made
        assert store.names() == {"person/anna": True, "person/bao": True}


def test_many_keys_are_made_at_once_and_those_that_are_there_are_kept(keys: KeyStore) -> None:
    first = keys.make("b").derive("test")
    made = keys.make_many(["a", "b", "c", "a"])
    assert [key.id for key in made] == ["a", "b", "c", "a"]
    assert made[1].derive("test") == first
    assert made[0].derive("test") == made[3].derive("test") != made[2].derive("test")
    keys.destroy("c")
    with pytest.raises(Refusal, match=r"^journal\.key_erased: "):
        keys.make_many(["d", "c"])


def test_only_its_owner_may_read_the_file_and_a_laxer_one_is_refused(
    path: Path, keys: KeyStore
) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys.close()
    path.chmod(0o640)
    with pytest.raises(Refusal) as caught:
        KeyStore(str(path), OLD, Entropy())
    assert str(caught.value) == (
        f"journal.keys_open_to_others: {path} may be read by others: its mode is 640; "
        "let its owner alone read and write it (chmod 600)"
    )


def test_no_data_key_rests_in_plain(path: Path) -> None:
    entropy = Entropy()
    with KeyStore(str(path), OLD, entropy) as store:
        store.make("person/anna")
    secrets = [given for given in entropy.given if len(given) == 32]
    assert secrets
    assert not any(secret in beside(path) for secret in secrets)


def test_an_erased_key_is_overwritten_and_its_name_never_used_again(
    path: Path, keys: KeyStore
) -> None:
    keys.make("person/anna")
    rows = sqlite3.connect(path).execute("SELECT nonce, wrapped FROM data_keys").fetchall()
    ((nonce, wrapped),) = rows
    assert wrapped in beside(path)
    keys.destroy("person/anna")
    keys.destroy("person/anna")
    assert wrapped not in beside(path)
    assert nonce not in beside(path)
    assert keys.find("person/anna") is None
    assert keys.names() == {"person/anna": False}
    with pytest.raises(Refusal) as caught:
        keys.make("person/anna")
    assert str(caught.value) == (
        "journal.key_erased: the key person/anna was erased; what it sealed is gone for good; "
        "seal new items with a new key"
    )


def test_rotation_wraps_every_key_anew_all_or_none(path: Path, keys: KeyStore) -> None:
    made = {name: keys.make(name).derive("test") for name in ("a", "b", "c")}
    keys.destroy("c")
    before = beside(path)
    assert keys.rotate(NEW) == 2
    with pytest.raises(Refusal) as caught:
        KeyStore(str(path), OLD, Entropy())
    assert str(caught.value) == (
        f"journal.wrong_wrapping_key: the keys in {path} are wrapped with the wrapping key "
        f"{NEW.id}, given was {OLD.id}; give the wrapping key {NEW.id}; "
        "after a rotation that is the new one"
    )
    with KeyStore(str(path), NEW, Entropy()) as store:
        for name in ("a", "b"):
            found = store.find(name)
            assert found is not None
            assert found.derive("test") == made[name]
        assert store.names() == {"a": True, "b": True, "c": False}
    assert beside(path) != before


def test_a_rotation_that_is_cut_short_leaves_the_old_wrapping(path: Path, keys: KeyStore) -> None:
    made = {name: keys.make(name).derive("test") for name in ("a", "b")}
    calls = []

    class Torn(WrappingKey):
        __slots__ = ()

        def wrap(self, name: str, secret: bytes, nonce: bytes) -> bytes:
            calls.append(name)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return super().wrap(name, secret, nonce)

    with pytest.raises(KeyboardInterrupt):
        keys.rotate(Torn(b"n" * 32))
    with KeyStore(str(path), OLD, Entropy()) as store:
        for name, secret in made.items():
            found = store.find(name)
            assert found is not None
            assert found.derive("test") == secret


def test_a_copy_opens_with_its_wrapping_key_and_not_beside_another_journal(
    path: Path, keys: KeyStore, tmp_path: Path
) -> None:
    keys.make("a")
    keys.belong_to(b"entry 0 of this journal")
    keys.belong_to(b"entry 0 of this journal")
    copy = tmp_path / "copy.keys"
    shutil.copy2(path, copy)
    with KeyStore(str(copy), OLD, Entropy()) as store:
        assert store.find("a") is not None
        with pytest.raises(Refusal) as caught:
            store.belong_to(b"entry 0 of another one")
    assert str(caught.value) == (
        f"journal.keys_of_another: the key store {copy} belongs to another journal; "
        "name the key store that belongs to this one"
    )


def test_a_copy_is_made_while_the_store_is_in_use_and_never_written_over(
    keys: KeyStore, tmp_path: Path
) -> None:
    keys.make("a")
    keys.make("b")
    keys.destroy("b")
    copy = tmp_path / "backup.keys"
    assert keys.copy_to(str(copy)) == 2
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    keys.make("c")
    with KeyStore(str(copy), OLD, Entropy()) as store:
        assert store.names() == {"a": True, "b": False}
    with pytest.raises(Refusal, match="it is there already"):
        keys.copy_to(str(copy))


def test_a_key_that_was_never_made_is_named(keys: KeyStore, path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        keys.find("person/nobody")
    assert str(caught.value) == (
        f"journal.no_such_key: the key person/nobody is not in {path}; "
        "name the key store that belongs to the journal"
    )


def test_a_store_that_is_not_there_or_not_one_is_refused(path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        KeyStore(str(path), OLD, Entropy(), readonly=True)
    assert str(caught.value) == (
        f"journal.keys_not_found: there is no key store at {path}; "
        "check the name; it stands beside its journal, ending in .keys"
    )
    path.write_bytes(b"something else" * 100)
    path.chmod(0o600)
    with pytest.raises(Refusal) as caught:
        KeyStore(str(path), OLD, Entropy())
    assert str(caught.value) == (
        f"journal.keys_damaged: the key store {path} is damaged: file is not a database; restore "
        "its last good copy; what was erased since is erased again at opening"
    )
    with pytest.raises(Refusal) as caught:
        KeyStore(str(path.parent), OLD, Entropy())
    assert caught.value.code in {"journal.keys_open_to_others", "journal.keys_failed"}


def test_a_folder_that_is_not_there_cannot_hold_keys(tmp_path: Path) -> None:
    place = tmp_path / "nowhere" / "market.keys"
    with pytest.raises(Refusal, match=r"^journal\.keys_not_found: "):
        KeyStore(str(place), OLD, Entropy())


def test_a_flipped_bit_of_a_wrapped_key_is_found_before_it_seals_anything(
    path: Path, keys: KeyStore
) -> None:
    keys.make("a")
    keys.close()
    connection = sqlite3.connect(path)
    (wrapped,) = connection.execute("SELECT wrapped FROM data_keys").fetchone()
    changed = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    with connection:
        connection.execute("UPDATE data_keys SET wrapped = ?", (changed,))
    connection.close()
    with (
        KeyStore(str(path), OLD, Entropy()) as store,
        pytest.raises(Refusal, match="the key a does not unwrap"),
    ):
        store.find("a")


def test_a_store_that_cannot_be_written_says_so(keys: KeyStore) -> None:
    keys.close()
    with pytest.raises(Refusal, match=r"^journal\.keys_failed: the key store .* cannot be used: "):
        keys.make("a")


def test_a_wrapping_key_is_one_line_and_never_shown() -> None:
    """S1-22: neither the refusal of a bad key nor the key's own name holds the secret."""
    key = parse_wrapping_key(OLD.text + "\n")
    assert key.id == OLD.id
    assert (b"o" * 32).hex() not in repr(key)
    assert OLD.text.split()[1] not in repr(key)
    for text in ("", "hello", OLD.text[:-4], OLD.text + "x", "yaosu-wrapping-key/1 @@@"):
        with pytest.raises(Refusal) as caught:
            parse_wrapping_key(text)
        assert caught.value.code == "journal.bad_wrapping_key"
        assert "oooo" not in str(caught.value)
        assert OLD.text.split()[1][:20] not in str(caught.value)


def test_in_memory_there_is_no_file(tmp_path: Path) -> None:
    before = set(os.listdir(tmp_path))
    with KeyStore(MEMORY, OLD, os.urandom) as store:
        store.make("a")
        assert store.names() == {"a": True}
    assert set(os.listdir(tmp_path)) == before
