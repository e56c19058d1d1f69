"""Uploaded files: kept under a name of our own while they are read, and gone afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

__all__ = ["drop_upload", "forget_upload", "keep_upload"]


def keep_upload(chunks: Iterator[bytes], filename: str) -> Path:
    """Stores an upload under a name of our own; nothing stays when it breaks off."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "".join(char for char in Path(filename).suffix.lower()[:8] if char.isalnum() or char == ".")
    path = folder / f"{uuid.uuid4().hex}{suffix}"
    try:
        with path.open("xb") as out:
            for chunk in chunks:
                out.write(chunk)
    except BaseException:
        drop_upload(path)
        raise
    return path


def drop_upload(path: Path) -> None:
    """Removes the file, and the copies that reading it has left beside it."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink(missing_ok=True)


def forget_upload(path: str) -> None:
    """Removes the file once the surrounding transaction has committed."""
    transaction.on_commit(partial(drop_upload, Path(path)))
