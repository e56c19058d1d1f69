"""A model folder small enough to write in a test: made-up weights, but read by the very code that reads the real one.

There is no library here that writes ONNX, so the few fields that a graph of four nodes needs are written by hand:
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from makegood.triage.embedded.features import features
from makegood.triage.heads import LABELS, index

BUCKETS = 1 << 12
FLOAT, INT64 = 1, 7
WORDS = ("[UNK]", "glad", "parcel", "refund", "broken", "lovely")
SORRY, GLAD = "intent.complaint", "intent.praise"


def write(folder: Path, *, encoder: bool = True, **more: Any) -> Path:
    """A model in `folder` that reads "broken" as a complaint and "lovely" as praise.

    `more` are entries of model.json that differ. The encoder adds up the numbers of the words in `WORDS` for
    "intent.complaint", so that what padding does to it can be seen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((BUCKETS, len(LABELS)), np.int8)
    for text, label in (("broken", SORRY), ("lovely", GLAD)):
        weights[features([text], BUCKETS).buckets, index(label)] = 100
    np.savez_compressed(
        folder / "linear.npz",
        weights=weights,
        scale=np.full(len(LABELS), 0.1, np.float32),
        bias=np.full(len(LABELS), -3, np.float32),
        idf=np.ones(BUCKETS, np.float16),
    )
    if encoder:
        (folder / "encoder.onnx").write_bytes(graph())
        coder = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
        coder.pre_tokenizer = Whitespace()
        coder.save(str(folder / "tokenizer.json"))
    seal(folder, **more)
    return folder


def seal(folder: Path, **more: Any) -> None:
    """model.json for what lies in the folder; `more` are entries that differ."""
    whole = {"a": [1.0] * len(LABELS), "b": [0.0] * len(LABELS)}
    about: dict[str, Any] = {
        "version": "tiny-1",
        "labels": list(LABELS),
        "features": {"buckets": BUCKETS},
        "calibration": {"linear": whole, "encoder": whole},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "cascade": {"labels": {SORRY: [0.2, 0.8]}},
        "curves": {SORRY: [[0.5, 0.3, 0.1, 0.8]]},
        "reliability": {SORRY: [[0.5, 0.5, 10]]},
        "data": "open",
        "sha256": prints(folder),
    }
    (folder / "model.json").write_text(json.dumps({**about, **more}), "utf-8")


def prints(folder: Path) -> dict[str, str]:
    """The fingerprints of a folder's files but model.json."""
    files = [path for path in sorted(folder.iterdir()) if path.name != "model.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def graph() -> bytes:
    """logits = sum(input_ids) x row + shift, as an ONNX model."""
    row = np.zeros((1, len(LABELS)), "<f4")
    row[0, index(SORRY)] = 1
    nodes = [
        _node("Cast", ["input_ids"], "numbers", _attribute("to", FLOAT)),
        _node("ReduceSum", ["numbers", "axis"], "sums", _attribute("keepdims", 1)),
        _node("Cast", ["attention_mask"], "seen", _attribute("to", FLOAT)),
        _node("ReduceSum", ["seen", "axis"], "lengths", _attribute("keepdims", 1)),
        _node("Mul", ["lengths", "nothing"], "none"),
        _node("Add", ["sums", "none"], "all"),
        _node("MatMul", ["all", "row"], "logits"),
    ]
    kept = [
        _tensor("axis", [1], INT64, np.array([1], "<i8").tobytes()),
        _tensor("nothing", [1], FLOAT, np.zeros(1, "<f4").tobytes()),
        _tensor("row", [1, len(LABELS)], FLOAT, row.tobytes()),
    ]
    body = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny") + b"".join(_field(5, each) for each in kept)
    body += b"".join(_field(11, _value(name, INT64, ["n", "t"])) for name in ("input_ids", "attention_mask"))
    body += _field(12, _value("logits", FLOAT, ["n", "labels"]))
    return _number(1, 8) + _field(7, body) + _field(8, _field(1, b"") + _number(2, 17))


def _varint(number: int) -> bytes:
    kept = bytearray()
    while number > 0x7F:
        kept.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*kept, number])


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)


def _field(tag: int, value: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(value)) + value


def _attribute(name: str, value: int) -> bytes:
    return _field(1, name.encode()) + _number(3, value) + _number(20, 2)


def _node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    named = b"".join(_field(1, each.encode()) for each in inputs) + _field(2, output.encode())
    return named + _field(4, kind.encode()) + b"".join(_field(5, each) for each in attributes)


def _tensor(name: str, shape: list[int], kind: int, raw: bytes) -> bytes:
    return b"".join(_number(1, each) for each in shape) + _number(2, kind) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, kind: int, shape: list[str]) -> bytes:
    sizes = b"".join(_field(1, _field(2, each.encode())) for each in shape)
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, sizes)))
