"""The question lies ready, a person sends it, the answer is found; there is one reminder, and no answer is kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.desk import api as desk
from makegood.desk.models import Conversation
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.resolve import made_right
from makegood.resolve.models import Outcome
from makegood.winback.following import asking
from makegood.winback.following.rules import FollowUpError
from makegood.winback.following.tests.scene import Asking, secret_of
from makegood.winback.models import FollowUp, FollowUpLink

pytestmark = pytest.mark.django_db


def now_of(shop: Asking, row: FollowUp) -> FollowUp:
    return FollowUp.objects.within(shop.workspace).select_related("conversation__latest").get(pk=row.pk)


def test_it_lies_ready_on_its_day_and_whoever_has_it_is_told(shop: Asking) -> None:
    talk = shop.talk()
    shop.assign(talk)
    shop.made_good(talk)
    shop.step()
    shop.pass_days(6)
    shop.step()
    assert shop.only().state == "waiting"
    shop.pass_days(2)
    shop.step()
    shop.step()
    assert shop.only().state == "ready"
    assert shop.verbs() == ["followup.ready"]
    assert shop.bell_again() == ["has a question ready for you to send: is it resolved for them?"]


def test_nothing_sends_itself(shop: Asking) -> None:
    row = shop.ready()
    words = asking.take(shop.member, shop.talk_now(row.conversation))
    assert words.startswith("Hi, is everything all right now? One tap tells us")
    shop.step()
    assert now_of(shop, row).state == "ready"
    assert not row.conversation.replies.exists()


def test_the_sent_answer_is_found_by_its_link(shop: Asking) -> None:
    row = shop.ready()
    words = asking.take(shop.member, shop.talk_now(row.conversation))
    link = words[words.index("http") :]
    shop.answer(row.conversation, "We are sorry for the trouble.")
    shop.answer(row.conversation, words, state="queued", sent_at=None)
    shop.answer(shop.talk(), words)
    shop.step()
    assert now_of(shop, row).state == "ready"
    sent = shop.answer(row.conversation, f"All good? Tell us here {link} Malik")
    shop.step()
    found = now_of(shop, row)
    assert (found.state, found.asked_at, found.asked_by, found.words) == ("asked", sent.sent_at, shop.malik, "")
    assert sent.sent_at is not None
    assert found.due_at == sent.sent_at + timedelta(days=5)


def test_the_sent_answer_is_found_by_its_words(shop: Asking) -> None:
    row = shop.ready()
    words = asking.take(shop.member, shop.talk_now(row.conversation))
    shop.answer(row.conversation, words[: words.index("http")] + "(write to us)")
    shop.step()
    assert now_of(shop, row).state == "asked"


@pytest.mark.parametrize(("visibility", "public"), [("direct", False), ("public", True), ("unlisted", True)])
def test_it_is_kept_whether_others_can_read_the_link(shop: Asking, visibility: str, public: bool) -> None:
    row, _secret = shop.asked(visibility=visibility)
    assert row.in_public is public
    line = Entry.objects.within(shop.workspace).get(verb="followup.asked")
    assert (line.data, line.subject) == (
        {"followup": row.pk, "public": public},
        f"conversation:{row.conversation_id}",
    )


def test_only_a_hash_of_the_link_is_kept(shop: Asking) -> None:
    row = shop.ready()
    secret = secret_of(asking.take(shop.member, shop.talk_now(row.conversation)))
    link = FollowUpLink.objects.within(shop.workspace).get()
    assert link.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in now_of(shop, row).words
    assert now_of(shop, row).words.endswith("better: [link]")


def test_put_in_twice_both_links_lead_there(shop: Asking) -> None:
    row = shop.ready()
    first = asking.take(shop.member, shop.talk_now(row.conversation))
    shop.answer(row.conversation, first)
    shop.pass_days(0.01)
    asking.take(shop.member, shop.talk_now(row.conversation))
    shop.step()
    assert now_of(shop, row).state == "asked", "sent before the second, and found all the same"


def test_who_asked_a_moment_ago_waits(shop: Asking) -> None:
    remedy = shop.made_good()
    shop.step()
    words = made_right.take_question(shop.member, remedy.conversation)
    shop.answer(remedy.conversation, words)
    shop.step()
    made_right.note_asked()
    asked = Outcome.objects.within(shop.workspace).get()
    moment = shop.pass_days(8)
    Outcome.objects.within(shop.workspace).update(asked_at=moment - timedelta(days=2))
    shop.step()
    row = shop.only()
    assert (row.state, row.due_at) == ("waiting", moment + timedelta(days=1))
    shop.pass_days(1.1)
    shop.step()
    assert shop.only().state == "ready"
    assert asked.asked_at is not None


def test_the_same_person_is_left_alone_for_some_days(shop: Asking) -> None:
    shop.asked(shop.talk("ada"))
    row = shop.only()
    other = shop.talk("ada")
    now = clock.now()
    FollowUp.objects.create(
        workspace=shop.workspace,
        conversation=shop.answered(other),
        person_key=row.person_key,
        why="closed",
        resolved_at=now - timedelta(days=5),
        due_at=now,
    )
    asking.pass_due()
    waiting = FollowUp.objects.within(shop.workspace).get(conversation=other)
    assert waiting.state == "waiting"
    assert row.asked_at is not None
    assert waiting.due_at == row.asked_at + timedelta(days=3)


def test_nobody_is_asked_while_they_wait_for_us(shop: Asking) -> None:
    remedy = shop.made_good()
    shop.step()
    Conversation.objects.within(shop.workspace).update(waiting_since=clock.now(), queue="needs_answer")
    moment = shop.pass_days(8)
    shop.step()
    assert (shop.only().state, shop.only().due_at) == ("waiting", moment + timedelta(days=1))
    shop.answered(remedy.conversation)
    shop.pass_days(1)
    shop.step()
    assert shop.only().state == "ready"


def test_one_reminder_and_then_it_is_over(shop: Asking) -> None:
    row, _secret = shop.asked()
    with pytest.raises(FollowUpError, match="nothing to ask"):
        asking.take(shop.member, shop.talk_now(row.conversation))
    shop.pass_days(6)
    shop.step()
    assert now_of(shop, row).reminds is True
    words = asking.take(shop.member, shop.talk_now(row.conversation))
    assert words.startswith("Hi, we would still like to know whether it is all right now")
    sent = shop.answer(row.conversation, words)
    shop.step()
    found = now_of(shop, row)
    assert (found.state, found.reminds, found.reminded_at, found.reminded_by) == (
        "asked",
        False,
        sent.sent_at,
        shop.malik,
    )
    shop.pass_days(6)
    shop.step()
    assert now_of(shop, row).state == "missed"
    assert shop.verbs() == [
        "followup.ready",
        "followup.asked",
        "followup.ready",
        "followup.reminded",
        "followup.missed",
    ]
    shop.pass_days(30)
    shop.step()
    assert now_of(shop, row).state == "missed"
    with pytest.raises(FollowUpError):
        asking.take(shop.member, shop.talk_now(row.conversation))


def test_a_reminder_that_nobody_sends_ends_too(shop: Asking) -> None:
    row, _secret = shop.asked()
    shop.pass_days(6)
    shop.step()
    shop.pass_days(15.1)
    shop.step()
    assert now_of(shop, row).state == "missed"
    line = Entry.objects.within(shop.workspace).get(verb="followup.missed")
    assert line.data == {"followup": row.pk, "reminded": False, "wrote": False}


def test_who_has_written_since_is_not_reminded(shop: Asking) -> None:
    row, _secret = shop.asked()
    shop.pass_days(6)
    type(row.conversation.latest).objects.within(shop.workspace).update(posted_at=clock.now())
    shop.step()
    assert now_of(shop, row).state == "missed"
    line = Entry.objects.within(shop.workspace).get(verb="followup.missed")
    assert line.data["wrote"] is True


def test_a_member_lets_it_be(shop: Asking) -> None:
    row = shop.ready()
    asking.let_be(shop.member, row.conversation)
    found = now_of(shop, row)
    assert (found.state, found.withdrawn_because) == ("withdrawn", "member")
    line = Entry.objects.within(shop.workspace).get(verb="followup.withdrawn")
    assert (line.actor_id, line.data) == (shop.malik.pk, {"followup": row.pk, "because": "member"})
    with pytest.raises(FollowUpError, match="nothing to let be"):
        asking.let_be(shop.member, row.conversation)
    desk.close(row.conversation, shop.malik)
    shop.step()
    assert FollowUp.objects.within(shop.workspace).count() == 1


def test_a_reminder_is_let_be(shop: Asking) -> None:
    row, _secret = shop.asked()
    with pytest.raises(FollowUpError, match="nothing to let be"):
        asking.let_be(shop.member, row.conversation)
    shop.pass_days(6)
    shop.step()
    asking.let_be(shop.member, row.conversation)
    assert now_of(shop, row).state == "missed"


def test_a_question_that_nobody_sends_is_old_after_a_month(shop: Asking) -> None:
    row = shop.ready()
    shop.pass_days(31)
    shop.step()
    found = now_of(shop, row)
    assert (found.state, found.withdrawn_because) == ("withdrawn", "old")


def test_who_may_no_longer_answer_cannot_ask(shop: Asking) -> None:
    row = shop.ready()
    Membership.objects.within(shop.workspace).filter(user=shop.malik).update(role="viewer")
    with pytest.raises(FollowUpError, match="role"):
        asking.take(shop.member, row.conversation)
    with pytest.raises(FollowUpError, match="role"):
        asking.let_be(shop.member, row.conversation)


def test_whose_post_is_gone_is_not_asked(shop: Asking) -> None:
    row = shop.ready()
    type(row.conversation.latest).objects.within(shop.workspace).update(deleted_at=clock.now())
    with pytest.raises(FollowUpError, match="deleted"):
        asking.take(shop.member, shop.talk_now(row.conversation))


def test_many_are_looked_after_in_a_bounded_number_of_queries(shop: Asking, django_assert_max_num_queries: Any) -> None:
    talks = [shop.talk() for _n in range(5)]
    now = clock.now()
    own: dict[str, Any] = {"workspace": shop.workspace, "state": "ready", "why": "closed", "words": "Is it all right?"}
    for talk in talks:
        due = now + timedelta(days=30)
        FollowUp.objects.create(**own, conversation=talk, resolved_at=now, laid_at=now, due_at=due)
    with django_assert_max_num_queries(3):
        assert asking.note_asked() == 0
        assert asking.pass_due() == 0
