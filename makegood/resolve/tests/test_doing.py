"""What only hands can do, apologies, times proposed, and what the customer hears."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from makegood.kit import clock
from makegood.resolve import doing, ledger, meetings, saying
from makegood.resolve.models import LedgerLine, Remedy, RemedyTemplate, ReturnCase
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import join
from makegood.resolve.tests.doing_scene import Doing

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(doing_shop: Doing) -> Doing:
    return doing_shop


def booked(shop: Doing) -> dict[str, int]:
    assert ledger.unbalanced(shop.workspace) == []
    return dict(LedgerLine.objects.within(shop.workspace).values_list("account", "amount_minor"))


def test_a_replacement_is_sent_by_a_person_who_says_so(shop: Doing) -> None:
    order = shop.order()
    line = shop.line(order, quantity=2, sku="TEA-1", cost_minor=5000)
    row = shop.given("replacement", 9000, cost_minor=2500, order=order, details={"lines": [[line.pk, 1]]})
    row = shop.do(row)
    assert "1 × Teapot (TEA-1), as in order" in row.to_do
    assert order.number in row.to_do
    assert shop.bell()[-1].startswith("needs you: Send")
    assert (row.state, row.tell_from, booked(shop)) == ("auto_approved", None, {})
    for _each in range(2):
        row = doing.done(row, shop.member)
    assert (row.state, row.to_do) == ("executed", "")
    assert booked(shop) == {"goodwill": 2500, "goods": -2500}
    assert order.number in row.ready_words
    assert shop.lines() == ["remedy.to_do", "remedy.done"]


@pytest.mark.parametrize(
    ("kind", "account"), [("gift", "goods"), ("courier", "service"), ("call", "service"), ("replacement", "goods")]
)
def test_each_is_booked_at_its_cost(shop: Doing, kind: str, account: str) -> None:
    row = shop.do(shop.given(kind, 0, cost_minor=700))
    doing.done(row, shop.member)
    assert booked(shop) == {"goodwill": 700, account: -700}


def test_nobody_says_done_before_there_is_something_to_do(shop: Doing, olga: Any) -> None:
    row = shop.given("gift", 0, cost_minor=700)
    with pytest.raises(ResolveError, match="nothing to be done by hand"):
        doing.done(row, shop.member)
    shop.limit("agent", "gift", case=10)
    request = shop.request(shop.malik, shop.talk(), 0, kind="gift", cost_minor=99)
    with pytest.raises(ResolveError, match="nothing to be done by hand"):
        doing.done(request.remedy, shop.member)


def test_who_forgets_is_asked_once(shop: Doing) -> None:
    row = shop.do(shop.given("gift", 0, cost_minor=700))
    assert row.due_at is not None
    assert timedelta(days=1) < row.due_at - clock.now() <= doing.DO_WITHIN
    row = shop.again(row)
    assert shop.bell()[-1].startswith("asks whether this is done")
    assert row.try_at is None
    count = len(shop.bell())
    shop.again(row)
    assert len(shop.bell()) == count
    assert doing.done(row, shop.member).state == "executed"


def test_an_apology_is_done_when_the_answer_stands(shop: Doing) -> None:
    row = shop.do(shop.given("apology", words="Hi {name}, we are sorry."))
    assert row.state == "auto_approved"
    assert row.ready_words == row.ready_public == "Hi, we are sorry.", "a handle is nobody's name"
    promised = shop.promised(row)
    shop.answer(row.conversation, "Not sent yet", state="queued", sent_at=None)
    shop.answer(row.conversation, "Before it was decided", sent_at=clock.now() - timedelta(days=1))
    assert saying.note_answers() == 0
    answer = shop.answer(row.conversation, "The courier lost it. We are sorry.")
    assert saying.note_answers() == 1
    row = shop.fresh(row)
    assert (row.state, row.told_at, row.tell_from) == ("executed", answer.sent_at, None)
    promised.refresh_from_db()
    assert promised.kept is True
    assert saying.note_answers() == 0


def test_only_an_answer_with_it_tells_of_it(shop: Doing) -> None:
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    shop.answer(row.conversation, "Thank you for your patience.")
    assert saying.note_answers() == 0
    other = shop.do(shop.given("voucher", 1500, order=shop.order()))
    shop.answer(row.conversation, f"This is for you: {other.external_id}")
    assert saying.note_answers() == 0, "somebody else's code"
    shop.answer(row.conversation, f"This is for you: {row.external_id}")
    assert saying.note_answers() == 1
    assert shop.fresh(row).told_at is not None
    assert shop.fresh(other).told_at is None


def test_long_answers_are_read_as_one(shop: Doing) -> None:
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    shop.answer(row.conversation, "First part (1/2)", whole=f"First part and {row.external_id}")
    assert saying.note_answers() == 1


def test_it_can_be_pressed_too_and_keeps_the_promise(shop: Doing, vera: Any) -> None:
    row = shop.given("voucher", 1500, order=shop.order())
    with pytest.raises(ResolveError, match="nothing to tell"):
        saying.told(row, shop.member)
    promised = shop.promised(row)
    row = shop.do(row)
    moved = shop.fresh(row).promise
    assert moved is not None
    assert moved.due_at is not None
    assert moved.due_at - clock.now() <= saying.TELL_WITHIN, "they hear before they ask"
    with pytest.raises(ResolveError, match="answers customers"):
        saying.told(row, join(shop.workspace, vera))
    first = saying.told(row, shop.member).told_at
    assert saying.told(row, shop.member).told_at == first
    moved.refresh_from_db()
    assert moved.kept is True
    assert promised.pk == moved.pk


def test_many_remedies_cost_as_many_queries_as_few(shop: Doing, django_assert_max_num_queries: Any) -> None:
    for _each in range(30):
        shop.given("apology")
    doing.do_due()
    with django_assert_max_num_queries(3):
        assert saying.note_answers() == 0


def test_the_words_fall_back_to_the_shops_own(shop: Doing) -> None:
    RemedyTemplate.objects.within(shop.workspace).filter(kind="gift").update(text="A gift for order {order}!")
    row = shop.do(shop.given("gift", 0, cost_minor=5))
    row = doing.done(row, shop.member)
    assert row.ready_words == "A gift for order [order]!", "what is not known stays to be seen"


TIMES = ["2031-03-30T01:30", "2031-03-28T10:00:00+00:00", "never", 7]


def test_times_are_the_shops_and_in_order(shop: Doing) -> None:
    type(shop.workspace).objects.filter(pk=shop.workspace.pk).update(timezone="Europe/Berlin")
    shop.workspace.refresh_from_db()
    details = {"times": TIMES, "minutes": 45, "where": "By phone"}
    row = shop.do(shop.given("call", 0, details=details, words="Would {date} suit you?"))
    found = meetings.spans(row)
    assert [begin.isoformat() for begin, _end in found] == ["2031-03-28T10:00:00+00:00", "2031-03-30T00:30:00+00:00"]
    assert {end - begin for begin, end in found} == {timedelta(minutes=45)}
    assert " or " in row.ready_words
    assert "11" in row.ready_words, "by the shop's clocks"
    file = Calendar.from_ical(meetings.calendar_file(row))
    events = file.walk("VEVENT")
    assert len(events) == 2
    assert [str(event["status"]) for event in events] == ["TENTATIVE"] * 2
    assert events[0].decoded("dtstart") == datetime(2031, 3, 28, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    assert events[0]["dtstart"].params["TZID"] == "Europe/Berlin"
    assert file.walk("VTIMEZONE")
    assert str(events[0]["location"]) == "By phone"
    again = Calendar.from_ical(meetings.calendar_file(row)).walk("VEVENT")
    assert [event["uid"] for event in again] == [event["uid"] for event in events]


def test_they_agree_on_one_of_the_times(shop: Doing) -> None:
    row = shop.do(shop.given("call", 0, details={"times": TIMES}))
    begin = meetings.spans(row)[0][0]
    with pytest.raises(ResolveError, match="times that were proposed"):
        meetings.agree(row, shop.member, begin + timedelta(minutes=1))
    row = meetings.agree(row, shop.member, begin)
    (event,) = Calendar.from_ical(meetings.calendar_file(row)).walk("VEVENT")
    assert str(event["status"]) == "CONFIRMED"
    assert row.due_at == begin
    assert doing.done(row, shop.member).state == "executed"
    with pytest.raises(ResolveError, match="no call"):
        meetings.agree(row, shop.member, begin)


def test_a_call_without_times_has_no_file(shop: Doing) -> None:
    row = shop.do(shop.given("call"))
    assert "Find a time" in row.to_do
    with pytest.raises(ResolveError, match="No time"):
        meetings.calendar_file(row)


def test_a_delivery_has_its_window(shop: Doing) -> None:
    window = ["2031-03-28T10:00:00+00:00", "2031-03-28T12:00:00+00:00"]
    row = shop.do(shop.given("courier", 0, cost_minor=900, details={"window": window}, words="It comes {date}."))
    assert "to" in row.to_do
    assert row.due_at == meetings.spans(row)[0][0]
    (event,) = Calendar.from_ical(meetings.calendar_file(row)).walk("VEVENT")
    assert str(event["status"]) == "CONFIRMED"
    row = doing.done(row, shop.member)
    assert "{" not in row.ready_words
    for wrong in (["2031-03-28T12:00", "2031-03-28T10:00"], ["x", "y"], ["2031-03-28T12:00"]):
        assert meetings.spans(Remedy(kind="courier", workspace=shop.workspace, details={"window": wrong})) == []


def test_what_is_not_done_can_be_taken_back(shop: Doing, mona: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = shop.do(shop.given("gift", 0, cost_minor=700))
    with pytest.raises(ResolveError, match="Say why"):
        doing.take_back(row, shop.member, " ")
    promised = shop.promised(row)
    row = doing.take_back(row, shop.member, "They moved")
    assert (row.state, row.to_do, row.reversed_because) == ("reversed", "", "They moved")
    promised.refresh_from_db()
    assert promised.stopped_at is not None
    assert promised.kept is None
    with pytest.raises(ResolveError, match="nothing to take back"):
        doing.take_back(row, shop.member, "Again")
    assert shop.again(row).state == "reversed"


def test_what_the_customer_has_is_not_taken_back(shop: Doing) -> None:
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    with pytest.raises(ResolveError, match="This is done"):
        doing.take_back(row, shop.member, "Oops")
    back = shop.do(shop.given("return", 1500, order=shop.order()))
    saying.told(back, shop.member)
    with pytest.raises(ResolveError, match="told the return number"):
        doing.take_back(shop.fresh(back), shop.member, "Oops")
    other = doing.take_back(shop.do(shop.given("return", 1, order=shop.order())), shop.member, "Oops")
    assert ReturnCase.objects.within(shop.workspace).get(remedy=other).state == "closed"


def test_only_who_asked_and_who_approves_take_it_back(shop: Doing, workspace: Any, mona: Any, olga: Any) -> None:
    from makegood.resolve.tests.authority_scene import person

    row = shop.do(shop.given("gift", 0, cost_minor=700))
    other = join(workspace, person(shop, "Arno", "agent"))
    with pytest.raises(ResolveError, match="Only who asked"):
        doing.take_back(row, other, "No")
    assert doing.take_back(row, join(workspace, mona), "No").state == "reversed"


def test_the_step_leaves_refunds_and_what_is_not_decided_alone(shop: Doing, olga: Any) -> None:
    Remedy.objects.within(shop.workspace).delete()
    shop.limit("agent", "gift", case=10)
    request = shop.request(shop.malik, shop.talk(), 0, kind="gift", cost_minor=99)
    Remedy.objects.within(shop.workspace).update(try_at=clock.now())
    assert doing.do_due() == 0
    Remedy.objects.within(shop.workspace).filter(pk=request.remedy.pk).update(kind="refund", state="approved")
    assert doing.do_due() == 0


def test_how_long_something_has_waited_is_known(shop: Doing) -> None:
    assert doing.queue_age() == {"remedies to do": None}
    shop.given("gift", 0, cost_minor=700)
    Remedy.objects.within(shop.workspace).update(try_at=clock.now() - timedelta(seconds=90))
    age = doing.queue_age()["remedies to do"]
    assert age is not None
    assert 89 < age < 120
