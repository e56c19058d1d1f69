"""Whether there are suddenly more complaints: all of them, of a topic, of a cause. Each rise is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min
from django.utils import formats
from django.utils.translation import gettext as _

from makegood.clocks.api import SpecialDay
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage
from makegood.winback.causes.days import filled, outages, silent_days, unheard_days
from makegood.winback.causes.matching import LIVE
from makegood.winback.causes.rises import BASELINE_DAYS, Evidence, Verdict, Watch, judge
from makegood.winback.models import Cause, CauseMember, Complaint, Rise, RiseSettings

__all__ = ["Watched", "evidence_words", "per_quarter_of", "rises_open", "watch", "watched"]

LOOKED_AT = timedelta(days=BASELINE_DAYS + 7)
MONTHS = 3
USUAL = 1
"""False alarms in three months where a workspace has not said otherwise."""
CHANNEL_VERBS = ("channel.trouble", "channel.recovered", "channel.paused", "channel.resumed")
MOST_LINES = 5_000
ALL = "all"
Counts = dict[date, int]


@dataclass(frozen=True)
class Watched:
    """A series that is watched: what it is, and how it stands today."""

    series: str
    name: str
    verdict: Verdict
    cause: Cause | None = None


def per_quarter_of(workspace: Any) -> int:
    """How many false alarms the workspace puts up with in three months. 1 query."""
    found = RiseSettings.objects.within(workspace).values_list("per_quarter", flat=True).first()
    return int(found) if found is not None else USUAL


def rises_open(workspace: Any) -> list[Rise]:
    """The rises that have not ended, the newest first. 1 query."""
    rows = Rise.objects.within(workspace).filter(ended_at__isnull=True).select_related("cause")
    return list(rows.order_by("-found_at", "-pk")[:20])


def watched(workspace: Any) -> list[Watched]:
    """Every series of a workspace with how it stands today: all complaints first, topics, then causes. 9 queries."""
    zone = ZoneInfo(workspace.timezone or "UTC")
    today = clock.now().astimezone(zone).date()
    first = today - LOOKED_AT
    series = _series(workspace, first, today)
    whole = series[ALL][1]
    begun = _first_day(workspace)
    if begun is None:
        return []
    first = max(first, begun)
    # Today is not over: that nothing has come yet says nothing.
    without = _not_counted(workspace, whole, first, today, zone) - {today}
    alarm = Watch(per_quarter_of(workspace) / MONTHS, len(series))
    return [
        Watched(key, name, judge(filled(counts, first, today, without), today, alarm), cause)
        for key, (name, counts, cause) in series.items()
    ]


def _first_day(workspace: Any) -> date | None:
    found: date | None = _rows(workspace).aggregate(first=Min("day"))["first"]
    return found


def _rows(workspace: Any) -> Any:
    return Complaint.objects.within(workspace).filter(is_sample=False)


def _series(workspace: Any, first: date, last: date) -> dict[str, tuple[str, Counts, Cause | None]]:
    names = triage.topic_words(workspace)
    rows = _rows(workspace).filter(day__gte=first, day__lte=last)
    whole: Counter[date] = Counter()
    topics: dict[str, Counter[date]] = {}
    for row in rows.order_by().values("day", "topic").annotate(n=Count("pk")):
        whole[row["day"]] += row["n"]
        if row["topic"] in names:
            topics.setdefault(row["topic"], Counter())[row["day"]] += row["n"]
    found: dict[str, tuple[str, Counts, Cause | None]] = {ALL: ("", dict(whole), None)}
    found |= {f"topic:{slug}": (names[slug], dict(counts), None) for slug, counts in sorted(topics.items())}
    members = CauseMember.objects.within(workspace).exclude(state=CauseMember.State.REMOVED)
    members = members.filter(cause__state__in=LIVE, complaint__day__gte=first, complaint__is_sample=False)
    of_causes: dict[int, Counts] = {}
    for row in members.order_by().values("cause", "complaint__day").annotate(n=Count("pk")):
        of_causes.setdefault(row["cause"], {})[row["complaint__day"]] = row["n"]
    for cause in Cause.objects.within(workspace).filter(pk__in=of_causes).order_by("pk"):
        found[f"cause:{cause.pk}"] = (cause.name, of_causes[cause.pk], cause)
    return found


def _not_counted(workspace: Any, whole: Mapping[date, int], first: date, today: date, zone: ZoneInfo) -> set[date]:
    """Days that say nothing: not heard, silent where it is never silent, and holidays, which are no ordinary days."""
    lines = journal.Entry.objects.within(workspace).filter(verb__in=CHANNEL_VERBS, at__gte=clock.now() - LOOKED_AT)
    said = [
        (int(number), verb, at)
        for subject, verb, at in lines.order_by("id").values_list("subject", "verb", "at")[:MOST_LINES]
        if (number := subject.removeprefix("channel:")).isdigit()
    ]
    days: set[date] = set()
    if said:
        rows = _rows(workspace).filter(day__gte=first, mention__isnull=False).order_by()
        brings = dict(rows.values_list("mention__channel").annotate(n=Count("pk")))
        days |= unheard_days(outages(said, clock.now()), brings, zone)
    closed = SpecialDay.objects.within(workspace).filter(hours__is_default=True, day__gte=first, day__lt=today)
    days |= {row.day for row in closed if not row.spans}
    return days | silent_days(whole, first, today - timedelta(days=1))


@transaction.atomic
def watch(workspace: Any) -> int:
    """Notes the rises that have begun, and those that are over. How many have begun."""
    today = clock.now().astimezone(ZoneInfo(workspace.timezone or "UTC")).date()
    rows = Rise.objects.within(workspace).filter(ended_at__isnull=True)
    standing = {row.series: row for row in rows}
    count = 0
    seen = watched(workspace)
    for each in seen:
        row = standing.get(each.series)
        if row is None and each.verdict.rising:
            count += _begin(workspace, each, today)
        elif row is not None and each.verdict.rising:
            _go_on(row, each.verdict, today)
        elif row is not None and each.verdict.calm and row.day < today:
            _end(row)
    for series, row in standing.items():
        if series not in {each.series for each in seen}:
            _end(row)
    return count


def _facts(evidence: Evidence) -> dict[str, Any]:
    return {
        "days": evidence.days,
        "count": evidence.count,
        "expected": round(evidence.expected, 2),
        "at_most": evidence.at_most,
        "one_in": evidence.one_in,
    }


def _begin(workspace: Any, each: Watched, today: date) -> int:
    evidence = each.verdict.evidence
    assert evidence is not None
    facts = {
        "cause": each.cause,
        "name": each.name[:120],
        "day": today,
        "began": today - timedelta(days=evidence.days - 1),
        "facts": _facts(evidence),
    }
    # Two workers at once: one of them finds it there.
    row, new = Rise.objects.get_or_create(workspace_id=workspace.pk, series=each.series, ended_at=None, defaults=facts)
    if not new:
        return 0
    because = evidence_words(row)
    more = {"cause": each.cause.pk} if each.cause else {}
    journal.record(
        workspace.pk, "cause.rising", row, series=each.series, name=row.name, because=because, **more, **row.facts
    )
    return 1


def _go_on(row: Rise, verdict: Verdict, today: date) -> None:
    assert verdict.evidence is not None
    facts = _facts(verdict.evidence)
    if row.day != today or row.facts != facts:
        Rise.objects.within(row.workspace_id).filter(pk=row.pk).update(day=today, facts=facts)


def _end(row: Rise) -> None:
    Rise.objects.within(row.workspace_id).filter(pk=row.pk).update(ended_at=clock.now())


def evidence_words(row: Rise) -> str:
    """What shows a rise: "14 today, 3.1 expected on a Monday, at most 8 in 999 of 1,000"."""
    facts = row.facts
    expected = formats.number_format(facts["expected"], decimal_pos=1, use_l10n=True)
    words = {
        "n": facts["count"],
        "expected": expected,
        "most": facts["at_most"],
        "day": formats.date_format(row.day, "l"),
        "days": facts["days"],
        "in": formats.number_format(facts["one_in"] - 1, use_l10n=True, force_grouping=True),
        "of": formats.number_format(facts["one_in"], use_l10n=True, force_grouping=True),
    }
    if facts["days"] == 1:
        # Translators: "day" is a day of the week.
        said = _("%(n)s in a day, %(expected)s expected on a %(day)s, at most %(most)s on %(in)s of %(of)s such days")
    else:
        said = _("%(n)s in %(days)s days, %(expected)s expected, at most %(most)s in %(in)s of %(of)s such spans")
    return said % words
