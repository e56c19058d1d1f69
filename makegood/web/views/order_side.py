"""Orders beside a thread: what they bought, where it is, what was paid, what they are worth."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.kit import clock, money
from makegood.resolve import api as resolve
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.templatetags.makegood import network_name
from makegood.web.views.inbox import find

__all__ = ["figures_for", "order_find", "order_link", "order_policy", "order_side", "order_unlink", "worth_for"]


def worth_for(row: desk.Conversation, bought: identify.Bought) -> identify.Worth:
    """What the author has brought and may bring, with what was given to them taken off. 6 queries."""
    given = resolve.given_at_cost(row.workspace_id, bought.customers, bought.contact)
    return identify.worth_of(row.workspace, bought.customers, given)


def figures_for(
    row: desk.Conversation, worth: identify.Worth, *, cost_minor: int, currency: str, cost_from: str
) -> tuple[resolve.Figure, resolve.Figure, resolve.Figure]:
    """What losing them costs, what the gesture costs, how far it can travel. 2 queries."""
    rows = desk.Message.objects.within(row.workspace_id).filter(conversation=row)
    newest = rows.filter(direction=desk.Message.Direction.IN).order_by("-posted_at", "-id").first()
    facts = resolve.Facts(
        author=row.author_label,
        network=network_name(row.network),
        cost_minor=cost_minor,
        currency=currency,
        cost_from=cost_from,
        followers=row.followers,
        replies=rows.filter(direction=desk.Message.Direction.CONTEXT).count(),
        public=newest is None or newest.visibility in ("public", "unlisted"),
        worth=kept_worth(worth),
    )
    return resolve.story(facts).figures


def kept_worth(worth: identify.Worth) -> resolve.Worth:
    """What losing them costs, as a request for a decision keeps it: in whole units, as it is an estimate."""
    losing = worth.losing
    if losing is None:
        return resolve.Worth(source=worth.source)
    unit = 10 ** money.exponent(worth.currency)
    low, high = (round(each / unit) * unit for each in (losing.low_minor, losing.high_minor))
    return resolve.Worth(worth.currency, low, high, worth.sentence, worth.source)


def _part(request: MemberRequest, row: desk.Conversation, status: int = 200, **more: Any) -> HttpResponse:
    bought = identify.orders_for(request.membership, row)
    linked = next((each for each in bought.orders if each.link), None)
    policy = resolve.policy_says(request.workspace, linked.order, [], clock.now()) if linked else None
    context = {
        "c": row,
        "bought": bought,
        "doubles": [(each, _being_returned(each)) for each in bought.doubles],
        "worth": worth_for(row, bought),
        "policy": policy,
        "policy_of": linked.order.pk if linked else None,
        **more,
    }
    return render(request, "orders/side.html", context, status=status)


def _being_returned(double: identify.DoubleCharge) -> bool:
    """Whether one of the two is on its way back already, or about to be. 4 queries at most, of one that is open."""
    return double.open_minor > 0 and any(resolve.room(each) <= 0 for each in (double.charge, double.of))


@require_GET
@needs(Right.READ)
def order_side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: the orders, payments and worth of whom a conversation is with."""
    return _part(request, find(request, pk))


@require_GET
@needs(Right.READ)
def order_policy(request: MemberRequest, pk: int, order: int) -> HttpResponse:
    """A part: what the return policy says of an order beside this conversation."""
    row = find(request, pk)
    found = next((each for each in identify.orders_for(request.membership, row).orders if each.order.pk == order), None)
    if found is None:
        raise Http404
    policy = resolve.policy_says(request.workspace, found.order, [], clock.now())
    return render(request, "orders/policy.html", {"policy": policy})


@require_GET
@needs(Right.WORK)
def order_find(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: orders by number, name or address, to link one."""
    row = find(request, pk)
    words = request.GET.get("q", "").strip()[:100]
    links = identify.OrderLink.objects.within(request.workspace).filter(conversation=row, removed_at__isnull=True)
    linked = set(links.values_list("order_id", flat=True))
    found = [each for each in identify.find_orders(request.workspace, words) if each.pk not in linked]
    return render(request, "orders/found.html", {"c": row, "words": words, "found": found})


def _order(request: MemberRequest) -> identify.Order:
    key = request.POST.get("order", "")
    rows = identify.Order.objects.within(request.workspace)
    found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    if found is None:
        raise Http404
    return found


@require_POST
@needs(Right.WORK)
def order_link(request: MemberRequest, pk: int) -> HttpResponse:
    """The conversation is about this order."""
    row, order = find(request, pk), _order(request)
    identify.link_order(row, order, request.user)
    return _part(request, row, said=_("Order %(number)s is linked.") % {"number": order.number})


@require_POST
@needs(Right.WORK)
def order_unlink(request: MemberRequest, pk: int) -> HttpResponse:
    """It is not about this order after all."""
    row, order = find(request, pk), _order(request)
    identify.unlink_order(row, order, request.user)
    return _part(request, row, said=_("Order %(number)s is not linked any more.") % {"number": order.number})
