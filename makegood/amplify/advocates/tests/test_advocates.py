"""Advocates: named by a rule with reasons, confirmed by a person, thanked with words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.amplify.advocates import flow
from makegood.amplify.advocates.finding import find_advocates, person_keys_of
from makegood.amplify.advocates.reading import advocates_page
from makegood.amplify.advocates.rules import AdvocateError, reason_words, reasons
from makegood.amplify.api import erase_shown, export_shown, look_after_advocates
from makegood.amplify.models import Advocate, AdvocateEvidence, Praise
from makegood.amplify.wall.tests.make import Shop, member_of, praised
from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.reply import api as reply

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ADA = "did:plc:ada"


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class TestRule:
    def test_three_praises_on_three_days(self) -> None:
        assert reasons([("praise", days_ago(day)) for day in (1, 5, 9)], NOW) == [["praise", 3, 3]]

    def test_one_happy_evening_is_no_habit(self) -> None:
        assert reasons([("praise", NOW - timedelta(minutes=10 * n)) for n in range(9)], NOW) == []

    def test_two_are_too_few(self) -> None:
        assert reasons([("praise", days_ago(day)) for day in (1, 5)], NOW) == []

    def test_what_is_long_ago_counts_no_more(self) -> None:
        assert reasons([("praise", days_ago(day)) for day in (1, 5, 181)], NOW) == []

    def test_what_is_yet_to_come_does_not_count(self) -> None:
        assert reasons([("praise", days_ago(day)) for day in (1, 5, -9)], NOW) == []

    def test_two_answers_to_others(self) -> None:
        assert reasons([("answer", days_ago(day)) for day in (1, 5)], NOW) == [["answer", 2, 2]]

    def test_both(self) -> None:
        said = [("praise", days_ago(day)) for day in (1, 2, 3, 3)] + [("answer", days_ago(day)) for day in (4, 5)]
        found = reasons(said, NOW)
        assert found == [["praise", 4, 3], ["answer", 2, 2]]
        assert reason_words(found) == [
            "praised you 4 times on 3 days in six months",
            "answered other customers 2 times on 2 days in six months",
        ]

    def test_praise_and_answers_do_not_add_up(self) -> None:
        assert reasons([("praise", days_ago(1)), ("praise", days_ago(2)), ("answer", days_ago(3))], NOW) == []


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace)


@pytest.fixture
def member(malik: Any, workspace: Any) -> Any:
    return member_of(malik, workspace)


def praises(shop: Shop, who: str = ADA, count: int = 3, **fields: Any) -> list[Praise]:
    """So many praises of one person, each on a day of its own, found as the queue of praise finds them."""
    made = []
    for number in range(count):
        posted = clock.now() - timedelta(days=number + 1)
        row = praised(shop, f"I love teapot number {number}, thank you!", who=who, posted_at=posted, **fields)
        with transaction.atomic():
            journal.record(shop.workspace.pk, "praise.found", row.conversation, praise=row.pk)
        made.append(row)
    return made


def answered(shop: Shop, who: str = ADA, *, days: int = 1, to: str = "", **fields: Any) -> desk.Message:
    """Somebody answers a customer's question under their post, and the thread is read."""
    talk = conversation_with(shop.channel, "Does this teapot keep warm for long? How long?")
    assert talk.intent == "question"
    known: dict[str, Any] = {
        "network_id": f"at://{who}/{talk.pk}",
        "parent_id": to or talk.latest.network_id,
        "direction": "context",
        "author_id": who,
        "author_name": "Ada Lovelace",
        "text": "Mine keeps warm for two hours",
        "posted_at": clock.now() - timedelta(days=days),
    }
    row: desk.Message = desk.Message.objects.create(workspace=shop.workspace, conversation=talk, **(known | fields))
    with transaction.atomic():
        journal.record(shop.workspace.pk, "conversation.thread_read", talk)
    return row


def named(shop: Shop) -> list[Advocate]:
    return list(Advocate.objects.within(shop.workspace).order_by("pk"))


class TestFinding:
    def test_who_praises_again_and_again_is_proposed(self, shop: Shop) -> None:
        rows = praises(shop)
        find_advocates()
        (found,) = named(shop)
        assert (found.state, found.reasons, found.name) == ("proposed", [["praise", 3, 3]], "Ada Lovelace")
        assert found.conversation_id == rows[0].conversation_id, "their newest"
        assert Entry.objects.filter(verb="advocate.named").count() == 1

    def test_twice_is_once(self, shop: Shop) -> None:
        praises(shop)
        find_advocates()
        with transaction.atomic():
            for row in Praise.objects.within(shop.workspace):
                journal.record(shop.workspace.pk, "praise.found", row.conversation, praise=row.pk)
        find_advocates()
        assert len(named(shop)) == 1
        assert AdvocateEvidence.objects.within(shop.workspace).count() == 3
        assert Entry.objects.filter(verb="advocate.named").count() == 1

    def test_three_people_once_each_are_no_advocate(self, shop: Shop) -> None:
        for who in ("did:plc:a", "did:plc:b", "did:plc:c"):
            praises(shop, who, 1)
        find_advocates()
        assert named(shop) == []

    def test_who_answers_others_is_proposed(self, shop: Shop) -> None:
        answered(shop, days=1)
        answered(shop, days=2)
        find_advocates()
        (found,) = named(shop)
        assert found.reasons == [["answer", 2, 2]]
        assert found.conversation is None, "there is none of theirs to thank in"

    @pytest.mark.parametrize(
        "fields",
        [
            {"direction": "out"},
            {"visibility": "direct"},
            {"deleted_at": NOW},
            {"parent_id": "at://somebody/else"},
        ],
    )
    def test_what_is_no_public_answer_to_the_customer_counts_not(self, shop: Shop, fields: dict[str, Any]) -> None:
        answered(shop, days=1, **fields)
        answered(shop, days=2, **fields)
        find_advocates()
        assert named(shop) == []

    def test_our_own_accounts_are_no_advocates(self, shop: Shop) -> None:
        praises(shop)
        shop.channel.address = ADA
        shop.channel.save()
        find_advocates()
        assert named(shop) == []

    def test_the_sample_shop_s_people_are_no_advocates(self, shop: Shop) -> None:
        praises(shop, is_sample=True)
        find_advocates()
        assert named(shop) == []

    def test_what_was_deleted_shows_nothing(self, shop: Shop) -> None:
        rows = praises(shop)
        rows[0].mention.deleted_at = clock.now()
        rows[0].mention.save()
        find_advocates()
        assert named(shop) == []

    def tie(self, shop: Shop, *authors: str) -> Any:
        contact = identify.Contact.objects.create(workspace=shop.workspace, name="Ada")
        for author in authors:
            identify.Identity.objects.create(
                workspace=shop.workspace,
                contact=contact,
                kind="author",
                network="bluesky",
                value=author,
                basis="told",
            )
        return contact

    def test_one_person_over_two_accounts(self, shop: Shop) -> None:
        contact = self.tie(shop, ADA, "did:plc:ada2")
        praises(shop, ADA, 2)
        row = praised(shop, who="did:plc:ada2", posted_at=clock.now() - timedelta(days=9))
        with transaction.atomic():
            journal.record(shop.workspace.pk, "praise.found", row.conversation, praise=row.pk)
        find_advocates()
        (found,) = named(shop)
        assert found.contact == contact
        (shown,) = advocates_page(shop.workspace, "proposed").rows
        assert (shown.accounts, len(shown.said)) == (2, 3)

    def test_two_accounts_that_nobody_tied_are_two_people(self, shop: Shop) -> None:
        praises(shop, ADA, 2)
        praises(shop, "did:plc:ada2", 1)
        find_advocates()
        assert named(shop) == []

    def test_what_was_decided_holds_when_it_becomes_known_who_they_are(self, shop: Shop, member: Any) -> None:
        praises(shop)
        find_advocates()
        flow.decide(member, named(shop)[0].pk, confirmed=True)
        contact = self.tie(shop, ADA)
        praises(shop, count=4)
        find_advocates()
        (found,) = named(shop)
        assert (found.state, found.contact, found.person_key) == ("confirmed", contact, f"contact:{contact.pk}")

    def test_an_ended_tie_ties_nobody(self, shop: Shop) -> None:
        self.tie(shop, ADA)
        identify.Identity.objects.within(shop.workspace).update(ended_at=clock.now())
        assert person_keys_of(shop.workspace.pk, {("bluesky", ADA)}) == {f"bluesky|{ADA}": {("bluesky", ADA)}}

    def test_another_shop_s_praise_says_nothing_here(self, shop: Shop, other_workspace: Any) -> None:
        praises(shop, count=2)
        praises(Shop(other_workspace), count=2)
        find_advocates()
        assert not Advocate.objects.exists()


class TestDeciding:
    @pytest.fixture
    def ada(self, shop: Shop) -> Advocate:
        praises(shop)
        find_advocates()
        return named(shop)[0]

    def test_a_member_says_so_and_may_change_their_mind(self, ada: Advocate, member: Any) -> None:
        assert flow.decide(member, ada.pk, confirmed=True).state == "confirmed"
        assert flow.decide(member, ada.pk, confirmed=False).state == "declined"
        verbs = Entry.objects.filter(verb__startswith="advocate.").order_by("id").values_list("verb", flat=True)
        assert list(verbs) == ["advocate.named", "advocate.confirmed", "advocate.declined"]

    def test_who_was_declined_is_not_proposed_again(self, shop: Shop, ada: Advocate, member: Any) -> None:
        flow.decide(member, ada.pk, confirmed=False)
        praises(shop, count=5)
        find_advocates()
        assert [row.state for row in named(shop)] == ["declined"]

    def test_a_viewer_and_a_stranger_decide_nothing(
        self, ada: Advocate, vera: Any, sten: Any, workspace: Any, other_workspace: Any
    ) -> None:
        for who, where in ((vera, workspace), (sten, other_workspace)):
            with pytest.raises(AdvocateError):
                flow.decide(member_of(who, where), ada.pk, confirmed=True)

    def test_thanks_lie_in_a_draft_and_a_person_sends_them(self, ada: Advocate, member: Any) -> None:
        flow.decide(member, ada.pk, confirmed=True)
        row = flow.lay_thanks(member, ada.pk)
        assert row.conversation is not None
        draft = reply.draft_of(row.conversation, member.user)
        assert draft is not None
        assert draft.text.startswith("Ada, you have spoken up for us")
        look_after_advocates()
        row.refresh_from_db()
        assert row.thanked_at is None, "a draft is no thanks"
        sent = {"state": "sent", "sent_at": clock.now(), "author": member.user, "parent_id": "x"}
        with transaction.atomic():
            reply.Reply.objects.create(
                workspace=row.conversation.workspace, conversation=row.conversation, text=draft.text, **sent
            )
            journal.record(row.workspace_id, "reply.sent", row.conversation, actor=member.user)
        look_after_advocates()
        row.refresh_from_db()
        assert (row.thanked_at is not None, row.ready_at) == (True, None)
        assert Entry.objects.filter(verb="advocate.thanked", actor="Malik").count() == 1

    def test_nobody_is_thanked_before_a_member_said_so(self, ada: Advocate, member: Any) -> None:
        with pytest.raises(AdvocateError, match="first"):
            flow.lay_thanks(member, ada.pk)

    def test_an_answer_that_was_begun_is_not_lost(self, ada: Advocate, member: Any) -> None:
        flow.decide(member, ada.pk, confirmed=True)
        assert ada.conversation is not None
        reply.save_draft(ada.conversation, member.user, "Dear Ada, about")
        with pytest.raises(AdvocateError, match="begun"):
            flow.lay_thanks(member, ada.pk)

    def test_nothing_of_worth_can_be_tied_to_an_advocate(self) -> None:
        names = {field.name for field in Advocate._meta.get_fields()}
        assert not {each for each in names if any(word in each for word in ("amount", "voucher", "reward", "remedy"))}

    def test_who_is_erased_is_no_advocate(self, shop: Shop, ada: Advocate) -> None:
        assert export_shown(shop.workspace.pk, [ada.conversation_id or 0])["advocate"][0]["state"] == "proposed"
        answered(shop)
        find_advocates()
        erase_shown(shop.workspace.pk, [ada.conversation_id or 0], who=True)
        assert named(shop) == []
        assert not AdvocateEvidence.objects.within(shop.workspace).exists(), "their answers to others too"


@pytest.mark.parametrize("count", [3, 25])
def test_few_queries_however_many(shop: Shop, count: int, django_assert_max_num_queries: Any) -> None:
    talk = conversation_with(shop.channel, "I love my teapot, thank you!")
    for number in range(count):
        Advocate.objects.create(
            workspace=shop.workspace,
            person_key=f"bluesky|{number}",
            network="bluesky",
            author_id=str(number),
            conversation=talk,
            last_at=clock.now() - timedelta(minutes=number),
            reasons=[["praise", 3, 3]],
        )
    with django_assert_max_num_queries(4):
        page = advocates_page(shop.workspace, "proposed")
    assert len(page.rows) == min(count, 20)
    further = advocates_page(shop.workspace, "proposed", page.after).rows if page.after else []
    assert len(page.rows) + len(further) == count
