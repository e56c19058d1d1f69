"""The page where a customer answers whether it is resolved. Nobody signs in; the link is all there is."""

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

from makegood.web.said_words import SAID_WORDS, language_of, shut_words
from makegood.winback import api as winback

__all__ = ["said"]

SCORES = ("1", "2", "3", "4", "5")
STATUS = {winback.Shut.WRONG: 404, winback.Shut.STANDS: 409, winback.Shut.OWN: 403}


# The link is the whole authority and no cookie is one: there is nothing that a forged request could borrow.
@csrf_exempt
@sensitive_post_parameters("comment")
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def said(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks, thanks, and lets an answer be changed. GET stores nothing, as mail scanners open every link; `?score=5`
    chooses an answer beforehand.
    """
    try:
        page = winback.open_page(secret)
        return _post(request, secret, page) if request.method == "POST" else _get(request, secret, page)
    except winback.ShutError as error:
        shop = error.workspace.name if error.workspace else ""
        facts = {"shut": True, "shop": shop, "why": error.why}
        return _page(request, facts, language_of(error.language), STATUS.get(error.why, 410))


def _get(request: HttpRequest, secret: str, page: winback.Asked) -> HttpResponse:
    answer, wanted = page.answer, request.GET.get("score", "")
    changes = page.may_change and ("change" in request.GET or wanted in SCORES)
    if answer is not None and not changes:
        return _thanks(request, page, answer)
    typed = {"score": wanted if wanted in SCORES else "", "resolved": "", "comment": ""}
    if answer is not None:
        resolved = "" if answer.resolved is None else "yes" if answer.resolved else "no"
        typed = {"score": typed["score"] or str(answer.score), "resolved": resolved, "comment": answer.comment}
    return _form(request, page, typed, own=winback.is_own(secret, request.user))


def _post(request: HttpRequest, secret: str, page: winback.Asked) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("score", "resolved", "comment")}
    try:
        given = winback.read_answer(**typed)
    except winback.FollowUpError:
        problem = "choose" if typed["score"] not in SCORES else "long"
        return _form(request, page, typed, problem=problem, status=422)
    winback.give(secret, given, request.user)
    return redirect(reverse("said", args=[secret]))


def _thanks(request: HttpRequest, page: winback.Asked, answer: winback.Satisfaction) -> HttpResponse:
    facts = {
        "thanks": True,
        "shop": page.shop,
        "score": str(answer.score),
        "bad": winback.reopens(answer.score, answer.resolved),
        "may_change": page.may_change,
    }
    return _page(request, facts, language_of(page.language))


def _form(
    request: HttpRequest,
    page: winback.Asked,
    typed: Mapping[str, str],
    *,
    problem: str = "",
    own: bool = False,
    status: int = 200,
) -> HttpResponse:
    facts = {"shop": page.shop, "typed": typed, "problem": problem, "own": own}
    return _page(request, facts, language_of(page.language), status)


def _page(request: HttpRequest, facts: dict[str, Any], language: str, status: int = 200) -> HttpResponse:
    known = SAID_WORDS[language]
    words = {name: text.replace("{shop}", facts["shop"]) for name, text in known.items()}
    facts |= {"w": words, "scores": [(each, words[each]) for each in SCORES], "most": winback.LONGEST_COMMENT}
    if facts.get("shut"):
        facts["sentence"] = shut_words(facts["why"], known, facts["shop"])
    if facts.get("thanks"):
        facts["yours"] = words["yours"].replace("{said}", words[facts["score"]])
    with translation.override(language):
        response = render(request, "winback/said.html", facts, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = language
    return response
