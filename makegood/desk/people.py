"""Who works on what together: notices, notes that name people, and what is shared. One transaction a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, Role, Team, User, allows, membership_of
from makegood.desk.models import Conversation, Note, Notice, Presence, Share
from makegood.desk.naming import Nameable, named, plain
from makegood.desk.visibility import sees_all, visible_notes, visible_notices
from makegood.journal import api as journal
from makegood.kit import clock, keyset

__all__ = [
    "COUNTED_NOTICES",
    "NoticePage",
    "collaborators",
    "count_notices",
    "list_notices",
    "nameable",
    "names_in",
    "notify",
    "notify_all",
    "read_notices",
    "share",
    "shares_of",
    "shut_out",
    "tell_named",
    "unshare",
]

LONGEST_NOTICE = 300
LONGEST_WORD = 200
COUNTED_NOTICES = 99
QUOTED = 140
PAGE = 40


def notify(
    user: Any, conversation: Conversation | None, kind: str, text: str, by: Any = None, *, workspace: Any = None
) -> Notice | None:
    """Tells a member something, under the bell.

    `kind` is a short word for what happened ("named", "assigned"), at most 20 letters. `text` is the rest of a
    sentence that begins with the name of `by` (of Makegood where it is None): "asks you to approve an answer". It is
    cut at 300 characters. A notice about no conversation names its `workspace`. Nobody is told of what they did
    themselves: None then.

    Call it inside the transaction of the change that it tells of; that change's journal line makes open pages look.
    """
    told = notify_all([user], conversation, kind, text, by, workspace=workspace)
    return told[0] if told else None


@transaction.atomic
def notify_all(
    users: Iterable[Any],
    conversation: Conversation | None,
    kind: str,
    text: str,
    by: Any = None,
    *,
    workspace: Any = None,
) -> list[Notice]:
    """`notify` for several members at once."""
    place = workspace if conversation is None else conversation.workspace_id
    key = place if isinstance(place, int) else place.pk
    about = {"workspace_id": key, "conversation": conversation, "kind": kind, "text": _cut(text, LONGEST_NOTICE)}
    people = {user.pk: user for user in users if by is None or user.pk != by.pk}
    return Notice.objects.bulk_create([Notice(**about, user=user, by=by) for user in people.values()])


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def count_notices(viewer: Membership) -> int:
    """How many notices a member has not read, counted to `COUNTED_NOTICES` and one more."""
    rows = visible_notices(viewer).filter(read_at__isnull=True)
    return rows.order_by()[: COUNTED_NOTICES + 1].count()


@dataclass(frozen=True)
class NoticePage:
    """A page of notices, newest first. `after` is the key of the next page, "" on the last."""

    rows: list[Notice]
    after: str


def list_notices(viewer: Membership, after: str = "", size: int = PAGE) -> NoticePage:
    """One page of a member's notices, each with its conversation and who caused it. 1 query."""
    rows = visible_notices(viewer).select_related("conversation", "by").order_by("-at", "-id")
    if key := keyset.read(after):
        rows = rows.filter(Q(at__lt=key[0]) | Q(at=key[0], id__lt=key[1]))
    found = list(rows[: size + 1])
    page = found[:size]
    return NoticePage(page, keyset.after_row(page[-1].at, page[-1].pk) if len(found) > size else "")


def read_notices(viewer: Membership, *, about: Conversation | None = None, only: int | None = None) -> bool:
    """Marks notices as read: those about a conversation, `only` one (its id), or all. Whether any was unread.

    Nothing is written where there is nothing to mark.
    """
    rows = visible_notices(viewer).filter(read_at__isnull=True)
    if about is not None:
        rows = rows.filter(conversation=about)
    if only is not None:
        rows = rows.filter(pk=only)
    keys = list(rows.values_list("pk", flat=True)[:1000])
    if keys:
        Notice.objects.within(viewer.workspace_id).filter(pk__in=keys).update(read_at=clock.now())
    return bool(keys)


def nameable(conversation: Conversation, viewer: Membership | None) -> list[Nameable]:
    """Whom this member can name in a note: every member and team.

    A collaborator can name those whom they meet in this conversation: who has it, who shared it, who wrote notes.
    """
    people = Membership.objects.within(conversation.workspace_id).select_related("user").order_by("joined_at", "pk")
    if viewer is not None and not sees_all(viewer):
        met = {conversation.assignee_id, *visible_notes(viewer, conversation).values_list("author_id", flat=True)}
        shared = Share.objects.within(conversation.workspace_id).filter(conversation=conversation)
        met |= set(shared.filter(user_id=viewer.user_id).values_list("by_id", flat=True))
        people = people.filter(user_id__in=[key for key in met if key is not None])
        return [Nameable(f"u{one.user_id}", one.user.name) for one in people]
    found = [Nameable(f"u{one.user_id}", one.user.name) for one in people[:500]]
    teams = Team.objects.within(conversation.workspace_id).order_by("name")
    return found + [Nameable(f"t{team.pk}", team.name) for team in teams[:100]]


def names_in(workspace: Any, texts: Iterable[str]) -> dict[str, str]:
    """What those who are named in kept texts are called today: key -> name. At most 2 queries."""
    people, teams = _numbers(named(texts))
    found: dict[str, str] = {}
    if people:
        rows = Membership.objects.within(workspace).filter(user_id__in=people)
        found |= {f"u{key}": name for key, name in rows.values_list("user_id", "user__name")}
    if teams:
        rows_of_teams = Team.objects.within(workspace).filter(pk__in=teams)
        found |= {f"t{key}": name for key, name in rows_of_teams.values_list("pk", "name")}
    return found


def _numbers(keys: Iterable[str]) -> tuple[list[int], list[int]]:
    ordered = sorted(keys)
    return (
        [int(key[1:]) for key in ordered if key.startswith("u")],
        [int(key[1:]) for key in ordered if key.startswith("t")],
    )


def _meant(workspace_id: int, texts: Iterable[str]) -> list[Membership]:
    """The members whom kept texts name, themselves or as one of a team."""
    people, teams = _numbers(named(texts))
    if not people and not teams:
        return []
    rows = Membership.objects.within(workspace_id).select_related("user")
    meant = Q(user_id__in=people) | Q(user__teams__in=teams, user__teams__workspace_id=workspace_id)
    return list(rows.filter(meant).distinct().order_by("joined_at", "pk"))


def tell_named(note: Note, conversation: Conversation) -> list[Notice]:
    """A notice for everybody whom a note names and who may see its conversation. Others hear nothing of it."""
    meant = _meant(conversation.workspace_id, [note.text])
    if not meant:
        return []
    blind = {one.pk for one in _blind(conversation, meant)}
    words = _cut(" ".join(plain(note.text, names_in(conversation.workspace_id, [note.text])).split()), QUOTED)
    text = _("named you in a note: “%(words)s”") % {"words": words}
    seeing = [one.user for one in meant if one.pk not in blind]
    return notify_all(seeing, conversation, "named", text, note.author)


def shut_out(conversation: Conversation, notes: Sequence[Note]) -> list[User]:
    """Collaborators whom these notes name and who cannot see the conversation: it can be shared with them."""
    meant = _meant(conversation.workspace_id, [note.text for note in notes])
    return [one.user for one in _blind(conversation, meant) if allows(one.role, Right.SEE)]


def _blind(conversation: Conversation, members: Sequence[Membership]) -> list[Membership]:
    outside = [one for one in members if not sees_all(one)]
    if not outside:
        return []
    let_in = {each.user_id for each in shares_of(conversation)}
    return [one for one in outside if one.user_id not in let_in]


def collaborators(workspace: Any) -> list[Membership]:
    """The members with whom single conversations can be shared, in the order they joined."""
    rows = Membership.objects.within(workspace).filter(role=Role.COLLABORATOR).select_related("user")
    return list(rows.order_by("joined_at", "pk")[:200])


def shares_of(conversation: Conversation) -> list[Share]:
    """With whom a conversation is shared now, oldest first. 2 queries at most."""
    rows = Share.objects.within(conversation.workspace_id).filter(conversation=conversation)
    found = list(rows.select_related("user", "by").order_by("at", "pk"))
    if not found:
        return []
    here = Membership.objects.within(conversation.workspace_id).filter(user__in=[each.user_id for each in found])
    joined = dict(here.filter(role=Role.COLLABORATOR).values_list("user_id", "joined_at"))
    return [each for each in found if each.user_id in joined and each.at >= joined[each.user_id]]


@transaction.atomic
def share(conversation: Conversation, user: User, by: User, word: str = "") -> Share:
    """Lets a collaborator see a conversation, and tells them. Raises `ValueError` with a sentence for others."""
    member = membership_of(user, conversation.workspace)
    if member is None or member.role != Role.COLLABORATOR:
        raise ValueError(_("Conversations are shared with collaborators; everybody else sees them anyway."))
    known = next((each for each in shares_of(conversation) if each.user_id == user.pk), None)
    if known is not None:
        return known
    words = _cut(" ".join(word.split()), LONGEST_WORD)
    row, _new = Share.objects.update_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        user=user,
        defaults={"by": by, "at": clock.now(), "word": words},
    )
    journal.record(conversation.workspace_id, "conversation.shared", conversation, actor=by, to=str(user), user=user.pk)
    said = _("shared this conversation with you: “%(words)s”") % {"words": words}
    notify(user, conversation, "shared", said if words else _("shared this conversation with you"), by)
    return row


@transaction.atomic
def unshare(conversation: Conversation, user: User, by: User) -> None:
    """Takes a conversation away from a collaborator, at once and everywhere; not shared, it stays as it is."""
    rows = Share.objects.within(conversation.workspace_id).filter(conversation=conversation, user=user)
    if not rows.exists():
        return
    rows.delete()
    Presence.objects.within(conversation.workspace_id).filter(conversation=conversation, user=user).delete()
    journal.record(
        conversation.workspace_id, "conversation.unshared", conversation, actor=by, to=str(user), user=user.pk
    )
