"""Connecting, pausing and removing channels: one transaction a function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Subquery

from makegood.connectors.contract import Begun, Capability, Connected
from makegood.connectors.registry import connector
from makegood.connectors.sample import OWN_AUTHOR_ID
from makegood.journal import api as journal
from makegood.kit import clock, crypto
from makegood.listen.folding.flow import let_go_channel
from makegood.listen.models import Channel, Hearing, ImportRun, Mention
from makegood.listen.uploads import forget_upload

__all__ = [
    "Health",
    "add_sample",
    "begin_connect",
    "capability_of",
    "channel_health",
    "connect",
    "credentials_of",
    "finish_connect",
    "has_sample",
    "health_of",
    "listen_publicly",
    "pause",
    "rehome",
    "remove",
    "resume",
    "seal",
    "take_everything",
    "unseal",
]

PUBLIC_STREAMS = {"bluesky": "jetstream"}
"""The networks whose public posts can be followed without an account, and the address of their stream."""
QUIET_AFTER = timedelta(hours=24)
SILENT_STREAM = timedelta(minutes=2)


def seal(credentials: Mapping[str, Any]) -> str:
    """Credentials as they are stored: encrypted with the installation's key."""
    return crypto.encrypt(json.dumps(dict(credentials)).encode(), settings.MASTER_KEY)


def unseal(sealed: str) -> dict[str, Any]:
    """What `seal` sealed."""
    found: dict[str, Any] = json.loads(crypto.decrypt(sealed, settings.MASTER_KEY))
    return found


def credentials_of(channel: Channel) -> dict[str, Any]:
    """The credentials of a channel, {} when it needs none."""
    if not channel.secret:
        return {}
    return unseal(channel.secret)


def connect(workspace: Any, by: Any, network: str, form: Mapping[str, str]) -> Channel:
    """Signs in with what the person typed and keeps the channel. Raises `Trouble` with a sentence when it fails."""
    found = connector(network)
    assert found.connect is not None, f"{network} cannot be connected"
    connected: Connected = async_to_sync(found.connect)(form)
    kind = Channel.Kind(connected.kind)
    return _keep(workspace, by, network, kind, connected, take_all=form.get("take_all", "1") == "1")


def begin_connect(network: str, form: Mapping[str, str], back: str) -> Begun:
    """Starts a sign-in on the network's own page, which returns to the address `back`. Raises `Trouble`."""
    begin = connector(network).begin
    assert begin is not None, f"{network} has no sign-in page"
    return async_to_sync(begin)(form, back)


def finish_connect(
    workspace: Any, by: Any, network: str, pending: Mapping[str, Any], answer: Mapping[str, str]
) -> Channel:
    """Ends a sign-in with what the network came back with, and keeps the channel. Raises `Trouble`."""
    finish = connector(network).finish
    assert finish is not None, f"{network} has no sign-in page"
    connected: Connected = async_to_sync(finish)(pending, answer)
    return _keep(workspace, by, network, Channel.Kind(connected.kind), connected, take_all=True)


def capability_of(channel: Channel) -> Capability:
    """What the channel's network lets us do; where that depends on the server, what this one says."""
    found = connector(channel.network)
    return found.limits(channel.facts) if found.limits is not None else found.capability


@transaction.atomic
def _keep(workspace: Any, by: Any, network: str, kind: str, connected: Connected, *, take_all: bool) -> Channel:
    is_account = kind == Channel.Kind.ACCOUNT and connected.handle
    name = f"@{connected.handle}" if is_account else connected.name or connected.handle or connected.id
    row, created = Channel.objects.update_or_create(
        workspace=workspace,
        network=network,
        kind=kind,
        address=connected.id[:1000],
        defaults={
            "name": name[:200],
            "url": connected.url[:1000],
            "secret": seal(connected.credentials),
            "facts": dict(connected.facts),
            "state": Channel.State.WORKING,
            "take_all": take_all,
            "last_error": "",
            "failures": 0,
            "due_at": clock.now(),
        },
    )
    journal.record(workspace.pk, "channel.connected" if created else "channel.reconnected", row, actor=by)
    return row


@transaction.atomic
def listen_publicly(workspace: Any, by: Any, network: str = "bluesky") -> Channel:
    """Follows a network's public posts for the workspace's queries. No account is needed. Safe to call again."""
    row, created = Channel.objects.get_or_create(
        workspace=workspace,
        network=network,
        kind=Channel.Kind.STREAM,
        address=PUBLIC_STREAMS[network],
        defaults={"name": f"{connector(network).capability.title}: all public posts", "take_all": False},
    )
    if created:
        journal.record(workspace.pk, "channel.connected", row, actor=by)
    return row


@transaction.atomic
def pause(channel: Channel, by: Any) -> None:
    """Stops listening there until a member resumes it."""
    Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(state=Channel.State.PAUSED)
    journal.record(channel.workspace_id, "channel.paused", channel, actor=by)


@transaction.atomic
def resume(channel: Channel, by: Any) -> None:
    """Listens there again, from where it stopped, at once."""
    Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(
        state=Channel.State.WORKING, due_at=clock.now(), last_error="", failures=0, lease_until=None
    )
    journal.record(channel.workspace_id, "channel.resumed", channel, actor=by)


@transaction.atomic
def take_everything(channel: Channel, by: Any, everything: bool) -> None:
    """Whether all that a feed brings is about us, or only what a query matches."""
    Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(take_all=everything)
    journal.record(channel.workspace_id, "channel.changed", channel, actor=by, take_all=everything)


@transaction.atomic
def rehome(channel: Channel) -> None:
    """Gives what another channel of the workspace heard too to the first that did, as this channel is to go."""
    others = Hearing.objects.within(channel.workspace_id).filter(mention=OuterRef("pk")).exclude(channel=channel)
    first = others.order_by("heard_at", "id").values("channel")[:1]
    shared = Mention.objects.within(channel.workspace_id).filter(Exists(others), channel=channel)
    shared.update(channel=Subquery(first))


@transaction.atomic
def remove(channel: Channel, by: Any) -> None:
    """Forgets the channel and all that only it brought, uploads too. The journal keeps that it was there.

    Later stages have rows of their own to see to: pages call `desk.remove_channel`.
    """
    rehome(channel)
    journal.record(channel.workspace_id, "channel.removed", channel, actor=by, network=channel.network)
    for path in ImportRun.objects.within(channel.workspace_id).filter(channel=channel).values_list("path", flat=True):
        forget_upload(path)
    let_go_channel(channel)
    channel.delete()


@transaction.atomic
def add_sample(workspace: Any, by: Any) -> Channel:
    """The channel of the sample shop. Safe to call again."""
    row, created = Channel.objects.get_or_create(
        workspace=workspace,
        network="sample",
        kind=Channel.Kind.SAMPLE,
        address=OWN_AUTHOR_ID,
        defaults={"name": "Sample shop"},
    )
    if created:
        journal.record(workspace.pk, "sample.added", row, actor=by)
    return row


def has_sample(workspace: Any) -> bool:
    """Whether the workspace shows the sample shop."""
    return Channel.objects.within(workspace).filter(kind=Channel.Kind.SAMPLE).exists()


@dataclass(frozen=True)
class Health:
    """How a channel is, in a word and a sentence."""

    channel: Channel
    mood: str
    """working, quiet, trouble, disconnected or paused."""
    sentence: str

    @property
    def good_at(self) -> datetime | None:
        """When it last heard something or was checked with success; None before the first time."""
        moments = (self.channel.last_good_at, self.channel.last_heard_at)
        return max(filter(None, moments), default=None)


def health_of(channel: Channel, now: datetime) -> Health:
    """Whether a channel is working. Silence is never taken for peace: it must have been checked in time."""
    state = channel.state
    if state == Channel.State.PAUSED:
        return Health(channel, "paused", "Paused. Nothing is heard here until you resume it.")
    if state == Channel.State.DISCONNECTED:
        return Health(channel, "disconnected", channel.last_error or "Disconnected. Connect it again.")
    if state == Channel.State.TROUBLE:
        return Health(channel, "trouble", channel.last_error or "In trouble. We keep trying.")
    if channel.kind == Channel.Kind.IMPORT:
        return _import_health(channel)
    if channel.kind == Channel.Kind.SAMPLE:
        return Health(channel, "working", "Here in full; nothing new comes from it.")
    if channel.last_good_at is None:
        if now - channel.created_at > SILENT_STREAM:
            return Health(channel, "trouble", "Not reached yet. Is the listener running? “makegood status” tells.")
        return Health(channel, "quiet", "Just added. Listening starts in a moment.")
    overdue = channel.kind == Channel.Kind.STREAM and now - channel.last_good_at > SILENT_STREAM
    late = channel.due_at is not None and now - channel.due_at > timedelta(minutes=10)
    if overdue or late:
        return Health(channel, "trouble", "Not checked for a while. Is the listener running? “makegood status” tells.")
    if channel.last_heard_at is None or now - channel.last_heard_at > QUIET_AFTER:
        return Health(channel, "quiet", "Working. Nothing about you lately.")
    return Health(channel, "working", "Working.")


def _import_health(channel: Channel) -> Health:
    run = max(channel.imports.all(), key=lambda each: each.pk, default=None)
    state = run.state if run else ImportRun.State.DONE
    if run and state == ImportRun.State.FAILED:
        return Health(channel, "trouble", f"The import stopped. {run.sentence}".strip())
    mood, sentence = {
        ImportRun.State.MAPPING: ("quiet", "Waiting for you to say which column is which."),
        ImportRun.State.QUEUED: ("quiet", "Waiting to be read."),
        ImportRun.State.RUNNING: ("working", "Being read."),
        ImportRun.State.CANCELLED: ("quiet", "Stopped before its end; what was read is here."),
    }.get(ImportRun.State(state), ("working", "Here in full; nothing new comes from it."))
    return Health(channel, mood, sentence)


def channel_health(workspace: Any | None) -> list[Health]:
    """The health of a workspace's channels, or of all (for `makegood status`)."""
    rows = Channel.objects.within(workspace) if workspace else Channel.objects.across("the operator sees every channel")
    now = clock.now()
    runs = ImportRun.objects.across("those of the channels that were asked for").only("channel", "state", "sentence")
    found = rows.defer("cursor", "secret").prefetch_related(Prefetch("imports", runs))
    found = found.order_by("network", "kind", "name", "id")
    return [health_of(row, now) for row in found]
