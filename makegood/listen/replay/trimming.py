"""What goes as a whole: the oldest beyond the cap, what is past its life, and everything once nobody wants it."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from makegood.kit import clock
from makegood.listen.replay import rules, segments

__all__ = ["forget_all", "trim"]

log = logging.getLogger(__name__)


def forget_all(folder: Path) -> None:
    """Removes everything that is kept."""
    for path in [*segments.segments(folder), *folder.glob("*.tmp")]:
        path.unlink(missing_ok=True)


def trim(folder: Path, cap: int) -> None:
    """Removes what is too old, and the oldest beyond `cap` bytes or what the disk has room for."""
    paths = segments.segments(folder)
    if not paths:
        return
    now = clock.now()
    while len(paths) > 1 and rules.is_too_old(_until(paths[0]), now):
        paths.pop(0).unlink(missing_ok=True)
    sizes = [_size(path) for path in paths]
    room = rules.cap_now(cap, sum(sizes), shutil.disk_usage(folder).free)
    for path in paths[: rules.beyond_cap(sizes, room)]:
        path.unlink(missing_ok=True)


def _until(path: Path) -> int:
    return max((block.until_us for block in segments.blocks(path)), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
