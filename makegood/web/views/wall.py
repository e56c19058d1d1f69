"""Praise, Wall: whether there is a public page of praise, what it says of itself, and what stands on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.amplify import api as amplify
from makegood.web.forms_wall import WallForm
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.wall_public import context_of

__all__ = ["hide", "move", "show", "wall"]


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def wall(request: MemberRequest) -> HttpResponse:
    """What may be shown, with what is; POST changes the wall itself. A further page alone for htmx."""
    row = amplify.wall_of(request.workspace)
    if request.method == "GET":
        further = request.htmx and "after" in request.GET
        return _page(request, row, WallForm.of(row), "wall/rows.html" if further else "wall/page.html")
    require(request, Right.SETTINGS)
    form = WallForm(request.POST)
    if form.is_valid():
        try:
            amplify.save_wall(request.membership, form.wish())
        except amplify.WallError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. What visitors see follows within a minute."))
            return redirect("wall")
    return _page(request, row, form, "wall/page.html", status=422)


def _page(request: MemberRequest, row: amplify.Wall, form: WallForm, template: str, status: int = 200) -> HttpResponse:
    everything = row.mode == amplify.Wall.Mode.EVERYTHING
    found = amplify.wall_candidates(request.workspace, request.GET.get("after", ""), every=everything)
    facts: dict[str, Any] = {
        "section": "praise",
        "tab": "wall",
        "wall": row,
        "form": form,
        "rows": found.rows,
        "everything": everything,
        "locked": amplify.hiding_problem(row.mode),
        "next_url": f"{reverse('wall')}?{urlencode({'after': found.after})}" if found.after else "",
    }
    if template == "wall/page.html":
        facts["standing"] = [] if everything else amplify.on_wall(request.workspace)
        facts |= _addresses(row) if row.is_open else {}
    return render(request, template, facts, status=status)


def _addresses(row: amplify.Wall) -> dict[str, str]:
    places = {
        name: f"{settings.PUBLIC_URL}{reverse(name, args=[row.slug])}" for name in ("wall-public", "wall-snippet")
    }
    facts = {"url": places["wall-public"], "shop": row.workspace.name}
    return {
        "page_url": places["wall-public"],
        "snippet_url": places["wall-snippet"],
        "frame_html": render_to_string("wall/frame.html", facts).strip(),
        "snippet_html": render_to_string("wall/snippet.html", context_of(row)).strip(),
    }


def _done(request: MemberRequest, pk: int, act: Callable[[], None], words: str) -> HttpResponse:
    if not amplify.Praise.objects.within(request.workspace).filter(pk=pk).exists():
        raise Http404
    try:
        act()
    except amplify.WallError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("wall")


@require_POST
@needs(Right.WORK)
def show(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts one praise on the wall."""
    return _done(request, pk, lambda: amplify.show_on_wall(request.membership, pk), _("It is on the wall."))


@require_POST
@needs(Right.WORK)
def hide(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes one off."""
    words = _("It is off the wall; visitors see it no more within a minute.")
    return _done(request, pk, lambda: amplify.hide_from_wall(request.membership, pk), words)


@require_POST
@needs(Right.WORK)
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """Moves one up (`to` is "up") or down."""
    up = request.POST.get("to") == "up"
    return _done(request, pk, lambda: amplify.move_on_wall(request.membership, pk, up), _("Moved."))
