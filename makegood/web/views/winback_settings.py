"""When customers are asked again, and with which words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from makegood.accounts.api import Right
from makegood.web.forms_winback import FollowUpWordsForm, PlanForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.winback import api as winback

__all__ = ["followup_settings", "followup_words"]

Kind = winback.FollowUpWords.Kind


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def followup_settings(request: MemberRequest) -> HttpResponse:
    """How many days after what; POST saves all of it."""
    plan = winback.plan_of(request.workspace)
    form = PlanForm(plan, winback.causes_to_time(request.workspace), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            winback.save_plan(request.membership, form.plan())
        except winback.FollowUpError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("followup-settings")
    facts = {"section": "winback", "tab": "followups", "form": form}
    return render(request, "winback/settings.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def followup_words(request: MemberRequest) -> HttpResponse:
    """What customers are asked with, kind by kind and language by language; POST saves one."""
    said = request.POST if request.method == "POST" else request.GET
    kind = said.get("kind", "")
    kind = kind if kind in Kind.values else str(Kind.ASK)
    language = said.get("language", "")
    language = language if language in dict(settings.LANGUAGES) else ""
    own = winback.texts_of(request.workspace)
    form = FollowUpWordsForm(
        request.POST or None, initial={"language": language, "text": own.get((kind, language), "")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            winback.save_words(request.membership, kind, language, form.cleaned_data["text"])
        except winback.FollowUpError as error:
            form.add_error("text", error.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('followup-words')}?{urlencode({'kind': kind, 'language': language})}")
    facts = {
        "section": "winback",
        "tab": "followups",
        "kind": kind,
        "kinds": [(str(one), name, [code for at, code in own if at == one]) for one, name in Kind.choices],
        "kind_name": Kind(kind).label,
        "languages": _languages(kind, language),
        "form": form,
        "first": winback.FIRST_WORDS.get(language, winback.FIRST_WORDS["en"])[kind],
        "asks": kind != Kind.CLOSING,
    }
    return render(request, "winback/words.html", facts, status=422 if form.errors else 200)


def _languages(kind: str, chosen: str) -> list[dict[str, Any]]:
    address = reverse("followup-words")
    return [
        {"name": name, "url": f"{address}?{urlencode({'kind': kind, 'language': code})}", "current": code == chosen}
        for code, name in [("", _("The shop’s own")), *settings.LANGUAGES]
    ]
