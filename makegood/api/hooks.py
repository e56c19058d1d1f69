"""Where shops and processors tell us that something happened: taken in, answered at once, worked later."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from makegood.identify import api as identify

__all__ = ["hook"]


@csrf_exempt
@require_POST
@login_not_required
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """A webhook. Its own signature says whom it is from, and the secret part of the address (`key`) whom it is for.

    The answer is a short sentence: 200 taken in, 400 not signed by whom it should be, 404 nobody listens here, 413 too
    large, 503 come again.
    """
    body = _body(request)
    if body is None:
        return _answer(413, _("This webhook is larger than any that is meant for us."))
    got = identify.receive(key, {**request.headers}, body)
    return _answer(got.status, got.sentence)


# It knows no session, and nobody is looked up for it.
hook.for_probes = True  # type: ignore[attr-defined]


def _body(request: HttpRequest) -> bytes | None:
    """The body as it came, byte by byte, as it was signed; None for one that is too large."""
    try:
        said = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return None
    if said > identify.MOST_BYTES:
        return None
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return None
    return body if len(body) <= identify.MOST_BYTES else None


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
