"""Promises in the composer and beside the conversation, on Today; business hours and policies in the settings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from makegood.clocks.models import BusinessHours, SlaPolicy, SpecialDay
from makegood.desk import promising
from makegood.desk.models import Clock, Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply.models import Reply
from makegood.web.forms_clocks import parse_day, show_day

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
WEEK = {f"day{n}": "9:00–18:00" for n in range(5)} | {"day5": "10:00–14:00", "day6": ""}
HOURS = {"name": "Shop", "timezone": "Europe/Berlin", "is_default": "on", **WEEK}


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@teapot.example")


@pytest.fixture
def talk(account: Any) -> Conversation:
    return conversation_with(account, COMPLAINT, handle="lena.example.com")


@pytest.fixture
def shop(as_olga: Client, workspace: Any) -> BusinessHours:
    as_olga.post(reverse("hours-new"), HOURS)
    return BusinessHours.objects.within(workspace).get()


def local(hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M")


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return answer.content.decode()


# Promises


def test_a_promise_is_found_and_offered_not_taken(talk: Conversation, as_malik: Client) -> None:
    address = reverse("promise-find", args=[talk.pk])
    html = as_malik.post(address, {"text": "We will call you tomorrow <b>."}).content.decode()
    assert "Promise found: <strong>tomorrow</strong>" in html
    assert "checked" not in html
    assert as_malik.post(address, {"text": "We shipped it on Friday."}).content.decode().strip() == ""


def test_what_was_ticked_and_dated_stays_while_one_types_on(talk: Conversation, as_malik: Client) -> None:
    form = {
        "text": "We will call you tomorrow, and",
        "promise": "0",
        "promise-words-0": "tomorrow",
        "promise-due-0": "2030-01-02T03:04",
    }
    html = as_malik.post(reverse("promise-find", args=[talk.pk]), form).content.decode()
    assert "checked" in html
    assert 'value="2030-01-02T03:04"' in html


def send(client: Client, talk: Conversation, **form: str) -> Any:
    return client.post(reverse("reply-send", args=[talk.pk]), {"text": "We will call you tomorrow.", **form})


def test_a_ticked_promise_is_given_with_the_answer_and_falls_with_its_undo(
    talk: Conversation, as_malik: Client, malik: Any
) -> None:
    ticked = {"promise": "0", "promise-words-0": "tomorrow", "promise-due-0": local(24), "promise-why-0": "Friday"}
    assert send(as_malik, talk, **ticked).status_code == 200
    row = Clock.objects.within(talk.workspace_id).get(kind="promise")
    reply = Reply.objects.within(talk.workspace_id).get(state="queued")
    assert (row.words, row.member, row.made_in) == ("tomorrow", malik, f"reply:{reply.pk}")
    as_malik.post(reverse("reply-undo", args=[reply.pk]))
    row.refresh_from_db()
    assert (row.stopped_at is not None, row.kept) == (True, None)


def test_what_is_not_ticked_is_not_tracked(talk: Conversation, as_malik: Client) -> None:
    send(as_malik, talk, **{"promise-words-0": "tomorrow", "promise-due-0": local(24)})
    assert not Clock.objects.within(talk.workspace_id).filter(kind="promise").exists()


@pytest.mark.parametrize("due", ["", "soon", "2020-01-01T10:00", "2999-01-01T10:00"])
def test_a_bad_date_is_said_before_anything_goes_out(talk: Conversation, as_malik: Client, due: str) -> None:
    answer = send(as_malik, talk, **{"promise": "0", "promise-words-0": "tomorrow", "promise-due-0": due})
    assert answer.status_code == 422
    assert "We will call you tomorrow." in answer.content.decode(), "nothing typed is lost"
    assert not Reply.objects.within(talk.workspace_id).filter(state="queued").exists()


def test_by_hand_moved_kept_and_off_the_list(talk: Conversation, as_malik: Client) -> None:
    answer = as_malik.post(reverse("promise-add", args=[talk.pk]), {"words": "Call back", "due": local(5)})
    assert "Call back" in answer.content.decode()
    row = Clock.objects.within(talk.workspace_id).get(kind="promise")
    where = [talk.pk, row.pk]
    assert as_malik.post(reverse("promise-move", args=where), {"due": local(9), "reason": ""}).status_code == 400
    html = as_malik.post(reverse("promise-move", args=where), {"due": local(9), "reason": "the part"}).content.decode()
    assert "moved: the part" in html
    assert "Kept" in as_malik.post(reverse("promise-keep", args=where)).content.decode()
    assert as_malik.post(reverse("promise-withdraw", args=where)).status_code == 404


PROMISES = ("promise-find", "promise-add", "promise-keep", "promise-move", "promise-withdraw")


@pytest.mark.parametrize("name", PROMISES)
def test_promises_are_for_who_works_there(
    name: str, talk: Conversation, malik: Any, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    row = promising.promise(talk, "soon", clock.now() + timedelta(hours=3), malik)
    address = reverse(name, args=[talk.pk] if name in ("promise-find", "promise-add") else [talk.pk, row.pk])
    assert as_vera.post(address).status_code == 403
    assert as_sten.post(address).status_code == 404
    assert as_nobody.post(address).status_code == 302
    row.refresh_from_db()
    assert row.stopped_at is None


def test_the_pane_says_what_is_owed_and_why(talk: Conversation, as_vera: Client) -> None:
    html = page(as_vera, reverse("conversation", args=[talk.pk]))
    assert "First answer" in html
    assert "The shop’s own answer time" in html
    assert "Add a promise" not in html, "a viewer reads"


def test_today_shows_promises_the_broken_first(
    account: Any, workspace: Any, malik: Any, as_malik: Client, as_sten: Client
) -> None:
    rows = bring(account, *[activity(COMPLAINT, handle=f"a{n}.example", posted_at=minutes_ago(3)) for n in range(3)])
    for row, words, hours in zip(rows, ("soon", "late", "next month"), (2, 3, 24 * 30), strict=True):
        promising.promise(row, words, clock.now() + timedelta(hours=hours), malik)
    Clock.objects.within(workspace).filter(words="late").update(due_at=minutes_ago(60))
    html = page(as_malik, reverse("today"))
    assert 0 < html.index("“late”") < html.index("“soon”")
    assert "“next month”" not in html
    assert "“late”" not in page(as_sten, reverse("today"))


def test_today_takes_as_many_queries_for_thirty_promises_as_for_three(
    account: Any, workspace: Any, malik: Any, as_malik: Client, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    rows = bring(account, *[activity(COMPLAINT, posted_at=minutes_ago(3)) for _ in range(30)])
    counts = []
    for part in (rows[:3], rows[3:]):
        for row in part:
            promising.promise(row, "soon", clock.now() + timedelta(hours=2), malik)
        page(as_malik, reverse("today"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(as_malik, reverse("today"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_weeks_are_counted(account: Any, workspace: Any, talk: Conversation, as_malik: Client) -> None:
    facts = {"workspace": workspace, "conversation": talk, "kind": "first_answer"}
    Clock.objects.within(workspace).delete()
    Clock.objects.create(**facts, stopped_at=minutes_ago(1), kept=True)
    Clock.objects.create(**facts, stopped_at=minutes_ago(1), kept=False, broken_at=minutes_ago(2))
    Clock.objects.create(**facts, stopped_at=minutes_ago(1), kept=None)
    html = page(as_malik, reverse("today"))
    assert "1 kept" in html
    assert "1 broken" in html


# Settings

PAGES = ("hours", "policies")
CHANGES = ("hours-new", "hours-regions", "policy-new", "policy-preview")


@pytest.mark.parametrize("name", PAGES)
def test_settings_are_read_by_members(
    name: str, shop: BusinessHours, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    assert "Shop" in page(as_vera, reverse(name))
    assert "Shop" not in page(as_sten, reverse(name)).replace("The shop", "")
    assert as_nobody.get(reverse(name)).status_code == 302


def test_only_owners_change_hours_and_policies(
    shop: BusinessHours,
    workspace: Any,
    olga: Any,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    row = SlaPolicy.objects.create(workspace=workspace, name="P", first_answer=5)
    own = [reverse(name) for name in CHANGES if name != "hours-regions"]
    theirs = [
        *(reverse(name, args=[shop.pk]) for name in ("hours-edit", "hours-delete", "hours-holidays", "hours-day")),
        reverse("hours-forget-day", args=[shop.pk, 1]),
        *(reverse(name, args=[row.pk]) for name in ("policy-edit", "policy-delete", "policy-move")),
    ]
    for address in own + theirs:
        assert as_malik.post(address).status_code == 403, address
        assert as_vera.post(address).status_code == 403, address
        assert as_nobody.post(address).status_code == 302, address
    for address in theirs:
        assert as_sten.post(address).status_code == 404, address
    assert BusinessHours.objects.within(workspace).exists()


def test_hours_are_written_as_people_write_them(shop: BusinessHours, as_olga: Client) -> None:
    assert shop.week == [[[540, 1080]]] * 5 + [[[600, 840]], []]
    html = page(as_olga, reverse("hours-edit", args=[shop.pk]))
    assert "9:00–18:00" in html
    bad = as_olga.post(reverse("hours-edit", args=[shop.pk]), HOURS | {"day0": "nine to five"})
    assert bad.status_code == 422
    assert "nine to five" in bad.content.decode()
    never = as_olga.post(reverse("hours-new"), HOURS | {"name": "X"} | {f"day{n}": "" for n in range(7)})
    assert "never open" in never.content.decode()
    same = as_olga.post(reverse("hours-new"), HOURS)
    assert "of this name already" in same.content.decode()


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("9-18", [(540, 1080)]),
        ("9:00–12:30, 14:00-18:00", [(540, 750), (840, 1080)]),
        ("20:00-2:00", [(1200, 1560)]),
        ("0:00-24:00", [(0, 1440)]),
        ("", []),
        (" 9.15 to 17h30 ; ", [(555, 1050)]),
    ],
)
def test_a_days_hours(text: str, spans: list[tuple[int, int]]) -> None:
    assert parse_day(text) == spans
    assert parse_day(show_day(spans)) == spans


@pytest.mark.parametrize("text", ["25-26", "9:70-10:00", "morning", "9", "24:00-25:00"])
def test_hours_nobody_can_read(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        parse_day(text)


def test_holidays_are_offered_kept_as_days_and_edited(shop: BusinessHours, as_olga: Client, workspace: Any) -> None:
    place = {"country": "DE", "region": "BY"}
    as_olga.post(reverse("hours-holidays", args=[shop.pk]), place)
    days = SpecialDay.objects.within(workspace).filter(hours=shop)
    year = clock.now().year
    assert days.filter(day=date(year + 1, 12, 25), spans=[]).exists()
    count = days.count()
    as_olga.post(reverse("hours-holidays", args=[shop.pk]), place)
    assert days.count() == count, "twice adds nothing"
    christmas = days.get(day=date(year + 1, 12, 25))
    as_olga.post(reverse("hours-day", args=[shop.pk]), {"day": str(christmas.day), "name": "Tea", "spans": "10-12"})
    christmas.refresh_from_db()
    assert (christmas.name, christmas.spans) == ("Tea", [[600, 720]])
    as_olga.post(reverse("hours-forget-day", args=[shop.pk, christmas.pk]))
    assert days.count() == count - 1
    wrong = as_olga.post(reverse("hours-holidays", args=[shop.pk]), {"country": "XX"})
    assert wrong.status_code == 422
    assert "Bayern" in page(as_olga, reverse("hours-edit", args=[shop.pk])), "Berlin is in Germany"
    assert "Bayern" in page(as_olga, reverse("hours-regions") + "?country=DE")


def test_a_policy_is_made_shown_ordered_and_removed(shop: BusinessHours, as_olga: Client, workspace: Any) -> None:
    form = {"name": "Complaints", "active": "on", "pause_waiting": "on", "first_answer": "2 h", "hours": str(shop.pk)}
    assert as_olga.post(reverse("policy-new"), form | {"intents": ["complaint"]}).status_code == 302
    assert as_olga.post(reverse("policy-new"), form | {"name": "Rest", "resolution": "3 d"}).status_code == 302
    html = page(as_olga, reverse("policies"))
    assert html.index("Complaints") < html.index("Rest")
    rest = SlaPolicy.objects.within(workspace).get(name="Rest")
    as_olga.post(reverse("policy-move", args=[rest.pk]), {"up": "1"})
    html = page(as_olga, reverse("policies"))
    assert html.index("Rest</strong>") < html.index("Complaints</strong>")
    bad = as_olga.post(reverse("policy-edit", args=[rest.pk]), form | {"name": "Rest", "first_answer": "soon"})
    assert bad.status_code == 422
    none = as_olga.post(reverse("policy-edit", args=[rest.pk]), form | {"name": "Rest", "first_answer": ""})
    assert "at least one target" in none.content.decode()
    as_olga.post(reverse("policy-delete", args=[rest.pk]))
    assert not SlaPolicy.objects.within(workspace).filter(name="Rest").exists()


def test_the_preview_says_when_a_saturday_night_is_due(shop: BusinessHours, as_olga: Client) -> None:
    form = {"first_answer": "60 min", "hours": str(shop.pk)}
    html = as_olga.post(reverse("policy-preview"), form).content.decode()
    assert "A post on <strong>Saturday, 22:00</strong>" in html
    assert "Monday, 10:00" in html
    assert "Fill in a target" in as_olga.post(reverse("policy-preview"), {"first_answer": "x"}).content.decode()


def test_a_strangers_hours_cannot_be_chosen(shop: BusinessHours, as_sten: Client, other_workspace: Any) -> None:
    form = {"name": "Mine", "active": "on", "first_answer": "2 h", "hours": str(shop.pk)}
    assert as_sten.post(reverse("policy-new"), form).status_code == 422
    assert not SlaPolicy.objects.within(other_workspace).exists()
