"""Erasing over all stages in one transaction: what each keeps of a conversation goes with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.amplify import api as amplify
from makegood.identify import api as identify
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.rewards import api as rewards
from makegood.winback import api as winback

__all__ = ["erase_person", "export_person", "forget_old"]


def _under_way(workspace_id: int, keys: Collection[int]) -> set[int]:
    held = reply.being_sent(workspace_id, keys) | resolve.under_way(workspace_id, keys)
    return held | amplify.being_shared(workspace_id, keys)


def _kept(workspace_id: int, keys: Collection[int]) -> set[int]:
    """What is not old yet: something is under way, or their praise is still shown with their permission."""
    return _under_way(workspace_id, keys) | amplify.in_use(workspace_id, keys)


def export_person(contact: identify.Contact) -> dict[str, Any]:
    """All that is kept of a person over all stages, as plain values ready for JSON."""
    keys = [row.pk for row in identify.threads_of(contact)]
    found = identify.export(contact) | resolve.export_threads(contact.workspace_id, keys)
    found |= amplify.export_praise(contact.workspace_id, keys)
    found |= amplify.export_shown(contact.workspace_id, keys)
    found |= rewards.export_threads(contact.workspace_id, keys)
    found |= winback.export_customers(contact.workspace_id, identify.customers_of(contact))
    return found | winback.export_threads(contact.workspace_id, keys)


@transaction.atomic
def erase_person(contact: identify.Contact, by: Any) -> identify.Erasure:
    """Erases a person everywhere. Raises TieError when something is under way for them, or they are erased already."""

    def also(workspace_id: int, keys: Collection[int]) -> None:
        if _under_way(workspace_id, keys):
            raise identify.TieError(
                _(
                    "Something is under way for them: an answer, a decision, a refund or a return. Settle it or take it"
                    " back, then erase them."
                )
            )
        reply.erase_threads(workspace_id, keys)
        resolve.erase_threads(workspace_id, keys, who=True)
        rewards.erase_threads(workspace_id, keys)
        winback.erase_threads(workspace_id, keys)
        winback.erase_customers(workspace_id, identify.customers_of(contact))
        amplify.erase_praise(workspace_id, keys)
        amplify.erase_shown(workspace_id, keys, who=True)

    return identify.erase(contact, by, also)


def forget_old() -> int:
    """The step "retention": empties what is older than each shop keeps. Returns how many conversations that were."""

    def also(workspace_id: int, keys: Collection[int]) -> None:
        reply.erase_threads(workspace_id, keys)
        resolve.erase_threads(workspace_id, keys, who=False)
        rewards.erase_threads(workspace_id, keys)
        winback.erase_threads(workspace_id, keys, who=False)
        amplify.erase_praise(workspace_id, keys)
        amplify.erase_shown(workspace_id, keys, who=False)

    return identify.forget_old(also, _kept)
