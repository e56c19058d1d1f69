"""What an outside model said before: kept for a while, by a fingerprint of what was sent; never the text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from makegood.kit import clock
from makegood.triage.heads import LABELS
from makegood.triage.remote.models import OutsideAnswer
from makegood.triage.remote.settings import Config

__all__ = ["KEPT", "MOST", "forget", "keep", "key_of", "known"]

KEPT: Final = timedelta(days=30)
MOST = 20_000
"""Answers of one workspace."""
_CHUNK = 500


def key_of(config: Config, text: str) -> str:
    """The fingerprint of a redacted text and of how it is asked about: 64 hex digits."""
    return hashlib.sha256(f"{config.digest()}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def known(workspace: Any, keys: Iterable[str]) -> dict[str, dict[str, float]]:
    """What is still known, by key. 1 query for each 500 keys."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, dict[str, float]] = {}
    for at in range(0, len(wanted), _CHUNK):
        rows = OutsideAnswer.objects.within(workspace).filter(
            key__in=wanted[at : at + _CHUNK], at__gt=clock.now() - KEPT
        )
        found |= {key: _read(said) for key, said in rows.values_list("key", "said")}
    return found


def _read(said: Any) -> dict[str, float]:
    return {name: float(chance) for name, chance in said.items() if name in LABELS}


def keep(workspace_id: int, answers: Mapping[str, Mapping[str, float]]) -> None:
    """Keeps answers by key, and lets go of what is too old or too much."""
    rows = [
        OutsideAnswer(
            workspace_id=workspace_id, key=key, said={name: round(chance, 4) for name, chance in said.items()}
        )
        for key, said in answers.items()
    ]
    OutsideAnswer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workspace", "key"],
        update_fields=["said", "at"],
        batch_size=200,
    )
    ours = OutsideAnswer.objects.within(workspace_id)
    ours.filter(at__lte=clock.now() - KEPT).delete()
    last = ours.order_by("-at", "-id").values_list("pk", flat=True)[MOST : MOST + 1]
    if too_many := list(last):
        edge = ours.get(pk=too_many[0])
        ours.filter(at__lte=edge.at).delete()


def forget(workspace: Any) -> None:
    """Lets go of everything it said."""
    OutsideAnswer.objects.within(workspace).delete()
