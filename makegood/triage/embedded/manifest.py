"""A model's folder: what is in it, what was measured of it, and whether it is whole.

`model.json` says everything about the model but its weights; `linear.npz` is the linear model; `encoder.onnx` with
`tokenizer.json` is the encoder, which a folder may do without.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from makegood.triage.heads import LABELS

__all__ = ["ENCODER_FILES", "LINEAR_FILE", "About", "Bands", "Lines", "ModelError", "read_about", "verify"]

LINEAR_FILE = "linear.npz"
ENCODER_FILES = ("encoder.onnx", "tokenizer.json")


class ModelError(Exception):
    """A model that cannot be used; its text is one sentence that says why and what to do."""


class Lines(msgspec.Struct, frozen=True):
    """For every label slope `a` and shift `b` that make a raw output a probability. Added to the raw output before:
    `linear` times that of the linear model, and for what the cues find what each of `hints.NAMES` adds to each label.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    linear: tuple[float, ...] = ()
    hints: tuple[tuple[float, ...], ...] = ()


class Bands(msgspec.Struct, frozen=True):
    """For which labels, and between which probabilities of the linear model, the encoder is asked."""

    labels: dict[str, tuple[float, float]] = {}


class About(msgspec.Struct, frozen=True):
    """`model.json`.

    `thresholds` are the probabilities from which on each label is believed. `curves` give for each label, on texts the
    model never saw, (threshold, share of all that is read, share of the true ones missed, precision); `reliability`
    (probability said, share that was so, texts). `sha256` are the other files' fingerprints. `data` says from which
    data the model was made: "open" may be given away.
    """

    version: str
    labels: tuple[str, ...]
    calibration: dict[str, Lines]
    thresholds: dict[str, float]
    sha256: dict[str, str]
    features: dict[str, msgspec.Raw] = {}
    cascade: Bands = Bands()
    curves: dict[str, tuple[tuple[float, float, float, float], ...]] = {}
    reliability: dict[str, tuple[tuple[float, float, int], ...]] = {}
    data: str = ""

    @property
    def has_encoder(self) -> bool:
        """Whether an encoder belongs to it."""
        return all(name in self.sha256 for name in ENCODER_FILES)


def read_about(folder: Path) -> About:
    """What `folder` says of its model. ModelError where that cannot be read or is of another Makegood."""
    path = folder / "model.json"
    try:
        about = msgspec.json.decode(path.read_bytes(), type=About)
    except OSError as error:
        raise ModelError(f"The reading model is not there: {path} cannot be read ({error.strerror}).") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ModelError(f"The reading model cannot be used: {path} is damaged ({error}).") from error
    if about.labels != LABELS:
        raise ModelError(f"The reading model in {folder} was made for another version of Makegood: make it anew.")
    if LINEAR_FILE not in about.sha256:
        raise ModelError(f"The reading model cannot be used: {path} does not name {LINEAR_FILE}.")
    wanted = ("linear", "encoder") if about.has_encoder else ("linear",)
    for name in dict.fromkeys((*wanted, *about.calibration)):
        lines = about.calibration.get(name)
        if lines is None or not len(lines.a) == len(lines.b) == len(LABELS):
            raise ModelError(f"The reading model cannot be used: {path} lacks the calibration of the {name} part.")
        if lines.linear and (name == "linear" or len(lines.linear) != len(LABELS)):
            raise ModelError(f"The reading model cannot be used: {path} mixes its parts for other labels.")
        if lines.hints and (len(lines.hints) != len(LABELS) or len({len(row) for row in lines.hints}) != 1):
            raise ModelError(f"The reading model cannot be used: {path} weighs what the cues find for other labels.")
    return about


def verify(folder: Path, about: About) -> None:
    """Raises ModelError unless every file named in `about` is there and is the very one that was written with it."""
    for name, wanted in sorted(about.sha256.items()):
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                f"The reading model is not whole: {folder / name} cannot be read ({error.strerror})."
            ) from error
        if found != wanted:
            raise ModelError(
                f"The reading model is not whole: {folder / name} is not the file it was made with. Install it again."
            )
