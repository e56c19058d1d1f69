"""Putting off and doing the same to many, from the pages: who may, what they are told, and in how many queries."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from makegood.accounts.models import Team
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Conversation
from makegood.desk.tests.make import bring
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
HTMX = {"HX-Request": "true"}
BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


@pytest.fixture
def account(workspace: Any) -> Any:
    workspace.timezone = BERLIN
    workspace.save()
    return channel(workspace, "account", network="testnet")


@pytest.fixture
def talks(account: Any) -> list[Conversation]:
    said = [
        activity(COMPLAINT, network="testnet", handle=f"h{n}.example", posted_at=minutes_ago(n + 1)) for n in range(5)
    ]
    return bring(account, *said)


@pytest.fixture
def talk(talks: list[Conversation]) -> Conversation:
    return talks[0]


def post(client: Client, name: str, *args: Any, **data: str) -> Any:
    return client.post(reverse(name, args=args), data, headers=HTMX)


def keys(rows: list[Conversation]) -> str:
    return ",".join(str(row.pk) for row in rows)


def queues(workspace: Any) -> list[str]:
    return list(Conversation.objects.within(workspace).order_by("id").values_list("queue", flat=True))


WORK: list[tuple[str, dict[str, str]]] = [
    ("conversation-snooze", {"preset": "3h"}),
    ("conversation-wake", {}),
    ("macro-choices", {}),
]


@pytest.mark.parametrize(("name", "data"), WORK)
def test_who_may_with_one(
    name: str,
    data: dict[str, str],
    talk: Conversation,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    def ask(client: Client) -> Any:
        address = reverse(name, args=[talk.pk])
        reads = name == "macro-choices"
        return client.get(address, headers=HTMX) if reads else client.post(address, data, headers=HTMX)

    assert ask(as_sten).status_code == 404
    assert ask(as_vera).status_code == 403
    assert "/account/login" in ask(as_nobody).headers.get("HX-Redirect", "")
    assert set(queues(talk.workspace_id)) == {"needs_answer"}
    assert ask(as_malik).status_code == 200


def test_who_may_with_many(
    talks: list[Conversation], workspace: Any, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    asked = {"keys": keys(talks), "action": "close"}
    assert post(as_vera, "bulk-do", **asked).status_code == 403
    assert "/account/login" in post(as_nobody, "bulk-do", **asked).headers["HX-Redirect"]
    # A stranger's numbers are not his: he changes nothing, and learns nothing.
    answer = post(as_sten, "bulk-do", **asked)
    assert "They all stood so already" in answer.content.decode()
    assert set(queues(workspace)) == {"needs_answer"}
    assert post(as_malik, "bulk-do", **asked).status_code == 200
    assert set(queues(workspace)) == {"closed"}
    action = BulkAction.objects.within(workspace).get()
    assert post(as_vera, "bulk-undo", action.pk).status_code == 403
    assert post(as_sten, "bulk-undo", action.pk).status_code == 404
    assert set(queues(workspace)) == {"closed"}
    for name in ("bulk-list", "bulk-keys", "bulk-choices"):
        address = reverse(name) + "?view=closed"
        assert as_vera.get(address).status_code == 403
        assert as_nobody.get(address).status_code == 302
        stranger = as_sten.get(address)
        assert stranger.status_code == 200
        assert "Malik" not in stranger.content.decode()
    assert as_sten.get(reverse("bulk-keys") + "?view=closed").json()["keys"] == []
    assert as_malik.get(reverse("bulk-list")).status_code == 200


@pytest.mark.parametrize("name", ["bulk-do", "conversation-snooze", "conversation-wake", "bulk-undo"])
def test_a_link_cannot_do_it(name: str, talk: Conversation, as_malik: Client) -> None:
    args = [] if name == "bulk-do" else [talk.pk]
    assert as_malik.get(reverse(name, args=args)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_malik.cookies
    assert strict.post(reverse(name, args=args)).status_code == 403


def test_putting_off_says_until_when_and_what_falls_due_before(talk: Conversation, as_malik: Client) -> None:
    html = post(as_malik, "conversation-snooze", talk.pk, preset="3h", reason="the courier").content.decode()
    talk.refresh_from_db()
    assert (talk.queue, talk.snooze_reason) == ("snoozed", "the courier")
    assert "Put off until" in html
    assert "due" not in html.split("hx-swap-oob")[-1]
    html = post(as_malik, "conversation-snooze", talk.pk, preset="7d").content.decode()
    toast = html.split('hx-swap-oob="beforeend:#toasts"')[-1]
    assert "before this wakes" in toast
    assert "toast-warning" in toast
    talk.refresh_from_db()
    Conversation.objects.within(talk.workspace_id).filter(pk=talk.pk).update(due_at=timezone.now() - timedelta(hours=1))
    html = post(as_malik, "conversation-snooze", talk.pk, preset="3h").content.decode()
    assert "Their answer is late already" in html


def test_a_day_and_time_are_the_shops(talk: Conversation, as_malik: Client) -> None:
    wanted = (timezone.now() + timedelta(days=30)).strftime("%Y-%m-%dT09:30")
    assert post(as_malik, "conversation-snooze", talk.pk, preset="at", until=wanted).status_code == 200
    talk.refresh_from_db()
    assert talk.snoozed_until is not None
    local = talk.snoozed_until.astimezone(__import__("zoneinfo").ZoneInfo(BERLIN))
    assert local.strftime("%Y-%m-%dT%H:%M") == wanted


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"preset": "at", "until": ""}, "Say until when"),
        ({"preset": "at", "until": "<b>soon</b>"}, "Say until when"),
        ({"preset": "at", "until": "2020-01-01T10:00"}, "has passed"),
        ({"preset": "at", "until": "2999-01-01T10:00"}, "more than a year"),
        ({"preset": "never"}, "Choose until when"),
        ({}, "Say until when"),
    ],
)
def test_a_moment_that_is_none_is_said_in_the_dialog(
    data: dict[str, str], says: str, talk: Conversation, as_malik: Client
) -> None:
    answer = post(as_malik, "conversation-snooze", talk.pk, **data)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#snooze-problem"
    assert says in answer.content.decode()
    talk.refresh_from_db()
    assert talk.queue == "needs_answer"


def test_the_conversation_says_that_it_is_put_off_and_offers_to_take_it_up(
    talk: Conversation, as_malik: Client, as_vera: Client
) -> None:
    address = reverse("conversation", args=[talk.pk])
    assert reverse("conversation-wake", args=[talk.pk]) not in as_malik.get(address).content.decode()
    post(as_malik, "conversation-snooze", talk.pk, preset="tomorrow")
    html = as_malik.get(address).content.decode()
    assert reverse("conversation-wake", args=[talk.pk]) in html
    assert "badge-snoozed" in html
    assert reverse("conversation-snooze", args=[talk.pk]) not in as_vera.get(address).content.decode()
    post(as_malik, "conversation-wake", talk.pk)
    talk.refresh_from_db()
    assert talk.queue == "needs_answer"


def test_the_snoozed_view_and_the_count(talks: list[Conversation], as_malik: Client) -> None:
    for number, row in enumerate(talks[:3]):
        post(as_malik, "conversation-snooze", row.pk, preset=("7d", "tomorrow", "3d")[number])
    html = as_malik.get(reverse("inbox"), {"view": "snoozed"}).content.decode()
    order = [html.index(f'data-row-link="{row.pk}"') for row in (talks[1], talks[2], talks[0])]
    assert order == sorted(order)
    assert html.count("data-row-link") == 3
    # They wait all the same.
    assert 'data-count="5"' in html


@pytest.mark.parametrize(
    ("data", "done", "queue"),
    [
        ({"action": "close"}, "4 closed.", "closed"),
        ({"action": "let_stand"}, "4 let stand.", "let_stand"),
        ({"action": "snooze:3h"}, "4 put off until", "snoozed"),
        ({"action": "label", "label": " Late  parcel "}, "4 labelled “Late parcel”.", "needs_answer"),
    ],
)
def test_many_at_once(
    data: dict[str, str], done: str, queue: str, talks: list[Conversation], workspace: Any, as_malik: Client
) -> None:
    answer = post(as_malik, "bulk-do", keys=keys(talks[:4]), **data)
    html = answer.content.decode()
    assert done in html
    assert queues(workspace) == [queue] * 4 + ["needs_answer"]
    events = json.loads(answer["HX-Trigger-After-Settle"])
    assert {"mg:bulk-done", "mg:changed"} <= set(events)
    action = BulkAction.objects.within(workspace).get()
    assert reverse("bulk-undo", args=[action.pk]) in html
    undone = post(as_malik, "bulk-undo", action.pk)
    assert "4 are as they were before." in undone.content.decode()
    assert json.loads(undone["HX-Trigger-After-Settle"])["mg:bulk-undone"] == {"id": action.pk}
    assert set(queues(workspace)) == {"needs_answer"}
    assert "undone already" in post(as_malik, "bulk-undo", action.pk).content.decode()


def test_given_to_a_member_a_team_or_nobody(
    talks: list[Conversation], workspace: Any, malik: Any, as_olga: Client
) -> None:
    team = Team.objects.create(workspace=workspace, name="Returns")
    for whom, says in ((f"user:{malik.pk}", "to Malik"), (f"team:{team.pk}", "to Returns"), ("nobody", "to nobody")):
        html = post(as_olga, "bulk-do", keys=keys(talks), action="assign", whom=whom).content.decode()
        assert f"5 given {says}." in html
    rows = Conversation.objects.within(workspace)
    assert rows.filter(assignee__isnull=True, team=team).count() == rows.count() == 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"keys": "", "action": "close"}, "Select some"),
        ({"keys": "x,,²", "action": "close"}, "Select some"),
        ({"action": ""}, "Choose what to do"),
        ({"action": "delete"}, "Choose what to do"),
        ({"action": "label", "label": "  "}, "Give the label a name"),
        ({"action": "snooze:never"}, "Choose until when"),
        ({"action": "snooze:at", "until": "2020-01-01T10:00"}, "has passed"),
        ({"action": "assign", "whom": ""}, "Choose who"),
        ({"action": "assign", "whom": "user:999999"}, "Choose who"),
        ({"keys": ",".join(map(str, range(1, 600))), "action": "close"}, "more than 500"),
    ],
)
def test_what_cannot_be_done_is_said(
    data: dict[str, str], says: str, talks: list[Conversation], workspace: Any, as_malik: Client
) -> None:
    answer = post(as_malik, "bulk-do", **({"keys": keys(talks)} | data))
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert "<" not in answer.content.decode()
    assert set(queues(workspace)) == {"needs_answer"}


def test_a_viewer_and_a_stranger_can_be_given_nothing(
    talks: list[Conversation], workspace: Any, vera: Any, sten: Any, as_malik: Client
) -> None:
    for person in (vera, sten):
        answer = post(as_malik, "bulk-do", keys=keys(talks), action="assign", whom=f"user:{person.pk}")
        assert answer.status_code == 400
    assert not Conversation.objects.within(workspace).filter(assignee__isnull=False).exists()


def test_what_is_left_alone_is_said_and_kept(
    talks: list[Conversation], workspace: Any, olga: Any, as_malik: Client
) -> None:
    post(as_malik, "bulk-do", keys=keys(talks), action="close")
    action = BulkAction.objects.within(workspace).get()
    desk.reopen(talks[0], olga)
    html = post(as_malik, "bulk-undo", action.pk).content.decode()
    assert "4 are as they were before. 1 was left alone: 1 that was moved since." in html
    page = as_malik.get(reverse("bulk-list")).content.decode()
    assert "5 closed" in page
    assert "1 that was moved since" in page
    assert reverse("bulk-undo", args=[action.pk]) not in page


def test_an_undo_from_the_page_without_scripts(talks: list[Conversation], workspace: Any, as_malik: Client) -> None:
    post(as_malik, "bulk-do", keys=keys(talks), action="close")
    action = BulkAction.objects.within(workspace).get()
    answer = as_malik.post(reverse("bulk-undo", args=[action.pk]), follow=True)
    assert "5 are as they were before." in answer.content.decode()


def test_what_is_due_before_it_wakes_is_counted(talks: list[Conversation], as_malik: Client) -> None:
    html = post(as_malik, "bulk-do", keys=keys(talks), action="snooze:7d").content.decode()
    assert "5 answers are due before they wake." in html


def test_all_of_a_view_up_to_the_most(
    account: Any, talks: list[Conversation], as_malik: Client, monkeypatch: Any
) -> None:
    found = as_malik.get(reverse("bulk-keys"), {"view": "needs-answer"}).json()
    assert sorted(found["keys"]) == sorted(row.pk for row in talks)
    assert found["words"] == "All 5 of this view are selected."
    monkeypatch.setattr(desk, "MOST", 3)
    found = as_malik.get(reverse("bulk-keys"), {"view": "needs-answer"}).json()
    assert len(found["keys"]) == 3
    assert found["words"].startswith("The first 3 of 5 are selected.")
    assert as_malik.get(reverse("bulk-keys"), {"view": "nonsense"}).status_code == 404


def test_the_list_has_boxes_for_those_who_work(talks: list[Conversation], as_malik: Client, as_vera: Client) -> None:
    assert as_malik.get(reverse("inbox")).content.decode().count("data-pick=") == 5
    html = as_vera.get(reverse("inbox")).content.decode()
    assert "data-pick=" not in html
    assert "bulk-form" not in html


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_of_what_was_done_takes_the_same_queries(
    talks: list[Conversation], workspace: Any, malik: Any, as_malik: Client
) -> None:
    def some(count: int) -> None:
        for number in range(count):
            desk.do_to_all(workspace, [talks[0].pk], [desk.Step("label", f"l{number}x{count}")], malik, label="l")

    some(3)
    few = _queries(as_malik, reverse("bulk-list"))
    some(30)
    assert _queries(as_malik, reverse("bulk-list")) == few
    assert few <= 20
    page = as_malik.get(reverse("bulk-list")).content.decode()
    older = page.split("?before=")[1].split('"')[0]
    assert as_malik.get(reverse("bulk-list"), {"before": older}).content.decode().count("bulk-what") == 3
    assert as_malik.get(reverse("bulk-list"), {"before": "²"}).status_code == 200
