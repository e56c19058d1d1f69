"""Asking for a remedy: within one's authority it is done at once, above it somebody who may decides.

The page, the API and a second click all come through `ask`: under one lock a workspace, with the member's role and
everything given before read afresh.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Workspace
from makegood.clocks import api as clocks
from makegood.connectors.registry import CONNECTORS, connector
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import authority, costs, deciders, defaults, refunds, rules, telling
from makegood.resolve.authority import Matter
from makegood.resolve.deciders import Seat
from makegood.resolve.models import ApprovalRequest, ReasonCode, Remedy
from makegood.resolve.rules import Judgement, ResolveError, Wanted
from makegood.resolve.story import Facts, Worth, as_kept

__all__ = ["EXPIRES", "ask", "begin", "judge", "matter_of", "tell_deciders", "who_is_asked"]

EXPIRES = timedelta(hours=48)
ESCALATES = timedelta(hours=2)
"""Opening time in which those who were asked first decide, before everybody else who may is asked as well."""
LAST_CALL = timedelta(hours=24)
"""What is left at least when everybody has been asked: over a weekend a request stays open longer."""
State = Remedy.State
Kind = Remedy.Kind


def judge(membership: Membership, conversation: desk.Conversation, wanted: Wanted) -> Judgement:
    """Whether this member could do this at once, for the page where they choose; nothing is locked or written.

    Raises `ResolveError` with a sentence for what cannot be judged as it is.
    """
    defaults.ensure(membership.workspace)
    member = authority.fresh(membership)
    remedy, matter = _draft(member, conversation, wanted)
    return authority.weigh(member.workspace, member.role, remedy, matter, learning=member.learning)


def who_is_asked(membership: Membership, conversation: desk.Conversation, wanted: Wanted) -> list[Seat]:
    """Who would be asked first to decide about this, for the page where they choose; nothing is locked or written.

    Raises `ResolveError` as `judge` does.
    """
    member = authority.fresh(membership)
    remedy, matter = _draft(member, conversation, wanted)
    judgement = authority.weigh(member.workspace, member.role, remedy, matter, learning=member.learning)
    seats = deciders.bench(member.workspace, remedy, matter)
    return list(deciders.asked_first(seats, judgement.needs_two))


@transaction.atomic
def ask(membership: Membership, conversation: desk.Conversation, wanted: Wanted, worth: Worth | None = None) -> Remedy:
    """Does it at once where the member's authority allows, and else asks those who may decide.

    The same `request_key` again is the same remedy again. `worth` is what losing this customer may cost, for those who
    decide. Raises `ResolveError` with a sentence, and nothing is written then.
    """
    workspace = authority.lock(membership.workspace_id)
    defaults.ensure(workspace)
    member = authority.fresh(membership)
    remedy, matter = _draft(member, conversation, wanted)
    known = Remedy.objects.within(workspace).filter(request_key=wanted.request_key).first()
    if known is not None:
        return _same(known, remedy)
    judgement = authority.weigh(workspace, member.role, remedy, matter, learning=member.learning)
    remedy.promise = _promised(remedy)
    if judgement.allowed:
        return _give(remedy, member, judgement)
    return _request(workspace, remedy, matter, member, judgement, worth or Worth())


def _draft(member: Membership, conversation: desk.Conversation, wanted: Wanted) -> tuple[Remedy, Matter]:
    """The remedy as it would be kept, with everything it names read afresh from this workspace."""
    if not rules.may_ask(member):
        raise ResolveError(_("Only who answers customers here gives them something."))
    if sentence := rules.problem(wanted):
        raise ResolveError(sentence)
    row = desk.visible(member).filter(pk=conversation.pk).select_related("latest").first()
    if row is None:
        raise ResolveError(_("This conversation is not there any more."))
    wanted = replace(
        wanted,
        order=_own(identify.Order.objects.within(member.workspace_id), wanted.order, _("This order")),
        charge=_own(identify.Charge.objects.within(member.workspace_id), wanted.charge, _("This payment")),
        reason=_own(ReasonCode.objects.within(member.workspace_id), wanted.reason, _("This reason")),
    )
    if sentence := rules.problem(wanted):
        raise ResolveError(sentence)
    if wanted.order is None and wanted.charge is not None:
        wanted = replace(wanted, order=wanted.charge.order)
    cost = max(wanted.cost_minor, costs.at_least(wanted))
    matter = authority.matter_of(row, wanted.order, wanted.charge, row.case_id)
    remedy = Remedy(
        workspace_id=member.workspace_id,
        conversation=row,
        case_id=row.case_id,
        contact=matter.contact,
        person_key=matter.mark,
        order=wanted.order,
        charge=wanted.charge,
        kind=wanted.kind,
        amount_minor=wanted.amount_minor,
        cost_minor=cost,
        counted_minor=rules.counted(wanted.kind, wanted.amount_minor, cost),
        currency=wanted.currency,
        cost_from=wanted.cost_from[:300],
        details=json.loads(json.dumps(dict(wanted.details))),
        words=wanted.words.strip(),
        reason=wanted.reason,
        reason_words=wanted.reason_words.strip(),
        policy_said=wanted.policy_said[:500],
        exception=wanted.exception,
        request_key=wanted.request_key,
        asked_by=member.user,
        asked_at=clock.now(),
        due_at=wanted.due_at,
    )
    return remedy, matter


def _promised(remedy: Remedy) -> desk.Clock | None:
    """The newest promise of the conversation that is open and that no other remedy keeps.

    A return keeps none: it is done weeks later, and the promise was about being told.
    """
    if remedy.kind == Kind.RETURN:
        return None
    open_now = desk.Clock.objects.within(remedy.workspace_id).filter(
        conversation=remedy.conversation, kind=desk.Clock.Kind.PROMISE, stopped_at__isnull=True
    )
    taken = Remedy.objects.within(remedy.workspace_id).filter(
        conversation=remedy.conversation, promise__isnull=False, state__in=(State.REQUESTED, *rules.COUNTED)
    )
    return open_now.exclude(pk__in=taken.values("promise")).order_by("-started_at", "-pk").first()


def _own(rows: Any, row: Any, name: str) -> Any:
    if row is None:
        return None
    found = rows.filter(pk=row.pk).first()
    if found is None:
        raise ResolveError(_("%(what)s is not there any more. Reload the page and choose again.") % {"what": name})
    return found


SAME = (
    "conversation_id",
    "asked_by_id",
    "kind",
    "amount_minor",
    "cost_minor",
    "currency",
    "order_id",
    "charge_id",
    "details",
    "reason_id",
    "reason_words",
    "words",
    "exception",
)


def _same(known: Remedy, remedy: Remedy) -> Remedy:
    if any(getattr(known, name) != getattr(remedy, name) for name in SAME):
        raise ResolveError(_("This was asked for already, with other details. Reload the page to ask for more."))
    return known


def _give(remedy: Remedy, member: Membership, judgement: Judgement) -> Remedy:
    remedy.state = State.AUTO_APPROVED
    remedy.decided_by, remedy.decided_role, remedy.decided_at = member.user, member.role, remedy.asked_at
    remedy.decided_because = rules.within_words(judgement, remedy.counted_minor, remedy.currency)[:300]
    remedy.save()
    journal.record(remedy.workspace_id, "remedy.given", remedy.conversation, actor=member.user, **_facts_of(remedy))
    begin(remedy)
    return remedy


def _facts_of(remedy: Remedy) -> dict[str, Any]:
    amount = remedy.amount_minor or remedy.cost_minor
    return {"remedy": remedy.pk, "kind": remedy.kind, "amount_minor": amount, "currency": remedy.currency}


def begin(remedy: Remedy) -> None:
    """Sets what was decided going, in the transaction that decided it: money by its own row, the rest by this one."""
    if remedy.kind == Kind.REFUND:
        refunds.begin_refund(remedy)
        return
    remedy.try_at = clock.now()
    remedy.save(update_fields=["try_at"])
    jobs.wake("remedies")


def _request(
    workspace: Workspace, remedy: Remedy, matter: Matter, member: Membership, judgement: Judgement, worth: Worth
) -> Remedy:
    seats = deciders.bench(workspace, remedy, matter)
    if not deciders.enough(seats, judgement.needs_two):
        raise ResolveError(_nobody(judgement, seats))
    remedy.save()
    begun = remedy.asked_at
    escalates = _after_opening(workspace, begun)
    request = ApprovalRequest.objects.create(
        workspace=workspace,
        remedy=remedy,
        why=judgement.why[:300],
        story=as_kept(_story_facts(workspace, remedy, judgement, worth)),
        needs_two=judgement.needs_two,
        asked_at=begun,
        escalate_at=escalates,
        expires_at=max(begun + EXPIRES, escalates + LAST_CALL),
    )
    journal.record(workspace.pk, "remedy.requested", remedy.conversation, actor=member.user, **_facts_of(remedy))
    tell_deciders(request, deciders.asked_first(seats, request.needs_two))
    return remedy


def _nobody(judgement: Judgement, seats: Sequence[Seat]) -> str:
    if seats:
        why = _("Two others who may decide would have to agree, and there is only one. Invite a manager or an owner.")
    else:
        why = _("Nobody else here may decide about it. Invite an owner, or change the limits under Settings.")
    return f"{judgement.why} {why}"


def _after_opening(workspace: Workspace, since: datetime) -> datetime:
    book = clocks.books([workspace.pk])[workspace.pk]
    try:
        return clocks.add(book.hours, since, ESCALATES)
    except clocks.HoursError:
        return since + ESCALATES


def tell_deciders(request: ApprovalRequest, seats: Iterable[Seat]) -> None:
    """Asks these people to decide, under the bell and by every way they have chosen. In the caller's transaction."""
    seats = list(seats)
    telling.ask_to_decide(request, seats)
    remedy = request.remedy
    what = _what(remedy)
    own = [seat for seat in seats if seat.instead_of is None]
    desk.notify_all(
        [seat.member.user for seat in own],
        remedy.conversation,
        "approve_remedy",
        _("asks you to decide: %(what)s") % {"what": what},
        remedy.asked_by,
    )
    told = {seat.member.user_id for seat in own}
    for seat in seats:
        if seat.instead_of is not None and seat.member.user_id not in told:
            told.add(seat.member.user_id)
            said = _("asks you to decide in the place of %(who)s: %(what)s")
            words = said % {"who": seat.instead_of.user, "what": what}
            desk.notify(seat.member.user, remedy.conversation, "approve_remedy", words, remedy.asked_by)


def _what(remedy: Remedy) -> str:
    amount = remedy.amount_minor or remedy.cost_minor
    name = str(Kind(remedy.kind).label)
    if not amount:
        return name
    return _("%(what)s, %(amount)s") % {"what": name, "amount": rules.amount_words(amount, remedy.currency)}


def matter_of(remedy: Remedy) -> Matter:
    """What a remedy that is there already counts with, as things stand now."""
    return authority.matter_of(
        remedy.conversation, remedy.order, remedy.charge, remedy.conversation.case_id or remedy.case_id
    )


def _story_facts(workspace: Workspace, remedy: Remedy, judgement: Judgement, worth: Worth) -> Facts:
    talk, order = remedy.conversation, remedy.order
    zone = ZoneInfo(workspace.timezone)

    def day(moment: datetime | None) -> str:
        return moment.astimezone(zone).date().isoformat() if moment else ""

    replies = desk.Message.objects.within(workspace).filter(conversation=talk, direction=desk.Message.Direction.CONTEXT)
    return Facts(
        author=talk.author_label,
        network=connector(talk.network).capability.title if talk.network in CONNECTORS else talk.network,
        excerpt=talk.excerpt,
        asked_by=str(remedy.asked_by),
        kind=remedy.kind,
        amount_minor=remedy.amount_minor,
        cost_minor=remedy.cost_minor,
        currency=remedy.currency,
        cost_from=remedy.cost_from,
        reason=remedy.reason_words or (remedy.reason.name if remedy.reason else ""),
        exception=remedy.exception,
        policy_said=remedy.policy_said,
        order=order.number if order else "",
        order_total_minor=order.total_minor if order else 0,
        order_currency=order.currency if order else "",
        placed_on=day(order.placed_at) if order else "",
        delivered_on=day(order.delivered_at) if order else "",
        followers=talk.followers,
        replies=replies.count(),
        public=_public(talk),
        worth=worth,
        overs=judgement.overs,
    )


def _public(talk: desk.Conversation) -> bool:
    rows = desk.Message.objects.within(talk.workspace_id).filter(conversation=talk)
    newest = rows.filter(direction=desk.Message.Direction.IN).order_by("-posted_at", "-id").first()
    return newest is None or newest.visibility in ("public", "unlisted")
