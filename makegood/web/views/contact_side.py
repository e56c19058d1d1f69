"""Who the author of a conversation is, in its side pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Membership, Right, allows
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.contacts import number

__all__ = ["contact_side_context", "customers", "decline", "side", "take", "tie"]

MOST_TIES = 6
MOST_MESSAGES = 10


def contact_side_context(member: Membership, row: desk.Conversation) -> dict[str, Any]:
    """Who it is and on what ground, and who it may be; nothing for who sees only what is shared. At most 4 queries."""
    if not allows(member.role, Right.READ):
        return {"contact_shown": False}
    contact = identify.contact_of(row)
    ties = [one for one in identify.identities_of(contact) if one.ended_at is None] if contact else []
    own = [one for one in ties if (one.kind, one.network, one.value) == ("author", row.network, row.author_id)]
    bases, rule = identify.bases_for(row)
    return {
        "contact_shown": True,
        "contact": contact,
        "contact_own": own[0] if own else None,
        "contact_ties": [one for one in ties if one not in own][:MOST_TIES],
        "contact_suggestions": identify.suggestions_of(row),
        "contact_bases": [identify.Identity.Basis(basis) for basis in bases],
        "contact_rule": rule,
        "can_tie": allows(member.role, Right.WORK),
    }


def _find(request: MemberRequest, pk: int) -> desk.Conversation:
    row = desk.conversation(request.membership, pk)
    if row is None:
        raise Http404
    return row


@require_GET
@needs(Right.READ)
def side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: who it is."""
    return _side(request, _find(request, pk))


def _side(request: MemberRequest, row: desk.Conversation, **more: Any) -> HttpResponse:
    return render(request, "contacts/side.html", {"c": row} | contact_side_context(request.membership, row) | more)


@require_GET
@needs(Right.WORK)
def customers(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: customers that the author may be; with `q` those that fit."""
    row = _find(request, pk)
    words = request.GET.get("q", "")[:100]
    found = identify.find_customers(request.workspace, words)
    counts = identify.order_counts(request.workspace, found)
    context = {"c": row, "words": words, "rows": [{"row": one, "orders": counts.get(one.pk, 0)} for one in found]}
    return render(request, "contacts/customers.html", context)


def _try(request: MemberRequest, row: desk.Conversation, action: Callable[[], object], done: str) -> HttpResponse:
    try:
        action()
    except identify.TieError as error:
        return _side(request, row, toast=error.sentence, toast_level="error")
    return _side(request, row, toast=done, toast_level="success")


@require_POST
@needs(Right.WORK)
def tie(request: MemberRequest, pk: int) -> HttpResponse:
    """The author is this customer (`customer`), on this ground; `message` shows it, where one does."""
    row = _find(request, pk)
    sent = request.POST
    chosen = identify.Customer.objects.within(request.workspace).filter(pk=number(sent.get("customer", ""))).first()
    if chosen is None:
        return _refused(_("Choose a customer first."))
    shows = desk.Message.objects.within(request.workspace).filter(conversation=row, deleted_at__isnull=True)
    message = shows.filter(pk=number(sent.get("message", ""))).first()
    facts = (sent.get("basis", ""), sent.get("evidence", ""), message, request.user)
    done = _("They are tied to %(name)s now.") % {"name": chosen.name or chosen.email}
    try:
        identify.tie_by_hand(row, chosen, *facts)
    except identify.TieError as error:
        return _refused(error.sentence)
    return _side(request, row, toast=done, toast_level="success")


def _refused(sentence: str) -> HttpResponse:
    """Said in the dialog, which stays open."""
    answer = HttpResponse(escape(sentence), status=422)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#tie-error", "innerHTML"
    return answer


def _suggestion(request: MemberRequest, pk: int) -> identify.IdentitySuggestion:
    rows = identify.IdentitySuggestion.objects.within(request.workspace).select_related("conversation", "customer")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_POST
@needs(Right.WORK)
def take(request: MemberRequest, pk: int) -> HttpResponse:
    """Yes, the same person."""
    one = _suggestion(request, pk)
    done = _("They are tied to %(name)s now.") % {"name": one.customer.name or one.customer.email}
    row = _find(request, one.conversation_id)
    return _try(request, row, lambda: identify.take_up(one, request.user), done)


@require_POST
@needs(Right.WORK)
def decline(request: MemberRequest, pk: int) -> HttpResponse:
    """No; this is never suggested again."""
    one = _suggestion(request, pk)
    row = _find(request, one.conversation_id)
    return _try(request, row, lambda: identify.decline(one, request.user), _("That will not be suggested again."))
