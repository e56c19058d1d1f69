"""Answers that go out at a moment a member chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import composing
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply

__all__ = ["Preset", "moment", "presets", "replan", "send_now"]

FARTHEST = timedelta(days=90)
State = Reply.State


@dataclass(frozen=True)
class Preset:
    """A moment that is offered: its name in the form, its words, when it is (aware)."""

    name: str
    words: Any
    at: datetime


def presets(zone: str, now: datetime | None = None) -> list[Preset]:
    """In an hour; tomorrow morning and next Monday morning as the clocks of the shop show it."""
    moment_now = now or clock.now()
    tomorrow, monday = (
        Preset(slug, desk.SPANS[slug], desk.moment_of(slug, moment_now, zone)) for slug in ("tomorrow", "monday")
    )
    hour = Preset("hour", gettext_lazy("In an hour"), moment_now + timedelta(hours=1))
    return [hour, tomorrow] if monday.at == tomorrow.at else [hour, tomorrow, monday]


def moment(wanted: str, zone: str, now: datetime | None = None) -> datetime:
    """The moment (aware, UTC) that a form names: a preset, or a date and time on the shop's clocks such as
    2026-11-23T09:00. Raises `ReplyError` when it is none, is over, or is more than 90 days away.
    """
    moment_now = now or clock.now()
    preset = next((one.at for one in presets(zone, moment_now) if one.name == wanted), None)
    if preset is not None:
        return clock.to_utc(preset)
    try:
        said = datetime.fromisoformat(wanted)
    except ValueError as error:
        raise ReplyError(_("Choose a day and a time.")) from error
    at = clock.to_utc(said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone)))
    if at <= moment_now:
        raise ReplyError(_("That moment is over. Choose a later one, or send it now."))
    if at > moment_now + FARTHEST:
        raise ReplyError(_("That is more than 90 days away. Choose an earlier moment."))
    return at


@transaction.atomic
def replan(reply: Reply, member: Any, at: datetime) -> bool:
    """Lets a planned or held answer go out at another moment (aware). False when it is already being sent.

    Raises `ReplyError` when it can't be answered at that moment any more.
    """
    route = composing.route_of(reply.conversation, at=at)
    if str(route.kind) != "api":
        raise ReplyError(route.reason)
    return _move(reply, member, at, scheduled=True)


@transaction.atomic
def send_now(reply: Reply, member: Any) -> bool:
    """Sends a planned or held answer after the workspace's seconds of grace. False when it is already being sent.

    Who says so has seen what the customer wrote meanwhile, so it is not held again.
    """
    grace = float(reply.conversation.workspace.undo_seconds)
    return _move(reply, member, clock.now() + timedelta(seconds=grace), scheduled=False)


def _move(reply: Reply, member: Any, at: datetime, *, scheduled: bool) -> bool:
    latest = reply.conversation.latest
    rows = Reply.objects.within(reply.workspace_id)
    waiting = rows.filter(pk=reply.pk, lead__isnull=True, state__in=[State.QUEUED, State.HELD], attempt=0)
    changed = waiting.update(
        state=State.QUEUED,
        scheduled=scheduled,
        send_after=at,
        sentence="",
        changed_at=clock.now(),
        # Planned anew by somebody who sees their newest words: only what they write from now on holds it.
        **({"parent_id": latest.network_id} if reply.purpose == Reply.Purpose.ANSWER else {}),
    )
    if not changed:
        return False
    rows.filter(lead_id=reply.pk, state=State.QUEUED, purpose=reply.purpose).update(parent_id=latest.network_id)
    journal.record(reply.workspace_id, "reply.replanned", reply.conversation, actor=member, reply=reply.pk)
    jobs.wake("outbox", delay=max(0.0, (at - clock.now()).total_seconds()))
    return True
