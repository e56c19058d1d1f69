"""Writes a model into a folder, as the product reads it: eight bits a weight, and everything said about it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.fit_encoder import MOST_TOKENS, Encoder, package_folder
from training.fit_linear import LinearModel

__all__ = ["write_about", "write_encoder", "write_linear"]


def write_linear(folder: Path, model: LinearModel) -> None:
    """linear.npz."""
    scale = np.maximum(np.abs(model.weights).max(0), 1e-9) / 127
    kept = np.round(model.weights / scale).astype(np.int8)
    np.savez_compressed(
        folder / "linear.npz",
        weights=kept,
        scale=scale.astype(np.float32),
        bias=model.bias,
        idf=model.idf.astype(np.float16),
    )


def write_encoder(folder: Path, model: Encoder) -> None:
    """encoder.onnx and tokenizer.json."""
    example = (torch.ones((2, 16), dtype=torch.long), torch.ones((2, 16), dtype=torch.long))
    axes = {0: "texts", 1: "tokens"}
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole.onnx"
        torch.onnx.export(
            model.eval(),
            example,
            str(whole),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            str(whole),
            str(folder / "encoder.onnx"),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )
    coded = json.loads((package_folder() / "tokenizer.json").read_text("utf-8"))
    coded["truncation"] = {"direction": "Right", "max_length": MOST_TOKENS, "strategy": "LongestFirst", "stride": 0}
    coded["padding"] = None
    (folder / "tokenizer.json").write_text(json.dumps(coded, ensure_ascii=False, separators=(",", ":")), "utf-8")


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """model.json, with a fingerprint of every other file."""
    prints = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name in ("linear.npz", "encoder.onnx", "tokenizer.json")
    }
    text = json.dumps({**about, "sha256": prints}, indent=1, sort_keys=True)
    (folder / "model.json").write_text(text + "\n", "utf-8")
