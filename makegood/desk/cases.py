"""What members do with cases, one transaction a function.

A conversation is in one case at most, and never in one that was merged into another. Rows are locked in one order
everywhere: cases by id, then conversations by id, then suggestions; so two members at once end one after the other.
Only a member joins conversations: every function here takes the one who does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.desk.actions import close
from makegood.desk.models import Case, CaseSuggestion, Conversation
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "MOST_IN_CASE",
    "CaseError",
    "add_to_case",
    "change_case",
    "decline",
    "end_case",
    "forget_sample_cases",
    "merge_cases",
    "open_case",
    "reopen_case",
    "split_case",
    "take_out",
    "take_up",
    "undo_merge",
]

MOST_IN_CASE = 200
State = Case.State


class CaseError(Exception):
    """Something that cannot be done with a case. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def open_case(rows: Sequence[Conversation], title: str, problem: str, owner: Any | None, by: Any) -> Case:
    """A new case with these conversations of one workspace. Raises CaseError when one is in a case already."""
    workspace_id = rows[0].workspace_id
    words = _title(title)
    found = _lock_conversations(workspace_id, [row.pk for row in rows])
    for row in found:
        if row.case_id is not None:
            raise CaseError(_("This conversation is in case %(n)d already.") % {"n": row.case_id})
    case = Case.objects.create(
        workspace_id=workspace_id,
        title=words,
        problem=problem.strip(),
        owner=owner,
        opened_by=by,
        opened_at=clock.now(),
        changed_at=clock.now(),
        is_sample=all(row.is_sample for row in found),
    )
    keys = [row.pk for row in found]
    journal.record(workspace_id, "case.opened", case, actor=by, conversations=keys)
    _move(case.workspace_id, keys, case, by)
    return case


@transaction.atomic
def change_case(case: Case, title: str, problem: str, owner: Any | None, by: Any) -> Case:
    """Other words for it, or another owner."""
    words = _title(title)
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    _refuse_merged(row)
    before = row.owner_id
    row.title, row.problem, row.owner = words, problem.strip(), owner
    _touch(row)
    if before != row.owner_id:
        journal.record(row.workspace_id, "case.owned", row, actor=by, to=str(owner) if owner else None)
    journal.record(row.workspace_id, "case.changed", row, actor=by)
    return row


@transaction.atomic
def add_to_case(case: Case, conversation: Conversation, by: Any) -> Case:
    """One more conversation of the same problem. Adding what is in it already changes nothing."""
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    _refuse_closed(row)
    found = _lock_conversations(row.workspace_id, [conversation.pk])[0]
    if found.case_id == row.pk:
        return row
    if found.case_id is not None:
        where = {"n": found.case_id}
        raise CaseError(_("It is in case %(n)d. Take it out there first, or merge the two cases.") % where)
    _refuse_too_many(row, 1)
    journal.record(row.workspace_id, "case.joined", row, actor=by, conversation=found.pk)
    _move(row.workspace_id, [found.pk], row, by)
    _touch(row)
    return row


@transaction.atomic
def take_out(case: Case, conversation: Conversation, by: Any) -> Case:
    """It was not about this after all. Taking out what is no longer in it changes nothing."""
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    found = _lock_conversations(row.workspace_id, [conversation.pk])[0]
    if found.case_id != row.pk:
        return row
    journal.record(row.workspace_id, "case.left", row, actor=by, conversation=found.pk)
    _move(row.workspace_id, [found.pk], None, by, left=row)
    _touch(row)
    return row


@transaction.atomic
def end_case(case: Case, *, solved: bool, outcome: str, close_all: bool, by: Any) -> Case:
    """How it ended, in words that help whoever meets the problem next; closes its conversations when asked to."""
    words = outcome.strip()
    if not words:
        raise CaseError(_("Say how it ended: one sentence helps whoever meets this problem next."))
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    _refuse_closed(row)
    row.state, row.outcome = State.SOLVED if solved else State.UNSOLVED, words
    row.ended_at = clock.now()
    _touch(row)
    closed = 0
    if close_all:
        for conversation in _lock_conversations(row.workspace_id, _keys_in(row)):
            if conversation.queue != Conversation.Queue.CLOSED:
                close(conversation, by)
                closed += 1
    journal.record(row.workspace_id, "case.ended", row, actor=by, solved=solved, closed=closed)
    return row


@transaction.atomic
def reopen_case(case: Case, by: Any) -> Case:
    """There is more to do. What was written as its outcome stays, and is offered when it ends again."""
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    _refuse_merged(row)
    if row.state != State.OPEN:
        row.state, row.ended_at = State.OPEN, None
        _touch(row)
        journal.record(row.workspace_id, "case.reopened", row, actor=by)
    return row


@transaction.atomic
def merge_cases(case: Case, into: Case, by: Any) -> Case:
    """One problem after all: all conversations of `case` go into `into`, which is returned. `undo_merge` takes it back.

    Raises CaseError when one of them was merged meanwhile, or `into` has ended.
    """
    if case.pk == into.pk:
        raise CaseError(_("A case cannot be merged into itself. Choose another one."))
    rows = _lock_cases(case.workspace_id, [case.pk, into.pk])
    gone, stays = rows[case.pk], rows[into.pk]
    _refuse_merged(gone)
    _refuse_closed(stays)
    _merge(gone, stays, by)
    return stays


def _merge(gone: Case, stays: Case, by: Any) -> None:
    keys = [row.pk for row in _lock_conversations(gone.workspace_id, _keys_in(gone))]
    _refuse_too_many(stays, len(keys))
    gone.state_before, gone.state = gone.state, State.MERGED
    gone.merged_into, gone.took_along = stays, keys
    _touch(gone)
    _touch(stays)
    journal.record(gone.workspace_id, "case.merged", gone, actor=by, into=stays.pk, conversations=keys)
    journal.record(stays.workspace_id, "case.took_in", stays, actor=by, other=gone.pk, conversations=keys)
    _move(gone.workspace_id, keys, stays, by, left=gone)


@transaction.atomic
def undo_merge(case: Case, by: Any) -> Case:
    """Two problems again: the conversations that `case` had come back to it, but those that went elsewhere since."""
    chain = _chain(case)
    rows = _lock_cases(case.workspace_id, [one.pk for one in chain])
    row, last = rows[case.pk], rows[chain[-1].pk]
    if row.state != State.MERGED:
        raise CaseError(_("The merge has been undone already."))
    if [one.pk for one in _chain(row)] != [one.pk for one in chain]:
        raise CaseError(_("Somebody merged these cases in this moment. Please look again."))
    here = last.pk if last.pk != row.pk else None
    keys = [one.pk for one in _lock_conversations(row.workspace_id, row.took_along, must=False) if one.case_id == here]
    row.state, row.state_before = row.state_before or State.OPEN, ""
    row.merged_into, row.took_along = None, []
    _touch(row)
    journal.record(row.workspace_id, "case.unmerged", row, actor=by, other=here, conversations=keys)
    if here is not None:
        _touch(last)
        journal.record(row.workspace_id, "case.gave_back", last, actor=by, other=row.pk, conversations=keys)
    _move(row.workspace_id, keys, row, by, left=last if here else None)
    return row


def _chain(case: Case) -> list[Case]:
    """The case and those it went into, the last of which is merged into none."""
    found = [Case.objects.within(case.workspace_id).get(pk=case.pk)]
    while found[-1].state == State.MERGED and found[-1].merged_into_id is not None:
        found.append(Case.objects.within(case.workspace_id).get(pk=found[-1].merged_into_id))
    return found


@transaction.atomic
def split_case(case: Case, keys: Iterable[int], title: str, by: Any) -> Case:
    """A problem of its own: some conversations (ids) of a case go into a new one, which is returned."""
    wanted = sorted(set(keys))
    words = _title(title)
    row = _lock_cases(case.workspace_id, [case.pk])[case.pk]
    _refuse_merged(row)
    if not wanted:
        raise CaseError(_("Choose the conversations that become a case of their own."))
    found = _lock_conversations(row.workspace_id, wanted)
    if any(one.case_id != row.pk for one in found):
        raise CaseError(_("Somebody moved one of these conversations meanwhile. Please look again."))
    if len(wanted) == len(_keys_in(row)):
        raise CaseError(_("Leave at least one conversation where it is; or give the case another title."))
    new = Case.objects.create(
        workspace_id=row.workspace_id, title=words, owner=row.owner, opened_by=by, is_sample=row.is_sample
    )
    _touch(row)
    journal.record(row.workspace_id, "case.split", row, actor=by, into=new.pk, conversations=wanted)
    journal.record(row.workspace_id, "case.split_off", new, actor=by, other=row.pk, conversations=wanted)
    _move(row.workspace_id, wanted, new, by, left=row)
    return new


@transaction.atomic
def take_up(suggestion: CaseSuggestion, title: str, by: Any) -> Case:
    """A member says that two conversations belong together: they are in one case then, which is returned.

    That is the case one of them is in; or a new one (called `title`) where none is; or, where each is in one, the
    older of the two, into which the other is merged, unless it has ended.
    """
    pair = (
        CaseSuggestion.objects.within(suggestion.workspace_id).select_related("first", "second").get(pk=suggestion.pk)
    )
    one, other = pair.first, pair.second
    cases = _lock_cases(pair.workspace_id, {key for key in (one.case_id, other.case_id) if key is not None})
    one, other = _lock_conversations(pair.workspace_id, [one.pk, other.pk])
    if (one.case_id, other.case_id) != (pair.first.case_id, pair.second.case_id):
        raise CaseError(_("Somebody moved one of these conversations meanwhile. Please look again."))
    _decide(pair, CaseSuggestion.State.TAKEN, by)
    if one.case_id is None and other.case_id is None:
        return open_case([one, other], title, "", by, by)
    if one.case_id is None or other.case_id is None:
        stays = cases[one.case_id or other.case_id or 0]
        return add_to_case(stays, other if one.case_id else one, by)
    if one.case_id == other.case_id:
        return cases[one.case_id]
    stays, gone = sorted(cases.values(), key=lambda case: (case.has_ended, case.pk))
    return merge_cases(gone, stays, by)


@transaction.atomic
def decline(suggestion: CaseSuggestion, by: Any) -> None:
    """A member says that they have nothing to do with each other; it is never suggested again."""
    _decide(suggestion, CaseSuggestion.State.DECLINED, by)
    journal.record(
        suggestion.workspace_id, "case.suggestion_declined", suggestion.first, actor=by, other=suggestion.second_id
    )


def forget_sample_cases(workspace_id: int) -> None:
    """The sample shop goes, and with it the cases that held nothing else. In the caller's transaction."""
    Case.objects.within(workspace_id).filter(is_sample=True, conversations__isnull=True).delete()


def _decide(suggestion: CaseSuggestion, state: str, by: Any) -> None:
    rows = CaseSuggestion.objects.within(suggestion.workspace_id).filter(pk=suggestion.pk)
    rows = rows.filter(state=CaseSuggestion.State.OPEN)
    if not rows.update(state=state, decided_by=by, decided_at=clock.now()):
        raise CaseError(_("Somebody has decided this already."))


def _move(workspace_id: int, keys: Sequence[int], case: Case | None, by: Any, left: Case | None = None) -> None:
    """Puts locked conversations into a case, or into none, and says so in the history of each."""
    rows = Conversation.objects.within(workspace_id).filter(pk__in=keys)
    rows.update(case=case)
    into, out = case.pk if case else None, left.pk if left else None
    journal.record_all(
        [
            journal.line(workspace_id, "conversation.moved_case", row, actor=by, into=into, out=out)
            for row in rows.order_by("pk").only("pk")
        ]
    )
    if case is not None:
        # What stands in one case needs nobody's decision any more.
        pairs = CaseSuggestion.objects.within(workspace_id).filter(state=CaseSuggestion.State.OPEN)
        pairs = pairs.filter(first__case=case, second__case=case)
        pairs.update(state=CaseSuggestion.State.TAKEN, decided_by=by, decided_at=clock.now())


def _lock_cases(workspace_id: int, keys: Iterable[int]) -> dict[int, Case]:
    wanted = set(keys)
    rows = Case.objects.within(workspace_id).filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    if found.keys() != wanted:
        raise CaseError(_("This case is not there any more."))
    return found


def _lock_conversations(workspace_id: int, keys: Iterable[int], *, must: bool = True) -> list[Conversation]:
    wanted = set(keys)
    rows = Conversation.objects.within(workspace_id).filter(pk__in=wanted).order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if must and len(found) != len(wanted):
        raise CaseError(_("This conversation is not there any more."))
    return found


def _keys_in(case: Case) -> list[int]:
    rows = Conversation.objects.within(case.workspace_id).filter(case=case)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _touch(case: Case) -> None:
    case.changed_at = clock.now()
    case.save()


def _title(title: str) -> str:
    words = " ".join(title.split())[:200]
    if not words:
        raise CaseError(_("Give the case a title: a few words by which your team knows the problem."))
    return words


def _refuse_merged(case: Case) -> None:
    if case.state == State.MERGED:
        facts = {"n": case.pk, "into": case.merged_into_id or 0}
        raise CaseError(_("Case %(n)d was merged into case %(into)d. Go on there, or undo the merge.") % facts)


def _refuse_closed(case: Case) -> None:
    _refuse_merged(case)
    if case.has_ended:
        raise CaseError(_("Case %(n)d has ended. Reopen it first.") % {"n": case.pk})


def _refuse_too_many(case: Case, more: int) -> None:
    if len(_keys_in(case)) + more > MOST_IN_CASE:
        raise CaseError(_("A case holds at most %(n)d conversations. Open another one.") % {"n": MOST_IN_CASE})
