"""When customers are asked after a purchase, with which words, and who agreed to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right, allows
from makegood.web.forms_aftercare import AftercareForm, AftercareWordsForm, AgreedListForm, AgreedOneForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.winback import api as winback

__all__ = ["aftercare_agreed", "aftercare_list", "aftercare_one", "aftercare_settings", "aftercare_words"]


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def aftercare_settings(request: MemberRequest) -> HttpResponse:
    """How many days after what; POST saves all of it."""
    form = AftercareForm(request.POST or None, initial=asdict(winback.aftercare_plan(request.workspace)))
    if request.method == "POST" and form.is_valid():
        try:
            winback.save_aftercare_plan(request.membership, form.plan())
        except winback.AftercareError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("aftercare-settings")
    facts = {"section": "winback", "form": form}
    return render(request, "aftercare/settings.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def aftercare_words(request: MemberRequest) -> HttpResponse:
    """What customers are written, language by language; POST saves one."""
    said = request.POST if request.method == "POST" else request.GET
    known = dict(settings.LANGUAGES)
    language = said.get("language", "")
    language = language if language in known else winback.aftercare_plan(request.workspace).language
    subject, body = winback.aftercare_texts(request.workspace)[language]
    form = AftercareWordsForm(request.POST or None, initial={"language": language, "subject": subject, "body": body})
    if request.method == "POST" and form.is_valid():
        try:
            winback.save_aftercare_words(
                request.membership, language, form.cleaned_data["subject"], form.cleaned_data["body"]
            )
        except winback.AftercareError as error:
            form.add_error("body", error.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('aftercare-words')}?{urlencode({'language': language})}")
    address = reverse("aftercare-words")
    facts = {
        "section": "winback",
        "form": form,
        "languages": [
            {"name": name, "url": f"{address}?{urlencode({'language': code})}", "current": code == language}
            for code, name in settings.LANGUAGES
        ],
    }
    return render(request, "aftercare/words.html", facts, status=422 if form.errors else 200)


def _agreed(request: MemberRequest, status: int = 200, **facts: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "winback",
        "agreed": winback.agreements(request.workspace),
        "may_list": allows(request.membership.role, Right.APPROVE),
        "list_form": AgreedListForm(prefix="list"),
        "one_form": AgreedOneForm(),
    }
    return render(request, "aftercare/agreed.html", context | facts, status=status)


@require_GET
@needs(Right.WORK)
def aftercare_agreed(request: MemberRequest) -> HttpResponse:
    """Who may be written to, in figures, and where that is known from."""
    return _agreed(request)


@sensitive_post_parameters("list-text")
@require_POST
@needs(Right.APPROVE)
def aftercare_list(request: MemberRequest) -> HttpResponse:
    """Takes a list of addresses whose owners agreed."""
    form = AgreedListForm(request.POST, prefix="list")
    if form.is_valid():
        said = form.cleaned_data
        try:
            done = winback.grant_list(request.membership, said["text"], said["where"], said["on"])
        except winback.AftercareError as error:
            form.add_error("text", error.sentence)
        else:
            words = ngettext("%(n)d address was taken.", "%(n)d addresses were taken.", done.count)
            messages.success(request, words % {"n": done.count})
            if done.left_out:
                out = ngettext(
                    "%(n)d was left out: they want no mail.", "%(n)d were left out: they want no mail.", done.left_out
                )
                messages.info(request, out % {"n": done.left_out})
            return redirect("aftercare-agreed")
    return _agreed(request, 422, list_form=form)


@sensitive_post_parameters("address")
@require_POST
@needs(Right.WORK)
def aftercare_one(request: MemberRequest) -> HttpResponse:
    """One customer: what is known of them, or what they said."""
    form = AgreedOneForm(request.POST)
    if not form.is_valid():
        return _agreed(request, 422, one_form=form)
    said = form.cleaned_data
    try:
        words = _do(request, said)
    except winback.AftercareError as error:
        form.add_error("address", error.sentence)
        return _agreed(request, 422, one_form=form)
    if words:
        messages.success(request, words)
        return redirect("aftercare-agreed")
    known = winback.agreed_of(request.workspace, said["address"])
    stopped = winback.wants_no_mail(request.workspace, said["address"])
    return _agreed(request, one_form=form, looked=said["address"], known=known, stopped=stopped)


def _do(request: MemberRequest, said: dict[str, Any]) -> str:
    """Does it; what to say then, "" where they only wanted to look."""
    member, address = request.membership, said["address"]
    if said["act"] == "agreed":
        winback.grant_one(member, address, said["where"], said["on"])
        return _("Kept: they agreed.")
    if said["act"] == "withdrawn":
        winback.withdraw_consent(member, address)
        return _("Kept: they don’t agree any more.")
    if said["act"] == "no_mail":
        winback.refuse_all_mail(member, address)
        return _("Kept: they get no more mail.")
    return ""
