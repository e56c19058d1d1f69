"""Causes as the pages show them. Every list is bounded, and read in few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.desk import api as desk
from makegood.kit import clock, keyset
from makegood.kit.amounts import amount_words
from makegood.resolve import api as resolve
from makegood.triage import api as triage
from makegood.winback.causes import rules
from makegood.winback.causes.matching import LIVE
from makegood.winback.models import Cause, CauseMember, Complaint

__all__ = [
    "VIEWS",
    "CausePage",
    "CauseRow",
    "Cost",
    "MemberPage",
    "MemberRow",
    "Trend",
    "cause_choices",
    "causes_of",
    "causes_page",
    "complaint_in",
    "cost_of_cause",
    "count_to_tell",
    "live_causes",
    "members_page",
    "one_cause",
    "one_member",
    "proposals",
    "reason_words",
    "rule_words",
    "trend_of",
]

State = Cause.State
In, Suggested = CauseMember.State.IN, CauseMember.State.SUGGESTED
VIEWS: Mapping[str, tuple[str, ...]] = {
    "open": (State.OPEN, State.REOPENED),
    "fixed": (State.FIXED,),
    "all": tuple(LIVE),
}
PAGE = 20
MEMBERS = 20
RECENT = timedelta(days=28)
MOST_COSTED = 5_000
QUOTE = 280
DAYS, WEEKS = 28, 26


@dataclass(frozen=True)
class CauseRow:
    """A cause in a list: how many belong to it, how many lately and in the four weeks before, how many may belong."""

    cause: Cause
    people: int
    recent: int
    before: int
    suggested: int
    overdue: bool
    rule: list[str]


@dataclass(frozen=True)
class CausePage:
    """Causes, what was changed last first. `after` is the key of the next page, "" on the last."""

    rows: list[CauseRow]
    after: str


@dataclass(frozen=True)
class MemberRow:
    """A complaint of a cause: what they said, as it stands now ("" where it is gone), and why it is here."""

    member: CauseMember
    quote: str
    gone: bool
    private: bool
    reasons: list[str]


@dataclass(frozen=True)
class MemberPage:
    """Complaints, the newest first. `after` is the key of the next page, "" on the last."""

    rows: list[MemberRow]
    after: str


@dataclass(frozen=True)
class Cost:
    """What a cause has cost, in words, a line a currency; never added over currencies."""

    remedies: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    lost_unknown: int = 0


@dataclass(frozen=True)
class Trend:
    """How many complained in each span of so many `days`, the oldest first, each with its first day; empty ones too."""

    days: int
    rows: list[tuple[date, int]]


def today_of(workspace: Any) -> date:
    """The day it is in the shop."""
    return clock.now().astimezone(ZoneInfo(workspace.timezone or "UTC")).date()


def _listed(workspace: Any) -> Any:
    rows = Cause.objects.within(workspace).select_related("owner")
    today = today_of(workspace)
    recent, before = today - RECENT, today - 2 * RECENT
    mine = Q(members__state=In)
    return rows.annotate(
        n_in=Count("members", filter=mine),
        n_recent=Count("members", filter=mine & Q(members__complaint__day__gt=recent)),
        n_before=Count(
            "members", filter=mine & Q(members__complaint__day__gt=before, members__complaint__day__lte=recent)
        ),
        n_suggested=Count("members", filter=Q(members__state=Suggested)),
    )


def _row(workspace: Any, cause: Any, names: Mapping[str, str], today: date) -> CauseRow:
    overdue = bool(cause.fix_by and cause.fix_by < today and cause.state in VIEWS["open"])
    counts = (cause.n_in, cause.n_recent, cause.n_before, cause.n_suggested)
    return CauseRow(cause, *counts, overdue, rule_words(cause, names))


def causes_page(workspace: Any, view: str = "open", after: str = "") -> CausePage:
    """A page of the named causes. 2 queries."""
    rows = _listed(workspace).filter(state__in=VIEWS.get(view, VIEWS["open"]))
    if key := keyset.read(after):
        rows = rows.filter(Q(changed_at__lt=key[0]) | Q(changed_at=key[0], pk__lt=key[1]))
    found = list(rows.order_by("-changed_at", "-pk")[: PAGE + 1])
    page, names, today = found[:PAGE], triage.topic_words(workspace), today_of(workspace)
    more = keyset.after_row(page[-1].changed_at, page[-1].pk) if len(found) > PAGE else ""
    return CausePage([_row(workspace, each, names, today) for each in page], more)


def proposals(workspace: Any) -> list[CauseRow]:
    """What Makegood proposes, the most people first. 2 queries."""
    rows = _listed(workspace).filter(state=State.PROPOSED).order_by("-people", "-pk")[:PAGE]
    names, today = triage.topic_words(workspace), today_of(workspace)
    return [_row(workspace, each, names, today) for each in rows]


def one_cause(workspace: Any, pk: int) -> CauseRow | None:
    """A cause or proposal; of one that was merged, what it is part of now. None where there is none. 3 queries."""
    cause = _listed(workspace).filter(pk=pk).first()
    if cause is not None and cause.state == State.MERGED and cause.merged_into_id:
        cause = _listed(workspace).filter(pk=cause.merged_into_id).first()
    if cause is None or cause.state in (State.MERGED, State.DECLINED):
        return None
    return _row(workspace, cause, triage.topic_words(workspace), today_of(workspace))


def live_causes(workspace: Any) -> list[Cause]:
    """Those that something can be put into, by name. 1 query."""
    return list(Cause.objects.within(workspace).filter(state__in=LIVE).order_by("name", "pk")[:200])


def causes_of(workspace: Any, conversation: desk.Conversation) -> list[CauseMember]:
    """What a conversation's complaint belongs or may belong to. 1 query."""
    rows = CauseMember.objects.within(workspace).filter(complaint__conversation=conversation)
    rows = rows.filter(state__in=[In, Suggested], cause__state__in=LIVE)
    return list(rows.select_related("cause", "complaint").order_by("-state", "-pk")[:3])


def one_member(workspace: Any, pk: int) -> CauseMember | None:
    """One complaint of a cause with both, None where it is not there. 1 query."""
    rows = CauseMember.objects.within(workspace).select_related("cause", "complaint__conversation")
    return rows.filter(pk=pk).first()


def complaint_in(workspace: Any, conversation: desk.Conversation) -> Complaint | None:
    """The complaint a conversation tells of, None where it tells of none. 1 query."""
    return Complaint.objects.within(workspace).filter(conversation=conversation).first()


def cause_choices(workspace: Any) -> dict[str, str]:
    """The topics a rule may name, by slug. 1 query."""
    return triage.topic_words(workspace)


def rule_words(cause: Cause, names: Mapping[str, str]) -> list[str]:
    """What fits a cause, a part each."""
    parts = [names.get(cause.topic, cause.topic)] if cause.topic else []
    parts += [cause.product] if cause.product else []
    place = str(rules.PLACES.get(cause.place, ""))
    parts += [place] if place and place not in parts else []
    return parts + ([_("says %(words)s") % {"words": _quoted(cause.words)}] if cause.words else [])


def _quoted(words: Sequence[str]) -> str:
    return str(_(" or ")).join(f"“{word}”" for word in words)


def reason_words(reasons: Sequence[Sequence[str]], names: Mapping[str, str]) -> list[str]:
    """Why a complaint belongs to a cause, a sentence each."""
    found = []
    for kind, what in reasons:
        if kind == "topic":
            found.append(_("it is about %(topic)s") % {"topic": names.get(what, what)})
        elif kind == "product":
            source, _colon, product = what.partition(":")
            words = _("they ordered %(product)s") if source == "order" else _("they name %(product)s")
            found.append(words % {"product": product})
        elif kind == "place" and what in rules.PLACES:
            found.append(_("where it went wrong: %(place)s") % {"place": rules.PLACES[what]})
        elif kind == "words":
            said = _(" and ").join(f"“{word}”" for word in what.split(", "))
            found.append(_("they say %(words)s") % {"words": said})
        elif kind == "member":
            found.append(_("%(who)s put it here") % {"who": what})
    return found


def members_page(
    workspace: Any, cause: Cause, state: str = In, after: str = "", *, told: bool | None = None
) -> MemberPage:
    """A page of a cause's complaints; `told` narrows to those who know that it is fixed, or do not. 3 queries."""
    rows = CauseMember.objects.within(workspace).filter(cause=cause, state=state)
    if told is not None:
        rows = rows.filter(told_at__isnull=not told)
    if key := keyset.read(after):
        rows = rows.filter(Q(posted_at__lt=key[0]) | Q(posted_at=key[0], pk__lt=key[1]))
    rows = rows.select_related("complaint__conversation", "complaint__mention", "by")
    found = list(rows.order_by("-posted_at", "-pk")[: MEMBERS + 1])
    page, names = found[:MEMBERS], triage.topic_words(workspace)
    said = _said(workspace, [each.complaint for each in page])
    more = keyset.after_row(page[-1].posted_at, page[-1].pk) if len(found) > MEMBERS else ""
    return MemberPage([_member_row(each, said, names) for each in page], more)


def _said(workspace: Any, complaints: Sequence[Complaint]) -> dict[int, desk.Message]:
    """The message each complaint began with, as it stands now: what was deleted at its source has no words here."""
    rows = desk.Message.objects.within(workspace).filter(mention__in=[each.mention_id for each in complaints])
    return {row.mention_id: row for row in rows if row.mention_id is not None}


def _member_row(row: CauseMember, said: Mapping[int, desk.Message], names: Mapping[str, str]) -> MemberRow:
    key = row.complaint.mention_id
    message = said.get(key) if key is not None else None
    gone = message is None or message.deleted_at is not None
    words = "" if gone or message is None else " ".join(message.text.split())
    quote = words if len(words) <= QUOTE else f"{words[: QUOTE - 1].rstrip()}…"
    private = message is not None and message.visibility == "direct"
    return MemberRow(row, quote, gone, private, reason_words(row.reasons, names))


def cost_of_cause(workspace: Any, cause: Cause) -> Cost:
    """What was given to those who complained of it, by the ledger, and what those who are lost were likely to bring.

    3 queries.
    """
    rows = CauseMember.objects.within(workspace).filter(cause=cause, state=In)
    talks = list(rows.order_by("-posted_at").values_list("complaint__conversation_id", flat=True)[:MOST_COSTED])
    remedies = []
    for each in resolve.cost_in(workspace, talks) if talks else ():
        words = ngettext("%(amount)s for %(n)d remedy", "%(amount)s for %(n)d remedies", each.entries)
        remedies.append(words % {"amount": amount_words(each.amount_minor, each.currency), "n": each.entries})
    lost = rows.filter(complaint__lost_at__isnull=False).order_by()
    sums = lost.values("complaint__lost_currency").annotate(n=Count("pk"), total=Sum("complaint__lost_minor"))
    said, unknown = [], 0
    for row in sorted(sums, key=lambda row: -(row["total"] or 0)):
        if not row["complaint__lost_currency"] or row["total"] is None:
            unknown += row["n"]
            continue
        amount = amount_words(row["total"], row["complaint__lost_currency"], rounded=True)
        words = ngettext("about %(amount)s of %(n)d customer", "about %(amount)s of %(n)d customers", row["n"])
        said.append(words % {"amount": amount, "n": row["n"]})
    return Cost(remedies, said, unknown)


def trend_of(workspace: Any, cause: Cause, by: str = "week") -> Trend:
    """How many complained, by day for four weeks or by week for half a year. 1 query."""
    days, spans = (1, DAYS) if by == "day" else (7, WEEKS)
    today = today_of(workspace)
    last = today if days == 1 else today - timedelta(days=today.weekday())
    first = last - timedelta(days=days * (spans - 1))
    states = [Suggested] if cause.state == State.PROPOSED else [In]
    rows = CauseMember.objects.within(workspace).filter(cause=cause, state__in=states, complaint__day__gte=first)
    counts: dict[int, int] = {}
    for row in rows.order_by().values("complaint__day").annotate(n=Count("pk")):
        span = (row["complaint__day"] - first).days // days
        counts[span] = counts.get(span, 0) + row["n"]
    return Trend(days, [(first + timedelta(days=days * n), counts.get(n, 0)) for n in range(spans)])


def count_to_tell(workspace: Any, cause: Cause) -> tuple[int, int]:
    """How many of those who complained know that it is fixed, and how many there are. 1 query."""
    rows = CauseMember.objects.within(workspace).filter(cause=cause, state=In)
    found = rows.aggregate(told=Count("pk", filter=Q(told_at__isnull=False)), whole=Count("pk"))
    return found["told"], found["whole"]
