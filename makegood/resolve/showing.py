"""The remedies of a conversation as they stand: how far each has come, and what a member can do with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, Sum
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.resolve import rules
from makegood.resolve.meetings import proposed, spans
from makegood.resolve.models import ApprovalRequest, Refund, Remedy, ReturnCase
from makegood.resolve.refunds import DECIDED

__all__ = ["RemedyView", "Step", "given_at_cost", "remedies_of", "view_of"]

MOST = 20
State = Remedy.State
Asked = ApprovalRequest.State
DEAD = (State.DECLINED, State.EXPIRED, State.REVERSED)


@dataclass(frozen=True)
class Step:
    """One station of a remedy; `state` is done, now, failed or ahead."""

    name: str
    state: str
    at: datetime | None = None


@dataclass(frozen=True)
class RemedyView:
    """A remedy with what belongs to it, from prefetched rows, and what this member may do with it now."""

    remedy: Remedy
    request: ApprovalRequest | None
    refund: Refund | None
    returned: ReturnCase | None
    steps: tuple[Step, ...]
    sentence: str
    """Where it stands and why, for the person."""
    tone: str
    """"" as usual, "seam" where somebody has to do something, "brick" where something went wrong, "glaze" when done."""
    actions: frozenset[str]
    """Of agree, withdraw, take_back, take_offer, leave_offer, tell, know, done, anew, again, settle, pay_anyway."""

    @property
    def amount(self) -> str:
        """What they get, or what it costs, in words; "" where it costs nothing."""
        minor = self.remedy.amount_minor or self.remedy.cost_minor
        return rules.amount_words(minor, self.remedy.currency) if minor else ""

    @property
    def calendar(self) -> bool:
        """Whether there are times to put into a calendar."""
        row = self.remedy
        timed = row.kind in (Remedy.Kind.CALL, Remedy.Kind.COURIER)
        return timed and row.state in (*DECIDED, State.EXECUTED) and bool(spans(row))

    @property
    def times(self) -> list[datetime]:
        """When the moments begin that they can agree on, without the one they have agreed on."""
        if "agree" not in self.actions:
            return []
        return [begin for begin in proposed(self.remedy) if begin != self.remedy.due_at]

    @property
    def agreed(self) -> bool:
        """Whether they have agreed on one of the moments."""
        return self.remedy.kind == Remedy.Kind.CALL and self.remedy.due_at in proposed(self.remedy)

    @property
    def offer(self) -> str:
        """What was offered instead, in words; "" where nothing is."""
        row = self.request
        if row is None or row.state != Asked.COUNTERED:
            return ""
        kind = str(dict(Remedy.Kind.choices).get(row.counter.get("kind", ""), self.remedy.get_kind_display()))
        minor = row.counter_minor or row.counter.get("cost_minor", 0)
        amount = rules.amount_words(minor, self.remedy.currency) if minor else ""
        return f"{kind}, {amount}" if amount else kind


def remedies_of(viewer: Membership, conversation: desk.Conversation) -> list[RemedyView]:
    """What was asked for and given in a conversation, the newest first. 3 queries, however many."""
    rows = Remedy.objects.within(conversation.workspace_id).filter(conversation=conversation)
    return [_view(viewer, row) for row in _with_all(rows).order_by("-asked_at", "-pk")[:MOST]]


def view_of(viewer: Membership, key: int) -> RemedyView | None:
    """One remedy of a conversation that this member may see. 4 queries."""
    row = _with_all(Remedy.objects.within(viewer.workspace_id)).filter(pk=key).first()
    if row is None or not desk.visible(viewer).filter(pk=row.conversation_id).exists():
        return None
    return _view(viewer, row)


def _with_all(rows: Any) -> Any:
    refunds = Refund.objects.across("those of remedies that were asked for").select_related("source").order_by("-pk")
    taken = Remedy.objects.across("those of remedies that were asked for").only("pk", "counter_of")
    linked = ("conversation", "order", "charge", "reason", "asked_by", "decided_by", "reversed_by", "contact")
    rows = rows.select_related(
        *linked, "workspace", "outcome__by", "approval", "approval__decided_by", "approval__first_by", "returned"
    )
    return rows.prefetch_related(Prefetch("refunds", refunds), Prefetch("counters", taken))


def given_at_cost(
    workspace: Any, customers: Iterable[identify.Customer], contact: identify.Contact | None
) -> Counter[str]:
    """What was given to a person besides refunds, at cost in minor units by currency. 1 query."""
    who = Q(order__customer__in=[each.pk for each in customers])
    if contact is not None:
        who |= Q(contact=contact)
    rows = Remedy.objects.within(workspace).filter(who, state=State.EXECUTED).exclude(kind=Remedy.Kind.REFUND)
    sums = rows.order_by().values_list("currency").annotate(Sum("cost_minor"))
    return Counter({currency: total for currency, total in sums if total})


def _view(viewer: Membership, row: Remedy) -> RemedyView:
    request = getattr(row, "approval", None)
    refund = next(iter(row.refunds.all()), None)
    sentence, tone = _standing(row, request, refund)
    return RemedyView(
        remedy=row,
        request=request,
        refund=refund,
        returned=getattr(row, "returned", None),
        steps=tuple(_steps(row, request, refund)),
        sentence=sentence,
        tone=tone,
        actions=frozenset(_actions(viewer, row, request, refund)),
    )


def _steps(row: Remedy, request: ApprovalRequest | None, refund: Refund | None) -> list[Step]:
    asked = Step(_("Asked"), "done", row.asked_at)
    if row.state in DEAD or (row.state == State.COUNTERED):
        ends = {
            State.DECLINED: _("Declined"),
            State.EXPIRED: _("Nobody decided"),
            State.REVERSED: _("Taken back"),
            State.COUNTERED: _("Other offer"),
        }
        moment = row.reversed_at or row.decided_at or (request.decided_at if request else None)
        return [asked, Step(str(ends[State(row.state)]), "failed" if row.state in DEAD else "now", moment)]
    decided = row.state != State.REQUESTED
    found = [asked, Step(_("Approved"), "done" if decided else "now", row.decided_at)]
    names = [_("Paid"), _("Arrived")] if row.kind == Remedy.Kind.REFUND else [_("Done")]
    ends_at = [refund.done_at, refund.arrived_at] if refund else [row.executed_at]
    broken = bool(row.problem) or (refund is not None and refund.state in BROKEN)
    reached = decided
    for name, moment in zip(names, ends_at + [None] * (len(names) - len(ends_at)), strict=True):
        done = moment is not None and not broken
        state = "done" if done else "failed" if reached and broken else "now" if reached else "ahead"
        found.append(Step(str(name), state, moment if done else None))
        reached = done
    return found


BROKEN = (Refund.State.REFUSED, Refund.State.FAILED, Refund.State.UNKNOWN)


def _standing(row: Remedy, request: ApprovalRequest | None, refund: Refund | None) -> tuple[str, str]:
    if row.state == State.REQUESTED:
        if request is not None and request.first_by is not None:
            said = _("%(why)s %(who)s has agreed, another has to as well.")
            return said % {"why": request.why, "who": request.first_by}, "seam"
        why = request.why if request else ""
        return _("%(why)s Those who may decide were asked.") % {"why": why}, "seam"
    if row.state in DEAD or row.state == State.COUNTERED:
        return _ended(row, request), "seam" if row.state == State.COUNTERED else ""
    if refund is not None:
        return _refund_says(row, refund)
    if row.problem:
        return row.problem, "brick"
    if row.to_do:
        return row.to_do, "seam"
    if row.state == State.EXECUTED:
        return _("Done."), "glaze"
    return row.decided_because or _("Decided; it is being done."), ""


def _ended(row: Remedy, request: ApprovalRequest | None) -> str:
    who = (request.decided_by if request else None) or row.decided_by or _("Somebody")
    note = request.note if request else ""
    if row.state == State.REVERSED:
        because = row.reversed_because
        taker = row.reversed_by or _("Somebody")
        said = _("%(who)s took it back: “%(why)s”") if because else _("%(who)s took it back.")
        return said % {"who": taker, "why": because}
    if row.state == State.EXPIRED:
        return _("Nobody decided in time. Ask again if it still matters.")
    if row.state == State.DECLINED:
        said = _("%(who)s said no: “%(note)s”") if note else _("%(who)s said no.")
        return said % {"who": who, "note": note}
    if request is not None and request.state == Asked.WITHDRAWN:
        return _("%(who)s offered something else, which was let be.") % {"who": who}
    said = _("%(who)s offers something else: “%(note)s”") if note else _("%(who)s offers something else.")
    return said % {"who": who, "note": note}


def _refund_says(row: Remedy, refund: Refund) -> tuple[str, str]:
    amount = rules.amount_words(refund.amount_minor, refund.currency)
    facts = {"amount": amount, "who": refund.source.name, "problem": refund.sentence}
    if refund.state in (*BROKEN, Refund.State.ELSEWHERE):
        tone = "brick" if refund.state in BROKEN else "seam"
        return refund.sentence or row.problem or str(Refund.State(refund.state).label), tone
    if refund.state == Refund.State.DONE:
        said = (
            _("%(amount)s has arrived.")
            if refund.arrived_at
            else _("%(who)s has paid %(amount)s back; it is on its way.")
        )
        return said % facts, "glaze"
    if refund.sentence:
        return refund.sentence, "seam"
    if refund.first_sent_at is None:
        return _("%(amount)s is about to be paid by %(who)s. It can still be taken back.") % facts, ""
    return _("%(who)s is paying %(amount)s back.") % facts, ""


def _actions(viewer: Membership, row: Remedy, request: ApprovalRequest | None, refund: Refund | None) -> Iterable[str]:
    if not rules.may_ask(viewer):
        return
    own = row.asked_by_id == viewer.user_id
    decides = allows(viewer.role, Right.APPROVE)
    if request is not None and request.state == Asked.OPEN and own:
        yield "withdraw"
    offered = request is not None and request.state == Asked.COUNTERED and request.expires_at > clock.now()
    if offered and own and not row.counters.all():
        yield from ("take_offer", "leave_offer")
    if _can_tell(row, refund):
        yield "tell"
    if row.tell_from is not None:
        yield "know"
    if refund is not None:
        yield from _refund_actions(row, refund, own=own, decides=decides)
    elif row.kind != Remedy.Kind.REFUND and row.state in DECIDED:
        if row.kind == Remedy.Kind.CALL and proposed(row):
            yield "agree"
        yield from _other_actions(row, own=own, decides=decides)


def _other_actions(row: Remedy, *, own: bool, decides: bool) -> Sequence[str]:
    """Of what is decided, not done, and no money."""
    found = ["done"] if row.to_do else []
    if getattr(row, "returned", None) is None and (row.problem or (row.to_do and row.kind == Remedy.Kind.VOUCHER)):
        found.append("anew")
    if own or decides:
        found.append("take_back")
    return found


def _can_tell(row: Remedy, refund: Refund | None) -> bool:
    """Whether what they would be told is so: nobody reads that money was sent before it was."""
    if row.kind == Remedy.Kind.REFUND:
        return refund is not None and refund.state == Refund.State.DONE
    if row.kind == Remedy.Kind.VOUCHER:
        return row.state == State.EXECUTED
    if row.kind == Remedy.Kind.RETURN:
        return getattr(row, "returned", None) is not None
    return row.state in (*DECIDED, State.EXECUTED)


def _refund_actions(row: Remedy, refund: Refund, *, own: bool, decides: bool) -> Sequence[str]:
    found = []
    waits = refund.state in (Refund.State.DUE, Refund.State.SENDING) and refund.first_sent_at is None
    if waits and row.state in DECIDED and (own or decides):
        found.append("take_back")
    if refund.state in (Refund.State.REFUSED, Refund.State.FAILED) and row.state in DECIDED:
        found.append("again")
    if refund.state == Refund.State.UNKNOWN and decides:
        found.append("settle")
    if refund.state == Refund.State.ELSEWHERE and decides:
        found.append("pay_anyway")
    return found
