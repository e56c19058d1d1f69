"""Today: how it stands, at a glance."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, members
from makegood.amplify import api as amplify
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.listen import api as listen
from makegood.resolve import api as resolve
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.promises import promises_today

__all__ = ["sample_add", "sample_remove", "today"]

SHOWN = 5


@require_GET
@needs(Right.SEE)
def today(request: MemberRequest) -> HttpResponse:
    """The page members open in the morning. A bounded number of queries. Collaborators have their inbox."""
    if not desk.sees_all(request.membership):
        return redirect("inbox")
    workspace = request.workspace
    minutes, answered = desk.first_answer_minutes(workspace)
    waiting = desk.list_view(request.membership, "breaching", size=SHOWN)
    health = listen.channel_health(workspace)
    context: dict[str, Any] = {
        "section": "today",
        "week": [
            {"day": one.day, "heard": one.heard, "answered": one.answered}
            for one in desk.week(workspace, workspace.timezone)
        ],
        "median_minutes": minutes,
        "median_text": _minutes(minutes),
        "median_n": answered,
        "breaching": waiting.rows,
        **promises_today(request),
        "complaints": desk.newest_complaints(request.membership, SHOWN),
        "praise": desk.list_view(request.membership, "praise", size=SHOWN).rows,
        "troubled": [
            {
                "name": one.channel.name,
                "health": one.mood,
                "sentence": one.sentence,
                "url": reverse("channel-detail", args=[one.channel.pk]),
            }
            for one in health
            if one.mood in ("trouble", "disconnected")
        ],
        "channel_count": len(health),
    }
    steps = _steps(request, health)
    context |= {"steps": steps, "steps_done": all(step["done"] for step in steps)}
    return render(request, "today/page.html", context)


def _minutes(minutes: float | None) -> str:
    if minutes is None:
        return ""
    if minutes < 1:
        return _("a minute")
    if minutes < 120:
        return _("%(n)d min") % {"n": round(minutes)}
    return _("%(n)d h") % {"n": round(minutes / 60)}


def _steps(request: MemberRequest, health: list[listen.Health]) -> list[dict[str, Any]]:
    """What a newcomer does first, and what of it is done."""
    workspace = request.workspace
    kinds = {one.channel.kind for one in health}
    kind = listen.Channel.Kind
    return [
        {
            "title": _("Say what your shop is called"),
            "text": _("Makegood proposes what to listen for."),
            "done": listen.Query.objects.within(workspace).exists(),
            "url": reverse("start-brand"),
        },
        {
            "title": _("Listen somewhere"),
            "text": _("All public posts on Bluesky need no account; a feed is one address."),
            "done": bool(kinds & {kind.STREAM, kind.FEED, kind.ACCOUNT, kind.IMPORT}),
            "url": reverse("channel-new"),
        },
        {
            "title": _("Connect the account you answer from"),
            "text": _("Then one key sends an answer under the customer’s post."),
            "done": kind.ACCOUNT in kinds,
            "url": reverse("channel-connect", args=["bluesky"]),
        },
        {
            "title": _("Invite a colleague"),
            "text": _("Two people miss less than one."),
            "done": len(members(workspace)) > 1,
            "url": reverse("people"),
        },
    ]


@require_POST
@needs(Right.CONNECT)
def sample_add(request: MemberRequest) -> HttpResponse:
    """Shows the sample shop."""
    listen.fill_sample(request.workspace, request.user)
    identify.fill_sample(request.workspace, request.user)
    return redirect("inbox")


@require_POST
@needs(Right.CONNECT)
def sample_remove(request: MemberRequest) -> HttpResponse:
    """Takes the sample shop away, with everything in it."""
    kind = listen.Channel.Kind.SAMPLE
    with transaction.atomic():
        amplify.forget_sample_links(request.workspace)
        resolve.forget_sample(request.workspace)
        for channel in listen.Channel.objects.within(request.workspace).filter(kind=kind):
            desk.remove_channel(channel, request.user)
        identify.forget_sample(request.workspace)
    return redirect("today")
