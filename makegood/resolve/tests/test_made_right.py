"""Asking whether it is right now: when it is offered, that a person asks, and what becomes of the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.resolve import doing, made_right, outcome, saying
from makegood.resolve.models import Outcome, Remedy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import join
from makegood.resolve.tests.doing_scene import Doing

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(doing_shop: Doing) -> Doing:
    return doing_shop


def done(shop: Doing, talk: Any = None) -> Remedy:
    """Something is done, and they know of it."""
    row = doing.done(shop.do(shop.given("gift", 0, talk, cost_minor=700)), shop.member)
    saying.told(row, shop.member)
    return shop.fresh(row)


def asking(row: Remedy) -> made_right.Asking:
    found = made_right.asking_of(desk.Conversation.objects.within(row.workspace_id).get(pk=row.conversation_id))
    assert found is not None
    return found


def asked(shop: Doing, row: Remedy, **fields: Any) -> Outcome:
    """A member has put the question in, and sent it."""
    words = made_right.take_question(shop.member, row.conversation)
    shop.answer(row.conversation, words, **fields)
    assert made_right.note_asked() == 1
    return Outcome.objects.within(shop.workspace).get(answer="")


def verbs(shop: Doing) -> list[str]:
    rows = Entry.objects.within(shop.workspace).filter(verb__startswith="outcome.").order_by("id")
    return list(rows.values_list("verb", flat=True))


def test_nothing_is_asked_before_it_is_done_and_known(shop: Doing) -> None:
    row = shop.given("gift", 0, cost_minor=700)
    assert made_right.asking_of(row.conversation) is None
    with pytest.raises(ResolveError, match="nothing to ask about"):
        made_right.take_question(shop.member, row.conversation)
    row = doing.done(shop.do(row), shop.member)
    assert asking(row).offered is False, "they don't know of it yet"
    saying.told(row, shop.member)
    assert asking(row).offered is True


def test_a_person_asks_in_the_shops_words(shop: Doing) -> None:
    row = done(shop)
    words = made_right.take_question(shop.member, row.conversation)
    assert words == "Hi, did this make it right for you? If anything is missing, please tell us."
    assert made_right.note_asked() == 0, "nothing sends itself"
    shop.answer(row.conversation, "We are sorry for the trouble.")
    shop.answer(row.conversation, words, sent_at=clock.now() - timedelta(hours=1))
    shop.answer(row.conversation, words, state="queued", sent_at=None)
    shop.answer(shop.talk(), words)
    assert made_right.note_asked() == 0
    assert asking(row).asked_at is None
    sent = shop.answer(row.conversation, f"{words} Yours, Malik")
    assert (made_right.note_asked(), made_right.note_asked()) == (1, 0)
    found = asking(row)
    assert (found.asked_at, found.offered) == (sent.sent_at, False)
    assert found.outcome is not None
    assert sent.sent_at is not None
    assert found.outcome.due_at == sent.sent_at + timedelta(days=3)
    assert verbs(shop) == ["outcome.asked"]


@pytest.mark.parametrize("answer", ["made_right", "not_yet", "no_answer"])
def test_the_answer_is_kept_beside_the_remedy(shop: Doing, answer: str) -> None:
    row = done(shop)
    asked(shop, row)
    kept = made_right.keep_answer(shop.member, row.conversation, answer)
    assert (kept.answer, kept.by, kept.due_at) == (answer, shop.malik, None)
    assert shop.fresh(row).outcome == kept
    assert made_right.asking_of(row.conversation) is None
    line = Entry.objects.within(shop.workspace).get(verb="outcome.kept")
    assert (line.data["answer"], line.subject) == (answer, f"conversation:{row.conversation_id}")
    (found,) = made_right.done_in(shop.workspace, [row.conversation])
    assert found.outcome == kept


def test_they_may_say_it_unasked(shop: Doing) -> None:
    row = done(shop)
    with pytest.raises(ResolveError, match="Nobody has asked"):
        made_right.keep_answer(shop.member, row.conversation, "no_answer")
    with pytest.raises(ResolveError, match="Choose one"):
        made_right.keep_answer(shop.member, row.conversation, "splendid")
    assert made_right.keep_answer(shop.member, row.conversation, "made_right").asked_at is None


def test_one_answer_is_about_all_that_was_done(shop: Doing) -> None:
    first = done(shop)
    asked(shop, first)
    second = done(shop, first.conversation)
    made_right.keep_answer(shop.member, first.conversation, "not_yet")
    assert shop.fresh(first).outcome_id == shop.fresh(second).outcome_id is not None
    third = done(shop, first.conversation)
    assert asking(third).offered is True, "what is done after that is asked about anew"
    made_right.keep_answer(shop.member, first.conversation, "made_right")
    assert [shop.fresh(row).outcome.answer for row in (first, third)] == ["not_yet", "made_right"]  # type: ignore[union-attr]


def test_who_does_not_answer_comes_back(shop: Doing) -> None:
    type(shop.workspace).objects.filter(pk=shop.workspace.pk).update(outcome_days=5)
    row = done(shop)
    found = asked(shop, row)
    assert found.due_at is not None
    assert found.asked_at is not None
    assert found.due_at - found.asked_at == timedelta(days=5)
    assert made_right.miss_due() == 0
    assert desk.count_view(shop.member, "closing-line") == 0
    Outcome.objects.within(shop.workspace).update(due_at=clock.now() - timedelta(minutes=1))
    doing.do_due()
    assert made_right.miss_due() == 0, "once"
    assert [each.pk for each in desk.list_view(shop.member, "closing-line").rows] == [row.conversation_id]
    assert shop.bell()[-1].startswith("does not know yet whether it is right")
    assert (asking(row).late, asking(row).offered) == (True, True)
    asked(shop, row)
    assert desk.count_view(shop.member, "closing-line") == 0, "they have as many days again"
    Outcome.objects.within(shop.workspace).update(due_at=clock.now())
    assert made_right.miss_due() == 1
    made_right.keep_answer(shop.member, row.conversation, "no_answer")
    assert desk.count_view(shop.member, "closing-line") == 0
    assert verbs(shop) == [f"outcome.{each}" for each in ("asked", "missing", "asked", "missing", "kept")]


def test_nobody_is_asked_after_money_that_came_back(shop: Doing) -> None:
    row = done(shop)
    asked(shop, row)
    outcome._reopened(type("Row", (), {"workspace_id": row.workspace_id, "remedy_id": row.pk}), "It came back.")  # type: ignore[arg-type]
    Outcome.objects.within(shop.workspace).update(due_at=clock.now())
    assert made_right.miss_due() == 0
    assert made_right.asking_of(row.conversation) is None


def test_only_who_answers_customers_asks_and_keeps(shop: Doing, vera: Any, sten: Any, other_workspace: Any) -> None:
    row = done(shop)
    with pytest.raises(ResolveError, match="answers customers"):
        made_right.take_question(join(shop.workspace, vera), row.conversation)
    with pytest.raises(ResolveError, match="not there"):
        made_right.keep_answer(join(other_workspace, sten), row.conversation, "made_right")


def test_many_cost_as_many_queries_as_few(shop: Doing, django_assert_num_queries: Any) -> None:
    for count in (3, 27):
        for _each in range(count):
            made_right.take_question(shop.member, done(shop).conversation)
        with django_assert_num_queries(3):
            assert (made_right.note_asked(), made_right.miss_due()) == (0, 0)
        rows = desk.Conversation.objects.within(shop.workspace)
        with django_assert_num_queries(2):
            made_right.done_in(shop.workspace, rows)
