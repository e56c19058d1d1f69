"""The same done to many conversations at once, and back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, Team, teams
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.together import workers
from makegood.web.work import bulk_words, say, undone_words, when

__all__ = ["choices", "do", "keys", "recent", "undo"]

PLAIN = ("close", "reopen", "let_stand")


@require_POST
@needs(Right.WORK)
def do(request: MemberRequest) -> HttpResponse:
    """Does an `action` to the conversations in `keys` ("12,15,17"), all of them or none."""
    chosen = _keys(request.POST.get("keys", ""))
    if not chosen:
        return HttpResponse(_("Select some conversations first."), status=400)
    try:
        step, params = _step(request)
        action = desk.do_to_all(request.workspace, chosen, [step], request.user, **params)
    except (desk.BulkError, desk.MomentError) as error:
        return HttpResponse(str(error), status=400)
    events: dict[str, Any] = {"mg:changed": {}, "mg:bulk-done": {}}
    if action is None:
        return say(request, HttpResponse(), _("They all stood so already."), level="info", events=events)
    return say(request, HttpResponse(), _done(action, len(chosen), step), undo=action, events=events)


def _keys(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one.isascii() and one.isdigit() and len(one) < 19]


def _step(request: MemberRequest) -> tuple[desk.Step, dict[str, Any]]:
    """What is asked for, and the words that go with it on screen."""
    action, _colon, detail = request.POST.get("action", "").partition(":")
    if action in PLAIN:
        return desk.Step(action), {}
    if action in ("label", "unlabel"):
        name = " ".join(request.POST.get("label", "").split())[:40]
        if not name:
            raise desk.BulkError(_("Give the label a name."))
        return desk.Step(action, name), {"label": name}
    if action == "snooze":
        now, zone = timezone.now(), request.workspace.timezone
        if detail == "at":
            until = desk.read_moment(request.POST.get("until", ""), now, zone)
        else:
            until = desk.moment_of(detail, now, zone)
        return desk.Step("snooze", until, request.POST.get("reason", "")), {"until": when(until)}
    if action == "assign":
        whom = _whom(request)
        return desk.Step("assign", whom), {"to": _name(whom)}
    raise desk.BulkError(_("Choose what to do with them."))


def _whom(request: MemberRequest) -> Any:
    kind, _colon, key = request.POST.get("whom", "").partition(":")
    if kind == "nobody":
        return None
    found: Any = None
    if kind == "user":
        found = next((one.user for one in workers(request.workspace) if str(one.user_id) == key), None)
    elif kind == "team":
        found = next((one for one in teams(request.workspace) if str(one.pk) == key), None)
    if found is None:
        raise desk.BulkError(_("Choose who is to have them."))
    return found


def _name(whom: Any) -> str:
    if whom is None:
        return ""
    return whom.name if isinstance(whom, Team) else str(whom)


def _done(action: desk.BulkAction, asked: int, step: desk.Step) -> str:
    words = [f"{bulk_words(action)}."]
    rest = asked - action.count
    if rest > 0:
        said = ngettext("%(n)d stood so already, or is gone.", "%(n)d stood so already, or are gone.", rest)
        words.append(said % {"n": rest})
    if step.do == "snooze":
        rows = desk.Conversation.objects.within(action.workspace_id).filter(
            pk__in=[made["id"] for made in action.changes], due_at__lt=step.value
        )
        if late := rows.count():
            said = ngettext("%(n)d answer is due before it wakes.", "%(n)d answers are due before they wake.", late)
            words.append(said % {"n": late})
    return " ".join(words)


@require_GET
@needs(Right.WORK)
def keys(request: MemberRequest) -> HttpResponse:
    """The numbers of all conversations of a `view`, as many as can be dealt with at once, and how many there are."""
    slug = request.GET.get("view", "")
    if slug not in desk.VIEWS:
        raise Http404
    rows = desk.list_view(request.membership, slug, size=desk.MOST).rows
    found = [row.pk for row in rows]
    count = desk.count_view(request.membership, slug) if len(found) == desk.MOST else len(found)
    if count > len(found):
        total = f"{desk.COUNTED}+" if count > desk.COUNTED else str(count)
        words = _("The first %(n)d of %(total)s are selected. More cannot be done at once.")
        return JsonResponse({"keys": found, "words": words % {"n": len(found), "total": total}})
    words = ngettext("%(n)d selected: all of this view.", "All %(n)d of this view are selected.", len(found))
    return JsonResponse({"keys": found, "words": words % {"n": len(found)}})


@require_GET
@needs(Right.WORK)
def choices(request: MemberRequest) -> HttpResponse:
    """The dialogs of the bar: whom to give them to, which label, until when. Fetched when something is selected."""
    context = {
        "members": [one.user for one in workers(request.workspace)],
        "teams": teams(request.workspace),
        "labels": desk.labels(request.workspace),
    }
    return render(request, "work/bulk_dialogs.html", context)


@require_GET
@needs(Right.WORK)
def recent(request: MemberRequest) -> HttpResponse:
    """What was done to many at once lately; `before` is the number of the last one already seen."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows, older = desk.recent_bulk(request.workspace, number)
    return render(
        request, "work/bulk_list.html", {"section": "inbox", "rows": rows, "older": older, "first": not before}
    )


@require_POST
@needs(Right.WORK)
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes it back wherever nobody has changed it since."""
    action = desk.bulk_action(request.workspace, pk)
    if action is None:
        raise Http404
    undone = desk.undo_bulk(action, request.user)
    text = undone_words(undone)
    level = "warning" if undone.left or undone.already else "success"
    if not request.htmx:
        messages.add_message(request, messages.WARNING if level == "warning" else messages.SUCCESS, text)
        return redirect("bulk-list")
    events = {"mg:changed": {}, "mg:bulk-undone": {"id": pk}}
    return say(request, HttpResponse(), text, level=level, events=events)
