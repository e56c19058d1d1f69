"""The wall as everybody sees it: a page, a piece of HTML for the shop's own page, and data. No sign-in, no cookie, no
script, nothing from elsewhere; nobody is looked up for it.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from makegood.amplify import api as amplify

__all__ = ["data", "page", "snippet"]

LONGEST_KEY = 80
NOBODY = "'none'"


@xframe_options_exempt
@require_safe
@login_not_required
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The page. Its own policy says who may frame it, and lets in nothing but our one style sheet. 3 to 5 queries."""
    wall = amplify.open_wall(slug)
    if wall is None:
        return _nothing()
    after = request.GET.get("after", "")[:LONGEST_KEY]
    answer = _answer(request, wall, "wall/public.html", "text/html", after)
    return _framed(answer, amplify.frame_ancestors(wall.frame_sites))


@require_safe
@login_not_required
def snippet(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a piece of HTML with JSON-LD, to be fetched by the shop's server and put into a page of its own."""
    wall = amplify.open_wall(slug)
    return _nothing() if wall is None else _framed(_answer(request, wall, "wall/snippet.html", "text/html"), NOBODY)


@require_safe
@login_not_required
def data(request: HttpRequest, slug: str) -> HttpResponse:
    """The JSON-LD alone."""
    wall = amplify.open_wall(slug)
    if wall is None:
        return _nothing()
    return _framed(_answer(request, wall, "", "application/ld+json"), NOBODY)


# No session is opened for them, and nobody is looked up.
for _view in (page, snippet, data):
    _view.for_probes = True  # type: ignore[attr-defined]


def context_of(wall: amplify.Wall, after: str = "") -> dict[str, Any]:
    """What the page and the piece of HTML are drawn from."""
    seen = amplify.public_wall(wall, after)
    here = reverse("wall-public", args=[wall.slug])
    shop = wall.workspace.name
    return {
        "wall": wall,
        "shop": shop,
        "pieces": seen.pieces,
        "everything": wall.mode == amplify.Wall.Mode.EVERYTHING,
        "page_url": f"{settings.PUBLIC_URL}{here}",
        "style_url": static("css/wall.css"),
        "next_url": f"{here}?{urlencode({'after': seen.after})}" if seen.after else "",
        "structured": amplify.structured(seen.pieces, shop, f"{settings.PUBLIC_URL}{here}"),
    }


def _answer(request: HttpRequest, wall: amplify.Wall, template: str, kind: str, after: str = "") -> HttpResponse:
    with timezone.override(ZoneInfo(wall.workspace.timezone)):
        facts = context_of(wall, after)
        body = (render_to_string(template, facts) if template else facts["structured"]).encode()
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    fresh = HttpResponse(body, content_type=f"{kind}; charset=utf-8", headers={"ETag": etag})
    answer: Any = get_conditional_response(request, etag=etag, response=fresh)
    answer["Cache-Control"] = f"public, max-age={amplify.FRESH_SECONDS}, must-revalidate"
    if wall.noindex:
        answer["X-Robots-Tag"] = "noindex"
    found: HttpResponse = answer
    return found


def _framed(answer: HttpResponse, ancestors: str) -> HttpResponse:
    # Stricter than the product's own policy, which the middleware leaves out where there is one.
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
    return answer


def _nothing() -> HttpResponse:
    gone = HttpResponse(render_to_string("wall/nothing.html"), status=404, headers={"X-Robots-Tag": "noindex"})
    return _framed(gone, NOBODY)
