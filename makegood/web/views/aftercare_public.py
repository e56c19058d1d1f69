"""The pages that a mail after a purchase leads to. Nobody signs in; the link is all there is.

GET stores nothing, as mail scanners open every link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from makegood.web.after_words import AFTER_WORDS
from makegood.web.said_words import language_of
from makegood.winback import api as winback

__all__ = ["after", "after_stop"]

MOST = 2_000
STATUS = {winback.AfterShut.WRONG: 404, winback.AfterShut.STANDS: 409, winback.AfterShut.OWN: 403}
FIELDS = ("arrived", "good", "comment")


# The link is the whole authority and no cookie is one: there is nothing that a forged request could borrow.
@csrf_exempt
@sensitive_post_parameters("comment")
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def after(request: HttpRequest, secret: str) -> HttpResponse:
    """Did it arrive, and is it as they hoped? `?change=1` changes an answer."""
    try:
        page = winback.open_after(secret, request.user)
        return _post(request, secret, page) if request.method == "POST" else _get(request, secret, page)
    except winback.AfterShutError as error:
        return _shut(request, error)


def _get(request: HttpRequest, secret: str, page: winback.AfterPage) -> HttpResponse:
    row = page.answer
    if row is not None and not (page.may_change and "change" in request.GET):
        facts = {"thanks": True, "bad": row.trouble, "may_change": page.may_change}
        return _page(request, page, secret, facts)
    typed = dict.fromkeys(FIELDS, "")
    if row is not None:
        typed = {"arrived": _word(row.arrived), "good": _word(row.good), "comment": row.comment}
    return _page(request, page, secret, {"asks": True, "typed": typed})


def _word(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


def _post(request: HttpRequest, secret: str, page: winback.AfterPage) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        said = winback.read_after(**typed)
    except winback.AftercareError as error:
        return _page(request, page, secret, {"asks": True, "typed": typed, "problem": error.sentence}, 422)
    winback.answer_after(secret, said, request.user)
    return redirect(reverse("after", args=[secret]))


# A mail program sends no cookie and follows no other page: https://www.rfc-editor.org/rfc/rfc8058#section-3.2
@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def after_stop(request: HttpRequest, secret: str) -> HttpResponse:
    """No more mail: GET shows a button, POST does it at once, whether a person or their mail program asks."""
    try:
        if request.method == "POST":
            one_click = request.POST.get("List-Unsubscribe") == "One-Click"
            page = winback.stop_mail(secret, one_click=one_click)
        else:
            page = winback.stop_page(secret)
    except winback.AfterShutError as error:
        return _shut(request, error)
    return _page(request, page, secret, {"stops": True, "stopped": page.stopped})


def _shut(request: HttpRequest, error: winback.AfterShutError) -> HttpResponse:
    shop = error.workspace.name if error.workspace else ""
    page = winback.AfterPage(shop, error.language)
    return _page(request, page, "", {"shut": error.why}, STATUS.get(error.why, 410))


def _page(
    request: HttpRequest, page: winback.AfterPage, secret: str, facts: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    language = language_of(page.language)
    words = {name: text.replace("{shop}", page.shop) for name, text in AFTER_WORDS[language].items()}
    context = {"w": words, "shop": page.shop, "own": page.own, "secret": secret, "most": MOST, **facts}
    if shut := facts.get("shut"):
        context["sentence"] = words[str(shut)]
    if problem := facts.get("problem"):
        context["sentence"] = words[problem]
    if facts.get("stops"):
        context["title"] = words["stopped_title" if page.stopped else "stop_title"]
    elif shut:
        context["title"] = words["shut"]
    else:
        context["title"] = words["thanks" if facts.get("thanks") else "title"]
    with translation.override(language):
        response = render(request, "aftercare/after.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = language
    return response
