"""What members do with causes; each sends back to the page it came from."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.causes import cause_page
from makegood.web.views.causes_forms import CauseForm, form_for, wish_of
from makegood.winback import api as winback

__all__ = [
    "cause_complaints",
    "cause_decline",
    "cause_edit",
    "cause_fix",
    "cause_merge",
    "cause_new",
    "cause_open",
    "cause_write",
]

MOST = 100


def _row(request: MemberRequest, pk: int) -> winback.CauseRow:
    row = winback.one_cause(request.workspace, pk)
    if row is None or row.cause.pk != pk:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def cause_new(request: MemberRequest) -> HttpResponse:
    """A cause that a member saw first."""
    form = form_for(request.workspace, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = winback.begin_cause(request.membership, form.wish())
        except winback.CauseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Named. What fits its rule is suggested below."))
            return redirect("cause", made.pk)
    return _edit_page(request, form, None)


def _edit_page(request: MemberRequest, form: CauseForm, row: winback.CauseRow | None) -> HttpResponse:
    facts = {"section": "winback", "tab": "causes", "form": form, "row": row}
    return render(request, "causes/edit.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def cause_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Names a proposal, without those of its complaints that were unticked; or changes a cause."""
    row = _row(request, pk)
    proposed = row.cause.state == winback.Cause.State.PROPOSED
    form = form_for(request.workspace, request.POST or None, wish_of(row.cause))
    unticked = set(_keys(request, "shown")) - set(_keys(request, "complaint"))
    if request.method == "POST" and form.is_valid():
        try:
            if proposed:
                winback.name_cause(request.membership, row.cause, form.wish(), unticked)
            else:
                winback.change_cause(request.membership, row.cause, form.wish())
        except winback.CauseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Named.") if proposed else _("Saved."))
            return redirect("cause", pk)
    if proposed:
        return cause_page(request, row, 422 if form.errors else 200, form=form, unticked=unticked)
    return _edit_page(request, form, row)


def _keys(request: MemberRequest, name: str) -> list[int]:
    said = request.POST.getlist(name)[:MOST]
    return [int(key) for key in said if key.isascii() and key.isdigit() and len(key) < 19]


def _do(request: MemberRequest, act: Callable[[], str]) -> None:
    """Does it and says so, or says why not."""
    try:
        messages.success(request, act())
    except winback.CauseError as error:
        messages.error(request, error.sentence)


@require_POST
@needs(Right.WORK)
def cause_decline(request: MemberRequest, pk: int) -> HttpResponse:
    """What was proposed is no cause."""
    row = _row(request, pk)

    def act() -> str:
        winback.decline_cause(request.membership, row.cause)
        return _("It is not proposed again.")

    _do(request, act)
    return redirect("causes")


@require_POST
@needs(Right.WORK)
def cause_complaints(request: MemberRequest, pk: int) -> HttpResponse:
    """Complaints (`complaint`, ids) are accepted, taken out or moved to another cause (`into`), as `act` says."""
    row = _row(request, pk)
    keys, act = _keys(request, "complaint"), request.POST.get("act", "")
    if not keys:
        messages.error(request, _("Tick at least one complaint first."))
        return redirect("cause", pk)

    def accepted() -> str:
        count = winback.accept_complaints(request.membership, row.cause, keys)
        return ngettext("%(n)d belongs to it now.", "%(n)d belong to it now.", count) % {"n": count}

    def removed() -> str:
        count = winback.remove_complaints(request.membership, row.cause, keys)
        words = ngettext("%(n)d taken out.", "%(n)d taken out.", count)
        return f"{words % {'n': count}} {_('They are not suggested for it again.')}"

    def moved() -> str:
        into = _other(request)
        rows = winback.Complaint.objects.within(request.workspace).filter(pk__in=keys)
        count = len([winback.move_complaint(request.membership, each, into) for each in rows])
        return ngettext("%(n)d moved.", "%(n)d moved.", count) % {"n": count}

    doing = {"accept": accepted, "remove": removed, "move": moved}.get(act)
    if doing is None:
        raise Http404
    _do(request, doing)
    return redirect("cause", pk)


def _other(request: MemberRequest) -> winback.Cause:
    """The cause that was chosen. Raises CauseError where none was."""
    key = request.POST.get("into", "")
    found = next((each for each in winback.live_causes(request.workspace) if str(each.pk) == key), None)
    if found is None:
        raise winback.CauseError(_("Choose a cause first."))
    return found


@require_POST
@needs(Right.WORK)
def cause_merge(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts all of it into another cause (`into`)."""
    row = _row(request, pk)
    try:
        stays = winback.merge_causes(request.membership, row.cause, _other(request))
    except winback.CauseError as error:
        messages.error(request, error.sentence)
        return redirect("cause", pk)
    messages.success(request, _("Merged. The rule of “%(name)s” holds.") % {"name": stays.name})
    return redirect("cause", stays.pk)


@require_POST
@needs(Right.WORK)
def cause_fix(request: MemberRequest, pk: int) -> HttpResponse:
    """It is fixed; `words` say what was changed."""
    row = _row(request, pk)

    def act() -> str:
        winback.fix_cause(request.membership, row.cause, request.POST.get("words", ""))
        return _("Fixed. Those who complained of it are listed below, so that you can tell them.")

    _do(request, act)
    return redirect("cause", pk)


@require_POST
@needs(Right.WORK)
def cause_open(request: MemberRequest, pk: int) -> HttpResponse:
    """It was not fixed after all."""
    row = _row(request, pk)

    def act() -> str:
        winback.open_cause_again(request.membership, row.cause)
        return _("Open again.")

    _do(request, act)
    return redirect("cause", pk)


@require_POST
@needs(Right.ANSWER)
def cause_write(request: MemberRequest, pk: int) -> HttpResponse:
    """Lays the words ready in the answer to one who complained, and leads there. A person sends it."""
    row = winback.one_member(request.workspace, pk)
    if row is None:
        raise Http404
    try:
        winback.lay_ready(request.membership, row)
    except winback.CauseError as error:
        messages.error(request, error.sentence)
        return redirect("cause", row.cause_id)
    messages.success(request, _("The words are in your answer. Read them once more, then send."))
    return redirect("conversation", row.complaint.conversation_id)
