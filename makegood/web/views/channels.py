"""Where the shop hears: connecting channels, how each is, and letting go of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from makegood.accounts.api import Right
from makegood.connectors.contract import Arrival, Capability, RouteKind, Trouble
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.listen.api import Channel, ChannelProblem, Health, ImportRun, Mention
from makegood.web.forms_hackernews import HackerNewsForm
from makegood.web.forms_listen import BlueskyForm, FeedForm
from makegood.web.forms_mastodon import HashtagForm, MastodonForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.connecting import leave

__all__ = [
    "channels",
    "connect",
    "detail",
    "listen_publicly",
    "new",
    "pause",
    "remove",
    "resume",
    "take_all",
]

SHOWN_PROBLEMS = 50
SHOWN_MENTIONS = 10


@dataclass(frozen=True)
class Way:
    """A way to connect something by a form, by the name it has in the address."""

    form: type[forms.Form]
    template: str
    asks: tuple[str, ...]
    """The fields that a link may fill in."""
    network: str = ""
    """Where that is not the name in the address."""
    elsewhere: bool = False
    """The sign-in goes on on the network's own page."""


WAYS = {
    "bluesky": Way(BlueskyForm, "channels/connect_bluesky.html", ("identifier",)),
    "feed": Way(FeedForm, "channels/connect_feed.html", ("url",)),
    "hackernews": Way(HackerNewsForm, "channels/connect_hackernews.html", ()),
}
WAYS |= {
    "mastodon": Way(MastodonForm, "channels/connect_mastodon.html", ("instance",), elsewhere=True),
    "hashtag": Way(HashtagForm, "channels/connect_hashtag.html", ("instance", "tag"), network="mastodon"),
}
ROUTES = {
    RouteKind.API: gettext_lazy("Answers are sent from here."),
    RouteKind.HANDOFF: gettext_lazy(
        "Answers are written here and posted on the network itself: a link takes you there."
    ),
    RouteKind.NOT_ALLOWED: gettext_lazy("Nothing can be answered here."),
}
THROUGH_ACCOUNT = gettext_lazy("Answers are sent from here, as soon as your own account is connected too.")
ARRIVALS = {
    Channel.Kind.STREAM: gettext_lazy("Hears posts the moment they are said."),
    Channel.Kind.IMPORT: gettext_lazy("Read once, when the file was imported."),
    Channel.Kind.SAMPLE: gettext_lazy("Written for the sample shop."),
}


@require_GET
@needs(Right.READ)
def channels(request: MemberRequest) -> HttpResponse:
    """Every channel and how it is; imported files apart."""
    workspace = request.workspace
    health = listen.channel_health(workspace)
    unread = dict(
        ChannelProblem.objects.within(workspace)
        .values_list("channel_id")
        .annotate(sorts=Count("id"))
        .values_list("channel_id", "sorts")
    )
    runs = ImportRun.objects.within(workspace).defer("sniffed", "mapping", "position", "refusals").order_by("-id")
    rows = [_row(each, unread.get(each.channel.pk, 0)) for each in health if each.channel.kind != Channel.Kind.IMPORT]
    return render(request, "channels/list.html", {"section": "channels", "rows": rows, "runs": list(runs)})


def _row(health: Health, unread: int) -> dict[str, Any]:
    return {"health": health, "channel": health.channel, "unread": unread, "can": _abilities(health.channel)}


def _abilities(channel: Channel) -> dict[str, Any]:
    """What a channel can do, in sentences, with the network's limits and where they are written down."""
    can: Capability = listen.capability_of(channel)
    needs_account = channel.kind == Channel.Kind.STREAM and can.route is RouteKind.API
    return {
        "title": can.title,
        "arrives": ARRIVALS.get(Channel.Kind(channel.kind)) or _arrives(channel, can),
        "server": f"{channel.facts.get('software', '')} {channel.facts.get('version', '')}".strip(),
        "route": THROUGH_ACCOUNT if needs_account else ROUTES[can.route],
        "reason": can.route_reason,
        "text": can.text,
        "facts": [fact for fact in (can.window, can.price, *can.rate_limits) if fact],
    }


def _arrives(channel: Channel, can: Capability) -> str:
    told = connector(channel.network).nudges is not None and Arrival.STREAM in can.arrival
    if told and channel.kind == Channel.Kind.ACCOUNT:
        return _("Told at once when something comes, and looks now and then as well.")
    return _every(can.poll_seconds)


def _every(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    return ngettext("Looks every minute.", "Looks about every %(n)d minutes.", minutes) % {"n": minutes}


@require_GET
@needs(Right.CONNECT)
def new(request: MemberRequest) -> HttpResponse:
    """What can be connected."""
    kept = Channel.objects.within(request.workspace).filter(kind=Channel.Kind.STREAM)
    return render(request, "channels/new.html", {"section": "channels", "public": kept.first()})


@require_POST
@needs(Right.CONNECT)
def listen_publicly(request: MemberRequest) -> HttpResponse:
    """Follows all public posts on Bluesky."""
    channel = listen.listen_publicly(request.workspace, request.user)
    messages.success(request, _("Makegood follows all public posts on Bluesky now, for what your queries say."))
    return redirect("channel-detail", channel.pk)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def connect(request: MemberRequest, network: str) -> HttpResponse:
    """Connects an account or a feed. What goes wrong is said in the form, in the network's own sentence."""
    way = WAYS.get(network)
    if way is None:
        raise Http404
    facts: dict[str, Any] = {"section": "channels", "network": network}
    if request.method == "GET":
        form = way.form(initial={name: request.GET[name] for name in way.asks if name in request.GET})
        return render(request, way.template, facts | {"form": form})
    form = way.form(request.POST)
    if form.is_valid():
        try:
            if way.elsewhere:
                return leave(request, network, form.cleaned_data)
            channel = listen.connect(request.workspace, request.user, way.network or network, form.cleaned_data)
        except Trouble as trouble:
            form.add_error(None, trouble.sentence)
        else:
            messages.success(request, _("%(name)s is connected.") % {"name": channel.name})
            return redirect("channel-detail", channel.pk)
    return render(request, way.template, facts | {"form": form}, status=422)


@require_GET
@needs(Right.READ)
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One channel: how it is, what could not be read, what it heard last."""
    workspace = request.workspace
    if request.htmx and not Channel.objects.within(workspace).filter(pk=pk).exists():
        # Somebody removed it while this page was open and kept itself up to date.
        return HttpResponseClientRedirect(reverse("channels"))
    channel = _channel(request, pk)
    health = next((each for each in listen.channel_health(workspace) if each.channel.pk == pk), None)
    if health is None:
        raise Http404
    # One more than is shown tells whether there are more, without counting them all.
    problems = list(
        ChannelProblem.objects.within(workspace)
        .filter(channel=channel)
        .order_by("-last_at", "id")[: SHOWN_PROBLEMS + 1]
    )
    mentions = Mention.objects.within(workspace).filter(channel=channel).order_by("-heard_at", "-id")
    facts = {
        "section": "channels",
        "channel": channel,
        "health": health,
        "can": _abilities(channel),
        "problems": problems[:SHOWN_PROBLEMS],
        "more_problems": len(problems) > SHOWN_PROBLEMS,
        "mentions": mentions.defer("activity")[:SHOWN_MENTIONS],
        "runs": ImportRun.objects.within(workspace).filter(channel=channel).order_by("-id"),
        "reconnect": _reconnect(channel),
    }
    return render(request, "channels/detail.html", facts)


def _reconnect(channel: Channel) -> str:
    """The address of the form for connecting it again, filled in; "" where there is no need."""
    if channel.state != Channel.State.DISCONNECTED:
        return ""
    way, fields = channel.network, {}
    if channel.network == "mastodon":
        parts = urlsplit(channel.url)
        fields["instance"] = f"{parts.scheme}://{parts.netloc}"
        if channel.kind == Channel.Kind.FEED:
            way, fields["tag"] = "hashtag", channel.address.rpartition("/")[2]
    elif channel.kind == Channel.Kind.ACCOUNT:
        fields["identifier"] = channel.name.removeprefix("@")
    elif channel.network == "feed":
        fields["url"] = channel.address
    return f"{reverse('channel-connect', args=[way])}?{urlencode(fields)}"


@require_POST
@needs(Right.CONNECT)
def pause(request: MemberRequest, pk: int) -> HttpResponse:
    """Stops listening there."""
    return _change(request, pk, listen.pause, _("Paused. Nothing is heard there until you resume it."))


@require_POST
@needs(Right.CONNECT)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    """Listens there again."""
    return _change(request, pk, listen.resume, _("Listening again, from where it stopped."))


@require_POST
@needs(Right.CONNECT)
def take_all(request: MemberRequest, pk: int) -> HttpResponse:
    """Whether all that a feed brings is about the shop."""
    channel = _channel(request, pk)
    if channel.kind != Channel.Kind.FEED:
        raise Http404
    listen.take_everything(channel, request.user, request.POST.get("take_all") == "1")
    messages.success(request, _("Saved. It holds for what comes from now on."))
    return redirect("channel-detail", pk)


@require_POST
@needs(Right.CONNECT)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets a channel and what it brought."""
    channel = _channel(request, pk)
    name = channel.name
    desk.remove_channel(channel, request.user)
    messages.success(request, _("%(name)s is removed, with what it had brought.") % {"name": name})
    return redirect("channels")


def _change(request: MemberRequest, pk: int, act: Callable[[Channel, Any], None], said: str) -> HttpResponse:
    act(_channel(request, pk), request.user)
    messages.success(request, said)
    return redirect("channel-detail", pk)


def _channel(request: MemberRequest, pk: int) -> Channel:
    channel = Channel.objects.within(request.workspace).filter(pk=pk).first()
    if channel is None:
        raise Http404
    return channel
