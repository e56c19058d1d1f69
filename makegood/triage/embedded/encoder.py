"""The encoder: a small transformer, eight bits a weight, on onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

# The tokenizer's own threads would take the cores of the web process, and warn where a process forks.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import onnxruntime
from tokenizers import Tokenizer

from makegood.triage.embedded.manifest import ENCODER_FILES, ModelError

__all__ = ["MOST_TOKENS", "Encoder", "threads"]

Floats = npt.NDArray[np.float32]
MOST_TOKENS = 128
TOKENS_AT_ONCE = 512
"""Of one run: texts x the longest of them. Memory does not grow with the number of texts."""
TEXTS_TOKENISED = 1_024


def threads() -> int:
    """How many threads one run may take: MAKEGOOD_TRIAGE_THREADS, by default 1."""
    wanted = os.environ.get("MAKEGOOD_TRIAGE_THREADS", "")
    return int(wanted) if wanted.isdecimal() and 1 <= int(wanted) <= 64 else 1


class Encoder:
    """`encoder.onnx` and `tokenizer.json` of a folder. ModelError where they cannot be used."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The arena would keep what the longest texts once took.
        options.enable_cpu_mem_arena = False
        model, coder = (folder / name for name in ENCODER_FILES)
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(coder))
        # Both libraries raise what they like.
        except Exception as error:
            raise ModelError(f"The reading model's encoder in {folder} cannot be used: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Raw outputs, one row a text, one column a label. The texts are `plain` already."""
        ids = [
            np.array(coded.ids, np.int64)
            for at in range(0, len(texts), TEXTS_TOKENISED)
            for coded in self._tokenizer.encode_batch_fast(list(texts[at : at + TEXTS_TOKENISED]))
        ]
        rows: list[tuple[list[int], Floats]] = [(own, self._run([ids[at] for at in own])) for own in _batches(ids)]
        if not rows:
            return np.empty((0, 0), np.float32)
        found = np.empty((len(texts), rows[0][1].shape[1]), np.float32)
        for own, outputs in rows:
            found[own] = outputs
        return found

    def _run(self, ids: Sequence[npt.NDArray[np.int64]]) -> Floats:
        longest = max(1, *(len(each) for each in ids))
        filled = np.zeros((len(ids), longest), np.int64)
        mask = np.zeros((len(ids), longest), np.int64)
        for at, each in enumerate(ids):
            filled[at, : len(each)] = each
            mask[at, : len(each)] = 1
        (logits,) = self._session.run(["logits"], {"input_ids": filled, "attention_mask": mask})
        return np.asarray(logits, np.float32)


def _batches(ids: Sequence[npt.NDArray[np.int64]]) -> Iterator[list[int]]:
    """Places of texts of about the same length, so that little is computed for padding."""
    batch: list[int] = []
    for at in sorted(range(len(ids)), key=lambda place: len(ids[place])):
        if batch and (len(batch) + 1) * max(1, len(ids[at])) > TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch
