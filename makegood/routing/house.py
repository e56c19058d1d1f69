"""From the rows of a workspace to its rules, its people and what the rules look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from makegood.accounts import api as accounts
from makegood.accounts.api import Right, Workspace, allows
from makegood.clocks import api as clocks
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.routing.choosing import Board, Duty, Person
from makegood.routing.models import Routing, RoutingRule, WorkProfile
from makegood.routing.rules import Conditions, Rule, Subject, to_actions, to_conditions
from makegood.triage import api as triage

__all__ = ["Away", "House", "Outside", "house_of", "rule_of", "said_by", "subject_of", "workers"]

BACK = timedelta(days=1)


@dataclass(frozen=True)
class Away:
    """That a member (user id) is away on these days, both included, and who stands in."""

    user: int
    starts_on: date
    ends_on: date
    stand_in: int | None = None


@dataclass(frozen=True)
class Outside:
    """What later stages know and this one may not ask itself; it is handed in, or not known.

    `customers` gives those of these conversations (ids) whose author has bought, `away` who of a workspace is away
    now or later.
    """

    customers: Callable[[Sequence[desk.Conversation]], Collection[int]] | None = None
    away: Callable[[Workspace], Iterable[Away]] | None = None


@dataclass(frozen=True)
class House:
    """Who works in a workspace: the board, the users on it, and when the shop is open."""

    board: Board
    users: Mapping[int, Any]
    shop: Duty


def rule_of(row: RoutingRule) -> Rule:
    """The pure rule of a row."""
    return Rule(row.pk, row.name, to_conditions(row.conditions), to_actions(row.actions), row.go_on, row.since)


def workers(workspace: Workspace) -> list[accounts.Membership]:
    """The members who can be given work. 1 query."""
    return [each for each in accounts.members(workspace) if each.user.is_active and allows(each.role, Right.WORK)]


def house_of(workspace: Workspace, outside: Outside, since: datetime | None = None) -> House:
    """Everybody who may be given work, as it stands now; their duty from `since` on (a day back). About 9 queries.

    With `since` it is for looking back: nobody is away, and nobody has anything yet.
    """
    now = clock.now()
    begin = since or now - BACK
    members = workers(workspace)
    keys = [each.user_id for each in members]
    hours = clocks.hours_by_key(workspace)
    default = next((row.pk for row in clocks.all_hours(workspace) if row.is_default), None)
    duties = {key: Duty.of(one, workspace.timezone, begin, now) for key, one in hours.items()}
    shop = duties.get(default or 0, Duty(workspace.timezone))
    profiles = {row.user_id: row for row in WorkProfile.objects.within(workspace).filter(user__in=keys)}
    away: dict[int, Away] = {}
    if since is None and outside.away is not None:
        for absent in sorted(outside.away(workspace), key=lambda one: one.starts_on):
            away.setdefault(absent.user, absent)
    people = {
        each.user_id: _person(
            each.user, profiles.get(each.user_id), duties, shop, away.get(each.user_id), back=bool(since)
        )
        for each in members
    }
    board = Board(
        people=people,
        teams={team.pk: frozenset(each.pk for each in team.members.all()) for team in accounts.teams(workspace)},
        load={} if since else desk.open_loads(workspace, keys),
        last={} if since else _last_given(workspace, keys),
        zone=workspace.timezone,
        topics=triage.topic_words(workspace),
    )
    return House(board, {each.user_id: each.user for each in members}, shop)


def _person(
    user: Any, row: WorkProfile | None, duties: Mapping[int, Duty], shop: Duty, away: Away | None, *, back: bool
) -> Person:
    if row is None:
        row = WorkProfile(user=user)
    own = None if back else row.away_until
    first = away.starts_on if away else None
    until = away.ends_on if away else None
    if own is not None and (until is None or own >= until):
        first, until = None, own
    return Person(
        user=user.pk,
        name=str(user),
        duty=duties.get(row.hours_id or 0, shop),
        topics=frozenset(row.topics),
        languages=frozenset(row.languages),
        most=row.most_open,
        takes=row.takes,
        away_from=first,
        away_until=until,
        stand_in=away.stand_in if away else None,
    )


def _last_given(workspace: Workspace, keys: Collection[int]) -> dict[int, datetime]:
    rows = Routing.objects.within(workspace).filter(state=Routing.State.GIVEN, user__in=keys)
    found = rows.order_by().values("user_id").annotate(last=Max("given_at"))
    return {row["user_id"]: row["last"] for row in found}


def said_by(
    said: Sequence[tuple[desk.Conversation, listen.Mention]], asked: Iterable[Conditions], outside: Outside
) -> tuple[Mapping[int, frozenset[int]], Collection[int] | None]:
    """What has to be looked up for some utterances of one workspace, where a rule asks for it: the queries that heard
    each mention, and which conversations' authors have bought (None: nobody could say). 1 query and what `outside`
    takes.
    """
    conditions = list(asked)
    heard: dict[int, frozenset[int]] = {}
    if said and any(each.queries for each in conditions):
        rows = listen.Hearing.objects.within(said[0][0].workspace_id).filter(
            mention__in=[mention.pk for _row, mention in said], query__isnull=False
        )
        for mention, query in rows.values_list("mention_id", "query_id"):
            heard[mention] = heard.get(mention, frozenset()) | {query}
    bought = None
    if outside.customers is not None and any(each.customer for each in conditions):
        bought = outside.customers(list({row.pk: row for row, _mention in said}.values()))
    return heard, bought


def subject_of(
    row: desk.Conversation,
    mention: listen.Mention,
    read: triage.Assessment,
    looked_up: tuple[Mapping[int, frozenset[int]], Collection[int] | None],
    shop: Duty,
) -> Subject:
    """What the rules look at in one utterance."""
    heard, bought = looked_up
    title = str(mention.activity.get("title", "")) if mention.activity else ""
    return Subject(
        intent=read.intent,
        severity=read.severity,
        urgency=read.urgency,
        topics=tuple(read.topics),
        sentiment=read.sentiment,
        flags=tuple(read.flags),
        language=read.language,
        network=row.network,
        channel=mention.channel_id,
        queries=heard.get(mention.pk, frozenset()),
        text=f"{title} {mention.text}" if title else mention.text,
        followers=row.followers,
        customer=None if bought is None else row.pk in bought,
        open=shop.is_on(mention.heard_at),
        at=mention.heard_at,
    )
