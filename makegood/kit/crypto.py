"""Secrets at rest: authenticated encryption (Fernet, https://github.com/fernet/spec) and the file its key is
in.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

__all__ = ["DecryptError", "decrypt", "encrypt", "load_or_create_key", "new_key"]


class DecryptError(Exception):
    """A secret or a key that cannot be used. `sentence` says so to a person and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def new_key() -> bytes:
    """A fresh random key: 44 bytes of URL-safe base64."""
    return Fernet.generate_key()


def encrypt(plain: bytes, key: bytes | Sequence[bytes]) -> str:
    """`plain` sealed with `key`, or with the first of several, as ASCII text. Raises DecryptError on a bad
    key.
    """
    return _box(key).encrypt(plain).decode("ascii")


def decrypt(sealed: str, key: bytes | Sequence[bytes]) -> bytes:
    """What `encrypt` sealed. With several keys each is tried, so that old secrets open after a change of key.

    Raises DecryptError when no key fits or the text was tampered with.
    """
    try:
        return _box(key).decrypt(sealed.encode("utf-8", "replace"))
    except InvalidToken as error:
        raise DecryptError(
            "A stored secret cannot be opened with this key. Restore the key file, or connect the channel again."
        ) from error


def load_or_create_key(path: Path) -> bytes:
    """The key in the file `path`; the first call makes it (mode 0600), and of several at once all get the
    same one.

    Raises DecryptError when the file holds no key, OSError when it cannot be read or written.
    """
    if not path.exists():
        _create(path)
    key = path.read_bytes().strip()
    try:
        Fernet(key)
    except ValueError as error:
        raise DecryptError(f"The key file {path} is damaged. Restore it from a backup.") from error
    return key


def _create(path: Path) -> None:
    """Linking a finished file into place is atomic and never replaces a key that another process made
    meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
    finished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(finished)
        except FileExistsError:
            return
    finally:
        finished.unlink()


def _box(key: bytes | Sequence[bytes]) -> MultiFernet:
    keys = [key] if isinstance(key, bytes) else key
    try:
        return MultiFernet([Fernet(each) for each in keys])
    except ValueError as error:
        raise DecryptError("The encryption key is damaged. Restore the key file from a backup.") from error
