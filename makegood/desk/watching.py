"""The step that watches the clocks: speaks of what soon runs out, marks what has, and tells whom it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.accounts.api import Membership, Right, Role, Team, User, allows
from makegood.desk.clocks import SOON, TOPIC, line_data, recount
from makegood.desk.models import Clock
from makegood.desk.people import notify_all
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["clocks_age", "watch_clocks"]

BATCH = 200
SINGLY = 3
"""So many posts that nobody has taken are told of one by one; more of them at once are told of as a number."""
K = Clock.Kind
MANAGERS = tuple(role for role in Role.values if allows(role, Right.APPROVE))


def watch_clocks() -> int:
    """The step: sets clocks anew where rules changed, then warns and marks. Returns how many clocks it spoke of."""
    recount()
    count = 0
    while done := _batch("broken"):
        count += done
    while done := _batch("warned"):
        count += done
    _wake_for_next()
    return count


def _due(what: str, now: datetime) -> Any:
    rows = Clock.objects.across("one step watches the clocks of all workspaces").filter(stopped_at__isnull=True)
    if what == "broken":
        return rows.filter(broken_at__isnull=True, due_at__lte=now).order_by("due_at", "id")
    return rows.filter(warned_at__isnull=True, broken_at__isnull=True, warn_at__lte=now, due_at__gt=now).order_by(
        "warn_at", "id"
    )


@transaction.atomic
def _batch(what: str) -> int:
    now = clock.now()
    locked = _due(what, now).select_for_update(of=("self",), skip_locked=True)
    rows = list(locked.select_related("conversation", "conversation__assignee", "member")[:BATCH])
    if not rows:
        return 0
    mine = Clock.objects.across("one step watches the clocks of all workspaces").filter(pk__in=[row.pk for row in rows])
    if what == "broken":
        mine.update(broken_at=F("due_at"))
        lines = [journal.line(row.workspace_id, "clock.broken", row.conversation, **line_data(row)) for row in rows]
    else:
        mine.update(warned_at=now)
        lines = [journal.line(row.workspace_id, "clock.warned", row.conversation, **line_data(row)) for row in rows]
    journal.record_all(lines)
    _tell(what, [row for row in rows if not row.conversation.is_sample])
    return len(rows)


def _tell(what: str, rows: Sequence[Clock]) -> None:
    if not rows:
        return
    people = _People(rows)
    unowned: defaultdict[int, list[Clock]] = defaultdict(list)
    for row in rows:
        theirs = people.owners(row)
        if theirs:
            notify_all(theirs, row.conversation, f"clock_{what}", _words(what, row))
        else:
            unowned[row.workspace_id].append(row)
    for key, found in unowned.items():
        managers = people.managers(key)
        # A promise is somebody's word, so it is named even in a flood.
        singly = found if len(found) <= SINGLY else [row for row in found if row.kind == K.PROMISE]
        for row in singly:
            notify_all(managers, row.conversation, f"clock_{what}", _words(what, row))
        rest = len(found) - len(singly)
        if rest:
            notify_all(managers, None, f"clock_{what}", _sum(what, rest), workspace=key)


class _People:
    """Who is to be told, for a whole batch, in 2 queries: the members, and those of teams."""

    def __init__(self, rows: Iterable[Clock]) -> None:
        keys = {row.workspace_id for row in rows}
        self.here: dict[tuple[int, int], tuple[str, User]] = {}
        for one in (
            Membership.objects.across("one step watches the clocks of all workspaces")
            .filter(workspace_id__in=keys)
            .select_related("user")
        ):
            self.here[one.workspace_id, one.user_id] = (one.role, one.user)
        self.teams: defaultdict[int, list[int]] = defaultdict(list)
        teams = {row.conversation.team_id for row in rows if row.conversation.team_id is not None}
        if teams:
            found = Team.objects.across("one step watches the clocks of all workspaces").filter(
                pk__in=teams, members__isnull=False
            )
            for team, member in found.values_list("pk", "members"):
                self.teams[team].append(member)

    def owners(self, row: Clock) -> list[User]:
        """Who gave the promise and who has the conversation; else its team."""
        talk = row.conversation
        keys = [row.member_id if row.kind == K.PROMISE else None, talk.assignee_id]
        found = self._users(row.workspace_id, keys)
        return found or self._users(row.workspace_id, self.teams.get(talk.team_id or 0, []))

    def _users(self, workspace: int, keys: Iterable[int | None]) -> list[User]:
        found = {key: self.here[workspace, key][1] for key in keys if key is not None and (workspace, key) in self.here}
        return list(found.values())

    def managers(self, workspace: int) -> list[User]:
        """Those who look after what nobody has taken."""
        return [user for (place, _key), (role, user) in self.here.items() if place == workspace and role in MANAGERS]


def _words(what: str, row: Clock) -> str:
    """The rest of a sentence that begins with "Makegood"."""
    facts = {"who": row.conversation.author_label, "words": row.words}
    if row.kind == K.PROMISE:
        if what == "broken":
            return _("says a promise is broken: “%(words)s” to %(who)s") % facts
        return _("says a promise is due soon: “%(words)s” to %(who)s") % facts
    facts["kind"] = str(row.get_kind_display())
    if what == "broken":
        return _("says the %(kind)s to %(who)s is late") % facts
    return _("says the %(kind)s to %(who)s is due soon") % facts


def _sum(what: str, count: int) -> str:
    if what == "broken":
        words = ngettext("counts %(n)d more post that is late", "counts %(n)d more posts that are late", count)
    else:
        words = ngettext("counts %(n)d more post that is due soon", "counts %(n)d more posts that are due soon", count)
    return words % {"n": count}


def _wake_for_next() -> None:
    """In time for what comes before the next sweep."""
    now = clock.now()
    rows = Clock.objects.across("one step watches the clocks of all workspaces").filter(
        stopped_at__isnull=True, broken_at__isnull=True
    )
    due = rows.filter(due_at__gt=now).order_by("due_at").values_list("due_at", flat=True).first()
    warn = rows.filter(warned_at__isnull=True, warn_at__gt=now).order_by("warn_at").values_list("warn_at", flat=True)
    ahead = [(at - now).total_seconds() for at in (due, warn.first()) if at is not None]
    if ahead and min(ahead) < SOON:
        jobs.wake(TOPIC, delay=min(ahead) + 0.05)


def clocks_age() -> dict[str, float | None]:
    """Seconds the clock that ran out first has waited to be marked as broken; None where none waits."""
    oldest = _due("broken", clock.now()).values_list("due_at", flat=True).first()
    return {"clocks to mark": (clock.now() - oldest).total_seconds() if oldest else None}
