"""How Makegood reaches the member who is signed in: mail, services, this browser. Everybody sees their own only."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right, mail_works
from makegood.alerts import api as alerts
from makegood.alerts.api import AlertError, PersonalDestination
from makegood.kit import clock
from makegood.web.forms_alerts import ServiceForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["add_browser", "add_service", "mail", "overview", "remove", "state", "test", "worker"]

PATIENCE = timedelta(seconds=60)
LONGEST_SUBSCRIPTION = 4_000


@require_GET
@needs(Right.SEE)
def overview(request: MemberRequest) -> HttpResponse:
    """The ways to this member, each with what became of the last message."""
    ways = alerts.ways_of(request.workspace, request.user)
    facts = {
        "section": "settings",
        "ways": [_shown(way) for way in ways],
        "mail_missing": not mail_works(),
        "push_key": alerts.public_key(),
    }
    return render(request, "reach/page.html", facts)


def _shown(way: PersonalDestination) -> dict[str, Any]:
    newest = vars(way).get("newest")
    tried = newest if newest is not None and newest.key.startswith("test:") else None
    waits = tried is not None and tried.state in ("due", "sending")
    stuck = waits and tried is not None and clock.now() - tried.at > PATIENCE
    return {"way": way, "test": tried, "waits": waits and not stuck, "stuck": stuck}


@require_POST
@needs(Right.SEE)
def mail(request: MemberRequest) -> HttpResponse:
    """Tells this member by mail, or does not."""
    active = request.POST.get("active") == "1"
    alerts.switch_mail(request.workspace, request.user, active)
    messages.success(request, _("You are told by mail.") if active else _("You are not told by mail any more."))
    return redirect("reach")


@sensitive_post_parameters("address")
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.SEE)
def add_service(request: MemberRequest) -> HttpResponse:
    """A service that tells this member."""
    facts: dict[str, Any] = {
        "section": "settings",
        "examples": alerts.EXAMPLES,
        "services": sorted(set(alerts.SERVICES.values()), key=str.casefold),
    }
    if request.method == "GET":
        return render(request, "reach/add_service.html", facts | {"form": ServiceForm()})
    form = ServiceForm(request.POST)
    if form.is_valid():
        try:
            way = alerts.add_own_service(request.workspace, request.user, **form.cleaned_data)
        except AlertError as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _("%(name)s is added. Send a test to see that it arrives.") % {"name": way.name})
            return redirect("reach")
    return render(request, "reach/add_service.html", facts | {"form": form}, status=422)


@sensitive_post_parameters("subscription")
@require_POST
@needs(Right.SEE)
def add_browser(request: MemberRequest) -> HttpResponse:
    """The browser says how it can be written to; it gets {"done"} or a sentence that says why not."""
    text = request.POST.get("subscription", "")
    try:
        found = json.loads(text) if len(text) <= LONGEST_SUBSCRIPTION else None
    except ValueError:
        found = None
    try:
        way = alerts.add_push(
            request.workspace, request.user, found if isinstance(found, dict) else {}, _browser_of(request)
        )
    except AlertError as error:
        return JsonResponse({"sentence": str(error)}, status=422)
    messages.success(request, _("%(name)s is told from now on. Send a test to see that it works.") % {"name": way.name})
    return JsonResponse({"done": True})


BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "Mac"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)


def _browser_of(request: HttpRequest) -> str:
    """What to call it, from what it says of itself: "Firefox, Linux"."""
    agent = request.headers.get("user-agent", "")
    browser = next((name for sign, name in BROWSERS if sign in agent), _("A browser"))
    device = next((name for sign, name in DEVICES if sign in agent), "")
    return f"{browser}, {device}" if device else browser


@require_POST
@needs(Right.SEE)
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends a test by one way; the part of the page follows what becomes of it."""
    way = _own(request, pk)
    alerts.tell_test(way, f"{settings.PUBLIC_URL}{reverse('reach')}")
    return _state(request, pk) if request.htmx else redirect("reach")


@require_GET
@needs(Right.SEE)
def state(request: MemberRequest, pk: int) -> HttpResponse:
    """What has become of the newest test."""
    return _state(request, pk)


def _state(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "reach/state.html", {"each": _shown(_own(request, pk))})


@require_POST
@needs(Right.SEE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets a way."""
    way = _own(request, pk)
    alerts.remove_way(way)
    messages.success(request, _("%(name)s is told no more.") % {"name": way.name})
    return redirect("reach")


def _own(request: MemberRequest, pk: int) -> PersonalDestination:
    """A way to this member. Http404."""
    for way in alerts.ways_of(request.workspace, request.user):
        if way.pk == pk:
            return way
    raise Http404


@require_GET
@login_not_required
def worker(_request: HttpRequest) -> HttpResponse:
    """The script that shows pushed messages. It has to lie at the root: a service worker has power over the addresses
    below its own only (https://www.w3.org/TR/service-workers/#path-restriction).
    """
    return HttpResponse(_script(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def _script() -> bytes:
    return (settings.BASE_DIR / "makegood" / "web" / "static" / "js" / "push-worker.js").read_bytes()
