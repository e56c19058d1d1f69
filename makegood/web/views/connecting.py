"""Connecting an account by the network's own sign-in page: away, and back again.

What must be kept meanwhile is secret: it lies encrypted in the member's own session, works once, for ten minutes, and
only for the member and workspace that began it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.connectors.contract import Trouble
from makegood.connectors.registry import CONNECTORS, connector
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.web.forms_mastodon import MastodonForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["back", "leave"]

KEPT = "connecting"
LIFE = timedelta(minutes=10)


def leave(request: MemberRequest, network: str, form: Mapping[str, str]) -> HttpResponse:
    """Begins the sign-in and sends the browser to the network's page. Raises `Trouble`.

    Not by a redirect: browsers let no answer to a form lead to another site where the page's rules name only our own.
    """
    home = request.build_absolute_uri(reverse("channel-back", args=[network]))
    begun = listen.begin_connect(network, form, home)
    request.session[KEPT] = {
        "network": network,
        "workspace": request.workspace.pk,
        "member": request.membership.pk,
        "at": clock.now().isoformat(),
        "sealed": listen.seal(begun.pending),
    }
    facts = {"section": "channels", "url": begun.url, "host": urlsplit(begun.url).netloc}
    return HttpResponse(
        render(request, "channels/away.html", facts).content, headers={"Refresh": f"0; url={begun.url}"}
    )


@require_GET
@never_cache
@needs(Right.CONNECT)
def back(request: MemberRequest, network: str) -> HttpResponse:
    """Where the network's page returns to: keeps the channel, or says why not."""
    if network not in CONNECTORS or connector(network).finish is None:
        raise Http404
    pending = _taken(request, network)
    if pending is None:
        return _again(request, _("This sign-in was begun elsewhere, or over ten minutes ago. Please start it again."))
    try:
        channel = listen.finish_connect(request.workspace, request.user, network, pending, request.GET.dict())
    except Trouble as trouble:
        return _again(request, trouble.sentence)
    messages.success(request, _("%(name)s is connected.") % {"name": channel.name})
    return redirect("channel-detail", channel.pk)


def _taken(request: MemberRequest, network: str) -> dict[str, Any] | None:
    """What was kept for this sign-in, once; None when nothing was, or not for this member here and now."""
    kept = request.session.pop(KEPT, None)
    if not kept:
        return None
    mine = (network, request.workspace.pk, request.membership.pk)
    if (kept["network"], kept["workspace"], kept["member"]) != mine:
        return None
    if clock.now() - datetime.fromisoformat(kept["at"]) > LIFE:
        return None
    return listen.unseal(kept["sealed"])


def _again(request: MemberRequest, sentence: str) -> HttpResponse:
    facts = {"section": "channels", "network": "mastodon", "form": MastodonForm(), "problem": sentence}
    return render(request, "channels/connect_mastodon.html", facts, status=422)
