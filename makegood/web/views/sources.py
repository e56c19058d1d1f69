"""Shops and payments: connecting them, how each is, and letting go of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from makegood.accounts.api import Right, allows
from makegood.connectors.contract import Trouble
from makegood.identify import api as identify
from makegood.identify.api import Source
from makegood.kit.crypto import DecryptError
from makegood.web.forms_sources import WAYS, SourceForm, Way
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["again", "connect", "detail", "new", "pause", "remove", "resume", "sources", "subscribe"]

SECTION = "channels"


@require_GET
@needs(Right.READ)
def sources(request: MemberRequest) -> HttpResponse:
    """Every shop and processor, and how it is."""
    rows = [_row(health) for health in identify.source_health(request.workspace)]
    return render(request, "sources/list.html", {"section": SECTION, "rows": rows})


def _row(health: identify.SourceHealth) -> dict[str, Any]:
    source = health.source
    way = WAYS.get((source.side, source.kind))
    return {"health": health, "source": source, "title": _title(source), "icon": _icon(source, way)}


def _icon(source: Source, way: Way | None) -> str:
    if source.is_sample:
        return "sample"
    return way.icon if way else "file"


def _title(source: Source) -> str:
    return identify.connector_of(source).capability.title


@require_GET
@needs(Right.CONNECT)
def new(request: MemberRequest) -> HttpResponse:
    """What can be connected."""
    known = [
        {"side": side, "kind": kind, "way": way, "title": identify.capability(side, kind).title}
        for (side, kind), way in WAYS.items()
    ]
    return render(request, "sources/new.html", {"section": SECTION, "known": known})


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def connect(request: MemberRequest, side: str, kind: str) -> HttpResponse:
    """Connects a shop or a processor. What goes wrong is said in the form, in the connector's own sentence."""
    way = WAYS.get((side, kind))
    if way is None:
        raise Http404
    form = way.form(request.POST if request.method == "POST" else None)
    return _connect(request, way, form, side, kind)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def again(request: MemberRequest, pk: int) -> HttpResponse:
    """Connects it again, or changes its keys; those that are left empty stay."""
    source = _source(request, pk)
    way = WAYS.get((source.side, source.kind))
    if way is None:
        raise Http404
    try:
        before = identify.typed_before(source)
    except DecryptError:
        before = {}
    form = way.form(request.POST if request.method == "POST" else None, before=before)
    return _connect(request, way, form, source.side, source.kind, source)


def _connect(
    request: MemberRequest, way: Way, form: SourceForm, side: str, kind: str, source: Source | None = None
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            row = identify.connect_source(request.workspace, request.user, side, kind, form.cleaned_data, source)
        except Trouble as trouble:
            form.add_error(None, trouble.sentence)
        else:
            messages.success(request, _("%(name)s is connected.") % {"name": row.name})
            return redirect("source-detail", row.pk)
    facts = {
        "section": SECTION,
        "form": form,
        "way": way,
        "title": identify.capability(side, kind).title,
        "source": source,
        "action": reverse("source-again", args=[source.pk]) if source else reverse("source-connect", args=[side, kind]),
    }
    return render(request, "sources/connect.html", facts, status=422 if form.errors else 200)


@never_cache
@require_GET
@needs(Right.READ)
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One shop or processor: how it is, what it brought, how it can tell us by itself."""
    workspace = request.workspace
    if request.htmx and not identify.kept_sources(workspace).filter(pk=pk).exists():
        # Somebody removed it while this page was open and kept itself up to date.
        return HttpResponseClientRedirect(reverse("sources"))
    source = _source(request, pk)
    health = identify.health_of_source(source)
    way = WAYS.get((source.side, source.kind))
    facts: dict[str, Any] = {
        "section": SECTION,
        "source": source,
        "health": health,
        "title": _title(source),
        "can": identify.connector_of(source).capability,
        "brought": identify.brought_by(source),
        "problems": [
            {"sentence": sentence, "count": count, "at": at} for sentence, count, at in reversed(source.problems)
        ],
        "files": source.facts.get("files", [])[::-1],
        "draft": source.facts.get("draft"),
        "way": way,
    }
    if allows(request.membership.role, Right.CONNECT) and way is not None:
        facts |= _hook(source, way)
    return render(request, "sources/detail.html", facts)


def _hook(source: Source, way: Way) -> dict[str, Any]:
    """How it can tell us by itself, for those who may set that up: the webhook's address, its secret where that is to
    be typed in there, whether it can be set up from here, and what stands against it.
    """
    if not way.steps:
        minutes = identify.connector_of(source).capability.poll_seconds // 60
        return {"hookless": minutes}
    address = _address(source)
    try:
        secret = identify.typed_before(source).get("webhook_secret", "") if way.secret_shown else ""
    except DecryptError:
        secret = ""
    return {
        "hook": address,
        "hook_secret": secret,
        "hook_problem": identify.reach_problem(address),
        # A shop may be connected with keys that sign no webhooks.
        "hook_unsigned": source.facts.get("webhooks") is False,
        "hook_by_us": identify.can_subscribe(source),
        "hook_told": identify.subscribed_to(source) == address,
        "last_event": identify.last_event(source),
    }


def _address(source: Source) -> str:
    return f"{settings.PUBLIC_URL}{reverse('hook', args=[source.hook])}"


@require_POST
@needs(Right.CONNECT)
def subscribe(request: MemberRequest, pk: int) -> HttpResponse:
    """Has the shop or processor tell us of changes at once. What goes wrong there is said on the page."""
    source = _own(request, pk)
    try:
        identify.subscribe_source(source, _address(source), request.user)
    except Trouble as trouble:
        messages.error(request, trouble.sentence)
    else:
        messages.success(request, _("%(name)s tells us of changes at once from now on.") % {"name": source.name})
    return redirect("source-detail", pk)


@require_POST
@needs(Right.CONNECT)
def pause(request: MemberRequest, pk: int) -> HttpResponse:
    """Stops reading there."""
    return _change(request, pk, identify.pause_source, _("Paused. Nothing is read there until you resume it."))


@require_POST
@needs(Right.CONNECT)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    """Reads there again."""
    return _change(request, pk, identify.resume_source, _("Reading again, from where it stopped."))


@require_POST
@needs(Right.CONNECT)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Ends the connection; what it brought stays."""
    source = _own(request, pk)
    identify.remove_source(source, request.user)
    messages.success(request, _("%(name)s is removed. What it brought stays.") % {"name": source.name})
    return redirect("sources")


def _change(request: MemberRequest, pk: int, act: Callable[[Source, Any], None], said: str) -> HttpResponse:
    act(_own(request, pk), request.user)
    messages.success(request, said)
    return redirect("source-detail", pk)


def _own(request: MemberRequest, pk: int) -> Source:
    """One that is connected; the sample's come and go with the sample shop."""
    source = _source(request, pk)
    if source.is_sample:
        raise Http404
    return source


def _source(request: MemberRequest, pk: int) -> Source:
    source: Source | None = identify.kept_sources(request.workspace).filter(pk=pk).first()
    if source is None:
        raise Http404
    return source
