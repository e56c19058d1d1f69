"""The question lies ready when its day comes, a person sends it, and the sent answer is found again; one reminder."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.winback.following import links
from makegood.winback.following.house import fill, plan_of, still_a_member, words_for
from makegood.winback.following.resolving import gone, withdraw
from makegood.winback.following.rules import FollowUpError, Plan
from makegood.winback.models import FollowUp, FollowUpLink, FollowUpWords

__all__ = ["let_be", "note_asked", "pass_due", "take"]

State, Withdrawn = FollowUp.State, FollowUp.Withdrawn
LIES = timedelta(days=30)
"""How long a question lies ready for somebody to send it; the reminder half as long."""
TOO_OLD = timedelta(days=90)
LATER = timedelta(days=1)
LOOKS_BACK = timedelta(days=30)
MOST_AT_ONCE = 200


def pass_due() -> int:
    """Part of the step: everything whose moment has come takes its next turn. How many did."""
    rows = FollowUp.objects.across("the step looks after the follow-ups of all workspaces")
    due = rows.filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    names = ("workspace", "conversation__latest", "conversation__assignee", "asked_by")
    return sum(_turn(row) for row in due.select_related(*names)[:MOST_AT_ONCE])


@transaction.atomic
def _turn(row: FollowUp) -> bool:
    plan, now = plan_of(row.workspace), clock.now()
    if row.state == State.WAITING:
        return _lie_ready(row, plan, now)
    if row.state == State.READY:
        return withdraw(row, Withdrawn.OLD)
    if row.state != State.ASKED:
        return False
    talk = row.conversation
    wrote = row.asked_at is not None and talk.latest.posted_at > row.asked_at
    if row.remind_from is None and not wrote and not gone(talk) and plan.active:
        return _remind(row, now)
    return _miss(row, now, wrote=wrote)


def _held(row: FollowUp) -> QuerySet[FollowUp]:
    """The row, unless somebody else has moved it on."""
    return FollowUp.objects.within(row.workspace_id).filter(pk=row.pk, state=row.state, due_at=row.due_at)


def _lie_ready(row: FollowUp, plan: Plan, now: datetime) -> bool:
    talk = row.conversation
    if gone(talk):
        return withdraw(row, Withdrawn.ERASED)
    if not plan.active or now > row.resolved_at + TOO_OLD:
        return withdraw(row, Withdrawn.OLD if plan.active else Withdrawn.MEMBER)
    later = _not_before(row, plan, now)
    if later is not None:
        return bool(_held(row).update(due_at=later))
    if not _held(row).update(state=State.READY, ready_at=now, due_at=now + LIES):
        return False
    journal.record(row.workspace_id, "followup.ready", talk, followup=row.pk, reminder=False)
    if talk.assignee is not None:
        text = _("has a question ready for you to send: is it resolved for them?")
        desk.notify(talk.assignee, talk, "followup", text)
    return True


def _not_before(row: FollowUp, plan: Plan, now: datetime) -> datetime | None:
    """A later moment, where they wait for us now or were asked something a few days ago; else None."""
    if row.conversation.waiting_since is not None:
        return now + LATER
    asked = resolve.Outcome.objects.within(row.workspace_id).filter(conversation=row.conversation_id)
    others = FollowUp.objects.within(row.workspace_id).filter(person_key=row.person_key).exclude(pk=row.pk)
    moments = [
        asked.order_by(F("asked_at").desc(nulls_last=True)).values_list("asked_at", flat=True).first(),
        others.order_by(F("asked_at").desc(nulls_last=True)).values_list("asked_at", flat=True).first(),
    ]
    quiet = max((moment for moment in moments if moment is not None), default=None)
    until = quiet + timedelta(days=plan.quiet_days) if quiet else None
    return until if until is not None and until > now else None


def _remind(row: FollowUp, now: datetime) -> bool:
    if row.conversation.waiting_since is not None:
        return bool(_held(row).update(due_at=now + LATER))
    if not _held(row).update(remind_from=now, due_at=now + LIES / 2):
        return False
    journal.record(row.workspace_id, "followup.ready", row.conversation, followup=row.pk, reminder=True)
    return True


def _miss(row: FollowUp, now: datetime, *, wrote: bool) -> bool:
    if not _held(row).update(state=State.MISSED, ended_at=now, due_at=None, laid_at=None, words=""):
        return False
    facts = {"reminded": row.reminded_at is not None, "wrote": wrote}
    journal.record(row.workspace_id, "followup.missed", row.conversation, followup=row.pk, **facts)
    return True


@transaction.atomic
def take(membership: Membership, conversation: desk.Conversation) -> str:
    """The question, or the reminder, in the shop's words with a new link in it, for the composer. A person sends it.

    Raises `FollowUpError`.
    """
    member = still_a_member(membership, Right.ANSWER)
    rows = FollowUp.objects.within(member.workspace_id).select_for_update().filter(conversation=conversation)
    row = rows.filter(state__in=[State.READY, State.ASKED]).first()
    if row is None or not (row.state == State.READY or row.reminds):
        raise FollowUpError(_("There is nothing to ask them now."))
    if gone(conversation):
        raise FollowUpError(_("There is nobody to ask any more: what they wrote was deleted."))
    kind = FollowUpWords.Kind.REMIND if row.reminds else FollowUpWords.Kind.ASK
    words = words_for(row.workspace, kind, conversation.language)
    now = clock.now()
    # The first time counts: what was sent after it is found, also when the words were put in once more since.
    since = row.laid_at if row.laid_at is not None and row.laid_at > now - LOOKS_BACK else now
    row.words, row.laid_at = fill(words, conversation, "[link]"), since
    row.save(update_fields=["words", "laid_at"])
    return fill(words, conversation, links.make_link(row))


@transaction.atomic
def let_be(membership: Membership, conversation: desk.Conversation) -> None:
    """A member decides that they are not asked, or not reminded. Raises `FollowUpError`."""
    member = still_a_member(membership, Right.ANSWER)
    rows = FollowUp.objects.within(member.workspace_id).select_related("conversation")
    row = rows.filter(conversation=conversation, state__in=[State.WAITING, State.READY, State.ASKED]).first()
    if row is None or (row.state == State.ASKED and not row.reminds):
        raise FollowUpError(_("There is nothing to let be."))
    if row.state == State.ASKED:
        _miss(row, clock.now(), wrote=False)
    else:
        withdraw(row, Withdrawn.MEMBER, member.user)


def note_asked() -> int:
    """Part of the step: finds the answers that ask or remind. How many it found."""
    rows = FollowUp.objects.across("the step looks after the follow-ups of all workspaces")
    waiting = rows.filter(laid_at__gt=clock.now() - LOOKS_BACK, state__in=[State.READY, State.ASKED])
    found = list(waiting.order_by("laid_at", "pk").select_related("conversation", "workspace")[:MOST_AT_ONCE])
    since = min((row.laid_at for row in found if row.laid_at), default=None)
    if since is None:
        return 0
    said = resolve.answers_since({row.conversation_id for row in found}, since)
    return sum(_heard(row, said.get(row.conversation_id, [])) for row in found)


def _heard(row: FollowUp, answers: list[reply.Reply]) -> bool:
    known: set[str] | None = None
    for each in answers:
        at, text = each.sent_at, each.whole or each.text
        if at is None or row.laid_at is None or at < row.laid_at:
            continue
        if known is None:
            own = FollowUpLink.objects.within(row.workspace_id).filter(followup=row)
            known = set(own.values_list("secret_hash", flat=True))
        if known & links.hashes_in(text) or resolve.made_of(text, row.words):
            return _asked(row, at, each.author, public=each.visibility != "direct")
    return False


@transaction.atomic
def _asked(row: FollowUp, at: datetime, by: Any, *, public: bool) -> bool:
    held = FollowUp.objects.within(row.workspace_id).filter(pk=row.pk, state=row.state, laid_at=row.laid_at)
    reminds = row.state == State.ASKED
    facts: dict[str, Any] = {"reminded_at": at, "reminded_by": by} if reminds else {"asked_at": at, "asked_by": by}
    due = at + timedelta(days=plan_of(row.workspace).remind_days)
    public = public or row.in_public
    if not held.update(state=State.ASKED, due_at=due, laid_at=None, words="", in_public=public, **facts):
        return False
    journal.record(
        row.workspace_id,
        "followup.reminded" if reminds else "followup.asked",
        row.conversation,
        actor=by,
        followup=row.pk,
        public=public,
    )
    return True
