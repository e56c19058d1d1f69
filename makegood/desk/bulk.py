"""The same done to many conversations at once, as one thing that can be taken back; a macro does several to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Team, members_of_team
from makegood.desk import clocks, rules, snoozing, standing
from makegood.desk.flow import place
from makegood.desk.locking import in_order
from makegood.desk.models import BulkAction, Conversation, Label
from makegood.desk.people import notify, notify_all
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage

__all__ = ["ACTIONS", "MOST", "BulkError", "Step", "Undone", "bulk_action", "do_to_all", "recent_bulk", "undo_bulk"]

MOST = 500
"""So many conversations at once: what one transaction does before anybody else has to wait for it."""
PAGE = 30
Q_ = Conversation.Queue
Rows = list[Conversation]


class BulkError(ValueError):
    """Something that can't be done to these conversations: a sentence that says what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to do: assign (a member, a Team or None), label or unlabel (a name), assess (a response), snooze (a
    moment), close, reopen, let_stand.
    """

    do: str
    value: Any = None
    reason: str = ""


@dataclass
class _Doing:
    """What the steps of one action share."""

    workspace: Any
    by: Any
    wake_at: list[datetime] = field(default_factory=list)


def _assign(rows: Rows, step: Step, doing: _Doing) -> None:
    # As for one: a team's work stays the team's when one of them takes it, and the other way round.
    for row in rows:
        if isinstance(step.value, Team):
            row.team = step.value
        else:
            row.assignee = step.value
        row.assigned_because = step.reason


def _label(rows: Rows, step: Step, doing: _Doing) -> None:
    name = " ".join(str(step.value).split())[:40]
    if not name:
        raise BulkError(_("Give the label a name."))
    known = Label.objects.within(doing.workspace).filter(name__iexact=name).first()
    label = known or Label.objects.create(workspace_id=doing.workspace.pk, name=name)
    label.conversations.add(*rows)


def _unlabel(rows: Rows, step: Step, doing: _Doing) -> None:
    for label in Label.objects.within(doing.workspace).filter(name__iexact=" ".join(str(step.value).split())):
        label.conversations.remove(*rows)


def _close(rows: Rows, step: Step, doing: _Doing) -> None:
    for row in rows:
        if row.queue != Q_.CLOSED:
            place(row, Q_.CLOSED, row.latest.posted_at)


def _reopen(rows: Rows, step: Step, doing: _Doing) -> None:
    for row in rows:
        if row.queue == Q_.CLOSED:
            place(row, rules.queue_for(row.response), row.latest.posted_at)


def _assess(rows: Rows, step: Step, doing: _Doing) -> None:
    response, queue = str(step.value), rules.queue_for(str(step.value))
    moved = [row for row in rows if row.response != response or row.queue != queue]
    triage.decide_all(doing.workspace, [row.latest_id for row in moved], triage.Response(response), doing.by)
    for row in moved:
        row.response = response
        place(row, queue, row.waiting_since or row.latest.posted_at)


def _let_stand(rows: Rows, step: Step, doing: _Doing) -> None:
    _assess(rows, Step("assess", "let_stand"), doing)


def _snooze(rows: Rows, step: Step, doing: _Doing) -> None:
    if step.value <= clock.now():
        raise BulkError(_("That moment has passed. Choose one that is still to come."))
    for row in rows:
        snoozing.put_off(row, step.value, doing.by, step.reason)
    doing.wake_at.append(step.value)


STEPS: Mapping[str, Callable[[Rows, Step, _Doing], None]] = {
    "assign": _assign,
    "label": _label,
    "unlabel": _unlabel,
    "assess": _assess,
    "snooze": _snooze,
    "close": _close,
    "reopen": _reopen,
    "let_stand": _let_stand,
}
ACTIONS = ("assign", "label", "unlabel", "close", "reopen", "let_stand", "snooze")
"""What is offered for many at once."""


@transaction.atomic
def do_to_all(
    workspace: Any, keys: Sequence[int], steps: Sequence[Step], by: Any, *, macro: str = "", **params: Any
) -> BulkAction | None:
    """Does these steps, in order, to the workspace's conversations with these ids, in one transaction.

    Writes a `BulkAction` and one journal line for each conversation that changed; None when none did. `params` are the
    words that go with it on screen, `macro` is the name of the macro whose steps they are. Raises `BulkError`, and
    nothing is done, when they are more than `MOST` or a step cannot be done.
    """
    if len(set(keys)) > MOST:
        raise BulkError(_("That is more than %(most)d at once. Choose fewer, or do it in parts.") % {"most": MOST})
    rows = _locked(workspace, keys)
    if not rows:
        return None
    before = standing.picture(workspace, rows)
    doing = _Doing(workspace, by)
    for step in steps:
        STEPS[step.do](rows, step, doing)
    if any(step.do != "assign" for step in steps):
        clocks.write(clocks.plan(rows, clocks.books_for(rows)))
    _save(workspace, rows, before)
    after = standing.picture(workspace, rows)
    changes = [made for row in rows if (made := standing.change(row.pk, before[row.pk], after[row.pk]))]
    if not changes:
        return None
    action = BulkAction.objects.create(
        workspace=workspace,
        action="macro" if macro else steps[0].do,
        params={"macro": macro, **params} if macro else params,
        changes=changes,
        count=len(changes),
        by=by,
    )
    changed = {made["id"] for made in changes}
    touched = [row for row in rows if row.pk in changed]
    journal.record_all([_line(row, action, steps[0], by) for row in touched])
    _tell(action, steps, touched, by)
    for moment in doing.wake_at:
        snoozing.wake_later(moment)
    return action


def _locked(workspace: Any, keys: Sequence[int]) -> Rows:
    rows = Conversation.objects.within(workspace).filter(pk__in=set(keys))
    return list(in_order(rows).select_related("assignee", "team"))


def _save(workspace: Any, rows: Rows, before: Mapping[int, standing.Picture]) -> None:
    names: set[str] = set()
    for row in rows:
        was = before[row.pk].row
        now = standing.fields_of(row)
        names |= {name for name in was if was[name] != now[name]}
    if names:
        Conversation.objects.within(workspace).bulk_update(rows, standing.columns(names), batch_size=100)


def _line(row: Conversation, action: BulkAction, step: Step, by: Any) -> journal.Entry:
    key, params = row.workspace_id, action.params
    bulk = {"bulk": action.pk, "of": action.count}
    if action.action == "assign" and isinstance(step.value, Team):
        return journal.line(key, "conversation.given_to_team", row, actor=by, to=params.get("to"), **bulk)
    if action.action == "assign":
        return journal.line(key, "conversation.assigned", row, actor=by, to=params.get("to"), **bulk)
    if action.action == "label":
        return journal.line(key, "conversation.labelled", row, actor=by, label=params.get("label"), **bulk)
    if action.action == "unlabel":
        return journal.line(key, "conversation.unlabelled", row, actor=by, label=params.get("label"), **bulk)
    if action.action == "snooze":
        return journal.line(key, "conversation.snoozed", row, actor=by, until=step.value.isoformat(), **bulk)
    if action.action == "close":
        return journal.line(key, "conversation.closed", row, actor=by, **bulk)
    if action.action == "reopen":
        return journal.line(key, "conversation.reopened", row, actor=by, queue=row.queue, **bulk)
    if action.action == "macro":
        return journal.line(key, "conversation.macro_run", row, actor=by, macro=params.get("macro"), **bulk)
    return journal.line(key, "conversation.assessed", row, actor=by, response=row.response, queue=row.queue, **bulk)


def _tell(action: BulkAction, steps: Sequence[Step], rows: Rows, by: Any) -> None:
    """Who is given work is told once, however much it is."""
    for whom in [step.value for step in steps if step.do == "assign" and step.value is not None]:
        column = "team_id" if isinstance(whom, Team) else "assignee_id"
        given = {made["id"] for made in action.changes if made.get("row", {}).get(column, ["", ""])[1] == whom.pk}
        if not given:
            continue
        only = next(row for row in rows if row.pk in given) if len(given) == 1 else None
        what = _("this conversation") if only else _("%(n)d conversations") % {"n": len(given)}
        if isinstance(whom, Team):
            words = _("gave %(team)s %(what)s") % {"team": whom.name, "what": what}
            notify_all(members_of_team(whom), only, "assigned", words, by, workspace=action.workspace_id)
        else:
            words = _("gave you %(what)s") % {"what": what}
            notify(whom, only, "assigned", words, by, workspace=action.workspace_id)


@dataclass(frozen=True)
class Undone:
    """What an undo did. `left`: [{"id": 12, "why": "said"}, ...]; `already`: somebody had undone it before."""

    restored: int
    left: list[dict[str, Any]]
    already: bool = False


@transaction.atomic
def undo_bulk(action: BulkAction, by: Any) -> Undone:
    """Takes an action back wherever nobody has changed since what it did.

    Twice does no harm, not even at once: the second finds it undone. `why` in what is left is one of: gone, said
    (something was said since), moved, given, labelled.
    """
    mine = BulkAction.objects.within(action.workspace_id).filter(pk=action.pk, undone_at__isnull=True)
    if not mine.update(undone_at=clock.now(), undone_by=by):
        found = BulkAction.objects.within(action.workspace_id).get(pk=action.pk)
        return Undone(0, found.left, already=True)
    workspace = action.workspace
    rows = {row.pk: row for row in _locked(workspace, [made["id"] for made in action.changes])}
    now = standing.picture(workspace, list(rows.values()))
    left, back = [], []
    for made in action.changes:
        why = standing.why_not(made, now[made["id"]]) if made["id"] in rows else "gone"
        if why:
            left.append({"id": made["id"], "why": why})
        else:
            back.append((rows[made["id"]], made))
    standing.put_back(workspace, back, standing.kept(workspace))
    BulkAction.objects.within(workspace).filter(pk=action.pk).update(left=left)
    journal.record_all(
        [
            journal.line(row.workspace_id, "conversation.put_back", row, actor=by, bulk=action.pk, action=action.action)
            for row, _change in back
        ]
    )
    return Undone(len(back), left)


def bulk_action(workspace: Any, key: int) -> BulkAction | None:
    """One action of the workspace, or None."""
    return BulkAction.objects.within(workspace).select_related("by", "workspace").filter(pk=key).first()


def recent_bulk(workspace: Any, before: int | None = None) -> tuple[list[BulkAction], int | None]:
    """What was done lately, newest first, without the details; and the id to go on before, None at the end. 1 query."""
    rows = BulkAction.objects.within(workspace).select_related("by", "undone_by").defer("changes").order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
