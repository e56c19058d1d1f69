"""Praise, Referrals: customers' own links, who came by them, and the orders they brought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from makegood.accounts.api import Right
from makegood.amplify import api as amplify
from makegood.desk import api as desk
from makegood.resolve.api import amount_words
from makegood.web.forms_wall import LinkForm
from makegood.web.permissions import needs, require
from makegood.web.referral_chart import week_bars
from makegood.web.request import MemberRequest
from makegood.web.views.contacts import number

__all__ = ["link", "referrals"]


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def referrals(request: MemberRequest) -> HttpResponse:
    """What links bring, and all of them; POST makes one. A further page alone for htmx. About 8 queries."""
    talk = _talk(request)
    if request.method == "GET":
        start = LinkForm(initial={"name": talk.author_label if talk else ""})
        further = request.htmx and "after" in request.GET
        return _page(request, start, talk, "referrals/rows.html" if further else "referrals/page.html")
    require(request, Right.WORK)
    form = LinkForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = amplify.make_link(request.membership, said["name"], said["target"], said["coupon"], talk)
        except amplify.ReferralError as error:
            form.add_error(None, str(error))
        else:
            return redirect("referral", made.pk)
    return _page(request, form, talk, "referrals/page.html", status=422)


def _talk(request: MemberRequest) -> desk.Conversation | None:
    said = request.POST.get("conversation") or request.GET.get("conversation", "")
    return desk.conversation(request.membership, number(said)) if said else None


def _page(
    request: MemberRequest, form: LinkForm, talk: desk.Conversation | None, template: str, status: int = 200
) -> HttpResponse:
    found = amplify.links_page(request.workspace, request.GET.get("after", ""))
    facts: dict[str, Any] = {
        "section": "praise",
        "tab": "referrals",
        "form": form,
        "talk": talk,
        "rows": [_listed(row) for row in found.rows],
        "next_url": f"{reverse('referrals')}?{urlencode({'after': found.after})}" if found.after else "",
    }
    if template == "referrals/page.html":
        count, sums = amplify.referred_orders(request.workspace)
        facts |= {
            "brings": amplify.visitors_per_share(request.workspace),
            "fewest": amplify.FEWEST_SHARES,
            "days": amplify.DAYS_COUNTED,
            "orders": count,
            "worth": _amounts(sums),
            "chart": week_bars(amplify.visitors_by_week(request.workspace)),
        }
    return render(request, template, facts, status=status)


def _listed(row: amplify.Brought) -> dict[str, Any]:
    return {"row": row, "link": row.link, "address": amplify.address_of(row.link), "worth": _amounts(row.value)}


def _amounts(sums: dict[str, int]) -> str:
    return " + ".join(amount_words(minor, currency) for currency, minor in sorted(sums.items()))


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def link(request: MemberRequest, pk: int) -> HttpResponse:
    """One link; POST does something with it (`do`). About 8 queries."""
    found = amplify.link_of(request.workspace, pk)
    if found is None:
        raise Http404
    if request.method == "GET":
        return _one(request, found)
    require(request, Right.WORK)
    do = DOINGS.get(request.POST.get("do", ""))
    if do is None:
        return _one(request, found, _("Choose what to do with the link."))
    try:
        return do(request, found.link)
    except amplify.ReferralError as error:
        return _one(request, found, str(error))


def _one(request: MemberRequest, found: amplify.Brought, problem: str = "") -> HttpResponse:
    rows = [
        {"row": each, "order": each.order, "amount": amount_words(_paid(each.order), each.order.currency)}
        for each in amplify.orders_by_link(found.link)
    ]
    talk = found.link.conversation
    facts = {
        "section": "praise",
        "tab": "referrals",
        "problem": problem,
        "said": request.POST.get("numbers", ""),
        "talk": talk if talk and desk.conversation(request.membership, talk.pk) else None,
        "sources": amplify.visitors_by_source(found.link),
        "orders": rows,
        "chart": week_bars(amplify.visitors_by_week(request.workspace, found.link)),
        **_listed(found),
    }
    return render(request, "referrals/link.html", facts, status=422 if problem else 200)


def _paid(order: Any) -> int:
    return int(order.total_minor - order.refunded_minor)


Doing = Callable[[MemberRequest, amplify.ShortLink], HttpResponse]


def _lay(request: MemberRequest, row: amplify.ShortLink) -> HttpResponse:
    require(request, Right.ANSWER)
    amplify.lay_link(request.membership, row)
    messages.success(request, _("The link is in your answer. Read it once more, then send."))
    return redirect("conversation", row.conversation_id)


def _hand(request: MemberRequest, row: amplify.ShortLink) -> HttpResponse:
    amplify.note_handed(request.membership, row)
    messages.success(request, _("Noted. From now on its visitors count."))
    return redirect("referral", row.pk)


def _end(request: MemberRequest, row: amplify.ShortLink) -> HttpResponse:
    amplify.end_link(request.membership, row)
    messages.success(request, _("The link leads nowhere any more. What it brought stays."))
    return redirect("referral", row.pk)


def _orders(request: MemberRequest, row: amplify.ShortLink) -> HttpResponse:
    noted = amplify.note_orders(request.membership, row, request.POST.get("numbers", "")[:5_000])
    if noted.count:
        words = ngettext("%(n)d order noted.", "%(n)d orders noted.", noted.count) % {"n": noted.count}
        messages.success(request, words)
    if noted.rest:
        messages.warning(request, noted.rest)
    return redirect("referral", row.pk)


def _out(request: MemberRequest, row: amplify.ShortLink) -> HttpResponse:
    rows = amplify.ReferralOrder.objects.within(request.workspace).select_related("link")
    noted = rows.filter(link=row, pk=number(request.POST.get("noted", ""))).first()
    if noted is not None:
        amplify.take_order_out(request.membership, noted)
        messages.success(request, _("Taken out."))
    return redirect("referral", row.pk)


DOINGS: dict[str, Doing] = {"lay": _lay, "hand": _hand, "end": _end, "orders": _orders, "out": _out}
