"""Asking for permission, keeping what was granted with its evidence, and taking it back. One transaction a function.

What Makegood reads out of an answer it only proposes: a member says what they meant.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right
from makegood.amplify.models import Permission, PermissionAsk, Praise, Scope, SharingRules
from makegood.amplify.praising import flow, rules, wording
from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.sharing.down import take_down_all, take_down_of
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import api as resolve

__all__ = [
    "confirm",
    "decline",
    "end_all",
    "grant",
    "keep_doubtful",
    "not_an_answer",
    "note_asked",
    "read_answers",
    "read_doubts",
    "revoke",
    "take_question",
]

Means = PermissionAsk.Means


def _conversation(row: Praise) -> desk.Conversation:
    return desk.Conversation.objects.within(row.workspace_id).select_related("assignee").get(pk=row.conversation_id)


def _scopes(wanted: Collection[str]) -> list[str]:
    found = [scope for scope in Scope.values if scope in wanted]
    if not found:
        raise PraiseError(_("Choose what you want to do with their words."))
    return found


@transaction.atomic
def take_question(member: Membership, key: int, wanted: Collection[str]) -> str:
    """The question for permission, for the composer; a person sends it. Raises `PraiseError`."""
    row = flow.held(member, key, Right.PROPOSE)
    if row.state == Praise.State.GONE:
        raise PraiseError(_("Its author has deleted it, so it cannot be shown anywhere."))
    scopes = _scopes(wanted)
    talk = _conversation(row)
    own = SharingRules.objects.within(row.workspace_id).values_list("words", flat=True).first() or {}
    words = wording.ask_words(own, talk.network, reply.first_name(talk.author_name), scopes)
    asks = PermissionAsk.objects.within(row.workspace_id).filter(praise=row)
    asks.filter(asked_at__isnull=True).delete()
    PermissionAsk.objects.create(workspace_id=row.workspace_id, praise=row, scopes=scopes, words=words, by=member.user)
    return words


def _open_asks() -> Any:
    rows = PermissionAsk.objects.across("the step looks after the permissions of all workspaces")
    return rows.filter(ready_at__gt=clock.now() - 6 * flow.LOOKS_BACK, answered_at__isnull=True).select_related(
        "praise", "by"
    )


def note_asked() -> int:
    """Part of the step: finds the answers that ask. How many it found."""
    found = list(_open_asks().filter(asked_at__isnull=True).order_by("-ready_at")[: flow.MOST_AT_ONCE])
    since = min((row.ready_at for row in found), default=None)
    if since is None:
        return 0
    said = resolve.answers_since({row.praise.conversation_id for row in found}, since)
    return sum(_asked(row, said.get(row.praise.conversation_id, [])) for row in found)


def _asked(row: PermissionAsk, answers: list[reply.Reply]) -> bool:
    for each in answers:
        if each.sent_at is None or each.sent_at < row.ready_at:
            continue
        if not resolve.made_of(each.whole or each.text, row.words):
            continue
        with transaction.atomic():
            held = PermissionAsk.objects.within(row.workspace_id).filter(pk=row.pk, asked_at__isnull=True)
            if not held.update(asked_at=each.sent_at):
                return False
            facts = {"praise": row.praise_id, "scopes": row.scopes}
            journal.record(row.workspace_id, "permission.asked", _talk(row.praise), actor=each.author, **facts)
            # Nobody asks without a word of thanks: it counts as thanked.
            flow.thanked(row.praise, each.sent_at, each.author)
        return True
    return False


def _talk(praise: Praise) -> desk.Conversation:
    """What journal lines are about; not read for that."""
    return desk.Conversation(pk=praise.conversation_id)


def _later(conversations: Collection[int]) -> dict[int, list[desk.Message]]:
    """What customers have written in these conversations (ids), by conversation, in order. 1 query."""
    rows = desk.Message.objects.across("the step looks after the permissions of all workspaces")
    rows = rows.filter(
        conversation__in=conversations, direction=desk.Message.Direction.IN, deleted_at__isnull=True
    ).order_by("posted_at", "pk")
    found: dict[int, list[desk.Message]] = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(row)
    return found


def read_answers() -> int:
    """Part of the step: proposes what customers have answered, to those who look after them. How many it proposed."""
    rows = _open_asks().filter(asked_at__isnull=False, answer__isnull=True)
    found = list(rows.order_by("-ready_at")[: flow.MOST_AT_ONCE])
    if not found:
        return 0
    said = _later({row.praise.conversation_id for row in found})
    return sum(_proposed(row, said.get(row.praise.conversation_id, [])) for row in found)


def _proposed(row: PermissionAsk, messages: Sequence[desk.Message]) -> bool:
    for each in messages:
        new = each.pk > row.read_until and row.asked_at is not None and each.posted_at >= row.asked_at
        means = rules.answer_of(each.text) if new else ""
        if means:
            return _propose(row, each, means)
    return False


@transaction.atomic
def _propose(row: PermissionAsk, message: desk.Message, means: str) -> bool:
    held = PermissionAsk.objects.within(row.workspace_id).filter(pk=row.pk, answer__isnull=True, answered_at=None)
    if not held.update(answer=message, means=means, read_until=message.pk):
        return False
    if means == Means.YES:
        _tell(row.praise, [row.by], _("seems to let you share their praise. Look, and confirm it."))
    else:
        _tell(row.praise, [row.by], _("seems not to want their praise shared. Look, and note it."))
    return True


def _tell(praise: Praise, people: Collection[Any], text: str) -> None:
    talk = _conversation(praise)
    told = {one.pk: one for one in (*people, talk.assignee) if one is not None}
    desk.notify_all(list(told.values()), talk, "praise", text)


def _ask(member: Membership, key: int) -> PermissionAsk:
    rows = PermissionAsk.objects.within(member.workspace_id).select_for_update(of=("self",))
    row = rows.select_related("praise", "answer").filter(pk=key, answered_at__isnull=True).first()
    if row is None:
        raise PraiseError(_("This was answered meanwhile. Load the page again."))
    flow.held(member, row.praise_id)
    return row


@transaction.atomic
def confirm(member: Membership, key: int) -> list[Permission]:
    """The proposed message is the yes to this question: what it asked for is granted. Raises `PraiseError`."""
    row = _ask(member, key)
    if row.answer is None or row.means != Means.YES:
        raise PraiseError(_("There is no answer yet that says yes."))
    return _grant(member, row.praise, row.answer, row.scopes, row)


@transaction.atomic
def decline(member: Membership, key: int) -> None:
    """They said no to this question. Raises `PraiseError`."""
    row = _ask(member, key)
    row.answered_at, row.granted = clock.now(), False
    row.save(update_fields=["answered_at", "granted"])
    facts = {"praise": row.praise_id, "scopes": row.scopes}
    journal.record(row.workspace_id, "permission.declined", _talk(row.praise), actor=member.user, **facts)


@transaction.atomic
def not_an_answer(member: Membership, key: int) -> None:
    """The proposed message says nothing about the question; the next one is looked at. Raises `PraiseError`."""
    row = _ask(member, key)
    row.answer, row.means = None, ""
    row.save(update_fields=["answer", "means"])


@transaction.atomic
def grant(member: Membership, key: int, message: int, wanted: Collection[str]) -> list[Permission]:
    """A member has read a permission in a message that Makegood proposed nothing of. Raises `PraiseError`."""
    praise = flow.held(member, key)
    scopes = _scopes(wanted)
    rows = desk.Message.objects.within(member.workspace_id).filter(
        conversation_id=praise.conversation_id, direction=desk.Message.Direction.IN, deleted_at__isnull=True
    )
    evidence = rows.filter(pk=message).first()
    if evidence is None:
        raise PraiseError(_("Choose the message in which they allow it."))
    asks = PermissionAsk.objects.within(member.workspace_id).filter(praise=praise, asked_at__isnull=False)
    return _grant(member, praise, evidence, scopes, asks.filter(answered_at__isnull=True).order_by("-pk").first())


def _grant(
    member: Membership, praise: Praise, evidence: desk.Message, scopes: Sequence[str], ask: PermissionAsk | None
) -> list[Permission]:
    if praise.state == Praise.State.GONE:
        raise PraiseError(_("Its author has deleted it, so it cannot be shown anywhere."))
    now = clock.now()
    if ask is not None:
        ask.answered_at, ask.granted = now, True
        ask.answer = evidence
        ask.save(update_fields=["answered_at", "granted", "answer"])
    made = []
    for scope in scopes:
        row, new = Permission.objects.get_or_create(
            workspace_id=praise.workspace_id,
            praise=praise,
            scope=scope,
            revoked_at=None,
            defaults={
                "granted_at": evidence.posted_at,
                "evidence": evidence,
                "words": evidence.text,
                "asked": ask,
                "noted_by": member.user,
                "read_until": evidence.pk,
            },
        )
        made += [row] if new else []
    if made:
        facts = {"praise": praise.pk, "scopes": [row.scope for row in made]}
        journal.record(praise.workspace_id, "permission.granted", _talk(praise), actor=member.user, **facts)
    return made


def read_doubts() -> int:
    """Part of the step: proposes to end permissions that customers seem to take back. How many it proposed.

    Only conversations in which they have written since are looked at.
    """
    rows = Permission.objects.across("the step looks after the permissions of all workspaces")
    rows = rows.filter(revoked_at__isnull=True, doubt__isnull=True).select_related("praise", "noted_by")
    since = desk.Message.objects.across("what was written since").filter(
        direction=desk.Message.Direction.IN,
        deleted_at__isnull=True,
        posted_at__gt=clock.now() - flow.LOOKS_BACK,
    )
    found = list(rows.filter(praise__conversation__in=since.values("conversation")).order_by("pk")[:1000])
    if not found:
        return 0
    said = _later({row.praise.conversation_id for row in found})
    return sum(_doubted(row, said.get(row.praise.conversation_id, [])) for row in found)


def _doubted(row: Permission, messages: Sequence[desk.Message]) -> bool:
    new = [each for each in messages if each.pk > row.read_until and each.posted_at >= row.granted_at]
    for each in new:
        if rules.takes_back(each.text):
            return _doubt(row, each)
    if new:
        Permission.objects.within(row.workspace_id).filter(pk=row.pk).update(read_until=max(each.pk for each in new))
    return False


@transaction.atomic
def _doubt(row: Permission, message: desk.Message) -> bool:
    held = Permission.objects.within(row.workspace_id).filter(pk=row.pk, doubt__isnull=True, revoked_at__isnull=True)
    if not held.update(doubt=message, read_until=message.pk):
        return False
    first = Permission.objects.within(row.workspace_id).filter(praise=row.praise, doubt=message).count() == 1
    if first:
        _tell(row.praise, [row.noted_by], _("may have taken back that you show their praise. Look today."))
    return True


@transaction.atomic
def keep_doubtful(member: Membership, key: int) -> None:
    """The message does not take the permission back. Raises `PraiseError`."""
    row = _permission(member, key)
    Permission.objects.within(row.workspace_id).filter(praise=row.praise, doubt=row.doubt).update(doubt=None)


def _permission(member: Membership, key: int) -> Permission:
    rows = Permission.objects.within(member.workspace_id).select_for_update(of=("self",)).select_related("praise")
    row = rows.filter(pk=key).first()
    if row is None:
        raise PraiseError(_("This is not there any more. Load the page again."))
    flow.held(member, row.praise_id)
    return row


@transaction.atomic
def revoke(member: Membership, key: int, because: str = "") -> Permission:
    """They have taken it back: it holds no longer from now on, and every use comes down. Twice is once.

    Raises `PraiseError`.
    """
    row = _permission(member, key)
    _end(row.praise, [row], because or _("They have taken it back."), member.user)
    return row


def end_all(praise: Praise, because: str) -> int:
    """Ends every permission of a praise, in the caller's transaction: it was deleted, or its author erased.

    Uses that rest on no permission come down as well. Returns how many permissions that were.
    """
    rows = Permission.objects.within(praise.workspace_id).filter(praise=praise, revoked_at__isnull=True)
    found = list(rows.select_for_update(of=("self",)))
    _end(praise, found, because, None)
    take_down_all(praise, because)
    return len(found)


def _end(praise: Praise, rows: Sequence[Permission], because: str, by: Any) -> None:
    now = clock.now()
    ended = [row for row in rows if row.revoked_at is None]
    for row in ended:
        row.revoked_at, row.revoked_because, row.revoked_by, row.doubt = now, because[:300], by, None
        row.save(update_fields=["revoked_at", "revoked_because", "revoked_by", "doubt"])
        take_down_of(row, because)
    if ended:
        facts = {"praise": praise.pk, "scopes": [row.scope for row in ended]}
        journal.record(praise.workspace_id, "permission.revoked", _talk(praise), actor=by, **facts)
        jobs.wake("shares")
