"""Cases: opened, joined, ended, merged, split; nothing lost, nothing in two places, nothing of a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from makegood.desk import case_reading as reading
from makegood.desk import cases
from makegood.desk.actions import close
from makegood.desk.cases import CaseError
from makegood.desk.models import Case, Conversation
from makegood.desk.tests.case_scene import COMPLAINT, case_keys, heard, said_on
from makegood.journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(workspace: Any) -> list[Conversation]:
    """Six conversations, three on each of two networks."""
    networks = ["bluesky", "feed"] * 3
    texts = [f"{COMPLAINT} number {n} of mine" for n in "abcdef"]
    pairs = zip(networks, texts, strict=True)
    return [heard(workspace, said_on(network, "", text))[0] for network, text in pairs]


def opened(rows: list[Conversation], by: Any, title: str = "Parcels") -> Case:
    return cases.open_case(rows, title, "", by, by)


def verbs(case: Case) -> list[str]:
    lines = Entry.objects.within(case.workspace_id).filter(subject=f"case:{case.pk}").order_by("id")
    return list(lines.values_list("verb", flat=True))


def test_a_case_is_opened_with_what_it_is_about(rows: list[Conversation], olga: Any, malik: Any) -> None:
    case = cases.open_case(rows[:1], "  Parcels   get lost ", " They wait. ", malik, olga)
    fresh = Case.objects.within(case.workspace_id).get(pk=case.pk)
    assert (fresh.title, fresh.problem, fresh.state) == ("Parcels get lost", "They wait.", "open")
    assert (fresh.owner, fresh.opened_by) == (malik, olga)
    assert case_keys(case) == [rows[0].pk]
    assert verbs(case) == ["case.opened"]
    moved = Entry.objects.within(case.workspace_id).get(verb="conversation.moved_case")
    assert (moved.subject, moved.data, moved.actor) == (
        f"conversation:{rows[0].pk}",
        {"into": case.pk, "out": None},
        "Olga",
    )


def test_a_case_needs_a_title(rows: list[Conversation], olga: Any) -> None:
    with pytest.raises(CaseError, match="title"):
        cases.open_case(rows[:1], "  ", "", olga, olga)
    assert not Case.objects.within(rows[0].workspace_id).exists()


def test_a_conversation_is_in_one_case_at_most(rows: list[Conversation], olga: Any) -> None:
    one, other = opened(rows[:1], olga), opened(rows[1:2], olga)
    with pytest.raises(CaseError, match=f"case {one.pk} already"):
        opened(rows[:1], olga)
    with pytest.raises(CaseError, match=f"in case {one.pk}"):
        cases.add_to_case(other, rows[0], olga)
    cases.add_to_case(one, rows[0], olga)
    assert verbs(one) == ["case.opened"]
    assert case_keys(one) == [rows[0].pk]
    assert case_keys(other) == [rows[1].pk]


def test_joining_and_taking_out(rows: list[Conversation], olga: Any) -> None:
    case = opened(rows[:1], olga)
    cases.add_to_case(case, rows[1], olga)
    assert case_keys(case) == [rows[0].pk, rows[1].pk]
    cases.take_out(case, rows[0], olga)
    cases.take_out(case, rows[0], olga)
    assert case_keys(case) == [rows[1].pk]
    assert verbs(case) == ["case.opened", "case.joined", "case.left"]


def test_closing_the_last_conversation_does_not_end_the_case(rows: list[Conversation], olga: Any) -> None:
    case = opened(rows[:1], olga)
    close(rows[0], olga)
    case.refresh_from_db()
    assert case.state == "open"


@pytest.mark.parametrize(("solved", "state"), [(True, "solved"), (False, "unsolved")])
@pytest.mark.parametrize("close_all", [True, False])
def test_ending(rows: list[Conversation], olga: Any, solved: bool, state: str, close_all: bool) -> None:
    case = opened(rows[:3], olga)
    cases.end_case(case, solved=solved, outcome=" Sent anew. ", close_all=close_all, by=olga)
    fresh = Case.objects.within(case.workspace_id).get(pk=case.pk)
    assert (fresh.state, fresh.outcome, fresh.ended_at is None) == (state, "Sent anew.", False)
    queues = set(Conversation.objects.within(case.workspace_id).filter(case=case).values_list("queue", flat=True))
    assert ("closed" in queues) is close_all
    assert len(queues) == 1 if close_all else "closed" not in queues
    line = Entry.objects.within(case.workspace_id).get(verb="case.ended")
    assert line.data == {"solved": solved, "closed": 3 if close_all else 0}
    with pytest.raises(CaseError, match="has ended"):
        cases.add_to_case(case, rows[4], olga)
    with pytest.raises(CaseError, match="has ended"):
        cases.end_case(case, solved=True, outcome="Again", close_all=False, by=olga)
    again = cases.reopen_case(case, olga)
    assert (again.state, again.outcome, again.ended_at) == ("open", "Sent anew.", None)
    cases.reopen_case(case, olga)
    assert verbs(case).count("case.reopened") == 1


def test_an_end_needs_an_outcome(rows: list[Conversation], olga: Any) -> None:
    case = opened(rows[:1], olga)
    with pytest.raises(CaseError, match="how it ended"):
        cases.end_case(case, solved=True, outcome="  ", close_all=True, by=olga)
    case.refresh_from_db()
    assert case.state == "open"


def test_an_end_that_fails_closes_nothing(rows: list[Conversation], olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = opened(rows[:3], olga)
    calls: list[int] = []

    def fails_at_the_third(row: Any, by: Any) -> Any:
        calls.append(row.pk)
        if len(calls) == 3:
            raise RuntimeError("power cut")
        return close(row, by)

    monkeypatch.setattr(cases, "close", fails_at_the_third)
    with pytest.raises(RuntimeError):
        cases.end_case(case, solved=True, outcome="Done", close_all=True, by=olga)
    case.refresh_from_db()
    assert case.state == "open"
    assert not Conversation.objects.within(case.workspace_id).filter(queue="closed").exists()
    assert not Entry.objects.within(case.workspace_id).filter(verb="case.ended").exists()


def test_changing_words_and_owner(rows: list[Conversation], olga: Any, malik: Any) -> None:
    case = opened(rows[:1], olga)
    cases.change_case(case, "Lost parcels", "All by one carrier", olga, olga)
    cases.change_case(case, "Lost parcels", "All by one carrier", malik, olga)
    fresh = Case.objects.within(case.workspace_id).get(pk=case.pk)
    assert (fresh.title, fresh.problem, fresh.owner) == ("Lost parcels", "All by one carrier", malik)
    assert verbs(case).count("case.owned") == 1


def test_merging_keeps_history_and_is_undone(rows: list[Conversation], olga: Any) -> None:
    gone, stays = opened(rows[:2], olga, "Lost"), opened(rows[2:4], olga, "Late")
    cases.merge_cases(gone, stays, olga)
    gone.refresh_from_db()
    assert (gone.state, gone.merged_into, gone.took_along) == ("merged", stays, [rows[0].pk, rows[1].pk])
    assert case_keys(stays) == [row.pk for row in rows[:4]]
    assert case_keys(gone) == []
    assert [row.pk for row in reading.conversations_in(gone)] == [rows[0].pk, rows[1].pk]
    shown, _more = reading.history_of(gone, reading.conversations_in(gone), [])
    assert {"case.opened", "case.merged", "conversation.opened"} <= {line.verb for line in shown}
    both, _more = reading.history_of(stays, reading.conversations_in(stays), reading.merged_into(stays))
    assert {f"case:{gone.pk}", f"case:{stays.pk}", f"conversation:{rows[0].pk}"} <= {line.subject for line in both}
    back = cases.undo_merge(gone, olga)
    assert (back.state, back.merged_into, back.took_along) == ("open", None, [])
    assert case_keys(gone) == [rows[0].pk, rows[1].pk]
    assert case_keys(stays) == [rows[2].pk, rows[3].pk]
    with pytest.raises(CaseError, match="undone already"):
        cases.undo_merge(gone, olga)


def test_an_ended_case_merged_is_an_ended_case_again(rows: list[Conversation], olga: Any) -> None:
    gone, stays = opened(rows[:1], olga), opened(rows[1:2], olga)
    cases.end_case(gone, solved=False, outcome="Nothing helped", close_all=False, by=olga)
    cases.merge_cases(gone, stays, olga)
    back = cases.undo_merge(gone, olga)
    assert (back.state, back.outcome) == ("unsolved", "Nothing helped")


def test_what_cannot_be_merged(rows: list[Conversation], olga: Any) -> None:
    one, two, three = (opened([row], olga) for row in rows[:3])
    with pytest.raises(CaseError, match="itself"):
        cases.merge_cases(one, one, olga)
    cases.merge_cases(one, two, olga)
    with pytest.raises(CaseError, match=f"was merged into case {two.pk}"):
        cases.merge_cases(one, three, olga)
    with pytest.raises(CaseError, match=f"was merged into case {two.pk}"):
        cases.merge_cases(three, one, olga)
    cases.end_case(three, solved=True, outcome="Done", close_all=False, by=olga)
    with pytest.raises(CaseError, match="Reopen it first"):
        cases.merge_cases(two, three, olga)
    actions: list[Callable[[], Any]] = [
        lambda: cases.add_to_case(one, rows[4], olga),
        lambda: cases.end_case(one, solved=True, outcome="x", close_all=False, by=olga),
        lambda: cases.reopen_case(one, olga),
        lambda: cases.change_case(one, "x", "", None, olga),
        lambda: cases.split_case(one, [rows[0].pk], "x", olga),
    ]
    for action in actions:
        with pytest.raises(CaseError, match="was merged"):
            action()


def test_a_merge_of_a_merge_is_undone_in_any_order(rows: list[Conversation], olga: Any) -> None:
    one, two, three = (opened([row], olga) for row in rows[:3])
    cases.merge_cases(one, two, olga)
    cases.merge_cases(two, three, olga)
    assert case_keys(three) == [row.pk for row in rows[:3]]
    cases.undo_merge(one, olga)
    assert (case_keys(one), case_keys(three)) == ([rows[0].pk], [rows[1].pk, rows[2].pk])
    cases.undo_merge(two, olga)
    assert (case_keys(two), case_keys(three)) == ([rows[1].pk], [rows[2].pk])
    cases.merge_cases(one, two, olga)
    cases.merge_cases(two, three, olga)
    cases.undo_merge(two, olga)
    assert case_keys(two) == [rows[0].pk, rows[1].pk]
    cases.undo_merge(one, olga)
    assert [case_keys(each) for each in (one, two, three)] == [[row.pk] for row in rows[:3]]


def test_what_went_elsewhere_since_stays_there(rows: list[Conversation], olga: Any) -> None:
    gone, stays = opened(rows[:3], olga), opened(rows[3:4], olga)
    cases.merge_cases(gone, stays, olga)
    elsewhere = cases.split_case(stays, [rows[0].pk], "Another", olga)
    cases.take_out(stays, rows[1], olga)
    cases.undo_merge(gone, olga)
    assert (case_keys(gone), case_keys(elsewhere), case_keys(stays)) == ([rows[2].pk], [rows[0].pk], [rows[3].pk])


def test_splitting(rows: list[Conversation], olga: Any, malik: Any) -> None:
    case = cases.open_case(rows[:4], "Parcels", "", malik, olga)
    new = cases.split_case(case, [rows[1].pk, rows[3].pk], "Another carrier", olga)
    assert (new.title, new.owner, new.opened_by) == ("Another carrier", malik, olga)
    assert case_keys(case) == [rows[0].pk, rows[2].pk]
    assert case_keys(new) == [rows[1].pk, rows[3].pk]
    assert verbs(new) == ["case.split_off"]
    assert verbs(case)[-1] == "case.split"


@pytest.mark.parametrize(
    ("chosen", "title", "words"),
    [([], "New", "Choose"), ([0, 1], "New", "Leave at least one"), ([0], "", "title"), ([0, 5], "New", "moved")],
)
def test_what_cannot_be_split(rows: list[Conversation], olga: Any, chosen: list[int], title: str, words: str) -> None:
    case = opened(rows[:2], olga)
    with pytest.raises(CaseError, match=words):
        cases.split_case(case, [rows[n].pk for n in chosen], title, olga)
    assert case_keys(case) == [rows[0].pk, rows[1].pk]
    assert Case.objects.within(case.workspace_id).count() == 1


def test_a_case_has_room_for_so_many(rows: list[Conversation], olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_IN_CASE", 3)
    one, other = opened(rows[:2], olga), opened(rows[2:4], olga)
    with pytest.raises(CaseError, match="at most 3"):
        cases.merge_cases(one, other, olga)
    cases.add_to_case(one, rows[4], olga)
    with pytest.raises(CaseError, match="at most 3"):
        cases.add_to_case(one, rows[5], olga)


def test_nothing_of_a_stranger(rows: list[Conversation], olga: Any, sten: Any, other_workspace: Any) -> None:
    theirs = heard(other_workspace, said_on("bluesky", "sten.example", COMPLAINT))[0]
    ours, sten_case = opened(rows[:2], olga), opened([theirs], sten)
    with pytest.raises(CaseError):
        cases.add_to_case(ours, theirs, olga)
    with pytest.raises(CaseError):
        cases.open_case([rows[2], theirs], "Mixed", "", olga, olga)
    for one, other in ((ours, sten_case), (sten_case, ours)):
        with pytest.raises(CaseError, match="not there"):
            cases.merge_cases(one, other, olga)
    with pytest.raises(CaseError):
        cases.split_case(ours, [theirs.pk], "Mine", olga)
    cases.take_out(sten_case, theirs, sten)
    cases.add_to_case(sten_case, theirs, sten)
    with pytest.raises(CaseError):
        cases.take_out(ours, theirs, olga)
    assert case_keys(sten_case) == [theirs.pk]
    found = reading.search_conversations(ours.workspace, "parcel").rows
    assert theirs not in found
    assert found
    assert reading.search_conversations(ours.workspace, f"#{theirs.pk}").rows == []
    assert reading.search_cases(ours.workspace, str(sten_case.pk)).rows == []
    assert reading.case_of(ours.workspace, sten_case.pk) is None


def test_the_history_is_paged_and_whole(rows: list[Conversation], olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = opened(rows[:2], olga)
    for _ in range(6):
        cases.add_to_case(case, rows[2], olga)
        cases.take_out(case, rows[2], olga)
    monkeypatch.setattr(reading, "HISTORY", 5)
    seen, before = [], 0
    while True:
        lines, before = reading.history_of(case, reading.conversations_in(case), [], before)
        assert len(lines) <= 5
        seen += [line.pk for line in lines]
        if not before:
            break
    assert seen == sorted(seen, reverse=True)
    subjects = [f"case:{case.pk}", *(f"conversation:{row.pk}" for row in rows[:2])]
    wanted = Entry.objects.within(case.workspace_id).filter(subject__in=subjects)
    wanted = wanted.exclude(verb__in=reading.TOLD_ELSEWHERE)
    assert len(seen) == len(set(seen)) == wanted.count() == 15


@pytest.mark.parametrize("size", [1, 2, 50])
def test_lists_hold_each_case_once(rows: list[Conversation], workspace: Any, olga: Any, malik: Any, size: int) -> None:
    made = [cases.open_case([row], f"Case {n}", "", malik if n % 2 else olga, olga) for n, row in enumerate(rows)]
    cases.end_case(made[0], solved=True, outcome="Done", close_all=False, by=olga)
    cases.merge_cases(made[1], made[2], olga)

    def listed(view: str, member: Any) -> list[int]:
        found, after = [], ""
        while True:
            page, after = reading.cases_page(workspace, member, view, after, size)
            found += [row.case.pk for row in page]
            if not after:
                return found

    assert listed("open", olga) == [made[n].pk for n in (2, 5, 4, 3)]
    assert listed("mine", malik) == [made[n].pk for n in (5, 3)]
    assert listed("ended", olga) == [made[0].pk]
    row = reading.cases_page(workspace, olga, "open")[0][0]
    assert (row.conversations, sorted(row.networks), row.unanswered) == (2, ["bluesky", "feed"], 2)
    assert row.due_at is not None


@pytest.mark.parametrize(
    "after", ["", "x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~²", "~", "2026-01-01T00:00:00+00:00~-1"]
)
def test_a_made_up_page_is_the_first_or_an_empty_one(
    rows: list[Conversation], workspace: Any, olga: Any, after: str
) -> None:
    opened(rows[:1], olga)
    assert len(reading.cases_page(workspace, olga, "open", after)[0]) in (0, 1)


def test_searching(rows: list[Conversation], workspace: Any, olga: Any) -> None:
    case = opened(rows[:1], olga)
    everything = reading.search_conversations(workspace, "")
    assert [row.pk for row in everything.rows] == [row.pk for row in reversed(rows)]
    assert [row.pk for row in reading.search_conversations(workspace, "", without=case).rows] == [
        row.pk for row in reversed(rows[1:])
    ]
    assert [row.pk for row in reading.search_conversations(workspace, f"#{rows[2].pk}").rows] == [rows[2].pk]
    assert reading.search_conversations(workspace, "number ‘zzz’").rows == []
    assert len(reading.search_conversations(workspace, "PARCEL refund").rows) == 6
    assert reading.search_conversations(workspace, "9" * 40).rows == []


def test_a_search_is_paged(rows: list[Conversation], workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FOUND", 4)
    first = reading.search_conversations(workspace, "parcel")
    second = reading.search_conversations(workspace, "parcel", first.after)
    assert [row.pk for row in first.rows + second.rows] == [row.pk for row in reversed(rows)]
    assert (len(first.rows), second.after) == (4, 0)
