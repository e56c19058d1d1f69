"""Rises from rows: found once, told once, over when it is over; and what they rest on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.alerts import api as alerts
from makegood.alerts.models import Alert, AlertRule, Firing
from makegood.alerts.words import message_of
from makegood.clocks.models import BusinessHours, SpecialDay
from makegood.desk.models import Conversation
from makegood.identify.models import Contact
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.causes import erasing, flow, losing, reading, watching
from makegood.winback.causes.rules import CauseError
from makegood.winback.causes.tests.make import Shop, at
from makegood.winback.models import Cause, CauseMember, Complaint, Rise

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
"""A Monday."""
TODAY = NOON.date()


@pytest.fixture
def shop(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    at(monkeypatch, NOON)
    return Shop(workspace)


def usual(shop: Shop, weeks: int = 13, count: int = 2) -> None:
    """Twice a day, up to yesterday, of one thread each."""
    keep = shop.talk()
    talks, rows = [], []
    for number in range(1, weeks * 7):
        day = TODAY - timedelta(days=number)
        for one in range(count + (day.weekday() == 0)):
            talks.append(
                Conversation(
                    workspace=shop.workspace,
                    network="sample",
                    thread_id=f"u{day}{one}",
                    author_id="u",
                    excerpt="x",
                    latest=keep.latest,
                    intent="complaint",
                    urgency="today",
                    response="restoration",
                    queue="closed",
                    last_message_at=NOON,
                )
            )
            rows.append(day)
    Conversation.objects.bulk_create(talks)
    Complaint.objects.bulk_create(
        Complaint(
            workspace=shop.workspace,
            conversation=talk,
            mention=keep.latest,
            intent="complaint",
            topic="delivery",
            day=day,
            posted_at=datetime.combine(day, NOON.time(), UTC),
        )
        for talk, day in zip(talks, rows, strict=True)
    )


def many_today(shop: Shop, count: int) -> list[Complaint]:
    rows = Complaint.objects.within(shop.workspace).order_by("-day")[:1]
    keep = rows[0].mention
    talks = Conversation.objects.bulk_create(
        Conversation(
            workspace=shop.workspace,
            network="sample",
            thread_id=f"n{number}",
            author_id=f"n{number}",
            excerpt="x",
            latest=keep,
            intent="complaint",
            urgency="today",
            response="restoration",
            queue="closed",
            last_message_at=NOON,
        )
        for number in range(count)
    )
    found: list[Complaint] = Complaint.objects.bulk_create(
        Complaint(
            workspace=shop.workspace,
            conversation=talk,
            mention=keep,
            intent="complaint",
            topic="delivery",
            day=TODAY,
            posted_at=NOON,
        )
        for talk in talks
    )
    return found


def rising(shop: Shop) -> list[journal.Entry]:
    return list(journal.Entry.objects.within(shop.workspace).filter(verb="cause.rising").order_by("id"))


def test_a_shop_without_a_past_is_told_nothing(shop: Shop) -> None:
    assert watching.watched(shop.workspace) == []
    usual(shop, weeks=2)
    many_today(shop, 30)
    assert watching.watch(shop.workspace) == 0
    for each in watching.watched(shop.workspace):
        assert each.verdict.evidence is None


def test_a_rise_is_told_once_and_is_over_when_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    usual(shop)
    assert watching.watch(shop.workspace) == 0
    many_today(shop, 14)
    # All of them, and the topic they are of.
    assert watching.watch(shop.workspace) == 2
    assert watching.watch(shop.workspace) == 0
    assert [line.data["series"] for line in rising(shop)] == ["all", "topic:delivery"]
    row = Rise.objects.within(shop.workspace).get(series="all")
    assert row.facts["count"] == 14
    words = watching.evidence_words(row)
    assert words.startswith("14 in a day, ")
    assert "Monday" in words
    assert rising(shop)[1].data["name"] == "Delivery"
    at(monkeypatch, NOON + timedelta(days=1))
    watching.watch(shop.workspace)
    # The week still holds the day; a fortnight later it does not.
    assert [each.pk for each in watching.rises_open(shop.workspace) if each.series == "all"] == [row.pk]
    at(monkeypatch, NOON + timedelta(days=14))
    watching.watch(shop.workspace)
    assert watching.rises_open(shop.workspace) == []
    assert len(rising(shop)) == 2


def test_a_cause_rises_by_its_own_count(shop: Shop, olga: Any) -> None:
    usual(shop)
    cause = flow.begin(shop.member(olga), flow.Wish("Kettle leaks", words=("kettle",)))
    rows = Complaint.objects.within(shop.workspace).order_by("day")
    CauseMember.objects.bulk_create(
        CauseMember(workspace=shop.workspace, cause=cause, complaint=each, state="in", posted_at=each.posted_at)
        for each in rows.filter(day__week_day=4)[:12]
    )
    CauseMember.objects.bulk_create(
        CauseMember(workspace=shop.workspace, cause=cause, complaint=each, state="in", posted_at=each.posted_at)
        for each in many_today(shop, 6)
    )
    watching.watch(shop.workspace)
    row = Rise.objects.within(shop.workspace).get(cause=cause)
    assert (row.series, row.name) == (f"cause:{cause.pk}", "Kettle leaks")
    assert rising(shop)[-1].data["cause"] == cause.pk


def test_fewer_false_alarms_mean_a_higher_bound(shop: Shop, olga: Any) -> None:
    usual(shop)
    many_today(shop, 3)
    member = shop.member(olga)

    def bound() -> int:
        evidence = watching.watched(shop.workspace)[0].verdict.evidence
        assert evidence is not None
        return evidence.at_most

    flow.set_false_alarms(member, 30)
    loose = bound()
    flow.set_false_alarms(member, 1)
    assert bound() > loose
    for wrong in (0, 31):
        with pytest.raises(CauseError):
            flow.set_false_alarms(member, wrong)


def test_days_that_were_not_heard_are_left_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    usual(shop)
    many_today(shop, 3)
    with transaction.atomic():
        journal.record(shop.workspace.pk, "channel.trouble", shop.account)
        journal.record(shop.workspace.pk, "channel.recovered", shop.account)
    lines = journal.Entry.objects.within(shop.workspace).filter(subject=f"channel:{shop.account.pk}")
    known = watching.watched(shop.workspace)[0].verdict.known
    # As if it had been down for a week a month ago; the journal itself is never changed.
    first, last = NOON - timedelta(days=30), NOON - timedelta(days=23)
    moments = dict(zip([line.pk for line in lines.order_by("id")], [first, last], strict=True))
    monkeypatch.setattr(
        watching,
        "outages",
        lambda said, now: [(shop.account.pk, *moments.values())],
    )
    assert watching.watched(shop.workspace)[0].verdict.known == known - 8


def test_holidays_are_no_ordinary_days(shop: Shop) -> None:
    usual(shop)
    many_today(shop, 3)
    known = watching.watched(shop.workspace)[0].verdict.known
    hours = BusinessHours.objects.create(workspace=shop.workspace, name="Ours", timezone="UTC", is_default=True)
    for back, spans in ((20, []), (21, [[540, 700]]), (0, [])):
        day = TODAY - timedelta(days=back)
        SpecialDay.objects.create(workspace=shop.workspace, hours=hours, day=day, spans=spans)
    verdict = watching.watched(shop.workspace)[0].verdict
    assert verdict.known == known - 1
    # Today is judged all the same.
    assert verdict.evidence is not None


def test_watching_asks_few_questions(shop: Shop) -> None:
    usual(shop, weeks=6)
    for number in range(20):
        Cause.objects.create(workspace=shop.workspace, name=f"C{number}", state="open")
    rows = list(Complaint.objects.within(shop.workspace)[:20])
    for cause, row in zip(Cause.objects.within(shop.workspace), rows, strict=True):
        CauseMember.objects.create(
            workspace=shop.workspace, cause=cause, complaint=row, state="in", posted_at=row.posted_at
        )
    with CaptureQueriesContext(connection) as found:
        assert len(watching.watched(shop.workspace)) == 22
    assert len(found) <= 9, [each["sql"][:120] for each in found]


def test_it_alerts_by_the_rules(shop: Shop, olga: Any) -> None:
    alerts.add_mail(shop.workspace, olga, "olga@example.com")
    made = alerts.propose(shop.workspace, olga)
    rule = next(each for each in made if each.trigger == AlertRule.Trigger.RISING)
    alerts.find_and_send()
    AlertRule.objects.within(shop.workspace).update(quiet_from=None, quiet_until=None)
    usual(shop)
    many_today(shop, 14)
    watching.watch(shop.workspace)
    from makegood.alerts.finding import find_new

    find_new()
    firings = list(Firing.objects.within(shop.workspace).filter(rule=rule).order_by("pk"))
    assert [each.subject.split(":")[0] for each in firings] == ["rise", "rise"]
    assert "14 in a day" in firings[0].reason
    assert firings[1].reason.startswith("Delivery: 14 in a day")
    rows = Alert.objects.within(shop.workspace).filter(rule=rule).select_related("rule", "workspace", "firing")
    title, body = message_of(list(rows)[:1], perhaps_again=False)
    assert "more complaints than usual" in title
    assert "/winback/causes/" in body
    find_new()
    assert Firing.objects.within(shop.workspace).filter(rule=rule).count() == 2


def moved(shop: Shop, talk: Any, state: str) -> list[journal.Entry]:
    with transaction.atomic():
        journal.record(shop.workspace.pk, "journey.moved", talk, state=state, was="unhappy", reason="quiet")
    return list(journal.Entry.objects.within(shop.workspace).filter(verb="journey.moved").order_by("-id")[:1])


def test_who_is_lost_is_counted_with_what_they_were_worth(
    shop: Shop, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.identify.fitting import fit_due
    from makegood.web.tests.money_scene import build, customers

    # What is due by default is due by the real clock.
    monkeypatch.undo()
    talk = shop.talk()
    shop.look()
    found = build(shop.workspace, talk)
    customers(shop.workspace, found.shop)
    fit_due()
    cause = flow.begin(shop.member(olga), flow.Wish("Late", words=("parcel",)))
    flow.accept(shop.member(olga), cause, [Complaint.objects.within(shop.workspace).get().pk])
    assert losing.note_lost(moved(shop, talk, "lost")) == 1
    assert losing.note_lost(moved(shop, talk, "lost")) == 0
    row = Complaint.objects.within(shop.workspace).get()
    assert row.lost_at is not None
    assert row.lost_minor is not None
    assert row.lost_minor > 0
    assert row.lost_currency == "EUR"
    cost = reading.cost_of_cause(shop.workspace, cause)
    assert cost.lost == [f"about {watching_amount(row)} of 1 customer"]
    # Somebody of whom nothing is known is lost all the same.
    other = shop.talk()
    shop.look()
    flow.accept(shop.member(olga), cause, [Complaint.objects.within(shop.workspace).get(conversation=other).pk])
    losing.note_lost(moved(shop, other, "lost"))
    assert reading.cost_of_cause(shop.workspace, cause).lost_unknown == 1
    losing.note_lost(moved(shop, talk, "returned"))
    row = Complaint.objects.within(shop.workspace).get(pk=row.pk)
    assert (row.lost_at, row.lost_minor, row.lost_currency) == (None, None, "")
    assert Contact.objects.within(shop.workspace).exists()


def watching_amount(row: Complaint) -> str:
    from makegood.kit.amounts import amount_words

    assert row.lost_minor is not None
    return amount_words(row.lost_minor, row.lost_currency, rounded=True)


def test_costs_are_never_added_over_currencies(shop: Shop, olga: Any) -> None:
    from makegood.resolve import ledger
    from makegood.resolve.models import Remedy

    cause = flow.begin(shop.member(olga), flow.Wish("Late", words=("parcel",)))
    for number, (amount, currency) in enumerate([(1_000, "EUR"), (500, "EUR"), (700, "USD")]):
        talk = shop.talk()
        shop.look()
        row = Complaint.objects.within(shop.workspace).get(conversation=talk)
        flow.accept(shop.member(olga), cause, [row.pk])
        remedy = Remedy.objects.create(
            workspace=shop.workspace,
            conversation=talk,
            kind="voucher",
            state="executed",
            amount_minor=amount,
            currency=currency,
            person_key=f"p{number}",
            request_key=f"r{number}",
        )
        with transaction.atomic():
            ledger.book(f"k{number}", remedy, ledger.money_back(amount, currency))
    assert reading.cost_of_cause(shop.workspace, cause).remedies == [
        "15.00 EUR for 2 remedies",
        "7.00 USD for 1 remedy",
    ]


def test_erasing_leaves_the_count_and_takes_the_words(shop: Shop, olga: Any) -> None:
    talks = [shop.talk("No estimate at checkout") for _n in range(3)]
    shop.look()
    cause = flow.begin(shop.member(olga), flow.Wish("Estimate", words=("estimate",)))
    rows = list(Complaint.objects.within(shop.workspace).order_by("pk"))
    flow.accept(shop.member(olga), cause, [rows[0].pk])
    CauseMember.objects.within(shop.workspace).filter(complaint=rows[0]).update(
        ready_words="Hi Ada", ready_at=clock.now()
    )
    told = erasing.export_threads(shop.workspace.pk, [talks[0].pk])["causes"]
    assert [each["cause"] for each in told] == ["Estimate"]
    assert erasing.erase_threads(shop.workspace.pk, [talks[0].pk, talks[1].pk]) == 2
    kept = CauseMember.objects.within(shop.workspace).get(complaint=rows[0])
    assert (kept.state, kept.reasons, kept.ready_words, kept.ready_at) == ("in", [], "", None)
    assert Complaint.objects.within(shop.workspace).get(pk=rows[1].pk).words == {}
    assert not CauseMember.objects.within(shop.workspace).filter(complaint=rows[1]).exists()
    assert Complaint.objects.within(shop.workspace).count() == 3
    assert Complaint.objects.within(shop.workspace).get(pk=rows[2].pk).words
