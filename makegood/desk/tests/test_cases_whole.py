"""Whatever members do with cases, in any order: no conversation is lost, and none is in two places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.desk import cases
from makegood.desk.cases import CaseError
from makegood.desk.models import Case, CaseSuggestion, Conversation
from makegood.desk.tests.case_scene import heard, said_on

pytestmark = pytest.mark.django_db

Where = dict[int, int | None]


@dataclass
class Desk:
    """What a step may use: two conversations, two cases (or none yet), and where everything is."""

    by: Any
    one: Conversation
    two: Conversation
    case: Case
    other: Case
    before: Where
    number: int

    def inside(self, case: Case) -> list[int]:
        return [key for key, at in self.before.items() if at == case.pk]


def where(workspace: Any) -> Where:
    """Each conversation's case, once it is sure that none is in a case that was merged and all merges end somewhere."""
    merged = list(Case.objects.within(workspace).filter(state="merged"))
    found: Where = dict(Conversation.objects.within(workspace).values_list("pk", "case_id"))
    assert not {case.pk for case in merged} & set(found.values())
    for case in merged:
        assert cases._chain(case)[-1].state != "merged"
    return found


def opens(desk: Desk) -> Where:
    return {desk.one.pk: cases.open_case([desk.one], "One", "", None, desk.by).pk}


def joins(desk: Desk) -> Where:
    return {desk.two.pk: cases.add_to_case(desk.case, desk.two, desk.by).pk}


def leaves(desk: Desk) -> Where:
    cases.take_out(desk.case, desk.two, desk.by)
    return {desk.two.pk: None} if desk.two.pk in desk.inside(desk.case) else {}


def merges(desk: Desk) -> Where:
    cases.merge_cases(desk.case, desk.other, desk.by)
    return dict.fromkeys(desk.inside(desk.case), desk.other.pk)


def splits(desk: Desk) -> Where:
    part = desk.inside(desk.case)[: desk.number + 1]
    return dict.fromkeys(part, cases.split_case(desk.case, part, "Part", desk.by).pk)


def undoes(desk: Desk) -> Where:
    last = cases._chain(desk.case)[-1]
    cases.undo_merge(desk.case, desk.by)
    return {key: desk.case.pk for key in desk.case.took_along if desk.before[key] == last.pk}


def ends(desk: Desk) -> Where:
    cases.end_case(desk.case, solved=True, outcome="Done", close_all=False, by=desk.by)
    return {}


def reopens(desk: Desk) -> Where:
    cases.reopen_case(desk.case, desk.by)
    return {}


def _pair(desk: Desk) -> CaseSuggestion:
    first, second = sorted((desk.one, desk.two), key=lambda each: each.pk)
    facts = {"first": first, "second": second, "workspace_id": first.workspace_id}
    pair, _made = CaseSuggestion.objects.get_or_create(**facts, defaults={"strength": 0.7})
    return pair


def takes_up(desk: Desk) -> Where:
    if desk.one.pk == desk.two.pk:
        return {}
    into = cases.take_up(_pair(desk), "Both", desk.by).pk
    came_from = {desk.before[desk.one.pk], desk.before[desk.two.pk]} - {None}
    moved = [key for key, at in desk.before.items() if at in came_from]
    return dict.fromkeys([desk.one.pk, desk.two.pk, *moved], into)


def declines(desk: Desk) -> Where:
    if desk.one.pk != desk.two.pk:
        cases.decline(_pair(desk), desk.by)
    return {}


STEPS: Mapping[str, Callable[[Desk], Where]] = {
    step.__name__: step for step in (opens, joins, leaves, merges, splits, undoes, ends, reopens, takes_up, declines)
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 4), st.integers(0, 4)), max_size=25))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost(
    rows: list[Conversation], workspace: Any, olga: Any, steps: list[tuple[str, int, int]]
) -> None:
    """Each step against a plain model of what it moves; a step that is refused moves nothing."""
    with transaction.atomic():
        point = transaction.savepoint()
        opened = {cases.open_case([rows[0]], "First", "", None, olga).pk}
        for name, a, b in steps:
            made = list(Case.objects.within(workspace).order_by("pk"))
            before = where(workspace)
            desk = Desk(olga, rows[a], rows[b], made[a % len(made)], made[b % len(made)], before, a)
            try:
                moved = STEPS[name](desk)
            except CaseError:
                moved = {}
            assert where(workspace) == before | moved, name
            kept = set(Case.objects.within(workspace).values_list("pk", flat=True))
            assert opened <= kept
            opened = kept
        transaction.savepoint_rollback(point)


@pytest.fixture
def rows(workspace: Any) -> list[Conversation]:
    """Five conversations of five people."""
    texts = [f"Where is my parcel, it should have come on {day}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    return heard(workspace, *(said_on("bluesky", f"p{n}x.example", text) for n, text in enumerate(texts)))
