"""Who is asking, in which workspace, and whether they may come in at all.

Every page is closed unless its view says otherwise: `login_not_required` (Django's) opens it to everybody,
`without_workspace` to signed-in people who belong to no workspace. A view marked `for_probes` is answered before
anybody is looked up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.decorators import sync_and_async_middleware
from django_htmx.http import HttpResponseClientRedirect

from makegood.accounts.api import Membership, User, any_user_exists, memberships_of

__all__ = ["SESSION_KEY", "WorkspaceMiddleware", "without_workspace"]

SESSION_KEY = "workspace"
V = TypeVar("V", bound=Callable[..., Any])
Handler = Callable[[HttpRequest], HttpResponseBase]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def without_workspace(view: V) -> V:
    """Marks a view that signed-in people see even when they belong to no workspace."""
    view.without_workspace = True  # type: ignore[attr-defined]
    return view


def _middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Sets `request.workspace`, `request.membership` and `request.memberships`, the workspace's time zone and
    the person's language; sends away who may not see the page.
    """
    if iscoroutinefunction(get_response):

        async def around_async(request: HttpRequest) -> HttpResponseBase:
            if getattr(_view(request), "for_probes", False):
                return await cast("AsyncHandler", get_response)(request)
            # Template code reads request.user, which must not load lazily inside the event loop.
            user = await request.auser()
            request.user = user
            mine = [m async for m in memberships_of(user)] if isinstance(user, User) else []
            _enter(request, mine, await request.session.aget(SESSION_KEY) if mine else None)
            answer = _turn_away(request, set_up=isinstance(user, User) or await User.objects.aexists())
            if answer is not None:
                return answer
            with _timezone(request), _language(request):
                return _said(await cast("AsyncHandler", get_response)(request))

        return around_async

    def around(request: HttpRequest) -> HttpResponseBase:
        if getattr(_view(request), "for_probes", False):
            return cast("Handler", get_response)(request)
        user = request.user
        mine = list(memberships_of(user)) if isinstance(user, User) and user.is_authenticated else []
        _enter(request, mine, request.session.get(SESSION_KEY) if mine else None)
        answer = _turn_away(request, set_up=user.is_authenticated or any_user_exists())
        if answer is not None:
            return answer
        with _timezone(request), _language(request):
            return _said(cast("Handler", get_response)(request))

    return around


WorkspaceMiddleware = sync_and_async_middleware(_middleware)


def _enter(request: HttpRequest, mine: list[Membership], wanted: object) -> None:
    member = next((m for m in mine if m.workspace_id == wanted), mine[0] if mine else None)
    if member:
        member.user = cast("User", request.user)
    request.memberships = mine  # type: ignore[attr-defined]
    request.membership = member  # type: ignore[attr-defined]
    request.workspace = member.workspace if member else None  # type: ignore[attr-defined]


def _view(request: HttpRequest) -> Callable[..., Any] | None:
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None


def _turn_away(request: HttpRequest, *, set_up: bool) -> HttpResponseBase | None:
    view = _view(request)
    if view is None:
        return None
    start = reverse("start")
    if not set_up:
        return None if request.path_info == start else _go(request, start)
    if not getattr(view, "login_required", True):
        return None
    if not request.user.is_authenticated:
        here = request.get_full_path() if request.method == "GET" and not _is_part(request) else "/"
        target = reverse(settings.LOGIN_URL)
        return _go(request, target if here == "/" else f"{target}?next={quote(here)}")
    homeless = request.membership is None  # type: ignore[attr-defined]
    if homeless and not (getattr(view, "without_workspace", False) or view.__module__.startswith("allauth.")):
        return render(request, "people/nowhere.html", status=403)
    return None


def _is_part(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _go(request: HttpRequest, target: str) -> HttpResponse:
    # A part of a page would swallow the whole sign-in page; the browser itself has to move.
    return HttpResponseClientRedirect(target) if _is_part(request) else redirect(target)


def _timezone(request: HttpRequest) -> timezone.override:
    workspace = getattr(request, "workspace", None)
    return timezone.override(_zone(workspace.timezone) if workspace else None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _language(request: HttpRequest) -> translation.override:
    own = request.user.language if isinstance(request.user, User) else ""
    known = own if own in dict(settings.LANGUAGES) else translation.get_language()
    request.LANGUAGE_CODE = known
    return translation.override(known)


def _said(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Language", translation.get_language())
    return response
