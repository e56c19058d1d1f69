"""From what stands in the form of a remedy to what is asked for: the order, the payment, the cost, the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from makegood.accounts.api import Workspace
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.kit.amounts import amount_words
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.web.forms_remedies import RemedyContext, RemedyForm
from makegood.web.request import MemberRequest
from makegood.winback import api as winback

__all__ = ["Draft", "context_for", "draft_of", "everybody_reads", "start_of"]

Kind = resolve.Remedy.Kind
WITH_POLICY = (Kind.REFUND, Kind.RETURN, Kind.REPLACEMENT)
PAYMENT = ("payment", "zahlung", "paiement", "pago")
"""The cause of a double charge, in the words a new shop starts with."""


@dataclass(frozen=True)
class Draft:
    """What would be asked for as the form stands, with what the policy says of it, where it says something."""

    wanted: resolve.Wanted
    policy: resolve.PolicyVerdict | None = None
    reads: str = ""
    """What they will read of it, where they were answered last."""
    missing: str = ""
    """What is not there any more or does not fit, as a sentence."""

    @property
    def counted(self) -> int:
        """What the limits count of it."""
        return resolve.counted(self.wanted.kind, self.wanted.amount_minor, self.wanted.cost_minor)

    @property
    def cost(self) -> str:
        """What it costs the shop, in words; "" where nothing."""
        minor = self.wanted.cost_minor
        return amount_words(minor, self.wanted.currency) if minor else ""


def context_for(workspace: Workspace, bought: identify.Bought) -> RemedyContext:
    """What a remedy for them can be about. 2 queries."""
    charges = [*(each for view in bought.orders for each in view.charges), *bought.loose]
    known = {each.pk: each for each in charges if each.state == identify.Charge.State.PAID}
    for double in bought.doubles:
        known.setdefault(double.charge.pk, double.charge)
    return RemedyContext(
        zone=workspace.timezone,
        money=identify.money_of(workspace),
        orders=bought.orders,
        charges=list(known.values()),
        doubles=frozenset(each.charge.pk for each in bought.doubles),
        reasons=resolve.reasons(workspace),
    )


def start_of(request: MemberRequest, row: desk.Conversation, kind: str, bought: identify.Bought) -> dict[str, Any]:
    """What the form begins with: what stands in the address, and the shop's words. 2 queries."""
    given = {name: value for name, value in request.GET.items() if name != "request_key" and len(value) < 2_000}
    if "words" in given:
        # The form itself asks, as another order was chosen: its payments are others.
        given = {name: value for name, value in given.items() if name not in ("charge", "amount")}
    else:
        offer = str(given.get("offer", ""))
        own = winback.offer_words(offer, row.language) if winback.OFFER_KINDS.get(offer) == kind else ""
        given["words"] = own or resolve.words_for(request.workspace, kind, row.language)
        if offer == winback.Incentive.Kind.BEHIND:
            given["item"] = _("a look behind the scenes")
    double = next((each for each in bought.doubles if str(each.charge.pk) == given.get("charge")), None)
    if double is not None and "reason" not in given:
        rows = [each for each in resolve.reasons(request.workspace) if each.cause.casefold() in PAYMENT]
        given["reason"] = str(rows[0].pk) if len(rows) == 1 else ""
    return given


def everybody_reads(request: MemberRequest, row: desk.Conversation) -> bool:
    """Whether others can read the answer that this member is writing. At most 2 queries."""
    draft = reply.draft_of(row, request.user)
    return resolve.in_public(row, draft.purpose if draft else reply.Reply.Purpose.ANSWER)


def draft_of(request: MemberRequest, row: desk.Conversation, form: RemedyForm) -> Draft:
    """What would be asked for, from a form that was read: also where it is not complete."""
    workspace = request.workspace
    data, kind = form.cleaned_data, form.kind
    view = form.view
    charge = form.context.charge(str(data.get("charge") or "")) if kind == Kind.REFUND else None
    order = view.order if view else charge.order if charge else None
    try:
        policy = _policy(workspace, order, form) if kind in WITH_POLICY else None
        amount, cost, cost_from = _money(form, view, charge, data)
    except resolve.ResolveError as error:
        return Draft(_bare(form), missing=error.sentence)
    words = str(data.get("words") or "")
    known = {
        "name": reply.first_name(row.author_name),
        "amount": amount_words(amount, form.currency) if amount else "",
        "order": order.number if order else "",
    }
    reads, _left = resolve.fill_words(words, known, public=everybody_reads(request, row))
    wanted = resolve.Wanted(
        kind=kind,
        currency=form.currency,
        request_key=str(data.get("request_key") or ""),
        amount_minor=amount,
        cost_minor=cost,
        cost_from=cost_from,
        order=order,
        charge=charge,
        details=data.get("details") or {},
        reason=next((each for each in form.context.reasons if str(each.pk) == data.get("reason")), None),
        reason_words=str(data.get("reason_words") or ""),
        words=words,
        policy_said=policy.sentence if policy else "",
        exception=_is_exception(kind, policy, data),
    )
    return Draft(wanted, policy, reads)


def _bare(form: RemedyForm) -> resolve.Wanted:
    return resolve.Wanted(kind=form.kind, currency=form.currency, request_key="")


def _is_exception(kind: str, policy: resolve.PolicyVerdict | None, data: dict[str, Any]) -> bool:
    """A return outside the policy is an exception, whatever somebody ticks; of the rest they say so."""
    if kind == Kind.RETURN:
        return policy is not None and not policy.allowed
    return bool(data.get("exception")) and policy is not None and not policy.allowed


def _policy(workspace: Workspace, order: identify.Order | None, form: RemedyForm) -> resolve.PolicyVerdict | None:
    if order is None or form.view is None:
        return None
    return resolve.policy_says(workspace, order, form.chosen_lines, clock.now())


def _money(
    form: RemedyForm, view: identify.OrderView | None, charge: identify.Charge | None, data: dict[str, Any]
) -> tuple[int, int, str]:
    """What they get, what it costs the shop, and where that comes from."""
    kind, margin = form.kind, form.context.money.margin_percent
    amount, cost = data.get("amount_minor", 0), data.get("cost_minor", 0)
    if kind == Kind.REFUND:
        if charge is not None and charge.pk in form.context.doubles:
            return amount, 0, _("they paid twice, so this was never yours")
        return amount, amount, _("the money that goes back")
    if kind == Kind.VOUCHER:
        return amount, -(-amount * (100 - margin) // 100), _("your goods’ cost at a margin of %(n)d %%") % {"n": margin}
    if view is not None and form.chosen_lines:
        chosen = resolve.chosen_lines(view.order, {"lines": form.chosen_lines})
        goods = sum(resolve.cost_of(line, count, margin) for line, count in chosen)
        price = sum(line.total_minor * count // max(line.quantity, 1) for line, count in chosen)
        known = all(line.cost_minor is not None for line, _count in chosen)
        cost_from = _("your shop’s own cost of it") if known else _("your margin of %(n)d %%") % {"n": margin}
        if kind == Kind.RETURN:
            return price, goods, _("%(from)s, if it can’t be sold again") % {"from": cost_from}
        return price if kind == Kind.REPLACEMENT else 0, max(goods, cost), cost_from
    return amount, cost, _("as you state it") if cost else ""
