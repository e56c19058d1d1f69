"""Kept posts: whether there are any, what they cost, and what queries find when they look back through them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.listen import api as listen
from makegood.listen.api import Query, ReplayRun
from makegood.web.highlight import highlight
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["facts_of", "history", "look", "page", "stop", "switch"]

SHOWN = 8
SHOWN_CHARACTERS = 300
MEGA, GIGA = 10**6, 10**9


@require_GET
@needs(Right.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What is kept, what it takes, and the switch."""
    store = listen.store_state()
    streams = listen.Channel.objects.within(request.workspace).filter(kind=listen.Channel.Kind.STREAM)
    facts = {
        "section": "settings",
        "store": store,
        "wanted": listen.wants_replay(request.workspace),
        "can_keep": store.cap > 0,
        "streams": streams.exists(),
        "cap": store.cap / GIGA,
        "used": store.bytes / GIGA,
        "percent": min(100, round(100 * store.bytes / store.cap)) if store.cap else 0,
        "free": store.free / GIGA,
        "a_million": store.bytes_a_post * MEGA / MEGA,
        "posts_a_day": round(store.posts_a_day),
        "a_day": store.posts_a_day * store.bytes_a_post / GIGA,
        "days": round(store.days) if store.days >= 1 else 0,
    }
    return render(request, "replay/page.html", facts)


@require_POST
@needs(Right.SETTINGS)
def switch(request: MemberRequest) -> HttpResponse:
    """Keeps posts from now on (`on` is 1), or no longer."""
    on = request.POST.get("on") == "1"
    listen.switch_replay(request.workspace, request.user, on=on)
    said = (
        _("Switched on: public posts are kept from now on.")
        if on
        else _("Switched off. What is kept goes within a minute, unless another workspace on this machine wants it.")
    )
    messages.success(request, said)
    return redirect("kept-posts")


@require_GET
@needs(Right.READ)
def history(request: MemberRequest, pk: int) -> HttpResponse:
    """How far a query has looked back and what it found: a part of its page that keeps itself up to date."""
    return _part(request, _query(request, pk))


@require_POST
@needs(Right.LISTEN)
def look(request: MemberRequest, pk: int) -> HttpResponse:
    """Looks back through what is kept."""
    query = _query(request, pk)
    listen.begin_replay(query, request.user)
    return _answer(request, query)


@require_POST
@needs(Right.LISTEN)
def stop(request: MemberRequest, pk: int) -> HttpResponse:
    """Looks back no further. What was found stays."""
    query = _query(request, pk)
    listen.cancel_replay(query, request.user)
    return _answer(request, query)


def _query(request: MemberRequest, pk: int) -> Query:
    query = Query.objects.within(request.workspace).filter(pk=pk).first()
    if query is None:
        raise Http404
    return query


def _answer(request: MemberRequest, query: Query) -> HttpResponse:
    return _part(request, query) if request.htmx else redirect("query-edit", query.pk)


def _part(request: MemberRequest, query: Query) -> HttpResponse:
    return render(request, "replay/history.html", {"query": query} | facts_of(request, query))


def facts_of(request: MemberRequest, query: Query | None) -> dict[str, Any]:
    """What the part of a query's page is drawn from; nothing for a query that is not saved yet."""
    if query is None:
        return {"replay": None, "replay_wanted": False}
    wanted = listen.wants_replay(request.workspace)
    run = listen.replay_of(query)
    facts: dict[str, Any] = {"replay": run, "replay_wanted": wanted}
    if run is None:
        return facts
    is_open = run.state in (ReplayRun.State.QUEUED, ReplayRun.State.RUNNING)
    rate = round(run.posts_done / run.seconds) if run.seconds > 0 else None
    return facts | {
        "is_open": is_open,
        "percent": min(100, 100 * run.posts_done // run.posts_total) if run.posts_total else 100,
        "rate": rate,
        "found": [_shown(*each) for each in listen.found_by(run, SHOWN)] if run.found or run.known else [],
        "is_other": run.text != query.text,
    }


def _shown(mention: listen.Mention, marks: list[tuple[int, int]]) -> dict[str, Any]:
    text = mention.text
    shown = f"{text[:SHOWN_CHARACTERS]}…" if len(text) > SHOWN_CHARACTERS else text
    return {
        "by": mention.author_name or mention.author_handle or mention.author_id,
        "network": mention.network,
        "at": mention.posted_at,
        "url": mention.url if mention.url.startswith(("https://", "http://")) else "",
        "text": highlight(shown, [(start, end) for start, end in marks if end <= SHOWN_CHARACTERS]),
    }
