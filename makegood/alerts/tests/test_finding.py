"""What fires, once, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from makegood.accounts.models import Membership
from makegood.alerts import api as alerts
from makegood.alerts.api import Alert, AlertDestination
from makegood.alerts.finding import find_new, watch_channels
from makegood.alerts.models import Firing
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal import api as journal
from makegood.journal.models import Mark
from makegood.kit import clock
from makegood.listen.flow import channel_failed
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity, channel, minutes_ago

pytestmark = pytest.mark.django_db
URGENT = "My teapot arrived broken and burned my hand, this is dangerous, I want my money back NOW!"
MakeRule = Callable[..., Any]


def fired() -> list[Firing]:
    return list(Firing.objects.across("every firing there is").order_by("id"))


def complaint(place: Channel, urgency: str = "now", **fields: Any) -> Conversation:
    """A conversation that is a complaint of this urgency, as the desk would have opened it."""
    row = conversation_with(place, URGENT)
    Conversation.objects.within(row.workspace_id).filter(pk=row.pk).update(
        intent="complaint", urgency=urgency, **fields
    )
    return row


def line(row: Any, verb: str, **data: Any) -> journal.Entry:
    entry = journal.line(row.workspace_id, verb, row, **data)
    # The model's own default does not see a clock that a test has moved.
    entry.at = clock.now()
    entry.save()
    return entry


def test_a_complaint_that_cant_wait(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    rule = make_rule("urgent", mail_place)
    row = complaint(channel(workspace))
    assert find_new() == 1
    [firing] = fired()
    assert (firing.rule, firing.conversation_id, firing.subject) == (rule, row.pk, f"conversation:{row.pk}")
    assert "has to be answered now" in firing.reason
    assert URGENT[:20] not in firing.reason
    [alert] = Alert.objects.within(workspace)
    assert (alert.state, alert.destination, alert.firing) == ("due", mail_place, firing)
    assert find_new() == 0


@pytest.mark.parametrize(("urgency", "intent"), [("today", "complaint"), ("now", "question")])
def test_what_can_wait_and_what_is_none(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, urgency: str, intent: str
) -> None:
    make_rule("urgent", mail_place)
    row = complaint(channel(workspace), urgency)
    Conversation.objects.within(workspace).filter(pk=row.pk).update(intent=intent)
    assert find_new() == 0


def test_what_happened_before_the_first_rule_is_not_told(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule
) -> None:
    complaint(channel(workspace))
    make_rule("urgent", mail_place)
    assert find_new() == 0
    assert Mark.objects.get(name="alerts").entry_id == journal.last_id()


def test_a_paused_rule_is_silent_and_goes_on_with_what_is_new(
    workspace: Any, olga: Any, mail_place: AlertDestination, make_rule: MakeRule
) -> None:
    rule = make_rule("urgent", mail_place)
    alerts.switch(rule, olga, False)
    complaint(channel(workspace))
    assert find_new() == 0
    alerts.switch(rule, olga, True)
    assert find_new() == 0
    complaint(channel(workspace, address="other"))
    assert find_new() == 1


def test_the_sample_shop_alerts_nobody(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("urgent", mail_place)
    complaint(channel(workspace, "sample", network="sample"), is_sample=True)
    assert find_new() == 0


def test_of_one_conversation_it_speaks_once_in_a_while(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, later: Callable[..., Any]
) -> None:
    make_rule("urgent", mail_place, repeat_minutes=60)
    row = complaint(channel(workspace))
    assert find_new() == 1
    line(row, "conversation.grew")
    later(minutes=30)
    line(row, "conversation.grew")
    assert find_new() == 0
    later(minutes=31)
    line(row, "conversation.grew")
    line(row, "conversation.grew")
    assert find_new() == 1


def test_nobody_elses_rules(
    workspace: Any, other_workspace: Any, sten: Any, mail_place: AlertDestination, make_rule: MakeRule
) -> None:
    theirs = alerts.add_mail(other_workspace, sten, "sten@skis.example")
    make_rule("urgent", mail_place)
    make_rule("urgent", theirs, workspace=other_workspace)
    complaint(channel(workspace))
    assert find_new() == 1
    assert [alert.destination for alert in Alert.objects.across("all")] == [mail_place]
    assert not Alert.objects.within(other_workspace).exists()


@pytest.mark.parametrize(("followers", "fires"), [(10_001, 1), (10_000, 0), (None, 0)])
def test_many_followers(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, followers: int | None, fires: int
) -> None:
    make_rule("followers", mail_place)
    complaint(channel(workspace), "whenever", followers=followers)
    assert find_new() == fires
    assert all("10,001 people follow them" in each.reason for each in fired())


def test_followers_that_become_known_later(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("followers", mail_place, parameters={"followers": 500})
    row = complaint(channel(workspace))
    assert find_new() == 0
    Conversation.objects.within(workspace).filter(pk=row.pk).update(followers=501)
    line(row, "conversation.thread_read", messages=0)
    assert find_new() == 1


def test_clocks(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    workspace.timezone = "Europe/Berlin"
    workspace.save()
    make_rule("clock_warned", mail_place, name="any")
    make_rule("clock_warned", mail_place, name="promises", parameters={"which": "promise"})
    make_rule("clock_broken", mail_place, name="broken")
    row = complaint(channel(workspace))
    facts = {"conversation": row.pk, "due_at": "2026-11-22T12:30:00+00:00"}
    line(row, "clock.warned", kind="first_answer", **facts)
    assert find_new() == 1
    # Another clock of the same conversation is another thing.
    line(row, "clock.warned", kind="promise", **facts)
    assert find_new() == 2
    line(row, "clock.broken", kind="promise", **facts)
    line(row, "clock.broken", kind="promise", due_at="nonsense")
    assert find_new() == 1
    reasons = [each.reason for each in fired()]
    assert reasons[0] == "First answer: due 11/22/2026 1:30 p.m.."
    assert "Promise: was due" in reasons[-1]


def test_answers_that_did_not_go_out(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("reply", mail_place)
    row = complaint(channel(workspace))
    line(row, "reply.refused", reply=7, sentence="They have blocked you.")
    line(row, "reply.unknown", reply=8)
    assert find_new() == 2
    assert [each.subject for each in fired()] == ["reply:7", "reply:8"]
    assert "They have blocked you." in fired()[0].reason


def talk(row: Conversation, number: int, minutes: float, author: str = "", direction: str = "context") -> None:
    Message.objects.create(
        workspace_id=row.workspace_id,
        conversation=row,
        network_id=f"m{number}",
        direction=direction,
        author_id=author or f"did:{number}",
        text="x",
        posted_at=minutes_ago(minutes),
    )


def test_a_thread_that_grows_fast(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("thread", mail_place, parameters={"messages": 6, "people": 50, "minutes": 30})
    place = channel(workspace)
    first = conversation_with(place, "My teapot leaks", root_id="at://thread")
    for number in range(3):
        talk(first, number, 5)
        talk(first, 100 + number, 40)
        talk(first, 200 + number, 5, direction="out")
    line(first, "conversation.thread_read")
    assert find_new() == 0
    # Somebody else in the same thread has a conversation of their own, with some of the same messages around it.
    second = conversation_with(place, "Mine too", root_id="at://thread")
    talk(second, 1, 5)
    talk(second, 4, 5)
    line(second, "conversation.grew")
    assert find_new() == 1
    assert fired()[0].reason == "6 messages by 6 people within 30 minutes."
    # It is one thread, whichever of its conversations grows.
    line(first, "conversation.grew")
    assert find_new() == 0


def test_a_thread_of_many_people(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("thread", mail_place, parameters={"messages": 100, "people": 3, "minutes": 30})
    row = conversation_with(channel(workspace), "My teapot leaks")
    for number in range(5):
        talk(row, number, 1, author="did:one")
    line(row, "conversation.grew")
    assert find_new() == 0
    talk(row, 9, 1, author="did:two")
    line(row, "conversation.grew")
    assert find_new() == 1


def test_a_crash_in_the_middle_loses_nothing_and_doubles_nothing(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule("urgent", mail_place)
    complaint(channel(workspace))
    before = Mark.objects.get(name="alerts").entry_id

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(type(Alert.objects), "bulk_create", broken)
        with pytest.raises(RuntimeError):
            find_new()
    assert fired() == []
    assert Mark.objects.get(name="alerts").entry_id == before
    assert find_new() == 1
    assert Alert.objects.within(workspace).count() == 1


def test_after_a_long_standstill_old_things_are_not_told(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, later: Callable[..., Any]
) -> None:
    make_rule("urgent", mail_place)
    complaint(channel(workspace))
    later(hours=25)
    line(complaint(channel(workspace, address="other")), "conversation.grew")
    assert find_new() == 1


def test_many_lines_are_read_in_parts(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.journal.marks.SPAN", 3)
    make_rule("reply", mail_place)
    row = complaint(channel(workspace))
    for number in range(10):
        line(row, "reply.unknown", reply=number)
    assert find_new() == 10
    assert Mark.objects.get(name="alerts").entry_id == journal.last_id()


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_do_not_grow(
    workspace: Any,
    mail_place: AlertDestination,
    make_rule: MakeRule,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for trigger in ("urgent", "followers", "thread", "reply"):
        make_rule(trigger, mail_place)
    bring(channel(workspace), *[activity(URGENT) for _ in range(count)])
    Conversation.objects.within(workspace).update(intent="complaint", urgency="now", followers=99_999)
    with django_assert_max_num_queries(16):
        assert find_new() == 2 * count


class TestChannels:
    @pytest.fixture
    def account(self, workspace: Any) -> Channel:
        return channel(workspace, "account", last_good_at=clock.now(), last_heard_at=clock.now())

    def test_trouble_that_lasts(
        self, account: Channel, mail_place: AlertDestination, make_rule: MakeRule, later: Callable[..., Any]
    ) -> None:
        make_rule("channel", mail_place, parameters={"minutes": 15}, repeat_minutes=1440)
        channel_failed(account, "Bluesky does not answer.", disconnect=False, due_at=None)
        later(minutes=14)
        assert watch_channels() == 0
        later(minutes=2)
        assert watch_channels() == 1
        later(minutes=30)
        assert watch_channels() == 0
        [firing] = fired()
        assert (firing.reason, firing.channel_id, firing.subject) == (
            "Bluesky does not answer.",
            account.pk,
            f"channel:{account.pk}",
        )
        later(hours=24)
        assert watch_channels() == 1

    def test_new_trouble_after_it_has_worked_is_told_at_once(
        self, account: Channel, mail_place: AlertDestination, make_rule: MakeRule, later: Callable[..., Any]
    ) -> None:
        make_rule("channel", mail_place, parameters={"minutes": 15}, repeat_minutes=1440)
        rows = Channel.objects.within(account.workspace_id)
        channel_failed(account, "Down.", disconnect=False, due_at=None)
        later(minutes=20)
        assert watch_channels() == 1
        rows.update(state="working", last_good_at=later(minutes=5), last_error="")
        assert watch_channels() == 0
        channel_failed(rows.get(), "Down again.", disconnect=False, due_at=None)
        later(minutes=16)
        assert watch_channels() == 1

    def test_a_disconnected_account_is_told_at_once(
        self, account: Channel, mail_place: AlertDestination, make_rule: MakeRule
    ) -> None:
        make_rule("channel", mail_place, parameters={"minutes": 600})
        channel_failed(account, "Sign in again.", disconnect=True, due_at=None)
        assert watch_channels() == 1

    def test_silence(
        self, account: Channel, mail_place: AlertDestination, make_rule: MakeRule, later: Callable[..., Any]
    ) -> None:
        make_rule("channel", mail_place, name="never", parameters={"silent_hours": 0})
        make_rule("channel", mail_place, name="two days", parameters={"silent_hours": 48})
        rows = Channel.objects.within(account.workspace_id)
        rows.update(last_good_at=later(hours=47))
        assert watch_channels() == 0
        rows.update(last_good_at=later(hours=2))
        assert watch_channels() == 1
        assert fired()[0].reason == "Nothing was heard for 49 hours. The channel itself works."
        assert watch_channels() == 0

    def test_imports_paused_channels_and_others_are_left_out(
        self,
        workspace: Any,
        other_workspace: Any,
        account: Channel,
        mail_place: AlertDestination,
        make_rule: MakeRule,
        later: Callable[..., Any],
    ) -> None:
        make_rule("channel", mail_place, parameters={"silent_hours": 1})
        Channel.objects.within(workspace).update(state="paused")
        channel(workspace, "import", network="file")
        channel(other_workspace, "account", state="disconnected", last_error="No.")
        later(hours=5)
        assert watch_channels() == 0


def test_a_removed_member_is_not_needed(
    workspace: Any, olga: Any, mail_place: AlertDestination, make_rule: Any
) -> None:
    make_rule("urgent", mail_place)
    Membership.objects.within(workspace).delete()
    olga.delete()
    complaint(channel(workspace))
    assert find_new() == 1
    assert timedelta(0) < clock.now() - fired()[0].at < timedelta(minutes=5)


def test_a_line_that_is_committed_late_below_the_mark_is_found_once(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL hands ids out before rows are committed: a line may appear after one with a higher id."""
    monkeypatch.setattr("makegood.journal.marks.OVERLAP", 1000)
    make_rule("reply", mail_place)
    line(complaint(channel(workspace)), "reply.unknown", reply=1)
    Mark.objects.filter(name="alerts").update(entry_id=journal.last_id())
    assert find_new() == 1
    assert find_new() == 0
