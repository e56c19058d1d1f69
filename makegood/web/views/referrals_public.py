"""Following a customer's short link. Nobody is looked up for it; a visitor arrives whatever becomes of the count."""

from __future__ import annotations

import hashlib
import secrets
from ipaddress import ip_address

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from makegood.amplify import api as amplify

__all__ = ["follow"]

MOST_COUNTED, MOST_WRONG = 60, 30
"""Visits counted, and codes that are none answered, for one address in a minute and process."""
MINUTE = 60
# Of this process and its memory alone: what is kept under it says nothing to anybody else.
_KEY = secrets.token_bytes(32)


@require_safe
@login_not_required
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Sends a visitor on to the link's page, which is kept with it: nothing in the request says where to."""
    address = _address(request)
    found = amplify.follow(code)
    if found is None:
        if _too_many("wrong", address, MOST_WRONG):
            return HttpResponse(status=429, headers={"Retry-After": str(MINUTE)})
        return _say("referrals/unknown.html", 404)
    if found.ended_at is not None:
        return _say("referrals/ended.html", 410)
    if not _too_many("visit", address, MOST_COUNTED):
        headers = {name.lower(): value for name, value in request.headers.items()}
        amplify.note_visit(found, request.method or "", headers, address)
    onward = HttpResponseRedirect(found.target)
    onward["Cache-Control"] = "no-store"
    onward["X-Robots-Tag"] = "noindex"
    return onward


follow.for_probes = True  # type: ignore[attr-defined]


def _say(template: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template), status=status, headers={"X-Robots-Tag": "noindex"})


def _too_many(what: str, address: str, most: int) -> bool:
    key = "short-link:" + hashlib.blake2b(f"{what} {address}".encode(), key=_KEY, digest_size=16).hexdigest()
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) > most
    except ValueError:
        # The minute ended between the two.
        return False


def _address(request: HttpRequest) -> str:
    """Where the request comes from: what the proxy beside us says, else who connected."""
    near = str(request.META.get("REMOTE_ADDR") or "")
    said = str(request.META.get("HTTP_X_FORWARDED_FOR") or "").rpartition(",")[2].strip()
    try:
        return str(ip_address(said)) if said and ip_address(near).is_private else near
    except ValueError:
        return near
