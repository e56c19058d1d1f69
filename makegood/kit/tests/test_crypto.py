from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.kit.crypto import DecryptError, decrypt, encrypt, load_or_create_key, new_key

KEY = new_key()


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(plain: bytes) -> None:
    sealed = encrypt(plain, KEY)
    assert sealed.isascii()
    assert len(plain) < 8 or plain not in sealed.encode()
    assert decrypt(sealed, KEY) == plain


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert encrypt(b"x", KEY) != encrypt(b"x", KEY)


def test_a_new_key_first_still_opens_old_secrets() -> None:
    old, new = new_key(), new_key()
    sealed = encrypt(b"x", old)
    assert decrypt(sealed, [new, old]) == b"x"
    assert decrypt(encrypt(b"y", [new, old]), new) == b"y"
    with pytest.raises(DecryptError, match="cannot be opened"):
        decrypt(sealed, new)


@pytest.mark.parametrize("position", [0, 10, 40, -1])
def test_tampering_is_noticed(position: int) -> None:
    sealed = list(encrypt(b"secret", KEY))
    sealed[position] = "A" if sealed[position] != "A" else "B"
    if position == -1:
        sealed.append("A")
    with pytest.raises(DecryptError):
        decrypt("".join(sealed), KEY)


@pytest.mark.parametrize("sealed", ["", "nonsense", "é\ud800"])
def test_nonsense_is_refused(sealed: str) -> None:
    with pytest.raises(DecryptError) as caught:
        decrypt(sealed, KEY)
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("key", [b"", b"short", b"?" * 44, []])
def test_a_bad_key_has_a_sentence(key: bytes | list[bytes]) -> None:
    with pytest.raises(DecryptError, match="key is damaged"):
        encrypt(b"x", key)


def test_the_key_file_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"
    key = load_or_create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == key
    assert decrypt(encrypt(b"x", key), key) == b"x"
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_many_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(tmp_path / "key"), range(64)))
    assert len(keys) == 1


@pytest.mark.parametrize("content", [b"", b"half a key", b"\xff" * 44])
def test_a_damaged_key_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(DecryptError, match="Restore it from a backup"):
        load_or_create_key(path)
    assert path.read_bytes() == content
