"""The model that comes with Makegood: read at the desk's own machine, nothing to download, nothing sent away.

Importing this loads nothing. The first call of `scorer` loads the model of `folder()`, once a process.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from makegood.triage.embedded.manifest import About
    from makegood.triage.scoring import Scorer

__all__ = ["OFF", "about", "encoder_scorer", "folder", "linear_scorer", "problem", "scorer"]

OFF = "off"
_OURS = Path(__file__).with_name("weights")


def folder() -> Path | None:
    """Where the model lies: MAKEGOOD_TRIAGE_MODEL, else the one in the package; None where that is "off"."""
    named = os.environ.get("MAKEGOOD_TRIAGE_MODEL", "").strip()
    if named.lower() == OFF:
        return None
    return Path(named).expanduser() if named else _OURS


def scorer() -> Scorer:
    """The model the product reads with: linear on all, the encoder where that is not sure, or linear alone where the
    folder has no encoder. ModelError, with a sentence for people, where it is off, missing or broken.
    """
    return _loaded(_place(), "cascade")


def linear_scorer() -> Scorer:
    """The linear model alone: fast enough for whole archives. ModelError as in `scorer`."""
    return _loaded(_place(), "linear")


def encoder_scorer() -> Scorer:
    """The encoder alone, for measuring. ModelError as in `scorer`, and where the folder has none."""
    return _loaded(_place(), "encoder")


def about() -> About:
    """What is known of the model: thresholds, curves, calibration. Loads no weights; ModelError as in `scorer`."""
    return _about(_place())


def problem(*, whole: bool = False) -> str:
    """Why no model reads though one should, in one or two sentences, or "".

    Without `whole` the files are compared with their fingerprints; with it the model is loaded to see, which takes a
    second.
    """
    from makegood.triage.embedded.manifest import ModelError

    place = folder()
    if place is None:
        return ""
    try:
        if whole:
            _loaded(place, "cascade")
        else:
            _about(place)
    except ModelError as error:
        return f"{error} Until then Makegood reads by its rules alone."
    return ""


def _place() -> Path:
    from makegood.triage.embedded.manifest import ModelError

    place = folder()
    if place is None:
        raise ModelError("The reading model is switched off (MAKEGOOD_TRIAGE_MODEL=off).")
    return place


def _loaded(place: Path, part: str) -> Scorer:
    from makegood.triage.embedded.manifest import ModelError

    found, trouble = _attempt(place, part, _stamp(place))
    if found is None:
        raise ModelError(trouble)
    return found


def _about(place: Path) -> About:
    from makegood.triage.embedded.manifest import ModelError

    found, trouble = _verified(place, _stamp(place))
    if found is None:
        raise ModelError(trouble)
    return found


def _stamp(place: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file in the folder does, so that a mended model is taken up and a broken one is tried once."""
    try:
        kept = [(each.name, each.stat()) for each in sorted(place.iterdir())]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in kept)


@lru_cache(maxsize=4)
def _verified(place: Path, _stamp: object) -> tuple[About | None, str]:
    from makegood.triage.embedded.manifest import ModelError, read_about, verify

    try:
        found = read_about(place)
        verify(place, found)
    except ModelError as error:
        return None, str(error)
    return found, ""


@lru_cache(maxsize=6)
def _attempt(place: Path, part: str, stamp: tuple[tuple[str, int, int], ...]) -> tuple[Scorer | None, str]:
    from makegood.triage.embedded.cascade import Cascade, EncoderScorer, LinearScorer
    from makegood.triage.embedded.manifest import ModelError

    found, trouble = _verified(place, stamp)
    if found is None:
        return None, trouble
    try:
        if part == "linear" or (part == "cascade" and not found.has_encoder):
            return LinearScorer(place, found), ""
        if part == "encoder" and not found.has_encoder:
            return None, f"The reading model in {place} has no encoder."
        if part == "encoder":
            return EncoderScorer(place, found), ""
        linear = LinearScorer(place, found)
        encoder = EncoderScorer(place, found, linear)
    except ModelError as error:
        return None, str(error)
    return Cascade(linear, encoder, found), ""
