"""The first page of a new Makegood."""

from __future__ import annotations

import hmac

from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from makegood.accounts.api import (
    AccountError,
    User,
    any_user_exists,
    first_run,
    setup_code,
    setup_code_needed,
)
from makegood.web.forms_accounts import StartForm

__all__ = ["sign_in", "start"]


@sensitive_post_parameters("password")
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Asks for the shop and its owner, makes both and signs the owner in. Closed once anybody exists."""
    if any_user_exists():
        return redirect("/")
    code = request.POST.get("code", request.GET.get("code", ""))
    if setup_code_needed() and not hmac.compare_digest(code.strip().encode(), setup_code().encode()):
        return render(request, "start/code.html", {"tried": bool(code)}, status=403)
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, _workspace = first_run(**form.cleaned_data)
        except AccountError as error:
            form.add_error(None, error.sentence)
        else:
            sign_in(request, user)
            return redirect(_next_step())
    return render(request, "start/start.html", {"form": form, "code": code}, status=422 if form.errors else 200)


def sign_in(request: HttpRequest, user: User) -> None:
    """Signs in somebody who has just chosen their password."""
    auth.login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")


def _next_step() -> str:
    try:
        return reverse("start-brand")
    except NoReverseMatch:
        return "/"
