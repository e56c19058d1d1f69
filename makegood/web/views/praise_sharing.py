"""Carrying praise on: planning, moving, undoing and taking down what is shared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.amplify import api as amplify
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.kit import clock, keyset
from makegood.listen import api as listen
from makegood.reply import api as reply
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.praise import card, show_one

__all__ = ["change", "preview", "settings", "share", "shared_picture", "shares"]

PAGE = 20
NAMES = {
    "planned": gettext_lazy("Planned"),
    "shared": gettext_lazy("Shared"),
    "trouble": gettext_lazy("To look at"),
    "down": gettext_lazy("Taken down"),
}
MOST_NETWORKS = 20


@require_GET
@needs(Right.READ)
def shares(request: MemberRequest) -> HttpResponse:
    """What is planned, shared, in trouble or down; a further page alone for htmx. 3 queries."""
    asked = request.GET.get("view", "")
    view = asked if asked in amplify.SHARE_VIEWS else "planned"
    after = keyset.read(request.GET.get("after", ""))
    rows, more = amplify.shares_page(request.membership, view, after, PAGE)
    key = urlencode({"view": view, "after": keyset.after_row(*more)}) if more else ""
    facts = {
        "section": "praise",
        "view": view,
        "rows": rows,
        "may_share": reply.may_send(request.membership),
        "zone": request.workspace.timezone,
        "next_url": f"{reverse('shares')}?{key}" if key else "",
        "here": request.get_full_path(),
    }
    if request.htmx and after is not None:
        return render(request, "praise/share_rows.html", facts)
    waiting = amplify.troubled(request.membership)
    facts["views"] = [
        {
            "title": name,
            "url": f"{reverse('shares')}?{urlencode({'view': slug})}",
            "current": slug == view,
            "count": (waiting or None) if slug == "trouble" else None,
        }
        for slug, name in NAMES.items()
    ]
    return render(request, "praise/shares.html", facts)


def _at(request: MemberRequest) -> datetime | None:
    """The moment that was typed, None where none was. Raises `PraiseError`."""
    said = request.POST.get("at", "").strip()
    if not said:
        return None
    try:
        return desk.read_moment(said, clock.now(), request.workspace.timezone)
    except desk.MomentError as error:
        raise amplify.PraiseError(str(error)) from error


@require_POST
@needs(Right.ANSWER)
def share(request: MemberRequest, pk: int) -> HttpResponse:
    """Plans to share a praise: how, by which account, with which words, and when."""
    found = card(request, pk)
    said = request.POST
    channel = said.get("channel", "")
    try:
        made = amplify.plan(
            request.membership,
            pk,
            amplify.Wanted(
                channel=int(channel) if channel.isascii() and channel.isdigit() and len(channel) < 19 else 0,
                kind=said.get("kind", ""),
                text=said.get("text", ""),
                excerpt=said.get("excerpt", ""),
                named="named" in said,
                alt=said.get("alt", ""),
                at=_at(request),
            ),
        )
    except amplify.PraiseError as error:
        return show_one(request, found, error.sentence, said)
    soon = (made.send_after - clock.now()).total_seconds() < 120
    messages.success(request, _("It goes out in a moment.") if soon else _("It is planned. Move it, or take it back."))
    return redirect("shares")


def _named(request: MemberRequest) -> bool:
    return request.GET.get("named") != "0"


@require_GET
@needs(Right.ANSWER)
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The picture of a praise as it would be shared, or (422) why there is none, as a sentence."""
    found = card(request, pk)
    try:
        content, _alt = amplify.picture_for(
            found.praise, request.GET.get("excerpt", ""), named=_named(request), alt_limit=1000
        )
    except amplify.PraiseError as error:
        return HttpResponse(error.sentence, status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(content, content_type="image/png", headers={"cache-control": "private, no-store"})


@require_GET
@needs(Right.READ)
def shared_picture(request: MemberRequest, pk: int) -> HttpResponse:
    """The picture that was shared, or is about to be."""
    row = amplify.share_of(request.membership, pk)
    if row is None or row.picture is None:
        raise Http404
    headers = {"cache-control": "private, max-age=3600"}
    return HttpResponse(bytes(row.picture), content_type="image/png", headers=headers)


@require_POST
@needs(Right.ANSWER)
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends now, moves, takes back, takes down, tries again, or notes that it was taken down by hand (`do`)."""
    if amplify.share_of(request.membership, pk) is None:
        raise Http404
    member = request.membership
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "now": (lambda: amplify.send_now(member, pk), _("It goes out in a moment.")),
        "move": (lambda: _move(request, pk), _("It was moved.")),
        "undo": (lambda: amplify.withdraw(member, pk), _("It was taken back; nothing goes out.")),
        "down": (lambda: amplify.take_down(member, pk), _("It is being taken down.")),
        "again": (lambda: amplify.retry(member, pk), _("Makegood tries again.")),
        "by_hand": (lambda: amplify.is_down(member, pk), _("Noted: it is down.")),
    }
    act, said = acts.get(request.POST.get("do", ""), (None, ""))
    if act is None:
        raise Http404
    try:
        act()
    except amplify.PraiseError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, said)
    view = request.POST.get("view", "")
    return redirect(f"{reverse('shares')}?{urlencode({'view': view})}" if view in NAMES else reverse("shares"))


def _move(request: MemberRequest, pk: int) -> object:
    at = _at(request)
    if at is None:
        raise amplify.PraiseError(_("Say when: a day and a time."))
    return amplify.move(request.membership, pk, at)


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def settings(request: MemberRequest) -> HttpResponse:
    """How praise is shared: how often, whether it is asked first, and with which words."""
    rules = amplify.sharing_rules(request.workspace)
    networks = _networks(request)
    problem = ""
    words = {slug: rules.words.get(slug, "") for slug in networks}
    if request.method == "POST":
        words = {slug: request.POST.get(f"words-{slug}", "") for slug in networks}
        try:
            rules.most_a_day = _number(request.POST.get("most_a_day", ""))
            rules.hours_between = _number(request.POST.get("hours_between", ""))
            rules.ask_first = "ask_first" in request.POST
            amplify.save_rules(
                request.membership,
                most_a_day=rules.most_a_day,
                hours_between=rules.hours_between,
                ask_first=rules.ask_first,
                words=words,
            )
        except amplify.PraiseError as error:
            problem = error.sentence
        else:
            messages.success(request, _("Saved."))
            return redirect("praise-settings")
    facts = {
        "section": "praise",
        "rules": rules,
        "problem": problem,
        "usual": amplify.usual_words(),
        "words": [{"slug": slug, "title": title, "text": words[slug]} for slug, title in networks.items()],
    }
    return render(request, "praise/settings.html", facts, status=422 if problem else 200)


def _networks(request: MemberRequest) -> dict[str, str]:
    """The networks of the workspace's accounts, "" for all others, each with its title. 1 query."""
    rows = listen.Channel.objects.within(request.workspace).filter(kind=listen.Channel.Kind.ACCOUNT)
    slugs = sorted(set(rows.values_list("network", flat=True)[:MOST_NETWORKS]))
    return {"": _("Everywhere")} | {slug: connector(slug).capability.title for slug in slugs}


def _number(said: str) -> int:
    text = said.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise amplify.PraiseError(_("Give whole numbers."))
    return int(text)
