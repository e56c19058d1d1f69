"""An outside model: a Hugging Face classifier or a chat model behind an OpenAI-compatible address, instead of or beside
the one that comes with Makegood. Off until an owner switches it on; what it gets is redacted first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from makegood.triage.scoring import Scorer

__all__ = ["scorer_for"]


def scorer_for(
    workspace: Any, *, names: Iterable[str] = (), base: Scorer | None = None, evaluating: bool = False
) -> Scorer | None:
    """What reads for this workspace (an instance or its id) where an outside model is switched on, else None.

    Whatever the outside model does not say, or not in time, `base` says, the embedded model where none is given;
    `Scores.by` names who spoke.
    `names` are of people that must not leave the machine, such as the authors of the posts (handles with an @), beside
    those the workspace knows anyway. With `evaluating` it also reads while it is switched off, asks about every text
    and waits longer.
    None too where the embedded model is missing: then the rules read alone.
    """
    from makegood.triage.remote.scorer import make

    return make(workspace, names=names, base=base, evaluating=evaluating)
