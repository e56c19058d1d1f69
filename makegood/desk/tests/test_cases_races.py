"""Two members at once: one of them wins, the other is told, and every conversation is in one place."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from makegood.desk import cases, clues, suggesting
from makegood.desk.cases import CaseError
from makegood.desk.models import Case, CaseClue, CaseSuggestion, Conversation
from makegood.desk.suggesting import suggest_new
from makegood.desk.tests.case_scene import case_keys, heard, pairs, said_on
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "My order 4711 never arrived and nobody answers, I want a refund"


@pytest.fixture
def rows(workspace: Any) -> list[Conversation]:
    return heard(workspace, *(said_on("bluesky", f"p{n}x.example", f"{ORDER} {n}") for n in range(4)))


def sorted_out(outcomes: list[Any]) -> tuple[list[Any], list[CaseError]]:
    """What was done, and what was refused; anything else that was raised is raised here."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, CaseError):
            raise outcome
    refused = [outcome for outcome in outcomes if isinstance(outcome, CaseError)]
    return [outcome for outcome in outcomes if not isinstance(outcome, CaseError)], refused


def test_each_into_the_other(rows: list[Conversation], olga: Any, malik: Any) -> None:
    for _ in range(5):
        a, b = cases.open_case(rows[:2], "A", "", None, olga), cases.open_case(rows[2:], "B", "", None, olga)
        done, refused = sorted_out(
            at_once(lambda: cases.merge_cases(a, b, olga), lambda: cases.merge_cases(b, a, malik))  # noqa: B023
        )
        assert (len(done), len(refused)) == (1, 1)
        stays = done[0]
        assert case_keys(stays) == sorted(row.pk for row in rows)
        gone = Case.objects.within(stays.workspace_id).get(pk=(a.pk if stays.pk == b.pk else b.pk))
        assert (gone.state, gone.merged_into_id) == ("merged", stays.pk)
        for row in rows:
            cases.take_out(stays, row, olga)


def test_one_into_two(rows: list[Conversation], olga: Any, malik: Any) -> None:
    a, b, c = (cases.open_case([row], "Case", "", None, olga) for row in rows[:3])
    done, refused = sorted_out(at_once(lambda: cases.merge_cases(a, b, olga), lambda: cases.merge_cases(a, c, malik)))
    assert (len(done), len(refused)) == (1, 1)
    assert case_keys(done[0]) == sorted([rows[0].pk, rows[1 if done[0].pk == b.pk else 2].pk])


def test_a_ring(rows: list[Conversation], olga: Any) -> None:
    made = [cases.open_case([row], "Case", "", None, olga) for row in rows]
    acts = [
        lambda one=one, other=other: cases.merge_cases(one, other, olga)
        for one, other in zip(made, [*made[1:], made[0]], strict=True)
    ]
    done, refused = sorted_out(at_once(*acts))
    open_ones = Case.objects.within(rows[0].workspace_id).filter(state="open")
    assert len(done) == 4 - open_ones.count()
    assert refused
    assert sorted(key for case in open_ones for key in case_keys(case)) == sorted(row.pk for row in rows)


def test_one_conversation_into_two_cases(rows: list[Conversation], olga: Any, malik: Any) -> None:
    a, b = (cases.open_case([row], "Case", "", None, olga) for row in rows[:2])
    done, refused = sorted_out(
        at_once(lambda: cases.add_to_case(a, rows[2], olga), lambda: cases.add_to_case(b, rows[2], malik))
    )
    assert (len(done), len(refused)) == (1, 1)
    assert rows[2].pk in case_keys(done[0])


def test_a_case_opened_twice(rows: list[Conversation], olga: Any, malik: Any) -> None:
    done, refused = sorted_out(
        at_once(*(lambda who=who: cases.open_case(rows[:1], "Case", "", None, who) for who in (olga, malik)))
    )
    assert (len(done), len(refused)) == (1, 1)
    assert Case.objects.within(rows[0].workspace_id).count() == 1


def test_a_merge_and_a_split(rows: list[Conversation], olga: Any, malik: Any) -> None:
    a, b = cases.open_case(rows[:3], "A", "", None, olga), cases.open_case(rows[3:], "B", "", None, olga)
    sorted_out(at_once(lambda: cases.merge_cases(a, b, olga), lambda: cases.split_case(a, [rows[0].pk], "Part", malik)))
    kept = Conversation.objects.within(rows[0].workspace_id).exclude(case=None).exclude(case__state="merged")
    assert kept.count() == 4


def test_a_merge_and_its_undoing_and_a_further_merge(rows: list[Conversation], olga: Any, malik: Any) -> None:
    a, b, c = (cases.open_case([row], "Case", "", None, olga) for row in rows[:3])
    cases.merge_cases(a, b, olga)
    sorted_out(at_once(lambda: cases.undo_merge(a, olga), lambda: cases.merge_cases(b, c, malik)))
    kept = Conversation.objects.within(rows[0].workspace_id).exclude(case=None).exclude(case__state="merged")
    assert kept.count() == 3


def test_taken_up_and_declined(rows: list[Conversation], olga: Any, malik: Any, workspace: Any) -> None:
    suggest_new()
    pair = next(iter(pairs(workspace).values()))
    done, refused = sorted_out(at_once(lambda: cases.take_up(pair, "Case", olga), lambda: cases.decline(pair, malik)))
    assert (len(done), len(refused)) == (1, 1)
    pair.refresh_from_db()
    assert (pair.state == "taken") is Case.objects.within(workspace).exists()


def test_two_workers_suggest_each_pair_once(rows: list[Conversation], workspace: Any, olga: Any) -> None:
    done, _refused = sorted_out(at_once(suggest_new, suggest_new, suggest_new))
    suggest_new()
    assert sum(done) >= 4
    found = [(row.first_id, row.second_id) for row in CaseSuggestion.objects.within(workspace)]
    assert len(found) == len(set(found)) == 6


def test_comparing_locks_nobody_out(rows: list[Conversation], monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads for long and writes in a moment: SQLite has one writer, and answers must not wait for this."""
    writing: list[bool] = []

    def weigh(*facts: Any) -> Any:
        writing.append(connection.in_atomic_block)
        return clues.weigh(*facts)

    monkeypatch.setattr(suggesting, "weigh", weigh)
    suggesting.compare_again(row.pk for row in rows)
    while suggesting.suggest_new():
        pass
    assert writing
    assert not any(writing)


def test_what_is_deleted_while_it_is_compared_is_compared_again(
    rows: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[int] = []

    def weigh(*facts: Any) -> Any:
        if not gone:
            gone.append(rows[0].pk)
            suggesting.forget([rows[0].pk])
        return clues.weigh(*facts)

    monkeypatch.setattr(suggesting, "weigh", weigh)
    suggesting.compare_again([rows[0].pk])
    assert suggesting.suggest_new()
    assert gone
    assert not Conversation.objects.across("a test looks at all").filter(compare_at__isnull=False).exists()
    read = CaseClue.objects.across("a test looks at all").filter(conversation=rows[0])
    assert read.exists(), "read anew, from what stands now"
