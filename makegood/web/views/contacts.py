"""The pages of contacts: the list, and one person with all that is tied to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.resolve import api as resolve
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["SECTION", "contact", "contacts", "find", "find_contact", "number", "what_followed"]

SECTION = "contacts"
MOST_ORDERS = 10
MOST_THREADS = 20
MOST_DECIDED = 50
MOST_LINES = 100


def find_contact(request: MemberRequest, pk: int) -> identify.Contact:
    """A contact of the asker's workspace, else 404."""
    row = identify.contact_by_key(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def number(sent: str) -> int:
    """What was sent as a row's number; 0 for what is none."""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 18 else 0


@require_GET
@needs(Right.READ)
def contacts(request: MemberRequest) -> HttpResponse:
    """The list, or what a search found. With `after` a further page alone, for htmx."""
    words, after = request.GET.get("q", "")[:100], request.GET.get("after", "")
    rows, more = identify.contacts_page(request.workspace, words, after)
    context = {
        "section": SECTION,
        "rows": rows,
        "words": words,
        "after": after,
        "next_url": f"{reverse('contacts')}?{urlencode({'q': words, 'after': more})}" if more else "",
    }
    further = request.htmx and after
    return render(request, "contacts/rows.html" if further else "contacts/list.html", context)


@require_GET
@needs(Right.READ)
def contact(request: MemberRequest, pk: int) -> HttpResponse:
    """One person: what is tied to them and why, what they bought, said and were given, and what happened."""
    row = find_contact(request, pk)
    identities = identify.identities_of(row)
    current = [one for one in identities if one.ended_at is None]
    customers = [one.customer for one in current if one.customer is not None]
    joined = identify.joined_with(row)
    threads = identify.threads_of(row)
    bought = identify.Order.objects.within(request.workspace).filter(customer__in=customers, gone_at__isnull=True)
    context = {
        "section": SECTION,
        "contact": row,
        "current": current,
        "ended": [one for one in identities if one.ended_at is not None],
        "customers": customers,
        "orders": list(bought.select_related("source").order_by("-placed_at", "-pk")[:MOST_ORDERS]),
        "order_count": sum(identify.order_counts(request.workspace, customers).values()),
        "joined": joined,
        "threads": threads[:MOST_THREADS],
        "threads_more": max(0, len(threads) - MOST_THREADS),
        "erasure": identify.erasure_of(row) if row.erased_at is not None else None,
        "here": request.get_full_path(),
        "bases": [identify.Identity.Basis(basis) for basis in identify.BY_HAND],
        "subject": f"contact:{row.pk}",
    }
    context |= what_followed(row, identities, joined, [one.pk for one in threads])
    return render(request, "contacts/page.html", context)


def what_followed(
    row: identify.Contact,
    identities: list[identify.Identity],
    joined: list[identify.Contact],
    threads: list[int],
    since: datetime | None = None,
) -> dict[str, Any]:
    """What was decided for them, and what the journal says of them and what was joined to them, since that moment.

    The newest first, each bounded. 2 queries.
    """
    decided = resolve.Remedy.objects.within(row.workspace_id).filter(conversation__in=threads)
    subjects = [f"contact:{row.pk}", *(f"contact:{one.pk}" for one in joined)]
    subjects += [f"identity:{one.pk}" for one in identities]
    lines = journal.about(row.workspace_id, subjects, MOST_LINES)
    if since is not None:
        decided = decided.filter(asked_at__gte=since)
        lines = [line for line in lines if line.at >= since]
    decided = decided.select_related("asked_by", "decided_by").order_by("-asked_at", "-pk")
    return {"decided": list(decided[:MOST_DECIDED]), "lines": list(reversed(lines))}


@require_GET
@needs(Right.APPROVE)
def find(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: contacts that this one may be the same person as."""
    row = find_contact(request, pk)
    words = request.GET.get("q", "")[:100]
    context = {"rows": identify.find_contacts(request.workspace, words, row), "words": words}
    return render(request, "contacts/found.html", context)
