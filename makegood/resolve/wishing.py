"""What would make it right for them: what they said, kept."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.text import clean
from makegood.resolve import rules
from makegood.resolve.models import Wish
from makegood.resolve.rules import ResolveError

__all__ = ["keep_wish", "wish_of"]

LONGEST = 2_000


def wish_of(conversation: desk.Conversation) -> Wish | None:
    """What they said would make it right, as it was noted. 1 query."""
    rows = Wish.objects.within(conversation.workspace_id).filter(conversation=conversation)
    return rows.select_related("by").first()


@transaction.atomic
def keep_wish(membership: Membership, conversation: desk.Conversation, text: str) -> Wish | None:
    """Notes it, instead of what was noted before; nothing said takes it away. Raises `ResolveError`."""
    words = clean(text).strip()
    if not rules.may_ask(membership) or membership.workspace_id != conversation.workspace_id:
        raise ResolveError(_("Only who answers customers here notes this."))
    if len(words) > LONGEST:
        raise ResolveError(_("This is too long: 2,000 characters are enough."))
    rows = Wish.objects.within(membership.workspace_id)
    if not words:
        rows.filter(conversation=conversation).delete()
        return None
    row, _new = rows.update_or_create(
        workspace_id=membership.workspace_id,
        conversation=conversation,
        defaults={"text": words, "by": membership.user, "at": clock.now()},
    )
    journal.record(membership.workspace_id, "wish.kept", conversation, actor=membership.user)
    return row
