"""What members do with cases. Each answers with the page of the case as it then stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right, User, members
from makegood.desk import api as desk
from makegood.triage.api import Assessment, topic_words
from makegood.web.forms_cases import CaseForm, EndForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.templatetags.makegood import BADGES
from makegood.web.views.case_side import case_side_context
from makegood.web.views.cases import find_case, find_conversation

__all__ = ["add", "decline", "edit", "end", "join", "merge", "new", "propose_title", "reopen", "split", "take"]
__all__ += ["take_out", "undo_merge"]


def propose_title(row: desk.Conversation) -> str:
    """What to call a case that begins with this conversation: what it is about, and who. A member may change it.

    It quotes nothing of what the customer wrote: a case outlives a post that its author deletes.
    """
    found = Assessment.objects.within(row.workspace_id).filter(mention_id=row.latest_id).first()
    words = topic_words(row.workspace_id) if found else {}
    topics = [words[slug] for slug in (found.topics if found else []) if slug != "other" and slug in words][:2]
    about = get_text_list([topics[0], *(word.lower() for word in topics[1:])], _("and")) if topics else ""
    about = about or str(BADGES["intent"].get(row.intent, ("", _("Problem")))[1])
    return f"{about}: {row.author_label}"[:200]


def _people(request: MemberRequest) -> list[User]:
    return [one.user for one in members(request.workspace)]


def _to(case: desk.Case) -> HttpResponse:
    return redirect("case", case.pk)


def _try(request: MemberRequest, case: desk.Case, action: Callable[[], desk.Case], done: str) -> HttpResponse:
    """Does it and says so on the page of the case that comes of it; or says why not on the page it came from."""
    try:
        result = action()
    except desk.CaseError as error:
        messages.error(request, error.sentence)
        return _to(case)
    messages.success(request, done)
    return _to(result)


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def new(request: MemberRequest) -> HttpResponse:
    """Opens a case from a conversation (`conversation` in the address)."""
    row = find_conversation(request, request.GET.get("conversation", ""))
    if row.case_id is not None and request.method == "GET":
        return redirect("case", row.case_id)
    first: dict[str, Any] = {"title": propose_title(row), "owner": str(request.user.pk)}
    form = CaseForm(_people(request), request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            case = desk.open_case([row], data["title"], data["problem"], form.chosen_owner(), request.user)
        except desk.CaseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("The case is open."))
            return _to(case)
    status = 422 if form.errors else 200
    return render(request, "cases/new.html", {"section": "cases", "form": form, "c": row}, status=status)


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Other words for it, or another owner."""
    case = find_case(request, pk)
    first = {"title": case.title, "problem": case.problem, "owner": str(case.owner_id or "")}
    form = CaseForm(_people(request), request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            desk.change_case(case, data["title"], data["problem"], form.chosen_owner(), request.user)
        except desk.CaseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Saved."))
            return _to(case)
    status = 422 if form.errors else 200
    return render(request, "cases/edit.html", {"section": "cases", "form": form, "case": case}, status=status)


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def end(request: MemberRequest, pk: int) -> HttpResponse:
    """How it ended; closes its conversations too, if that is wanted."""
    case = find_case(request, pk)
    form = EndForm(request.POST or None, initial={"outcome": case.outcome})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            desk.end_case(
                case,
                solved=data["how"] == "solved",
                outcome=data["outcome"],
                close_all=data["close_all"],
                by=request.user,
            )
        except desk.CaseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("The case has ended."))
            return _to(case)
    open_ones = [row for row in desk.conversations_in(case) if row.queue != desk.Conversation.Queue.CLOSED]
    context = {"section": "cases", "form": form, "case": case, "open_ones": open_ones}
    return render(request, "cases/end.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Right.WORK)
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    """There is more to do."""
    case = find_case(request, pk)
    return _try(request, case, lambda: desk.reopen_case(case, request.user), _("The case is open again."))


@require_POST
@needs(Right.WORK)
def add(request: MemberRequest, pk: int) -> HttpResponse:
    """One more conversation of the same problem."""
    case = find_case(request, pk)
    row = find_conversation(request, request.POST.get("conversation", ""))
    return _try(request, case, lambda: desk.add_to_case(case, row, request.user), _("Added to the case."))


@require_POST
@needs(Right.WORK)
def join(request: MemberRequest) -> HttpResponse:
    """A conversation goes into a case that was chosen from a list."""
    row = find_conversation(request, request.POST.get("conversation", ""))
    chosen = request.POST.get("case", "")
    if not chosen:
        messages.error(request, _("Choose a case first."))
        return redirect("conversation", row.pk)
    return add(request, find_case(request, int(chosen) if chosen.isascii() and chosen.isdigit() else 0).pk)


@require_POST
@needs(Right.WORK)
def take_out(request: MemberRequest, pk: int) -> HttpResponse:
    """It was not about this after all."""
    case = find_case(request, pk)
    row = find_conversation(request, request.POST.get("conversation", ""))
    return _try(request, case, lambda: desk.take_out(case, row, request.user), _("Taken out. The conversation stays."))


@require_POST
@needs(Right.WORK)
def merge(request: MemberRequest, pk: int) -> HttpResponse:
    """Into another case (`case`)."""
    case = find_case(request, pk)
    chosen = request.POST.get("case", "")
    if not chosen:
        messages.error(request, _("Choose a case first."))
        return _to(case)
    into = find_case(request, int(chosen) if chosen.isascii() and chosen.isdigit() else 0)
    done = _("Case %(n)d was merged into this one. Its page is kept, and the merge can be undone there.")
    return _try(request, case, lambda: desk.merge_cases(case, into, request.user), done % {"n": case.pk})


@require_POST
@needs(Right.WORK)
def undo_merge(request: MemberRequest, pk: int) -> HttpResponse:
    """Two problems again."""
    case = find_case(request, pk)
    return _try(request, case, lambda: desk.undo_merge(case, request.user), _("The merge is undone."))


@require_POST
@needs(Right.WORK)
def split(request: MemberRequest, pk: int) -> HttpResponse:
    """Some of its conversations (`conversation`, several) become a case of their own."""
    case = find_case(request, pk)
    chosen = [int(key) for key in request.POST.getlist("conversation") if key.isascii() and key.isdigit()]
    title = request.POST.get("title", "")
    done = _("This is the new case.")
    return _try(request, case, lambda: desk.split_case(case, chosen, title, request.user), done)


def _suggestion(request: MemberRequest, pk: int) -> desk.CaseSuggestion:
    row = desk.suggestion_of(request.workspace, pk)
    if row is None:
        raise Http404
    return row


@require_POST
@needs(Right.WORK)
def take(request: MemberRequest, pk: int) -> HttpResponse:
    """Two conversations belong together: they go into one case."""
    pair = _suggestion(request, pk)
    title = propose_title(pair.first)
    return _decided(request, pair, lambda: desk.take_up(pair, title, request.user).pk, _("They are in one case now."))


@require_POST
@needs(Right.WORK)
def decline(request: MemberRequest, pk: int) -> HttpResponse:
    """They do not; this is never suggested again."""
    pair = _suggestion(request, pk)
    return _decided(request, pair, lambda: desk.decline(pair, request.user), _("That will not be suggested again."))


def _decided(
    request: MemberRequest, pair: desk.CaseSuggestion, action: Callable[[], int | None], done: str
) -> HttpResponse:
    """The side pane again where it came from there; else the page of the case."""
    case, words, level = None, done, "success"
    try:
        case = action()
    except desk.CaseError as error:
        words, level = error.sentence, "error"
    if request.htmx:
        row = find_conversation(request, request.POST.get("conversation", ""))
        context = {"c": row, "toast": words, "toast_level": level} | case_side_context(request.membership, row)
        return render(request, "cases/side.html", context)
    (messages.success if level == "success" else messages.error)(request, words)
    back = request.POST.get("case", "")
    if case is not None:
        return redirect("case", case)
    return redirect("case", int(back)) if back.isascii() and back.isdigit() else redirect("cases")
