"""After which orders a mail lies ready, and for what reasons there is none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.winback.aftercare import finding, house
from makegood.winback.aftercare.rules import AftercareError, Plan
from makegood.winback.aftercare.tests.after_scene import AfterShop
from makegood.winback.models import AftercareMessage, AftercareSettings, Journey

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


def talk_of(shop: AfterShop, customer: identify.Customer, **fields: Any) -> desk.Conversation:
    """A conversation with them, in this state."""
    row = conversation_with(channel(shop.workspace, "account"), "My teapot arrived broken")
    desk.Conversation.objects.within(shop.workspace).filter(pk=row.pk).update(**fields)
    identify.tie_customer(row, customer, basis="told", by=shop.agent.user)
    return row


def test_a_mail_lies_ready_for_who_agreed(shop: AfterShop) -> None:
    silent = shop.order(shop.customer("bo@b.example"))
    shop.agrees(language="de")
    row = shop.order(shop.customer())
    shop.step()
    shop.step()
    found = shop.mail(row)
    assert (found.state, found.language, found.body, found.sent_at) == ("ready", "de", "", None)
    assert not AftercareMessage.objects.within(shop.workspace).filter(order=silent).exists()
    assert shop.verbs() == ["consent.granted", "aftercare.ready"]


def test_who_agrees_later_is_asked_then(shop: AfterShop) -> None:
    shop.order(shop.customer())
    shop.step()
    assert shop.states() == []
    shop.agrees()
    shop.step()
    assert shop.states() == ["ready"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"delivered": 4.9}, []),
        ({"delivered": 5.1}, ["ready"]),
        ({"delivered": 11.9}, ["ready"]),
        ({"delivered": 12.1, "placed_at": 13}, []),
        ({"delivered": None, "shipped_at": 9, "state": "shipped"}, []),
        ({"delivered": None, "shipped_at": 11, "state": "shipped"}, ["ready"]),
        ({"delivered": None, "placed_at": 13, "state": "paid"}, []),
        ({"delivered": None, "placed_at": 15, "state": "paid"}, ["ready"]),
        ({"state": "cancelled"}, ["refunded"]),
        ({"refunded_minor": 1}, ["refunded"]),
        ({"gone_at": 0}, ["refunded"]),
    ],
)
def test_when_and_after_what(shop: AfterShop, fields: dict[str, Any], found: list[str]) -> None:
    now = clock.now()
    for name in ("shipped_at", "placed_at", "gone_at"):
        if name in fields:
            fields = fields | {name: now - timedelta(days=fields[name])}
    shop.agrees()
    shop.order(shop.customer(), **fields)
    shop.step()
    assert shop.states() == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"queue": "needs_answer"}, "open"),
        ({"queue": "snoozed"}, "open"),
        ({"queue": "waiting"}, "open"),
        ({"queue": "waiting", "last_message_at": -40}, "ready"),
        ({"queue": "praise"}, "ready"),
        ({"queue": "closed"}, "ready"),
    ],
)
def test_who_complains_is_not_asked_whether_it_is_good(shop: AfterShop, fields: dict[str, Any], found: str) -> None:
    if "last_message_at" in fields:
        fields = fields | {"last_message_at": clock.now() + timedelta(days=fields["last_message_at"])}
    shop.agrees()
    who = shop.customer()
    talk_of(shop, who, **fields)
    shop.order(who)
    shop.step()
    assert shop.states() == [found]


def test_a_case_a_journey_and_a_linked_order_are_open_too(shop: AfterShop) -> None:
    for number, kind in enumerate(("case", "journey", "link", "none")):
        email = f"a{number}@b.example"
        shop.agrees(email)
        who = shop.customer(email)
        order = shop.order(who)
        talk = conversation_with(
            channel(shop.workspace, "account", address=f"x{number}"), "Broken", who=f"did:{number}"
        )
        rows = desk.Conversation.objects.within(shop.workspace).filter(pk=talk.pk)
        if kind == "link":
            identify.OrderLink.objects.create(workspace=shop.workspace, conversation=talk, order=order, how="member")
            continue
        contact = identify.tie_customer(talk, who, basis="told", by=shop.agent.user)
        rows.update(queue="closed")
        if kind == "case":
            rows.update(case=desk.Case.objects.create(workspace=shop.workspace, title="Broken"))
        if kind == "journey":
            Journey.objects.create(
                workspace=shop.workspace,
                conversation=talk,
                contact=contact,
                state="unhappy",
                complained_at=clock.now(),
            )
    shop.step()
    assert sorted(shop.states()) == ["open", "open", "open", "ready"]


def test_one_mail_a_person_in_so_many_days(shop: AfterShop) -> None:
    shop.agrees()
    who = shop.customer()
    shop.order(who)
    shop.order(shop.customer(name="The same, as a guest"))
    shop.step()
    assert sorted(shop.states()) == ["ready", "too_soon"]
    shop.pass_days(30)
    shop.order(who)
    shop.step()
    assert sorted(shop.states()) == ["old", "ready", "too_soon"]
    shop.pass_days(20)
    shop.order(who)
    shop.step()
    assert sorted(shop.states()) == ["old", "old", "ready", "too_soon"]


def test_a_sample_is_nobody_to_write_to(shop: AfterShop) -> None:
    shop.agrees()
    shop.order(shop.customer())
    identify.Source.objects.within(shop.workspace).update(is_sample=True)
    shop.step()
    assert shop.states() == []


def test_switched_off_nothing_is_made(shop: AfterShop) -> None:
    shop.agrees()
    shop.order(shop.customer())
    house.save_plan(shop.owner, Plan(active=False))
    shop.step()
    assert shop.states() == []
    with pytest.raises(AftercareError, match="role"):
        house.save_plan(shop.agent, Plan(active=True))
    with pytest.raises(AftercareError, match="days"):
        house.save_plan(shop.owner, Plan(active=True, after_order=0))


def test_it_goes_on_where_it_stopped(shop: AfterShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "BATCH", 2)
    monkeypatch.setattr(finding, "MOST_PAGES", 2)
    for number in range(5):
        shop.agrees(f"a{number}@b.example")
        shop.order(shop.customer(f"a{number}@b.example"))
    AftercareSettings.objects.within(shop.workspace).update(look_at=clock.now())
    assert finding.make_ready() == 4
    assert finding.make_ready() == 1
    assert finding.make_ready() == 0
    row = AftercareSettings.objects.within(shop.workspace).get()
    assert (row.after, row.look_at is not None and row.look_at > clock.now()) == ("", True)


@pytest.mark.parametrize("rows", [3, 30])
def test_a_look_takes_few_queries(shop: AfterShop, rows: int) -> None:
    for number in range(rows):
        shop.agrees(f"a{number}@b.example")
        shop.order(shop.customer(f"a{number}@b.example"))
    AftercareSettings.objects.within(shop.workspace).update(look_at=clock.now())
    with CaptureQueriesContext(connection) as asked:
        assert finding.make_ready() == rows
    assert len(asked) <= 26
