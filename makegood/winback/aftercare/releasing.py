"""What a member does: sends what lies ready, lets some of it be, decides about what is uncertain, sees to trouble."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, mail_works
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.winback.aftercare import rules
from makegood.winback.aftercare.house import fill, plan_of, texts_of, words_in
from makegood.winback.aftercare.members import still_a_member
from makegood.winback.aftercare.rules import AftercareError
from makegood.winback.aftercare.standing import standings
from makegood.winback.models import AftercareAnswer, AftercareMessage

__all__ = ["MOST_AT_ONCE", "Released", "decide", "handle", "let_one_be", "release", "words_of"]

MOST_AT_ONCE = 50
State, Skip = AftercareMessage.State, AftercareMessage.Skip
Texts = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Released:
    """How many go out, and how many do not: something spoke against them since they were made."""

    queued: int
    skipped: int


def words_of(row: AftercareMessage, order: identify.Order, shop: str, texts: Texts) -> tuple[str, str]:
    """Subject and words of a mail; {link} stands where the link will be."""
    facts = {"name": reply.first_name(order.customer.name), "order": order.number, "shop": shop}
    subject, body = words_in(texts, row.language)
    return fill(subject, **facts), fill(body, **facts)


@transaction.atomic
def release(member: Membership, keys: Collection[int]) -> Released:
    """Sends those of these mails (ids) that lie ready, as the member saw them. Raises AftercareError."""
    still_a_member(member, Right.ANSWER)
    if not mail_works():
        raise AftercareError(_("Mail is not set up. Whoever runs Makegood sets EMAIL_URL; docs/settings.md says how."))
    shop = member.workspace
    plan = plan_of(shop)
    if not plan.active:
        raise AftercareError(_("Asking after a purchase is switched off."))
    rows = AftercareMessage.objects.within(shop).select_for_update(of=("self",)).select_related("order__customer")
    found = list(rows.filter(pk__in=list(keys)[:MOST_AT_ONCE], state=State.READY).order_by("pk"))
    known = {row.pk: row.order for row in found if row.order is not None}
    standing = standings(shop.pk, list(known.values()), plan)
    texts, entries, queued = texts_of(shop), [], 0
    for row in found:
        order = known.get(row.pk)
        why: str = Skip.ERASED if order is None else _against(row, standing[order.pk])
        if order is None or why:
            row.state, row.skipped_because = State.SKIPPED, why
            entries.append(_skipped(row, member))
            continue
        row.subject, row.body = words_of(row, order, shop.name, texts)
        _queue(row, member)
        queued += 1
        entries.append(_released(row, member))
    names = ["state", "skipped_because", "subject", "body", "released_by", "released_at", "send_after", "attempt"]
    AftercareMessage.objects.within(shop).bulk_update(found, names, batch_size=100)
    journal.record_all(entries)
    if queued:
        jobs.wake("aftercare")
    return Released(queued, len(found) - queued)


def _against(row: AftercareMessage, standing: rules.Standing) -> str:
    why = rules.skip_reason(standing)
    # Others of the same address are looked at one by one when each is sent: the one made first goes.
    return "" if why == Skip.TOO_SOON else why


def _queue(row: AftercareMessage, member: Membership) -> None:
    row.state, row.released_by, row.attempt, row.sentence = State.QUEUED, member.user, 0, ""
    row.released_at = row.send_after = clock.now()


def _skipped(row: AftercareMessage, member: Membership) -> journal.Entry:
    facts = {"order": row.order_id, "because": row.skipped_because}
    return journal.line(row.workspace_id, "aftercare.skipped", row, actor=member.user, **facts)


def _released(row: AftercareMessage, member: Membership) -> journal.Entry:
    return journal.line(row.workspace_id, "aftercare.released", row, actor=member.user, order=row.order_id)


def _held(member: Membership, key: int, *states: str) -> AftercareMessage:
    rows = AftercareMessage.objects.within(member.workspace_id).select_for_update()
    row = rows.filter(pk=key).first()
    if row is None or row.state not in states:
        raise AftercareError(_("Somebody has seen to it already."))
    return row


@transaction.atomic
def let_one_be(member: Membership, key: int) -> None:
    """This one is not sent. Raises AftercareError."""
    still_a_member(member, Right.ANSWER)
    row = _held(member, key, State.READY, State.REFUSED, State.UNKNOWN)
    row.state, row.skipped_because, row.subject, row.body = State.SKIPPED, Skip.MEMBER, "", ""
    row.save(update_fields=["state", "skipped_because", "subject", "body"])
    journal.record_all([_skipped(row, member)])


@transaction.atomic
def decide(member: Membership, key: int, *, arrived: bool) -> None:
    """What was refused or may not have gone out: it counts as sent, or is sent (again), as a person knows better than
    Makegood. Raises AftercareError.
    """
    still_a_member(member, Right.ANSWER)
    row = _held(member, key, State.REFUSED, State.UNKNOWN)
    if arrived and row.state == State.REFUSED:
        raise AftercareError(_("The mail server did not take it: it has not gone out."))
    if arrived:
        row.state, row.sent_at, row.subject, row.body, row.sentence = State.SENT, clock.now(), "", "", ""
    else:
        _queue(row, member)
        jobs.wake("aftercare")
    row.save()
    by, order = member.user, row.order_id
    journal.record(row.workspace_id, "aftercare.sent" if arrived else "aftercare.released", row, actor=by, order=order)


@transaction.atomic
def handle(member: Membership, key: int, note: str) -> None:
    """Trouble (the answer's id) has been seen to, as the note says. Raises AftercareError."""
    still_a_member(member, Right.WORK)
    words = " ".join(note.split())
    if not 2 <= len(words) <= 500:
        raise AftercareError(_("Write down what you did, in up to 500 characters."))
    rows = AftercareAnswer.objects.within(member.workspace_id).select_for_update(of=("self",))
    row = rows.select_related("message").filter(pk=key, trouble=True).first()
    if row is None or row.handled_at is not None:
        raise AftercareError(_("Somebody has seen to it already."))
    row.handled_at, row.handled_by, row.handled_note = clock.now(), member.user, words
    row.save(update_fields=["handled_at", "handled_by", "handled_note"])
    message = row.message
    journal.record(row.workspace_id, "aftercare.handled", message, actor=member.user, order=message.order_id)
