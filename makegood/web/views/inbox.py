"""The inbox: views, list, conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.listen.api import Hearing
from makegood.triage.api import Assessment
from makegood.web.composer import composer_context
from makegood.web.copies import show_copies
from makegood.web.correcting import correcting_context
from makegood.web.history import subjects_of
from makegood.web.matched import show_matched
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.together import together_context
from makegood.web.views.case_side import case_side_context
from makegood.web.views.contact_side import contact_side_context
from makegood.web.words import said

__all__ = ["conversation", "conversation_context", "inbox", "inbox_list", "show_conversation"]

FIRST = "needs-answer"
MOST_SHOWN = 200


@dataclass(frozen=True)
class ViewLink:
    """A view in the left pane."""

    slug: str
    title: Any
    count: int
    count_text: str
    url: str


def _slug(request: MemberRequest) -> str:
    slug = request.GET.get("view", FIRST)
    offered = desk.VIEWS if desk.sees_all(request.membership) else desk.views_of(request.membership)
    return slug if slug in offered else next(iter(offered))


def _views(request: MemberRequest) -> list[ViewLink]:
    links = []
    for slug, view in desk.views_of(request.membership).items():
        count = desk.count_view(request.membership, slug)
        words = f"{desk.COUNTED}+" if count > desk.COUNTED else str(count)
        links.append(ViewLink(slug, view.title, count, words, f"{reverse('inbox')}?{urlencode({'view': slug})}"))
    return links


def _list_context(request: MemberRequest, slug: str, size: int = 40) -> dict[str, Any]:
    after = request.GET.get("after", "")
    page = desk.list_view(request.membership, slug, after, size)
    more = f"{reverse('inbox-list')}?{urlencode({'view': slug, 'after': page.after})}" if page.after else ""
    return {"view": slug, "rows": page.rows, "next_url": more, "after": after}


@require_GET
@needs(Right.SEE)
def inbox(request: MemberRequest) -> HttpResponse:
    """The three panes with nothing open yet."""
    slug = _slug(request)
    context = _list_context(request, slug) | {"views": _views(request), "selected": None, "section": "inbox"}
    return render(request, "inbox/page.html", context)


@require_GET
@needs(Right.SEE)
def inbox_list(request: MemberRequest) -> HttpResponse:
    """The list alone: a further page, or all of it again because something changed (with the counts, then)."""
    slug = _slug(request)
    shown = request.GET.get("shown", "")
    size = min(MOST_SHOWN, max(40, int(shown))) if shown.isascii() and shown.isdigit() else 40
    context = _list_context(request, slug, size)
    if not context["after"]:
        context |= {"partial": True, "views": _views(request)}
    return render(request, "inbox/list.html", context)


def find(request: MemberRequest, pk: int) -> desk.Conversation:
    """A conversation that the asker may see, else 404."""
    row = desk.conversation(request.membership, pk)
    if row is None:
        raise Http404
    return row


@require_GET
@needs(Right.SEE)
def conversation(request: MemberRequest, pk: int) -> HttpResponse:
    """One conversation: the pane alone for htmx, the whole page otherwise."""
    row = find(request, pk)
    desk.want_thread(row)
    # A page that only follows what happens (its thread fetches itself) may be out of sight: nobody has read it.
    if not request.htmx or request.htmx.target == "conversation":
        desk.read_notices(request.membership, about=row)
    return show_conversation(request, row)


def show_conversation(request: MemberRequest, row: desk.Conversation) -> HttpResponse:
    """The conversation as it stands now."""
    slug = _slug(request)
    context = conversation_context(request, row) | {"view": slug, "section": "inbox"}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "inbox/conversation.html", context)
    context |= _list_context(request, slug) | {"views": _views(request), "selected": row}
    return render(request, "inbox/page.html", context)


def conversation_context(request: MemberRequest, row: desk.Conversation) -> dict[str, Any]:
    """Everything the conversation pane shows. A bounded number of queries, whatever the thread's length.

    Collaborators see the conversation; what the shop listens for, its labels and its journal they don't.
    """
    insider = desk.sees_all(request.membership)
    hearings = list(Hearing.objects.within(request.workspace).filter(mention_id=row.latest_id).order_by("id")[:10])
    hearings = hearings if insider else []
    assessment = Assessment.objects.within(request.workspace).select_related("decided_by").get(mention_id=row.latest_id)
    messages = desk.messages_of(row)
    if insider:
        show_copies(request.workspace, messages)
    show_matched(request.workspace, messages, row.latest_id, hearings)
    responses = [
        {"key": one.key, "slug": one.slug, "title": one.title, "hint": one.hint, "selected": one.slug == row.response}
        for one in desk.RESPONSES
    ]
    lines = journal.about(request.workspace, subjects_of(row)) if insider else []
    context = {
        "c": row,
        "messages_shown": messages,
        "assessment": assessment,
        "responses": responses,
        "why": list(dict.fromkeys(hearing.reason for hearing in hearings)),
        "labels": list(row.labels.all()),
        "all_labels": desk.labels(request.workspace) if insider else [],
        "clocks": desk.clocks_of(row),
        "events": [{"at": line.at, "actor": line.actor, "text": said(line)} for line in lines],
        "list_url": f"{reverse('inbox')}?{urlencode({'view': _slug(request)})}",
    }
    context |= correcting_context(request.workspace, assessment)
    context |= case_side_context(request.membership, row) | contact_side_context(request.membership, row)
    return context | together_context(request, row) | composer_context(request, row)
