"""What makes a follow-up wait, and what takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.desk.models import Case, Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import activity
from makegood.resolve import doing, made_right
from makegood.resolve.models import Remedy
from makegood.winback.following import house, resolving
from makegood.winback.following.rules import Plan
from makegood.winback.following.tests.scene import Asking
from makegood.winback.models import FollowUp

pytestmark = pytest.mark.django_db


def rows(shop: Asking) -> list[tuple[str, str]]:
    found = FollowUp.objects.within(shop.workspace).order_by("pk")
    return list(found.values_list("why", "state"))


def test_what_was_made_good_and_told_waits_for_its_day(shop: Asking) -> None:
    before = clock.now()
    remedy = shop.made_good(kind="gift")
    shop.step()
    row = shop.only()
    assert (row.state, row.why, row.remedy_kind, row.conversation_id) == (
        "waiting",
        "remedy",
        "gift",
        remedy.conversation_id,
    )
    assert row.due_at is not None
    assert row.due_at - row.resolved_at == timedelta(days=7)
    assert row.resolved_at >= before
    shop.step()
    assert rows(shop) == [("remedy", "waiting")], "read twice, it is still one"


def test_what_they_do_not_know_of_is_not_resolved(shop: Asking) -> None:
    doing.done(shop.do(shop.given("gift", 0, cost_minor=700)), shop.member)
    shop.step()
    assert rows(shop) == []


def test_nothing_is_asked_while_something_is_still_to_be_done(shop: Asking) -> None:
    talk = shop.talk()
    shop.given("gift", 0, talk, cost_minor=700)
    Remedy.objects.within(shop.workspace).update(try_at=None)
    shop.made_good(talk)
    shop.step()
    assert rows(shop) == []


def test_a_solved_case_is_asked_after_once_where_they_wrote_last(shop: Asking) -> None:
    first, second = shop.talk("ada"), shop.talk("ada2")
    case = desk.open_case([first, second], "Broken", "", None, shop.malik)
    desk.end_case(case, solved=True, outcome="Sent another", close_all=True, by=shop.malik)
    shop.step()
    row = shop.only()
    assert (row.why, row.case_id) == ("case", case.pk)
    newest = Conversation.objects.within(shop.workspace).order_by("-last_message_at", "-pk")[0]
    assert row.conversation_id == newest.pk


def test_a_case_that_ended_unsolved_is_not_asked_after(shop: Asking) -> None:
    talk = shop.talk()
    case = desk.open_case([talk], "Broken", "", None, shop.malik)
    desk.end_case(case, solved=False, outcome="They left", close_all=False, by=shop.malik)
    shop.step()
    assert rows(shop) == []


def test_they_said_it_is_right(shop: Asking) -> None:
    # Done, and nobody has noted that they know: it is they who say that it is right.
    remedy = doing.done(shop.do(shop.given("gift", 0, cost_minor=700)), shop.member)
    made_right.keep_answer(shop.member, remedy.conversation, "made_right")
    shop.step()
    assert rows(shop) == [("outcome", "waiting")]


@pytest.mark.parametrize(
    ("answered", "text", "asked"),
    [
        (True, "My teapot arrived broken and nobody answers", True),
        (False, "My teapot arrived broken and nobody answers", False),
        (True, "I love my teapot, thank you so much!", False),
    ],
)
def test_a_complaint_that_was_answered_and_closed(shop: Asking, answered: bool, text: str, asked: bool) -> None:
    talk = conversation_with(shop.account, text)
    if answered:
        shop.answered(talk)
    desk.close(talk, shop.malik)
    shop.step()
    assert rows(shop) == ([("closed", "waiting")] if asked else [])


def test_a_thank_you_at_the_end_leaves_it_a_complaint(shop: Asking) -> None:
    first = activity("My teapot arrived broken and nobody answers", network="sample", who="ada", id="a1")
    thanks = activity("Thank you so much, I love it!", network="sample", who="ada", id="a2", root_id="a1")
    bring(shop.account, first)
    (talk,) = bring(shop.account, thanks)
    Conversation.objects.within(shop.workspace).update(intent="praise")
    shop.answered(talk)
    desk.close(talk, shop.malik)
    shop.step()
    assert rows(shop) == [("closed", "waiting")]


def test_what_is_closed_in_an_open_case_is_not_resolved(shop: Asking) -> None:
    talk = shop.answered(shop.talk())
    desk.open_case([talk], "Broken", "", None, shop.malik)
    desk.close(talk, shop.malik)
    shop.step()
    assert rows(shop) == []
    assert Case.objects.within(shop.workspace).get().state == "open"


def test_what_comes_back_is_not_asked_after(shop: Asking) -> None:
    remedy = shop.made_good()
    shop.step()
    desk.reopen(remedy.conversation, shop.malik)
    shop.step()
    assert rows(shop) == [("remedy", "withdrawn")]
    assert shop.only().withdrawn_because == "reopened"
    assert shop.verbs() == ["followup.withdrawn"]
    # All of it at once, as after a rest of the worker, and read again from the beginning.
    shop.answered(remedy.conversation)
    desk.close(remedy.conversation, shop.malik)
    shop.step()
    assert rows(shop) == [("remedy", "withdrawn"), ("closed", "waiting")]


def test_a_reopening_that_was_read_late_takes_nothing_newer_back(shop: Asking) -> None:
    remedy = shop.made_good()
    desk.reopen(remedy.conversation, shop.malik)
    shop.answered(remedy.conversation)
    desk.close(remedy.conversation, shop.malik)
    shop.step()
    assert rows(shop)[-1] == ("closed", "waiting")
    from makegood.journal.models import Mark

    Mark.objects.filter(name="followups").update(entry_id=0)
    before = rows(shop)
    shop.step()
    assert rows(shop) == before


def test_not_yet_takes_it_back(shop: Asking) -> None:
    remedy = shop.made_good()
    shop.step()
    made_right.keep_answer(shop.member, remedy.conversation, "not_yet")
    shop.step()
    assert rows(shop) == [("remedy", "withdrawn")]


def test_they_are_asked_once_about_one_thing(shop: Asking) -> None:
    row, _secret = shop.asked()
    FollowUp.objects.within(shop.workspace).update(state="answered", due_at=None)
    desk.close(row.conversation, shop.malik)
    shop.step()
    assert rows(shop) == [("remedy", "answered")], "it was closed, and that is nothing new"
    desk.reopen(row.conversation, shop.malik)
    shop.answered(row.conversation)
    desk.close(row.conversation, shop.malik)
    shop.step()
    assert rows(shop) == [("remedy", "answered"), ("closed", "waiting")]


def test_more_done_for_them_moves_the_day(shop: Asking) -> None:
    remedy = shop.made_good(kind="gift")
    shop.step()
    # The journal has its own clock, so it is the row that is older here.
    earlier = clock.now() - timedelta(days=2)
    FollowUp.objects.within(shop.workspace).update(resolved_at=earlier, due_at=earlier + timedelta(days=7))
    shop.made_good(remedy.conversation, kind="call")
    shop.step()
    row = shop.only()
    assert row.due_at is not None
    assert (row.remedy_kind, row.due_at - row.resolved_at) == ("call", timedelta(days=3))
    assert row.resolved_at > earlier


def test_nobody_is_asked_whose_words_are_gone(shop: Asking) -> None:
    talk = shop.talk()
    Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(author_id="erased:1")
    shop.made_good(talk)
    shop.step()
    assert rows(shop) == []


def test_what_is_long_past_is_let_be(shop: Asking) -> None:
    shop.made_good()
    shop.pass_days(15)
    shop.step()
    assert rows(shop) == []


def test_a_shop_that_does_not_ask(shop: Asking, olga: Any) -> None:
    from makegood.resolve.tests.authority_scene import join

    house.save_plan(join(shop.workspace, olga), Plan(active=False))
    shop.made_good()
    shop.step()
    assert rows(shop) == []


def test_the_cause_sets_the_day(shop: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    from makegood.winback.models import FollowUpSettings

    FollowUpSettings.objects.create(workspace=shop.workspace, by_remedy={"gift": 4}, by_cause={"7": 21})
    monkeypatch.setattr(resolving, "causes_of", lambda talk: [7])
    shop.made_good()
    shop.step()
    row = shop.only()
    assert row.due_at is not None
    assert row.due_at - row.resolved_at == timedelta(days=21)


def test_another_shop_hears_nothing(shop: Asking, other_workspace: Any) -> None:
    shop.made_good()
    shop.step()
    assert not FollowUp.objects.within(other_workspace).exists()
