"""Where the compiled pass is kept, and how it is loaded: compiled once on each machine, then read back."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from makegood.listen.engine.fast.book import FITS, OUT
from makegood.listen.engine.fast.letters import letters
from makegood.listen.engine.fast.sifter import Pass, Sifter
from makegood.listen.query import parse

__all__ = ["folder", "load"]

log = logging.getLogger(__name__)

SLOW_SECONDS = 2.0


def folder() -> Path:
    """Where this version's compiled code is kept: under NUMBA_CACHE_DIR, MAKEGOOD_HOME or the user's cache."""
    home = os.environ.get("MAKEGOOD_HOME")
    user = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    place = os.environ.get("NUMBA_CACHE_DIR") or (f"{home}/cache" if home else f"{user}/makegood")
    return Path(place).expanduser() / f"compiled-{_fingerprint()}"


@cache
def _fingerprint() -> str:
    """Of all that the compiled code depends on; numba itself looks at one function's file only."""
    digest = hashlib.sha256(f"{version('numba')} {version('numpy')} {version('llvmlite')}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@cache
def load() -> Pass | None:
    """The compiled pass, or None, with a line in the log, where it can be neither read nor compiled and kept."""
    started = time.monotonic()
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        try:
            found = _load(place)
        except Exception:
            # What is there cannot be read: whatever it is, it is only a copy.
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True, exist_ok=True)
            found = _load(place)
    except Exception as error:
        log.warning("Listening goes on without its fast lane, which could not be loaded from %s: %r", place, error)
        return None
    seconds = time.monotonic() - started
    if seconds > SLOW_SECONDS:
        log.info("The fast lane of listening was made ready in %.1f s; it is kept in %s.", seconds, place)
    return found


def _load(place: Path) -> Pass:
    import numba

    kept = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(place)
    try:
        from makegood.listen.engine.fast import cutting, lookup, reading
    finally:
        numba.config.CACHE_DIR = kept
    found = Pass(
        letters=letters(),
        padding=reading.PADDING,
        room=reading.ROOM,
        longest=cutting.LONGEST,
        cut_key=cutting.cut_key,
        ask_beginning=cutting.ask_beginning,
        file=lookup.file,
        refile=lookup.refile,
        sift=lookup.sift,
    )
    _try_out(found)
    return found


def _try_out(found: Pass) -> None:
    """Calls everything once: that is when it is compiled or read."""
    sifter = Sifter[int](found)
    sifter.add(0, parse("ready OR stead*"))
    if sifter.sift([b'{"text":"Ready?"}', b'{"text":"Go!"}']).tolist() != [FITS, OUT]:
        raise RuntimeError("it does not find what it has to find")
