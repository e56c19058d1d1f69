"""Who sees which conversation. The only place that says so: lists, counts, rows and notices all begin here."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from makegood.accounts.api import Membership, Right, allows
from makegood.desk.models import Conversation, Note, Notice, Share

__all__ = ["sees_all", "visible", "visible_notes", "visible_notices"]


def sees_all(viewer: Membership) -> bool:
    """Whether this member sees every conversation of the workspace, and what surrounds it."""
    return allows(viewer.role, Right.READ)


def visible(viewer: Membership) -> QuerySet[Conversation]:
    """The conversations this member may see: all of the workspace, or those that are shared with them."""
    rows = Conversation.objects.within(viewer.workspace_id)
    if sees_all(viewer):
        return rows
    if not allows(viewer.role, Right.SEE):
        return rows.none()
    return rows.filter(pk__in=_shares(viewer).values("conversation_id"))


def visible_notes(viewer: Membership, conversation: Conversation) -> QuerySet[Note]:
    """The notes on a conversation that this member may read.

    A collaborator reads what was written since it was shared with them, their own notes, and those that name them:
    what colleagues wrote before that, they wrote among themselves.
    """
    rows = Note.objects.within(viewer.workspace_id).filter(conversation=conversation)
    if sees_all(viewer):
        return rows
    share = _shares(viewer).filter(conversation=conversation).first()
    if share is None:
        return rows.none()
    naming = Q(text__contains=f"](u{viewer.user_id})")
    return rows.filter(Q(at__gte=share.at) | Q(author_id=viewer.user_id) | naming)


def visible_notices(viewer: Membership) -> QuerySet[Notice]:
    """What a member is told under the bell, without what is about conversations that they may not see any more."""
    rows = Notice.objects.within(viewer.workspace_id).filter(user_id=viewer.user_id, at__gte=viewer.joined_at)
    if sees_all(viewer):
        return rows
    return rows.filter(Q(conversation__isnull=True) | Q(conversation__in=visible(viewer)))


def _shares(viewer: Membership) -> QuerySet[Share]:
    # Whoever left and came back starts with nothing: what was shared before they joined counts no more.
    rows = Share.objects.within(viewer.workspace_id)
    return rows.filter(user_id=viewer.user_id, at__gte=viewer.joined_at)
