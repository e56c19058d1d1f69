"""The step: gives conversations to members by rule, each conversation once.

The conversations come with a mark that they are to be looked at. Looking, what is done, the row that says so and the
mark's end are one transaction: a crash between loses nothing and does nothing twice. The workspace's rules are locked
first, so that two workers don't both give a member their last free place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from makegood.accounts.api import Workspace
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.routing.choosing import Outcome, choose, with_rule
from makegood.routing.house import House, Outside, house_of, rule_of, said_by, subject_of
from makegood.routing.models import Routing, RoutingRule, Taken
from makegood.routing.rules import Rule, Subject, Verdict, judge
from makegood.triage import api as triage

__all__ = ["TOPIC", "give_out"]

log = logging.getLogger(__name__)
TOPIC = "routing"
BATCH = 200
TURN_SECONDS = 1.0
Q_ = desk.Conversation.Queue
SETTLED = (Q_.CLOSED, Q_.WAITING)
"""Nobody is sought for these any more."""
S = Routing.State


def give_out(outside: Outside) -> int:
    """Looks at what came in, then seeks somebody for what waits; how many conversations were looked at.

    After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    for key in desk.workspaces_to_route():
        while done := _route_batch(key, outside):
            count += done
            if time.monotonic() >= until:
                jobs.wake(TOPIC)
                return count
    waiting = Routing.objects.across("rules serve all workspaces").filter(state=S.WAITING)
    for key in list(waiting.order_by().values_list("workspace_id", flat=True).distinct()[:500]):
        _seek(key, outside)
    return count


def _locked_rules(workspace_id: int) -> list[RoutingRule]:
    rows = RoutingRule.objects.within(workspace_id).select_for_update()
    return list(rows.order_by("position", "id"))


@dataclass
class Given:
    """What a batch comes to."""

    handed: list[desk.HandOver] = field(default_factory=list)
    routings: list[Routing] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)


@transaction.atomic
def _route_batch(workspace_id: int, outside: Outside) -> int:
    rules = [rule_of(row) for row in _locked_rules(workspace_id) if row.active]
    rows = desk.to_route(workspace_id, BATCH)
    if rules:
        given = _look_at(workspace_id, rules, rows, outside)
        desk.hand_over(workspace_id, given.handed)
        Routing.objects.bulk_create(given.routings, batch_size=200)
        Taken.objects.bulk_create(given.taken, batch_size=200)
    desk.done_routing(rows)
    if any(each.alert for each in (given.handed if rules else ())):
        jobs.wake("alerts")
    return len(rows)


def _look_at(workspace_id: int, rules: Sequence[Rule], rows: Sequence[desk.Conversation], outside: Outside) -> Given:
    routed = Routing.objects.within(workspace_id).filter(conversation__in=[row.pk for row in rows])
    done = set(routed.values_list("conversation_id", flat=True))
    fresh = [row for row in rows if row.pk not in done and row.queue != Q_.CLOSED and not row.latest.history]
    given = Given()
    if not fresh:
        return given
    house = house_of(Workspace.objects.get(pk=workspace_id), outside)
    read = triage.Assessment.objects.within(workspace_id).filter(mention__in=[row.latest_id for row in fresh])
    assessments = {each.mention_id: each for each in read}
    looked_up = said_by([(row, row.latest) for row in fresh], [rule.conditions for rule in rules], outside)
    now = clock.now()
    for row in fresh:
        if row.latest_id not in assessments:
            continue
        try:
            subject = subject_of(row, row.latest, assessments[row.latest_id], looked_up, house.shop)
            verdict = judge(rules, subject)
            if verdict.rules:
                _settle(given, row, subject, verdict, house, now)
        except Exception:
            # One that trips the rules must not keep the others waiting.
            log.exception("conversation %s could not be routed", row.pk)
    return given


def _settle(
    given: Given, row: desk.Conversation, subject: Subject, verdict: Verdict, house: House, now: datetime
) -> None:
    rule, outcome = (None, None) if row.assignee_id else _seek_for(verdict.assigning, house, subject, now)
    because = with_rule(outcome.because, rule.name) if rule and outcome else ""
    user = outcome.user if outcome else None
    routing = Routing(
        workspace_id=row.workspace_id,
        conversation=row,
        rule_id=rule.key if rule else None,
        state=_state(outcome),
        user=house.users.get(user) if user is not None else None,
        reason=because,
        language=subject.language,
        topics=list(subject.topics),
        at=now,
        given_at=now if user is not None else None,
        looked_at=now if outcome and outcome.waits else None,
    )
    if user is not None:
        house.board.give(user, now, counts=row.queue == Q_.NEEDS_ANSWER)
    given.routings.append(routing)
    given.taken += [
        Taken(workspace_id=row.workspace_id, routing=routing, rule_id=each.key, at=now) for each in verdict.rules
    ]
    given.handed.append(
        desk.HandOver(
            row,
            [each.name for each in verdict.rules],
            to=routing.user,
            because=because,
            labels=verdict.labels,
            urgency=verdict.urgency,
            policy=verdict.policy,
            alert=verdict.alerts,
        )
    )


def _seek_for(
    rules: Sequence[Rule], house: House, subject: Subject, now: datetime
) -> tuple[Rule | None, Outcome | None]:
    """The first rule that finds somebody; else the first that may by waiting; else what the first says."""
    tried = [(rule, choose(rule.actions.assign, house.board, subject.language, subject.topics, now)) for rule in rules]
    for good in (lambda one: one.user is not None, lambda one: one.waits, lambda one: True):
        for rule, outcome in tried:
            if good(outcome):
                return rule, outcome
    return None, None


def _state(outcome: Outcome | None) -> str:
    if outcome is None:
        return S.DONE
    if outcome.user is not None:
        return S.GIVEN
    return S.WAITING if outcome.waits else S.ENDED


@transaction.atomic
def _seek(workspace_id: int, outside: Outside) -> None:
    """Somebody for what waits: those first for which nobody was sought the longest."""
    rules = {row.pk: rule_of(row) for row in _locked_rules(workspace_id) if row.active}
    waiting = Routing.objects.within(workspace_id).filter(state=S.WAITING)
    rows = list(waiting.select_for_update(of=("self",)).order_by("looked_at", "id")[:BATCH])
    known = desk.conversations_to_hand(workspace_id, [row.conversation_id for row in rows])
    if not known:
        return
    house = house_of(Workspace.objects.get(pk=workspace_id), outside)
    now = clock.now()
    handed, over = [], []
    for row in rows:
        conversation, rule = known.get(row.conversation_id), rules.get(row.rule_id or 0)
        row.looked_at = now
        if conversation is None:
            continue
        if conversation.assignee_id or conversation.queue in SETTLED or rule is None or not rule.actions.assign.how:
            row.state, row.looked_at = S.ENDED, None
            over.append(conversation)
            continue
        outcome = choose(rule.actions.assign, house.board, row.language, row.topics, now)
        _note(row, outcome, rule, house, now, counts=conversation.queue == Q_.NEEDS_ANSWER)
        if outcome.user is not None or row.reason != conversation.assigned_because:
            handed.append(desk.HandOver(conversation, (), to=row.user, because=row.reason))
    desk.hand_over(workspace_id, handed)
    desk.wait_no_more(over)
    written = ["state", "user", "reason", "given_at", "looked_at"]
    Routing.objects.within(workspace_id).bulk_update(rows, written, batch_size=100)


def _note(row: Routing, outcome: Outcome, rule: Rule, house: House, now: datetime, *, counts: bool) -> None:
    row.reason, row.state = with_rule(outcome.because, rule.name), _state(outcome)
    if outcome.user is None:
        return
    row.user, row.given_at, row.looked_at = house.users[outcome.user], now, None
    house.board.give(outcome.user, now, counts=counts)
