"""Handing conversations over by rule: which wait to be looked at, and what is then done to many of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from makegood.desk import clocks, rules
from makegood.desk.actions import LONGEST_REASON
from makegood.desk.models import Conversation, Label, Notice
from makegood.journal import api as journal

__all__ = [
    "HandOver",
    "conversations_to_hand",
    "done_routing",
    "hand_over",
    "open_loads",
    "to_route",
    "wait_no_more",
    "workspaces_to_route",
]

MOST_WORKSPACES = 500
WRITTEN = ("assignee", "assigned_because", "least_urgency", "urgency", "policy", "due_at")


@dataclass(frozen=True)
class HandOver:
    """What a rule does with one conversation, which is locked. Empty parts leave it as it is.

    `to` is the member (a user) who gets it, `because` why: with nobody to give it to, why it waits. `urgency` is only
    ever raised. `policy` is the id of a policy of this workspace. `by_rule` names the rules for the journal; with none
    it goes on with what was begun. `alert` names those of them that want the team to be told.
    """

    conversation: Conversation
    by_rule: Sequence[str]
    to: Any = None
    because: str = ""
    labels: tuple[str, ...] = ()
    urgency: str = ""
    policy: int | None = None
    alert: Sequence[str] = ()


def workspaces_to_route() -> list[int]:
    """The workspaces (ids) in which conversations wait to be looked at by rules. 1 query."""
    rows = Conversation.objects.across("rules serve all workspaces").filter(route_at__isnull=False)
    return list(rows.order_by().values_list("workspace_id", flat=True).distinct()[:MOST_WORKSPACES])


def to_route(workspace: Any, limit: int) -> list[Conversation]:
    """Conversations that wait to be looked at by rules, locked to the caller's transaction, longest waiting first."""
    rows = Conversation.objects.within(workspace).filter(route_at__isnull=False)
    found = rows.select_for_update(of=("self",), skip_locked=True).select_related("latest")
    return list(found.order_by("route_at", "id")[:limit])


def done_routing(rows: Collection[Conversation]) -> None:
    """They were looked at, in the caller's transaction."""
    for workspace_id in {row.workspace_id for row in rows}:
        keys = [row.pk for row in rows if row.workspace_id == workspace_id]
        Conversation.objects.within(workspace_id).filter(pk__in=keys).update(route_at=None)


def conversations_to_hand(workspace: Any, keys: Collection[int]) -> dict[int, Conversation]:
    """These conversations as they stand, by id, locked to the caller's transaction, without those that are busy."""
    rows = Conversation.objects.within(workspace).filter(pk__in=keys)
    found = rows.select_for_update(of=("self",), skip_locked=True).select_related("latest").order_by("id")
    return {row.pk: row for row in found}


def open_loads(workspace: Any, users: Collection[int]) -> dict[int, int]:
    """How many conversations that need an answer each of these members (user ids) has. 1 query."""
    rows = Conversation.objects.within(workspace).filter(assignee__in=users, queue=Conversation.Queue.NEEDS_ANSWER)
    counted = rows.order_by().values("assignee_id").annotate(n=Count("id"))
    return {row["assignee_id"]: row["n"] for row in counted}


def hand_over(workspace: Any, given: Sequence[HandOver]) -> None:
    """Does all of it in the caller's transaction, with the journal's lines and the members' notices.

    The number of queries does not grow with the number of conversations, only with that of different labels. Who has a
    conversation already keeps it.
    """
    if not given:
        return
    lines, notices, timed = [], [], []
    labelled = _label(workspace, given)
    for each in given:
        row = each.conversation
        lines += [_routed(each)] if each.by_rule else []
        by = {"rules": list(each.by_rule)}
        for name in labelled[row.pk]:
            lines.append(journal.line(row.workspace_id, "conversation.labelled", row, label=name, **by))
        raised = _raise(each)
        if raised:
            lines.append(journal.line(row.workspace_id, "conversation.raised", row, urgency=row.urgency, **by))
        if each.policy is not None and each.policy != row.policy_id:
            row.policy_id, raised = each.policy, True
        if raised or labelled[row.pk]:
            timed.append(row)
        if row.assignee_id is None and (each.to is not None or each.because):
            row.assignee, row.assigned_because = each.to, " ".join(each.because.split())[:LONGEST_REASON]
            if each.to is not None:
                facts = {"to": str(each.to), "because": row.assigned_because}
                lines.append(journal.line(row.workspace_id, "conversation.assigned", row, **facts))
                notices.append(_notice(each))
    rows = [each.conversation for each in given]
    settled = clocks.plan(timed, clocks.books_for(timed)) if timed else None
    Conversation.objects.within(workspace).bulk_update(rows, WRITTEN, batch_size=100)
    if settled is not None:
        clocks.write(settled)
    journal.record_all(lines)
    Notice.objects.bulk_create(notices, batch_size=200)


def wait_no_more(rows: Iterable[Conversation]) -> None:
    """Nobody is sought for them any more: why they waited is forgotten. In the caller's transaction."""
    for row in rows:
        if row.assignee_id is None and row.assigned_because:
            row.assigned_because = ""
            row.save(update_fields=["assigned_because"])


def _raise(each: HandOver) -> bool:
    row = each.conversation
    if not each.urgency:
        return False
    row.least_urgency = rules.urgency_of(each.urgency, row.least_urgency)
    before, row.urgency = row.urgency, rules.urgency_of(row.urgency, row.least_urgency)
    return row.urgency != before


def _routed(each: HandOver) -> journal.Entry:
    row = each.conversation
    facts = {"rules": list(each.by_rule), "alert": list(each.alert), "because": each.because}
    return journal.line(row.workspace_id, "conversation.routed", row, **facts)


def _notice(each: HandOver) -> Notice:
    row = each.conversation
    words = _("gave you this conversation: “%(why)s”") % {"why": row.assigned_because}
    return Notice(workspace_id=row.workspace_id, conversation=row, user=each.to, kind="assigned", text=words[:300])


def _label(workspace: Any, given: Sequence[HandOver]) -> Mapping[int, list[str]]:
    """Puts the labels on, making those that are new; the labels that each conversation did not have."""
    wanted: dict[str, str] = {}
    for name in (name for each in given for name in each.labels):
        wanted.setdefault(name.lower(), name)
    put: defaultdict[int, list[str]] = defaultdict(list)
    if not wanted:
        return put
    known = _labels(workspace, wanted)
    missing = [name for key, name in wanted.items() if key not in known]
    if missing:
        key = workspace if isinstance(workspace, int) else workspace.pk
        Label.objects.bulk_create([Label(workspace_id=key, name=name) for name in missing], ignore_conflicts=True)
        known = _labels(workspace, wanted)
    keys = [each.conversation.pk for each in given]
    there = Label.objects.within(workspace).filter(conversations__in=keys, pk__in=[row.pk for row in known.values()])
    pairs = set(there.values_list("conversations", "pk"))
    fresh: defaultdict[int, list[Conversation]] = defaultdict(list)
    for each in given:
        for name in each.labels:
            row = known[name.lower()]
            pair = (each.conversation.pk, row.pk)
            if pair not in pairs:
                pairs.add(pair)
                put[each.conversation.pk].append(row.name)
                fresh[row.pk].append(each.conversation)
    for row in known.values():
        if fresh[row.pk]:
            row.conversations.add(*fresh[row.pk])
    return put


def _labels(workspace: Any, wanted: Mapping[str, str]) -> dict[str, Label]:
    rows = Label.objects.within(workspace).annotate(lowered=Lower("name"))
    found = rows.filter(lowered__in=list(wanted)) | rows.filter(name__in=list(wanted.values()))
    return {row.name.lower(): row for row in found.order_by("-id")}
