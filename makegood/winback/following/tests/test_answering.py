"""What they answer is kept, can be changed for a while, and brings back what is not resolved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from makegood.desk import api as desk
from makegood.desk.models import Case, Conversation
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.winback.following import answering, erasing, links
from makegood.winback.following.answering import Shut, ShutError
from makegood.winback.following.reading import satisfaction_of
from makegood.winback.following.rules import Given
from makegood.winback.following.tests.scene import Asking
from makegood.winback.models import FollowUp, FollowUpLink, Satisfaction

pytestmark = pytest.mark.django_db


GOOD = Given(5, True, "")


def why_shut(secret: str, given: Given = GOOD, viewer: Any = None) -> Shut:
    with pytest.raises(ShutError) as caught:
        answering.give(secret, given, viewer)
    return caught.value.why


def test_an_answer_is_kept(shop: Asking) -> None:
    row, secret = shop.asked(visibility="direct")
    page = answering.open_page(secret)
    assert (page.shop, page.answer, page.may_change) == ("Teapot & Co", None, True)
    answering.give(secret, Given(5, True, "Lovely."), AnonymousUser())
    found = satisfaction_of(row.conversation)
    assert found is not None
    assert (found.score, found.resolved, found.comment, found.asked_in_public) == (5, True, "Lovely.", False)
    row.refresh_from_db()
    assert (row.state, row.due_at) == ("answered", None)
    line = Entry.objects.within(shop.workspace).get(verb="satisfaction.given")
    assert line.subject == f"conversation:{row.conversation_id}"
    assert line.data == {
        "followup": row.pk,
        "score": 5,
        "resolved": True,
        "commented": True,
        "changed": False,
        "public": False,
    }
    assert shop.bell_again()[-1] == "heard from them: 5 of 5"


def test_opening_stores_nothing(shop: Asking) -> None:
    _row, secret = shop.asked()
    lines = Entry.objects.count()
    for _n in range(3):
        answering.open_page(secret)
    assert Entry.objects.count() == lines
    assert not Satisfaction.objects.within(shop.workspace).exists()


def test_it_can_be_changed_for_two_weeks(shop: Asking) -> None:
    row, secret = shop.asked(visibility="direct")
    answering.give(secret, Given(3, None, ""))
    answering.give(secret, Given(3, None, ""))
    assert shop.verbs().count("satisfaction.given") == 1, "the same once more is nothing new"
    shop.pass_days(10)
    answering.give(secret, Given(5, True, "It came!"))
    found = satisfaction_of(row.conversation)
    assert found is not None
    assert (found.score, found.first_score, found.changes) == (5, 3, 1)
    shop.pass_days(5)
    assert answering.open_page(secret).may_change is False
    assert why_shut(secret, Given(1, False, "")) is Shut.STANDS
    assert Satisfaction.objects.within(shop.workspace).get().score == 5


def test_where_others_could_read_the_link_the_first_answer_stands(shop: Asking) -> None:
    row, secret = shop.asked(visibility="public")
    answering.give(secret, Given(5, True, ""))
    assert why_shut(secret, Given(1, False, "A stranger")) is Shut.STANDS
    found = satisfaction_of(row.conversation)
    assert found is not None
    assert (found.score, found.asked_in_public) == (5, True)
    assert shop.talk_now(row.conversation).waiting_since is None


@pytest.mark.parametrize(
    ("given", "because"),
    [(Given(4, False, ""), "not_resolved"), (Given(1, None, ""), "score"), (Given(2, True, "No"), "score")],
)
def test_what_is_not_resolved_comes_back(shop: Asking, given: Given, because: str) -> None:
    talk = shop.talk()
    shop.assign(talk)
    row, secret = shop.asked(talk)
    desk.close(talk, shop.malik)
    # Their last words were thanks, which nobody needs to answer.
    Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(response="share_success")
    answering.give(secret, given)
    found = shop.talk_now(talk)
    assert (found.queue, found.waiting_since) == ("needs_answer", clock.now())
    line = Entry.objects.within(shop.workspace).get(verb="followup.reopened")
    assert line.data == {"followup": row.pk, "score": given.score, "because": because}
    assert shop.bell_again()[-1].startswith("opened it again: they")
    assert shop.verbs()[-2:] == ["satisfaction.given", "followup.reopened"]
    shop.step()
    row.refresh_from_db()
    assert row.state == "answered"


def test_its_case_comes_back_too(shop: Asking) -> None:
    talk = shop.talk()
    case = desk.open_case([talk], "Broken", "", None, shop.malik)
    row, secret = shop.asked(talk)
    desk.end_case(case, solved=True, outcome="Sent another", close_all=True, by=shop.malik)
    answering.give(secret, Given(2, False, ""))
    assert Case.objects.within(shop.workspace).get().state == "open"
    assert row.case_id == case.pk


def test_it_comes_back_once(shop: Asking) -> None:
    _row, secret = shop.asked(visibility="direct")
    answering.give(secret, Given(2, False, ""))
    answering.give(secret, Given(1, False, "Worse still"))
    assert shop.verbs().count("followup.reopened") == 1
    answering.give(secret, Given(5, True, "Now it is fine"))
    answering.give(secret, Given(1, False, "Broken again"))
    assert shop.verbs().count("followup.reopened") == 2
    line = Entry.objects.within(shop.workspace).filter(verb="satisfaction.given").order_by("-id")[0]
    assert line.data["changed"] is True


def test_what_is_open_already_keeps_its_clock(shop: Asking) -> None:
    row, secret = shop.asked()
    since = clock.now() - timedelta(hours=5)
    Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id).update(waiting_since=since)
    answering.give(secret, Given(1, False, ""))
    assert shop.talk_now(row.conversation).waiting_since == since
    assert "followup.reopened" in shop.verbs()


def test_an_answer_before_the_step_has_found_the_question(shop: Asking) -> None:
    from makegood.winback.following import asking
    from makegood.winback.following.tests.scene import secret_of

    row = shop.ready()
    words = asking.take(shop.member, shop.talk_now(row.conversation))
    shop.answer(row.conversation, words)
    answering.give(secret_of(words), Given(5, True, ""))
    shop.step()
    row.refresh_from_db()
    assert (row.state, row.asked_at) == ("answered", clock.now())


def test_a_late_answer_is_welcome(shop: Asking) -> None:
    row, secret = shop.asked()
    FollowUp.objects.within(shop.workspace).update(state="missed", due_at=None)
    answering.give(secret, Given(4, True, ""))
    row.refresh_from_db()
    assert row.state == "answered"


def test_no_member_answers_for_a_customer(shop: Asking, sten: Any) -> None:
    _row, secret = shop.asked()
    assert answering.is_own(secret, shop.malik) is True
    assert answering.is_own(secret, sten) is False
    assert answering.is_own(secret, AnonymousUser()) is False
    assert why_shut(secret, viewer=shop.malik) is Shut.OWN
    assert not Satisfaction.objects.within(shop.workspace).exists()
    answering.give(secret, Given(5, True, ""), sten)


def test_a_link_that_is_not_ours(shop: Asking) -> None:
    _row, secret = shop.asked()
    for wrong in ("", "x", secret[:-1], secret + "A", secret.replace(".", "", 1), "x" + secret):
        assert why_shut(wrong) is Shut.WRONG
    FollowUpLink.objects.within(shop.workspace).delete()
    assert why_shut(secret) is Shut.WRONG


def test_a_link_runs_out_and_is_forgotten(shop: Asking) -> None:
    _row, secret = shop.asked()
    shop.pass_days(59)
    answering.open_page(secret)
    shop.pass_days(1)
    assert why_shut(secret) is Shut.EXPIRED
    assert links.forget_old_links() == 0
    shop.pass_days(31)
    assert links.forget_old_links() == 1


def test_after_the_person_was_erased_the_page_says_so(shop: Asking) -> None:
    row, secret = shop.asked()
    answering.give(secret, Given(3, None, "My name is Ada Moor"))
    talk = Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id)
    talk.update(author_id=f"erased:{row.conversation_id}", author_name="")
    erasing.erase(shop.workspace.pk, [row.conversation_id])
    assert why_shut(secret) is Shut.GONE
    kept = Satisfaction.objects.within(shop.workspace).get()
    assert (kept.score, kept.comment) == (3, "")
    row.refresh_from_db()
    assert (row.person_key, row.words, row.state) == ("", "", "answered")


@pytest.mark.parametrize(("state", "after"), [("waiting", "withdrawn"), ("ready", "withdrawn"), ("asked", "missed")])
def test_erasing_ends_what_is_open(shop: Asking, state: str, after: str) -> None:
    row = shop.ready()
    FollowUp.objects.within(shop.workspace).update(state=state)
    erasing.erase(shop.workspace.pk, [row.conversation_id])
    row.refresh_from_db()
    assert (row.state, row.due_at, row.person_key) == (after, None, "")


def test_they_get_what_is_kept_of_them(shop: Asking) -> None:
    row, secret = shop.asked()
    answering.give(secret, Given(2, False, "Cold tea"))
    found = erasing.export(shop.workspace.pk, [row.conversation_id])
    assert [(one["score"], one["comment"], one["resolved"]) for one in found["satisfaction"]] == [
        (2, "Cold tea", False)
    ]
    assert [one["state"] for one in found["follow_ups"]] == ["answered"]
    assert erasing.export(shop.workspace.pk, []) == {"follow_ups": [], "satisfaction": []}
