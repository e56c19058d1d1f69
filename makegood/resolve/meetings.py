"""Calls, meetings and deliveries: the moments that were proposed, in the shop's time zone, and a calendar file of them
(RFC 5545, https://www.rfc-editor.org/rfc/rfc5545).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import finishing, saying
from makegood.resolve.models import Remedy
from makegood.resolve.refunds import DECIDED
from makegood.resolve.rules import ResolveError

__all__ = ["agree", "calendar_file", "proposed", "spans", "spans_words"]

Kind = Remedy.Kind
MINUTES = 30
MOST_MINUTES = 24 * 60
MOST_TIMES = 10


def spans(remedy: Remedy) -> list[tuple[datetime, datetime]]:
    """The moments proposed, each from and until, aware and in order: one where they have agreed on it.

    {"times": [...], "minutes": 30} of a call, {"window": [from, until]} of a delivery, as ISO 8601; without an offset
    it is the shop's time. What cannot be read is left out.
    """
    zone = ZoneInfo(remedy.workspace.timezone)
    if remedy.kind == Kind.COURIER:
        window = [_moment(each, zone) for each in remedy.details.get("window") or ()]
        if len(window) == 2 and window[0] and window[1] and window[0] < window[1]:
            return [(window[0], window[1])]
        return []
    length = timedelta(minutes=_minutes(remedy))
    times = sorted(
        {found for each in (remedy.details.get("times") or ())[:MOST_TIMES] if (found := _moment(each, zone))}
    )
    if remedy.due_at in times:
        times = [remedy.due_at]
    return [(begin, begin + length) for begin in times]


def proposed(remedy: Remedy) -> list[datetime]:
    """When each of the moments that were proposed begins, whichever they have agreed on."""
    return [
        begin for begin, _end in spans(Remedy(kind=remedy.kind, workspace=remedy.workspace, details=remedy.details))
    ]


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _minutes(remedy: Remedy) -> int:
    minutes = remedy.details.get("minutes")
    return minutes if isinstance(minutes, int) and 0 < minutes <= MOST_MINUTES else MINUTES


def spans_words(remedy: Remedy) -> str:
    """The moments in words, by the shop's clocks; "" where there are none."""
    zone = ZoneInfo(remedy.workspace.timezone)

    def words(begin: datetime, end: datetime) -> str:
        here, there = begin.astimezone(zone), end.astimezone(zone)
        day = formats.date_format(here, "l", use_l10n=True)
        first = _("%(weekday)s, %(when)s") % {
            "weekday": day,
            "when": formats.date_format(here, "DATETIME_FORMAT", use_l10n=True),
        }
        if remedy.kind != Kind.COURIER:
            return str(first)
        form = "TIME_FORMAT" if here.date() == there.date() else "DATETIME_FORMAT"
        return _("%(begin)s to %(end)s") % {
            "begin": first,
            "end": formats.time_format(there, form, use_l10n=True)
            if form == "TIME_FORMAT"
            else formats.date_format(there, form, use_l10n=True),
        }

    said = [words(*each) for each in spans(remedy)]
    if len(said) < 2:
        return "".join(said)
    return _("%(some)s or %(last)s") % {"some": ", ".join(said[:-1]), "last": said[-1]}


def calendar_file(remedy: Remedy) -> bytes:
    """A calendar file (text/calendar, UTF-8) of the moments: tentative until one was agreed on.

    An event keeps its id however often the file is made, so that a calendar shows it once. Raises `ResolveError` where
    no moment was proposed.
    """
    # Few ever ask for one, and the library takes 2 MB.
    from icalendar import Calendar, Event

    found = spans(remedy)
    if not found:
        raise ResolveError(_("No time was proposed."))
    zone = ZoneInfo(remedy.workspace.timezone)
    sure = remedy.kind == Kind.COURIER or remedy.due_at in [begin for begin, _end in found]
    file = Calendar()
    file.add("prodid", "-//Makegood//Makegood//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    for begin, end in found:
        event = Event()
        event.add("uid", f"remedy-{remedy.pk}-{begin:%Y%m%dT%H%M%SZ}@makegood")
        event.add("dtstamp", remedy.asked_at.astimezone(UTC))
        event.add("dtstart", begin.astimezone(zone))
        event.add("dtend", end.astimezone(zone))
        event.add("summary", _summary(remedy))
        event.add("status", "CONFIRMED" if sure else "TENTATIVE")
        if where := str(remedy.details.get("where") or "").strip():
            event.add("location", where[:300])
        file.add_component(event)
    file.add_missing_timezones()
    return bytes(file.to_ical())


def _summary(remedy: Remedy) -> str:
    facts = {"shop": remedy.workspace.name, "who": remedy.conversation.author_label}
    if remedy.kind == Kind.COURIER:
        return _("Delivery from %(shop)s") % facts
    return _("%(shop)s and %(who)s") % facts


@transaction.atomic
def agree(remedy: Remedy, membership: Membership, moment: datetime) -> Remedy:
    """They have chosen one of the times proposed: the call is due then. Raises `ResolveError`."""
    member, row = finishing.locked(remedy, membership)
    if row.kind != Kind.CALL or row.state not in DECIDED:
        raise ResolveError(_("There is no call or meeting to agree on."))
    if moment not in proposed(row):
        raise ResolveError(_("Choose one of the times that were proposed."))
    row.due_at, row.try_at = moment, max(moment + timedelta(minutes=_minutes(row)), clock.now())
    row.save(update_fields=["due_at", "try_at"])
    journal.record(
        row.workspace_id,
        "remedy.time_agreed",
        row.conversation,
        actor=member.user,
        at=moment.isoformat(),
        **finishing.facts(row),
    )
    saying.tell(row, _("agreed on %(when)s.") % {"when": spans_words(row)}, by=member.user)
    return row
