"""Links: made, followed, counted without knowing anybody, handed over, ended, and tied to orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from makegood.amplify.api import erase_shown, export_shown, forget_sample_links, look_after_advocates
from makegood.amplify.models import ClickDay, DaySalt, SeenToday, ShortLink
from makegood.amplify.referring import counting, flow, reading
from makegood.amplify.referring.rules import ReferralError
from makegood.amplify.wall.tests.make import Shop, member_of
from makegood.desk.tests.make import conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.reply import api as reply

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
TARGET = "https://shop.example/teapots"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace)


@pytest.fixture
def member(malik: Any, workspace: Any) -> Any:
    return member_of(malik, workspace)


@pytest.fixture
def link(member: Any) -> ShortLink:
    return flow.make_link(member, "Ada", TARGET)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock."""

    def moved(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return moved


def visit(link: ShortLink, address: str = "192.0.2.1", method: str = "GET", **headers: str) -> bool:
    said = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
    return counting.note_visit(link, method, said, address)


def counted(link: ShortLink) -> tuple[int, int]:
    """Clicks and visitors."""
    found = reading.link_of(link.workspace_id, link.pk)
    assert found is not None
    return found.clicks, found.visitors


class TestMaking:
    def test_a_link_keeps_its_target_and_is_found_by_its_code(self, link: ShortLink) -> None:
        assert counting.follow(link.code) == link
        assert link.target.startswith(f"{TARGET}?utm_source=customer")
        assert counting.follow("nosuch") is None
        assert flow.address_of(link).endswith(f"/r/{link.code}")
        assert Entry.objects.filter(verb="referral.made").count() == 1

    def test_a_conversation_s_link_is_its_author_s(self, shop: Shop, member: Any) -> None:
        talk = conversation_with(shop.channel, "I love my teapot, thank you!", handle="ada.example.com")
        made = flow.make_link(member, "", TARGET, " TEA10 ", talk)
        assert (made.name, made.coupon, made.conversation) == ("ada.example.com", "TEA10", talk)

    def test_a_link_belongs_to_somebody(self, member: Any) -> None:
        with pytest.raises(ReferralError, match="whose"):
            flow.make_link(member, "  ", TARGET)

    def test_a_wrong_target_makes_none(self, member: Any) -> None:
        with pytest.raises(ReferralError):
            flow.make_link(member, "Ada", "javascript:alert(1)")
        assert not ShortLink.objects.within(member.workspace_id).exists()

    def test_who_may_not_work_makes_none(self, vera: Any, workspace: Any) -> None:
        with pytest.raises(ReferralError):
            flow.make_link(member_of(vera, workspace), "Ada", TARGET)

    def test_not_for_another_shop_s_conversation(self, shop: Shop, sten: Any, other_workspace: Any) -> None:
        talk = conversation_with(shop.channel, "I love my teapot, thank you!")
        with pytest.raises(ReferralError):
            flow.make_link(member_of(sten, other_workspace), "Ada", TARGET, "", talk)

    def test_ended_once(self, link: ShortLink, member: Any) -> None:
        flow.end_link(member, link)
        flow.end_link(member, link)
        ended = counting.follow(link.code)
        assert ended is not None
        assert ended.ended_at is not None
        assert Entry.objects.filter(verb="referral.ended").count() == 1


class TestCounting:
    def test_the_same_browser_is_one_visitor_a_day(self, link: ShortLink) -> None:
        assert [visit(link), visit(link), visit(link)] == [True] * 3
        assert counted(link) == (3, 1)
        visit(link, "192.0.2.2")
        visit(link, user_agent="Mozilla/5.0 (iPhone) Safari")
        assert counted(link) == (5, 3)

    def test_tomorrow_the_same_browser_is_another_visitor(self, link: ShortLink, at: Any) -> None:
        at(NOON)
        visit(link)
        at(NOON + timedelta(days=1))
        visit(link)
        assert counted(link) == (2, 2)
        assert ClickDay.objects.within(link.workspace_id).count() == 2

    def test_who_followed_two_links_is_not_known_by_it(self, link: ShortLink, member: Any) -> None:
        other = flow.make_link(member, "Bea", TARGET)
        visit(link)
        visit(other)
        assert counted(link) == counted(other) == (1, 1)

    def test_where_from_is_kept_as_a_kind_of_place_only(self, link: ShortLink) -> None:
        visit(link, referer="https://bsky.app/profile/secret-person")
        visit(link, "192.0.2.2", referer="https://www.google.com/?q=secret-words")
        visit(link, "192.0.2.3")
        kept = {(row.source, row.clicks) for row in ClickDay.objects.within(link.workspace_id)}
        assert kept == {("social", 1), ("search", 1), ("direct", 1)}
        assert [row[1:] for row in reading.by_source(link)] == [(1, 1)] * 3

    def test_nothing_that_is_kept_says_who_came(self, link: ShortLink) -> None:
        visit(link, "192.0.2.77", referer="https://bsky.app/secret")
        rows = [
            *SeenToday.objects.within(link.workspace_id).values(),
            *ClickDay.objects.within(link.workspace_id).values(),
        ]
        kept = str(rows)
        assert "192.0.2" not in kept
        assert "Firefox" not in kept
        assert "secret" not in kept

    def test_keys_and_hashes_go_with_their_day(self, link: ShortLink, at: Any) -> None:
        at(NOON)
        visit(link)
        assert counting.forget_days() == 0
        visit(link)
        assert counted(link) == (2, 1), "today's are still there"
        at(NOON + timedelta(days=1))
        assert counting.forget_days() == 1
        assert not DaySalt.objects.exists()
        assert counted(link) == (2, 1)

    def test_each_day_has_a_key_of_its_own(self, link: ShortLink, at: Any) -> None:
        for number in range(2):
            at(NOON + timedelta(days=number))
            visit(link)
        assert len({bytes(row.salt) for row in DaySalt.objects.all()}) == 2
        assert len(set(SeenToday.objects.within(link.workspace_id).values_list("mark", flat=True))) == 2

    @pytest.mark.parametrize(
        ("method", "headers"),
        [("HEAD", {}), ("GET", {"sec_purpose": "prefetch"}), ("GET", {"user_agent": "curl/8"})],
    )
    def test_what_is_no_visit_leaves_no_trace(self, link: ShortLink, method: str, headers: dict[str, str]) -> None:
        assert visit(link, method=method, **headers) is False
        assert counted(link) == (0, 0)
        assert not SeenToday.objects.within(link.workspace_id).exists()

    def test_a_visitor_is_not_held_up_by_a_count_that_fails(
        self, link: ShortLink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*_given: Any) -> None:
            raise DatabaseError("the disk is full")

        monkeypatch.setattr(counting, "_count", broken)
        assert visit(link) is False
        assert "was not counted" in caplog.text
        assert "192.0.2.1" not in caplog.text

    @pytest.mark.parametrize("before", [0, 30])
    def test_few_queries_however_many_came(
        self, link: ShortLink, before: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(before):
            visit(link, f"192.0.2.{number}")
        with django_assert_max_num_queries(14):
            # Savepoints among them: a real request has eight queries.
            visit(link, "198.51.100.1")


class TestHandingOver:
    @pytest.fixture
    def talk(self, shop: Shop) -> Any:
        talk = conversation_with(shop.channel, "I love my teapot, thank you!", handle="ada.example.com")
        talk.author_name = "Ada Lovelace"
        talk.save()
        return talk

    @pytest.fixture
    def hers(self, member: Any, talk: Any) -> ShortLink:
        return flow.make_link(member, "", TARGET, "TEA10", talk)

    def sent(self, talk: Any, text: str, by: Any) -> None:
        from django.db import transaction

        from makegood.journal import api as journal

        fields: dict[str, Any] = {"state": "sent", "sent_at": clock.now(), "author": by, "parent_id": "x"}
        with transaction.atomic():
            reply.Reply.objects.create(workspace=talk.workspace, conversation=talk, text=text, **fields)
            journal.record(talk.workspace_id, "reply.sent", talk, actor=by)

    def test_it_lies_in_a_draft_and_a_person_sends_it(self, member: Any, talk: Any, hers: ShortLink) -> None:
        words = flow.lay_link(member, hers)
        draft = reply.draft_of(talk, member.user)
        assert draft is not None
        assert draft.text == words
        assert words.startswith("Ada, this is your own link")
        assert flow.address_of(hers) in words
        assert "TEA10" in words
        hers.refresh_from_db()
        assert hers.handed_at is None, "not before it is sent"

    def test_it_is_handed_over_once_the_answer_stands(self, member: Any, talk: Any, hers: ShortLink) -> None:
        words = flow.lay_link(member, hers)
        look_after_advocates()
        hers.refresh_from_db()
        assert hers.handed_at is None
        self.sent(talk, f"Dear Ada! {words}", member.user)
        look_after_advocates()
        look_after_advocates()
        hers.refresh_from_db()
        assert (hers.handed_at is not None, hers.ready_at, hers.words) == (True, None, "")
        assert Entry.objects.filter(verb="referral.handed").count() == 1

    def test_an_answer_without_it_hands_nothing_over(self, member: Any, talk: Any, hers: ShortLink) -> None:
        flow.lay_link(member, hers)
        self.sent(talk, "Thank you, Ada!", member.user)
        look_after_advocates()
        hers.refresh_from_db()
        assert hers.handed_at is None

    def test_an_answer_that_was_begun_is_not_lost(self, member: Any, talk: Any, hers: ShortLink) -> None:
        reply.save_draft(talk, member.user, "Dear Ada, we have looked into")
        with pytest.raises(ReferralError, match="begun"):
            flow.lay_link(member, hers)
        draft = reply.draft_of(talk, member.user)
        assert draft is not None
        assert draft.text == "Dear Ada, we have looked into"

    def test_where_there_is_no_conversation_a_member_hands_it_over(self, member: Any, link: ShortLink) -> None:
        with pytest.raises(ReferralError, match="your own way"):
            flow.lay_link(member, link)
        flow.note_handed(member, link)
        flow.note_handed(member, link)
        link.refresh_from_db()
        assert link.handed_at is not None
        assert Entry.objects.filter(verb="referral.handed").count() == 1

    def test_who_is_erased_leaves_no_name_and_their_link_ends(self, member: Any, talk: Any, hers: ShortLink) -> None:
        visit(hers)
        assert export_shown(talk.workspace_id, [talk.pk])["links"][0]["code"] == hers.code
        erase_shown(talk.workspace_id, [talk.pk], who=True)
        hers.refresh_from_db()
        assert (hers.name, hers.words, hers.conversation, hers.contact) == ("", "", None, None)
        assert hers.ended_at is not None
        assert counted(hers) == (1, 1), "what it brought names nobody"

    def test_an_old_conversation_that_is_emptied_ends_no_link(self, talk: Any, hers: ShortLink) -> None:
        erase_shown(talk.workspace_id, [talk.pk], who=False)
        hers.refresh_from_db()
        assert (hers.name, hers.ended_at) == ("", None)


def test_a_link_for_the_sample_shop_goes_with_it(shop: Shop, member: Any) -> None:
    talk = conversation_with(shop.channel, "I love my teapot, thank you!")
    talk.is_sample = True
    talk.save()
    kept, gone = flow.make_link(member, "Ada", TARGET), flow.make_link(member, "", TARGET, "", talk)
    forget_sample_links(member.workspace)
    assert counting.follow(kept.code) == kept
    assert counting.follow(gone.code) is None
