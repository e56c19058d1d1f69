"""The pages of cases: the list, one case, and the parts that are searched in."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right, allows
from makegood.desk import api as desk
from makegood.resolve import api as resolve
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.case_side import case_side_context

__all__ = ["case", "case_find", "case_side", "cases", "choose_case", "find_case", "find_conversation"]

PAGE = 40
MOST_SHOWN = 200


def find_case(request: MemberRequest, pk: int) -> desk.Case:
    """A case of the asker's workspace, else 404."""
    row = desk.case_of(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def find_conversation(request: MemberRequest, key: str) -> desk.Conversation:
    """A conversation that the asker may see, by what they sent as its id, else 404."""
    row = desk.conversation(request.membership, _number(key))
    if row is None:
        raise Http404
    return row


def _number(sent: str) -> int:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 18 else 0


@require_GET
@needs(Right.READ)
def cases(request: MemberRequest) -> HttpResponse:
    """The list: open, mine, ended. With `after` a further page alone, for htmx."""
    view = request.GET.get("view", "")
    view = view if view in desk.CASE_VIEWS else desk.CASE_VIEWS[0]
    after = request.GET.get("after", "")
    shown = min(MOST_SHOWN, max(PAGE, _number(request.GET.get("shown", ""))))
    rows, more = desk.cases_page(request.workspace, request.user, view, after, PAGE if after else shown)
    titles = {"open": _("Open"), "mine": _("Mine"), "ended": _("Ended")}
    context = {
        "section": "cases",
        "view": view,
        "rows": rows,
        "after": after,
        "next_url": f"{reverse('cases')}?{urlencode({'view': view, 'after': more})}" if more else "",
        "tabs": [
            {"title": titles[slug], "url": f"{reverse('cases')}?view={slug}", "current": slug == view, "count": None}
            for slug in desk.CASE_VIEWS
        ],
    }
    further = request.htmx and after
    return render(request, "cases/rows.html" if further else "cases/list.html", context)


@require_GET
@needs(Right.READ)
def case(request: MemberRequest, pk: int) -> HttpResponse:
    """One case: its problem, its conversations over all channels, its notes, and one timeline of it all."""
    row = find_case(request, pk)
    conversations = desk.conversations_in(row)
    merged = desk.merged_into(row)
    notes = desk.notes_in(conversations)
    names = desk.names_in(request.workspace, [note.text for note in notes])
    clocks = desk.next_clocks(conversations)
    before = _number(request.GET.get("before", ""))
    lines, older = desk.history_of(row, conversations, merged, before)
    inside = [{"c": each, "clock": clocks.get(each.pk), "here": each.case_id == row.pk} for each in conversations]
    context = {
        "section": "cases",
        "case": row,
        "is_merged": row.state == desk.Case.State.MERGED,
        "conversations": inside,
        "merged": merged,
        "given": resolve.done_in(request.workspace, conversations),
        "notes": [{"note": note, "text": desk.plain(note.text, names)} for note in notes],
        "suggestions": desk.suggestions_for(conversations) if row.state == desk.Case.State.OPEN else [],
        "lines": lines,
        "subject": f"case:{row.pk}",
        "older": older,
        "before": before,
        "can_case": allows(request.membership.role, Right.WORK),
        "here": request.get_full_path(),
    }
    return render(request, "cases/case.html", context)


@require_GET
@needs(Right.WORK)
def case_find(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: conversations that can be added to a case."""
    row = find_case(request, pk)
    words = request.GET.get("q", "")[:100]
    after = request.GET.get("after", "")
    found = desk.search_conversations(request.workspace, words, _number(after), without=row)
    more = f"{request.path}?{urlencode({'q': words, 'after': found.after})}" if found.after else ""
    context = {"case": row, "rows": found.rows, "next_url": more, "words": words, "after": after}
    return render(request, "cases/found.html", context)


@require_GET
@needs(Right.WORK)
def choose_case(request: MemberRequest) -> HttpResponse:
    """A part: open cases, one of which can be chosen; without the one in `without`."""
    without = desk.case_of(request.workspace, _number(request.GET.get("without", "")))
    words = request.GET.get("q", "")[:100]
    after = request.GET.get("after", "")
    found = desk.search_cases(request.workspace, words, _number(after), without=without)
    sent = {"q": words, "without": without.pk if without else "", "after": found.after}
    more = f"{request.path}?{urlencode(sent)}" if found.after else ""
    context = {"rows": found.rows, "next_url": more, "words": words, "after": after}
    return render(request, "cases/choices.html", context)


@require_GET
@needs(Right.READ)
def case_side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: what the side pane of a conversation says of cases."""
    row = find_conversation(request, str(pk))
    return render(request, "cases/side.html", {"c": row} | case_side_context(request.membership, row))
