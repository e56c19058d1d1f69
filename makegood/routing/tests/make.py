"""Scenes for routing: members with what they take, rules that are on, posts that come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from makegood.accounts.models import Membership, User
from makegood.activity import Activity
from makegood.clocks.models import BusinessHours
from makegood.desk.flow import open_new
from makegood.desk.models import Conversation
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.tests.make import activity
from makegood.routing import api as routing
from makegood.routing.api import Actions, Assign, Conditions, Outside, RoutingRule, Wish
from makegood.routing.models import Routing
from makegood.triage.models import Assessment

__all__ = [
    "COMPLAINT",
    "NOTHING",
    "READ",
    "alone",
    "bring",
    "came",
    "closed_now",
    "fresh",
    "heard_at",
    "lines",
    "member",
    "on",
    "routed",
    "rule",
    "takes",
]

COMPLAINT = "@acme my parcel never arrived, three weeks and nobody answers. I want my refund!"
NOTHING = Outside()
READ = {
    "intent": "complaint",
    "severity": 2,
    "urgency": "today",
    "topics": ["delivery"],
    "sentiment": "negative",
    "language": "en",
    "response": "restoration",
    "version": "test",
}
"""What a post is read as here where nothing else is said: these tests are not about reading."""


def member(workspace: Any, name: str, role: str = "agent") -> Any:
    """Somebody new in the workspace."""
    user = User.objects.create_user(f"{name.lower()}@example.com", name=name)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def takes(workspace: Any, user: Any, **wish: Any) -> Any:
    """What somebody takes."""
    return routing.save_profile(workspace, user, user, routing.Profile(**wish))


def rule(
    workspace: Any, by: Any, name: str = "All", *, on: bool = True, go_on: bool = False, **parts: Any
) -> RoutingRule:
    """A rule that is on. `assign` is an Assign; what Conditions and Actions call their parts goes to them."""
    actions = {key: parts.pop(key) for key in ("assign", "labels", "policy", "urgency", "alert") if key in parts}
    wish = Wish(name, Conditions(**parts), Actions(**actions), go_on)
    row = routing.save_rule(workspace, by, wish)
    if on:
        routing.switch_rule(row, by, True)
        row.refresh_from_db()
    return row


def on(*users: Any) -> Assign:
    """Shared out among these."""
    return Assign("least", people=tuple(user.pk for user in users))


def alone(user: Any) -> Assign:
    """One member's."""
    return Assign("person", person=user.pk)


def bring(channel: Any, *said: Activity, history: bool = False, **read: Any) -> list[Conversation]:
    """Posts, read as READ but for `read`, that are on the desk and not routed yet; all conversations, oldest first."""
    with transaction.atomic():
        oldest = clock.now() if history else None
        listen.store(channel, [listen.Hit(each, "why") for each in said], oldest=oldest)
        mentions = listen.take_new(100)
        listen.mark_sorted(mentions)
        known = Assessment.objects.within(channel.workspace_id)
        for mention in mentions:
            known.update_or_create(
                workspace=channel.workspace, mention=mention, defaults=READ | {"state": "new"} | read
            )
    open_new()
    rows = Conversation.objects.within(channel.workspace_id).select_related("latest", "workspace", "assignee")
    return list(rows.order_by("id"))


def came(channel: Any, *texts: str, **read: Any) -> list[Conversation]:
    """`bring` for posts that are each of somebody else."""
    return bring(channel, *(activity(text, network=channel.network) for text in texts or (COMPLAINT,)), **read)


def heard_at(row: Conversation, at: datetime, **read: Any) -> None:
    """As if its newest post had been heard then, and read so."""
    type(row.latest).objects.within(row.workspace_id).filter(pk=row.latest_id).update(heard_at=at)
    if read:
        Assessment.objects.within(row.workspace_id).filter(mention=row.latest_id).update(**read)


def fresh(row: Conversation) -> Conversation:
    """The conversation as it stands now."""
    return Conversation.objects.within(row.workspace_id).select_related("assignee").get(pk=row.pk)


def routed(row: Conversation) -> Routing:
    """What came of it."""
    found: Routing = Routing.objects.within(row.workspace_id).get(conversation=row)
    return found


def lines(row: Conversation, *verbs: str) -> list[dict[str, Any]]:
    """What the journal says of it by these verbs, oldest first."""
    rows = Entry.objects.within(row.workspace_id).filter(subject=f"conversation:{row.pk}", verb__in=verbs)
    return [each.data for each in rows.order_by("id")]


def closed_now(workspace: Any) -> BusinessHours:
    """Hours of one hour a day that begin within three hours, and not before one."""
    begin = (clock.now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    start = begin.hour * 60
    week = [[[start, start + 60]]] * 7
    return BusinessHours.objects.create(workspace=workspace, name="Later", timezone="UTC", week=week)
