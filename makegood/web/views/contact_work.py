"""What members do with contacts. Each answers with the page of the contact as it then stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.web.erasing import erase_person, export_person
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.contacts import SECTION, find_contact, number, what_followed

__all__ = ["add_address", "describe", "erase", "export", "join", "take_apart", "undo"]


def _try(request: MemberRequest, back: int, action: Callable[[], object], done: str) -> HttpResponse:
    try:
        action()
    except identify.TieError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, done)
    return redirect("contact", back)


@require_POST
@needs(Right.WORK)
def describe(request: MemberRequest, pk: int) -> HttpResponse:
    """Another name or note."""
    row = find_contact(request, pk)
    name, note = request.POST.get("name", ""), request.POST.get("note", "")
    return _try(request, row.pk, lambda: identify.describe(row, name, note, request.user), _("Saved."))


@require_POST
@needs(Right.WORK)
def add_address(request: MemberRequest, pk: int) -> HttpResponse:
    """An address or phone number of theirs that no shop knows."""
    row = find_contact(request, pk)
    sent = request.POST
    kind = "email" if "@" in sent.get("value", "") else "phone"
    facts = (kind, sent.get("value", ""), sent.get("basis", ""), sent.get("evidence", ""), None, request.user)
    return _try(request, row.pk, lambda: identify.add_address(row, *facts), _("Tied to them."))


@require_POST
@needs(Right.APPROVE)
def join(request: MemberRequest, pk: int) -> HttpResponse:
    """Another contact (`other`) is the same person: this one has everything afterwards."""
    row = find_contact(request, pk)
    chosen = request.POST.get("other", "")
    if not chosen:
        messages.error(request, _("Choose a contact first."))
        return redirect("contact", row.pk)
    other = find_contact(request, number(chosen))
    done = _("They are one contact now. It can be undone here.")
    return _try(request, row.pk, lambda: identify.join(other, row, request.user), done)


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Two people after all: what has followed from the joining is shown first."""
    row = find_contact(request, pk)
    if request.method == "POST":
        done = _("They are two contacts again. What was decided meanwhile stays as it is.")
        return _try(request, row.pk, lambda: identify.undo_join(row, request.user), done)
    if row.joined_to is None:
        return redirect("contact", row.pk)
    stays = row.joined_to
    followed = _since(stays, row.joined_at)
    mine = set(row.took_along)
    goes = [one for one in identify.identities_of(stays) if one.pk in mine and one.ended_at is None]
    context = {"section": SECTION, "contact": row, "stays": stays, "goes": goes} | followed
    return render(request, "contacts/undo.html", context)


def _since(row: identify.Contact, moment: Any) -> dict[str, Any]:
    threads = [one.pk for one in identify.threads_of(row)]
    return what_followed(row, identify.identities_of(row), identify.joined_with(row), threads, moment)


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def take_apart(request: MemberRequest, pk: int) -> HttpResponse:
    """Something is not theirs after all: it gets a contact of its own (`to` is "own"), or none."""
    rows = identify.Identity.objects.within(request.workspace).filter(pk=pk)
    row = rows.select_related("contact", "by", "message", "conversation", "customer").first()
    if row is None:
        raise Http404
    error = ""
    if request.method == "POST":
        act = identify.split if request.POST.get("to") == "own" else identify.untie
        try:
            result = act(row, request.user, request.POST.get("because", ""))
        except identify.TieError as refused:
            error = refused.sentence
        else:
            messages.success(request, _("It is no longer tied to them. What was decided meanwhile stays as it is."))
            return redirect("contact", result.pk if result is not None else row.contact_id)
    followed = _since(row.contact, row.at)
    context = {"section": SECTION, "identity": row, "contact": row.contact, "error": error} | followed
    return render(request, "contacts/identity.html", context, status=422 if error else 200)


@require_POST
@needs(Right.SETTINGS)
def export(request: MemberRequest, pk: int) -> HttpResponse:
    """All that is kept of a person, as a file for them."""
    row = find_contact(request, pk)
    facts = export_person(row)
    with transaction.atomic():
        journal.record(row.workspace_id, "contact.exported", row, actor=request.user)
    answer = HttpResponse(
        json.dumps(facts, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="contact-{row.pk}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs(Right.SETTINGS)
def erase(request: MemberRequest, pk: int) -> HttpResponse:
    """Erases a person; the box that says so must be ticked."""
    row = find_contact(request, pk)
    if not request.POST.get("sure"):
        messages.error(request, _("Tick the box first: this can’t be undone."))
        return redirect("contact", row.pk)
    return _try(request, row.pk, lambda: erase_person(row, request.user), _("They are erased."))
