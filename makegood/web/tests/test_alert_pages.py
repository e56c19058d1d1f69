"""Settings, Alerts: making rules, seeing what they did, and trying destinations, as the browser sees it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from makegood.alerts import api as alerts
from makegood.alerts.api import Alert, AlertDestination, AlertRule
from makegood.alerts.finding import find_new
from makegood.alerts.models import Firing
from makegood.alerts.tests.places import Receiver, receiver
from makegood.alerts.tests.test_finding import complaint, line
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.web.tests.account_pages import get, text_of

pytestmark = pytest.mark.django_db
PATH = "/settings/alerts/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(monkeypatch) as found:
        yield found


@pytest.fixture
def place(workspace: Any, olga: Any) -> AlertDestination:
    return alerts.add_mail(workspace, olga, "olga@shop.example", "Olga")


@pytest.fixture
def rule(workspace: Any, olga: Any, place: AlertDestination) -> AlertRule:
    find_new()
    return alerts.save_rule(workspace, olga, alerts.Wish("Stuck", "reply", {}, [place.pk]))


def filled(place: AlertDestination, **more: Any) -> dict[str, Any]:
    return {
        "name": "Loud",
        "destinations": [str(place.pk)],
        "digest_minutes": "0",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "most_an_hour": "10",
        "repeat_minutes": "60",
        **more,
    }


def test_a_newcomer_gets_sensible_rules_by_one_click(as_olga: Client, workspace: Any) -> None:
    words = text_of(as_olga.get(PATH))
    assert "Begin with what most shops need" in words
    assert "Use these rules and mail me" in words
    assert as_olga.post(reverse("alerts-propose")).status_code == 302
    rows = AlertRule.objects.within(workspace)
    assert rows.count() == len(alerts.PROPOSED)
    assert {row.quiet_from.hour for row in rows if row.quiet_from} == {22}
    [only] = AlertDestination.objects.within(workspace)
    assert only.address == "olga@example.com"
    shown = text_of(as_olga.get(PATH))
    assert "Complaints that can’t wait" in shown
    assert "not yet" in shown
    as_olga.post(reverse("alerts-propose"))
    assert rows.count() == len(alerts.PROPOSED)


def test_without_mail_there_is_nowhere_to_propose_it_to(as_olga: Client, workspace: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "Mail is not set up" in text_of(as_olga.get(PATH))
    assert "Add a destination first" in text_of(as_olga.post(reverse("alerts-propose"), follow=True))
    assert not AlertRule.objects.within(workspace).exists()


@pytest.mark.parametrize("trigger", sorted(alerts.TRIGGERS))
def test_every_kind_of_rule_can_be_made_and_changed(
    as_olga: Client, workspace: Any, place: AlertDestination, trigger: str
) -> None:
    assert f"{reverse('alert-rule-new')}?trigger={trigger}" in get(as_olga, reverse("alert-rule-new")).links
    path = f"{reverse('alert-rule-new')}?trigger={trigger}"
    page = get(as_olga, path)
    assert page.forbidden == []
    parameters = {f"p_{name}": value for name, value in alerts.TRIGGERS[trigger].usual().items()}
    assert as_olga.post(path, filled(place, **parameters)).status_code == 302
    row = AlertRule.objects.within(workspace).get()
    assert (row.name, row.trigger, row.parameters) == ("Loud", trigger, alerts.TRIGGERS[trigger].usual())
    change = reverse("alert-rule", args=[row.pk])
    assert get(as_olga, change).inputs["name"] == "Loud"
    assert as_olga.post(change, filled(place, name="Quieter", even_at_night="on", **parameters)).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.even_at_night) == ("Quieter", True)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "required"),
        ({"destinations": []}, "required"),
        ({"quiet_until": ""}, "a beginning and an end"),
        ({"quiet_until": "22:00"}, "begin when they end"),
        ({"quiet_from": "late"}, "valid time"),
        ({"p_followers": "-1"}, "greater than or equal to 0"),
        ({"p_followers": "many"}, "whole number"),
        ({"most_an_hour": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    as_olga: Client, workspace: Any, place: AlertDestination, wrong: dict[str, Any], says: str
) -> None:
    path = f"{reverse('alert-rule-new')}?trigger=followers"
    answer = as_olga.post(path, filled(place, **({"p_followers": "500"} | wrong)))
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not AlertRule.objects.within(workspace).exists()


def test_two_rules_of_one_name(as_olga: Client, rule: AlertRule, place: AlertDestination) -> None:
    answer = as_olga.post(f"{reverse('alert-rule-new')}?trigger=reply", filled(place, name=rule.name))
    assert "a rule of this name already" in text_of(answer)


def test_the_preview_tells_what_it_would_have_told(as_olga: Client, workspace: Any, place: AlertDestination) -> None:
    spot = channel(workspace)
    for followers in (100, 900, 20_000):
        complaint(spot, followers=followers, author_name=f"Fan {followers}")
    path = reverse("alert-preview", args=["followers"])
    words = text_of(as_olga.post(path, filled(place, p_followers="500")))
    assert "It would have fired 2 times" in words
    assert "20,000 people follow them" in words
    assert "Fan 20000" in words
    assert "once" in text_of(as_olga.post(path, filled(place, p_followers="1000")))
    assert "would not have told anything" in text_of(as_olga.post(path, filled(place, p_followers="20000")))
    assert "Fill in the numbers" in text_of(as_olga.post(path, filled(place, p_followers="")))
    assert as_olga.post(reverse("alert-preview", args=["nonsense"])).status_code == 404
    assert "It would have fired" in text_of(as_olga.get(f"{reverse('alert-rule-new')}?trigger=followers"))


def test_the_preview_of_channels_is_from_what_the_journal_tells(
    as_olga: Client, workspace: Any, place: AlertDestination
) -> None:
    spot = channel(workspace, "account", name="@teapot.example")
    now = clock.now()
    for verb, minutes in (("trouble", 300), ("recovered", 295), ("trouble", 200), ("trouble", 190), ("recovered", 150)):
        row = Entry(
            workspace=workspace,
            actor="Makegood",
            verb=f"channel.{verb}",
            subject=f"channel:{spot.pk}",
            data={"sentence": "It is down."},
            at=now - timedelta(minutes=minutes),
        )
        row.save()
    path = reverse("alert-preview", args=["channel"])
    words = text_of(as_olga.post(path, filled(place, p_minutes="15", p_silent_hours="0")))
    assert "fired once" in words
    assert "@teapot.example" in words
    words = text_of(as_olga.post(path, filled(place, p_minutes="1", p_silent_hours="0")))
    assert "2 times" in words


def test_the_page_shows_what_rules_did(as_olga: Client, workspace: Any, rule: AlertRule) -> None:
    row = complaint(channel(workspace))
    for number in range(3):
        line(row, "reply.unknown", reply=number)
    find_new()
    Firing.objects.within(workspace).filter(subject="reply:0").update(at=clock.now() - timedelta(days=8))
    Alert.objects.within(workspace).filter(firing__subject="reply:1").update(state="held")
    words = text_of(as_olga.get(PATH))
    assert "2 times" in words
    assert "1 held back" in words


def test_pausing_and_removing(as_olga: Client, workspace: Any, rule: AlertRule) -> None:
    switch = reverse("alert-rule-switch", args=[rule.pk])
    as_olga.post(switch, {"active": "0"})
    assert "Paused" in text_of(as_olga.get(PATH))
    as_olga.post(switch, {"active": "1"})
    rule.refresh_from_db()
    assert rule.active
    as_olga.post(reverse("alert-rule-remove", args=[rule.pk]))
    assert not AlertRule.objects.within(workspace).exists()
    assert as_olga.get(reverse("alert-rule", args=[rule.pk])).status_code == 404


def test_a_service_is_added_tested_and_its_secret_never_shown(as_olga: Client, workspace: Any, web: Receiver) -> None:
    secret = f"json://127.0.0.1:{web.port}/token-secret-1"
    assert as_olga.post(reverse("alert-service-new"), {"address": secret, "name": "Kitchen"}).status_code == 302
    place = AlertDestination.objects.within(workspace).get()
    assert (place.name, place.service) == ("Kitchen", "Webhook")
    assert "token-secret" not in place.secret
    started = as_olga.post(reverse("alert-test", args=[place.pk]), headers=HTMX)
    assert "Sending a test" in text_of(started)
    assert "every 1s" in started.content.decode()
    alerts.send_due()
    state = as_olga.get(reverse("alert-test-state", args=[place.pk]))
    assert "Webhook took it" in text_of(state)
    assert "every 1s" not in state.content.decode()
    for path in (PATH, reverse("alert-service-new"), "/settings/journal/"):
        assert "token-secret" not in as_olga.get(path).content.decode()
    assert len(web.got) == 1


def test_a_test_that_fails_says_why(as_olga: Client, workspace: Any, olga: Any) -> None:
    place = alerts.add_service(workspace, olga, "json://10.0.0.1/token-secret-1")
    as_olga.post(reverse("alert-test", args=[place.pk]))
    alerts.send_due()
    for path in (reverse("alert-test-state", args=[place.pk]), PATH):
        assert "inside a private network" in text_of(as_olga.get(path))


def test_a_test_that_nobody_sends_says_to_look_for_the_worker(
    as_olga: Client, workspace: Any, place: AlertDestination
) -> None:
    as_olga.post(reverse("alert-test", args=[place.pk]))
    Alert.objects.within(workspace).update(at=clock.now() - timedelta(minutes=2))
    state = as_olga.get(reverse("alert-test-state", args=[place.pk]))
    assert "Is the worker running?" in text_of(state)
    assert "every 1s" not in state.content.decode()


@pytest.mark.parametrize(
    "address", ["syslog://secret-x", "exec://secret-x", "https://inside.example/secret-x", "secret-x"]
)
def test_a_refused_address_is_explained_and_not_repeated(as_olga: Client, workspace: Any, address: str) -> None:
    answer = as_olga.post(reverse("alert-service-new"), {"address": address})
    assert answer.status_code == 422
    assert "secret-x" not in answer.content.decode()
    assert not AlertDestination.objects.within(workspace).exists()


def test_mail_addresses(as_olga: Client, workspace: Any) -> None:
    path = reverse("alert-mail-new")
    assert get(as_olga, path).inputs["address"] == "olga@example.com"
    assert "no mail address" in text_of(as_olga.post(path, {"address": "olga"}))
    for _ in range(2):
        assert as_olga.post(path, {"address": "Desk@Shop.example"}).status_code == 302
    names = AlertDestination.objects.within(workspace).order_by("name").values_list("name", flat=True)
    assert list(names) == ["desk@shop.example", "desk@shop.example 2"]


def test_a_removed_destination_leaves_the_rule_with_nobody_to_tell(
    as_olga: Client, workspace: Any, rule: AlertRule, place: AlertDestination
) -> None:
    as_olga.post(reverse("alert-place-remove", args=[place.pk]))
    assert "Nobody: its destinations are gone." in text_of(as_olga.get(PATH))


def test_who_may(
    as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client, rule: AlertRule, place: AlertDestination
) -> None:
    pages = [PATH, reverse("alert-rule-new"), reverse("alert-mail-new"), reverse("alert-service-new")]
    mine = [reverse("alert-rule", args=[rule.pk]), reverse("alert-test-state", args=[place.pk])]
    acts = [
        *(reverse(name, args=[rule.pk]) for name in ("alert-rule-switch", "alert-rule-remove")),
        *(reverse(name, args=[place.pk]) for name in ("alert-test", "alert-place-remove")),
    ]
    for browser in (as_malik, as_vera):
        assert {browser.get(path).status_code for path in [*pages, *mine]} == {403}
        assert {browser.post(path).status_code for path in [*acts, reverse("alerts-propose")]} == {403}
    assert {as_sten.get(path).status_code for path in mine} == {404}
    assert {as_sten.post(path).status_code for path in acts} == {404}
    assert "Stuck" not in text_of(as_sten.get(PATH))
    assert {as_nobody.get(path).status_code for path in [*pages, *mine]} == {302}
    assert {as_nobody.post(path).status_code for path in acts} == {302}
    assert AlertRule.objects.within(rule.workspace_id).exists()


def test_a_strangers_destination_can_not_be_chosen(
    as_olga: Client, workspace: Any, other_workspace: Any, sten: Any, place: AlertDestination
) -> None:
    theirs = alerts.add_mail(other_workspace, sten, "sten@skis.example")
    path = f"{reverse('alert-rule-new')}?trigger=urgent"
    answer = as_olga.post(path, filled(place, destinations=[str(theirs.pk)]))
    assert answer.status_code == 422
    wish = alerts.Wish("Theirs", "urgent", {}, [theirs.pk])
    with pytest.raises(alerts.AlertError, match="at least one destination"):
        alerts.save_rule(workspace, None, wish)


@pytest.mark.parametrize("count", [3, 25])
def test_the_queries_do_not_grow(
    as_olga: Client, workspace: Any, olga: Any, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    places = [alerts.add_mail(workspace, olga, f"p{number}@shop.example") for number in range(count)]
    for number in range(count):
        alerts.save_rule(workspace, olga, alerts.Wish(f"Rule {number}", "urgent", {}, [place.pk for place in places]))
    with django_assert_max_num_queries(16):
        assert as_olga.get(PATH).status_code == 200
