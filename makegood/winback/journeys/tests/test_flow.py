"""The way from a complaint to the next purchase: moved by what happens, in either direction, and every move kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.accounts.models import Membership
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.identify.models import ValueModel
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.models import Mention
from makegood.triage import api as triage
from makegood.winback.journeys import flow, learning
from makegood.winback.journeys.flow import JourneyError
from makegood.winback.journeys.tests.journey_scene import JourneyShop, ago
from makegood.winback.models import Journey, JourneyEvidence, JourneyMove

pytestmark = pytest.mark.django_db


def member(shop: JourneyShop, user: Any, role: str = "agent") -> Membership:
    row, _new = Membership.objects.get_or_create(workspace=shop.workspace, user=user, defaults={"role": role})
    return row


def test_the_whole_way_from_a_complaint_to_an_advocate(shop: JourneyShop) -> None:
    talk = shop.complains(days=40)
    shop.follow()
    assert shop.journey(talk).state == "unhappy"
    shop.answers(talk, 39)
    assert shop.state(talk) == ("acknowledged", "answered")
    gift = shop.gives(talk, 38, cost=700)
    assert shop.state(talk) == ("resolved", "done")
    rated = shop.rates(talk, 5, 30, resolved=True)
    assert shop.state(talk) == ("satisfied", "score")
    shop.adds(talk, "Thank you, that was quick!", "praise", 29)
    customer = shop.customer(talk)
    shop.orders(customer, 100, 25, 10)
    assert shop.state(talk) == ("returned", "bought")
    shop.says(talk.author_id, "Best teapot shop there is", "praise", 5)
    assert shop.state(talk) == ("advocate", "praised")
    row = shop.journey(talk)
    assert (row.remedies, row.costs, row.score) == (["gift"], {"EUR": 700}, 5)
    assert (row.bought_minor, row.bought_currency, row.bought_count) == (2500, "EUR", 2)
    assert row.order is not None
    assert row.bought_at == row.order.placed_at
    assert row.order.placed_at.date() == ago(25).date()
    assert row.said is not None
    assert row.said.text == "Thank you, that was quick!"
    assert row.after is not None
    assert (row.after.text, row.after_intent) == ("Best teapot shop there is", "praise")
    assert row.answered_at is not None
    assert row.answered_at.date() == ago(39).date()
    assert row.resolved_at == gift.executed_at
    assert shop.moves(talk) == [
        ("", "unhappy", "complained"),
        ("unhappy", "acknowledged", "answered"),
        ("acknowledged", "resolved", "done"),
        ("resolved", "satisfied", "score"),
        ("satisfied", "returned", "bought"),
        ("returned", "advocate", "praised"),
    ]
    shown = dict(JourneyMove.objects.within(shop.workspace).values_list("reason", "evidence"))
    assert shown["complained"] == f"message:{row.complaint_id}"
    assert (shown["done"], shown["score"]) == (f"remedy:{gift.pk}", f"satisfaction:{rated.pk}")
    assert (shown["bought"], shown["praised"]) == (f"order:{row.order_id}", f"message:{row.after_id}")
    assert shop.lines()[-1] == {"was": "returned", "state": "advocate", "reason": "praised"}
    assert shop.lines()[0] == {"was": "", "state": "unhappy", "reason": "complained"}


def test_the_same_evidence_moves_nothing_twice(shop: JourneyShop) -> None:
    talk = shop.complains(days=4)
    shop.answers(talk, 3)
    for _turn in range(3):
        shop.again()
    entries = list(Entry.objects.within(shop.workspace).filter(verb__in=learning.VERBS).order_by("id"))
    with transaction.atomic():
        learning.take_lines(entries)
    shop.follow()
    assert shop.moves(talk) == [("", "acknowledged", "answered")]
    assert Journey.objects.within(shop.workspace).count() == 1


def test_praise_alone_begins_no_way(shop: JourneyShop) -> None:
    shop.says("did:plc:kind", "Lovely teapot", "praise", 3)
    shop.follow()
    assert not Journey.objects.within(shop.workspace).exists()


def test_what_is_no_complaint_after_all_goes_and_comes_back(shop: JourneyShop) -> None:
    talk = shop.complains(days=4)
    shop.follow()
    read = triage.Assessment.objects.within(shop.workspace).filter(mention=talk.latest)
    read.update(intent="question")
    shop.again()
    row = shop.journey(talk)
    assert (row.state, row.look_at) == ("", None)
    assert row.void_at is not None
    read.update(intent="complaint")
    mention = Mention.objects.within(shop.workspace).get(pk=talk.latest_id)
    with transaction.atomic():
        from makegood.journal import api as journal

        journal.record(shop.workspace.pk, "mention.corrected", mention, head="intent")
    shop.follow()
    assert (shop.journey(talk).state, shop.journey(talk).void_at) == ("unhappy", None)
    assert [each[1:] for each in shop.moves(talk)] == [
        ("unhappy", "complained"),
        ("", "no_complaint"),
        ("unhappy", "complained"),
    ]


def test_a_sad_score_and_not_yet_take_it_back(shop: JourneyShop) -> None:
    talk = shop.complains(days=30)
    shop.answers(talk, 29)
    shop.gives(talk, 28)
    shop.tells(talk, "made_right", 27)
    assert shop.state(talk) == ("resolved", "said_right")
    shop.tells(talk, "not_yet", 20)
    assert shop.state(talk) == ("unhappy", "not_right")
    shop.answers(talk, 19)
    assert shop.state(talk) == ("acknowledged", "answered")
    shop.rates(talk, 2, 10, resolved=None)
    assert shop.state(talk) == ("unhappy", "low_score")
    shop.gives(talk, 5)
    assert shop.state(talk) == ("resolved", "done")
    assert shop.journey(talk).costs == {"EUR": 1400}


def test_who_says_goodbye_is_lost_until_they_buy(shop: JourneyShop) -> None:
    talk = shop.complains(days=30, text="Broken again. I will never buy from you again!")
    assert shop.state(talk) == ("lost", "said_leaving")
    shop.answers(talk, 29)
    customer = shop.customer(talk)
    assert shop.state(talk) == ("lost", "said_leaving"), "an answer alone does not bring them back"
    shop.orders(customer, 3)
    assert shop.state(talk) == ("returned", "bought")


def fitted(shop: JourneyShop, **fields: Any) -> None:
    """The shop's value model is fitted: CDNOW's parameters, in weeks."""
    row = [0.243, 4.414, 0.793, 2.426, 6.25, 3.74, 1544.0]
    model = {"method": "model", "parameters": row, "draws": []}
    facts = {"currency": "EUR", "method": "model", "customers": 900, "repeaters": 300, **fields}
    ValueModel.objects.create(workspace=shop.workspace, model=model, until=clock.now(), **facts)


def test_silence_where_a_purchase_was_due_loses_them_and_an_order_brings_them_back(shop: JourneyShop) -> None:
    fitted(shop)
    talk = shop.complains(days=200)
    customer = shop.customer(talk)
    shop.orders(customer, *range(205, 400, 15))
    shop.answers(talk, 199)
    shop.rates(talk, 5, 198)
    assert shop.state(talk) == ("lost", "not_back")
    row = shop.journey(talk)
    assert row.expected_by is not None
    assert ago(200) + timedelta(days=30) <= row.expected_by < ago(100)
    assert JourneyMove.objects.within(shop.workspace).get(reason="not_back").evidence == ""
    shop.orders(customer, 1)
    shop.follow()
    assert shop.journey(talk).state == "returned", "a fresh order is found before the day is over"


@pytest.mark.parametrize("fields", [{"method": "average"}, {"currency": "USD"}])
def test_where_the_model_cannot_tell_silence_says_nothing(shop: JourneyShop, fields: dict[str, str]) -> None:
    fitted(shop, **fields)
    talk = shop.complains(days=500)
    customer = shop.customer(talk)
    shop.orders(customer, *range(505, 700, 15))
    shop.answers(talk, 499)
    assert shop.state(talk) == ("acknowledged", "answered")
    assert shop.journey(talk).expected_by is None


def test_of_who_bought_once_nobody_can_tell(shop: JourneyShop) -> None:
    fitted(shop)
    talk = shop.complains(days=500)
    shop.orders(shop.customer(talk), 505)
    shop.answers(talk, 499)
    assert shop.state(talk) == ("acknowledged", "answered")


def test_replacements_and_cancelled_orders_are_no_purchases(shop: JourneyShop) -> None:
    talk = shop.complains(days=20)
    shop.answers(talk, 19)
    customer = shop.customer(talk)
    shop.orders(customer, 10, minor=0)
    shop.orders(customer, 9, state="cancelled")
    shop.orders(customer, 8, gone_at=clock.now())
    shop.orders(customer, 25)
    assert shop.state(talk) == ("acknowledged", "answered")
    assert shop.journey(talk).bought_count == 0


def test_an_order_amid_our_silence_is_no_return(shop: JourneyShop) -> None:
    talk = shop.complains(days=20)
    shop.orders(shop.customer(talk), 10)
    assert shop.state(talk) == ("unhappy", "complained")
    assert shop.journey(talk).bought_count == 1, "it is kept all the same"


def test_one_case_is_one_way_and_falls_apart_with_it(shop: JourneyShop) -> None:
    first, second = shop.complains(days=20), shop.complains(days=18)
    shop.follow()
    assert shop.journey(first) != shop.journey(second)
    case = desk.open_case([first, second], "Broken", "", None, shop.agent)
    shop.follow()
    head = shop.journey(first)
    assert (head.conversation_id, shop.journey(second)) == (first.pk, head)
    shop.answers(second, 17)
    assert shop.state(first) == ("acknowledged", "answered")
    desk.end_case(case, solved=True, outcome="Sent a new one", close_all=False, by=shop.agent)
    shop.follow()
    assert (shop.journey(first).state, shop.journey(first).reason) == ("resolved", "solved")
    desk.reopen_case(case, shop.agent)
    shop.follow()
    assert shop.journey(first).state == "acknowledged"
    desk.take_out(case, second, shop.agent)
    shop.follow()
    assert shop.journey(second).conversation_id == second.pk
    assert (shop.journey(first).state, shop.journey(second).state) == ("unhappy", "acknowledged")


def test_two_people_in_one_case_go_their_own_ways(shop: JourneyShop) -> None:
    first, second = shop.complains(days=20), shop.complains(days=18)
    shop.customer(first)
    shop.customer(second)
    desk.open_case([first, second], "The courier lost a bag", "", None, shop.agent)
    shop.follow()
    assert shop.journey(first) != shop.journey(second)


def test_who_complains_elsewhere_before_it_is_resolved_goes_on_with_it(shop: JourneyShop) -> None:
    first = shop.complains("did:plc:ann", days=20)
    second = shop.complains("did:plc:ann", days=15)
    shop.follow()
    assert shop.journey(second) == shop.journey(first)
    shop.answers(first, 14)
    shop.gives(first, 13)
    shop.follow()
    third = shop.complains("did:plc:ann", days=2, text="Now the lid is gone")
    shop.again()
    assert shop.journey(third).conversation_id == third.pk, "this is another one"
    row = shop.journey(first)
    assert (row.state, row.after_intent) == ("resolved", "complaint")


def test_a_tie_joins_what_one_person_said_on_two_networks(shop: JourneyShop) -> None:
    first = shop.complains("did:plc:ann", days=20)
    second = shop.complains("did:plc:ann2", days=15)
    shop.follow()
    customer = shop.customer(first)
    identify.tie_customer(second, customer, basis="told", by=shop.agent)
    shop.follow()
    assert shop.journey(second) == shop.journey(first)
    assert shop.journey(first).contact is not None


def test_kind_words_that_may_mean_the_opposite_show_nothing(shop: JourneyShop) -> None:
    talk = shop.complains(days=20)
    shop.answers(talk, 19)
    said = shop.adds(talk, "Thanks a lot, great service!!", "praise", 18)
    triage.Assessment.objects.within(shop.workspace).filter(mention=said.latest).update(flags=["sarcasm"])
    assert shop.state(talk) == ("acknowledged", "answered")


def test_a_member_adds_what_they_know_and_the_rules_decide(shop: JourneyShop) -> None:
    talk = shop.complains(days=20)
    shop.answers(talk, 19)
    shop.follow()
    mine, row = member(shop, shop.agent), shop.journey(talk)
    told = flow.add_evidence(mine, row, "bought", "Told  us by phone:\nshe bought again", ago(2))
    assert told.note == "Told us by phone: she bought again"
    shop.follow()
    assert (shop.journey(talk).state, shop.journey(talk).reason) == ("returned", "told_bought")
    flow.add_evidence(mine, row, "leaving", "Called: never again", ago(1))
    shop.follow()
    assert shop.journey(talk).state == "lost"
    farewell = JourneyEvidence.objects.within(shop.workspace).get(kind="leaving")
    for _twice in range(2):
        flow.withdraw_evidence(mine, farewell)
    shop.follow()
    assert shop.journey(talk).state == "returned"
    verbs = Entry.objects.within(shop.workspace).filter(verb__startswith="journey.evidence").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "journey.evidence_added",
        "journey.evidence_added",
        "journey.evidence_withdrawn",
    ]
    assert all("phone" not in str(line.data) for line in verbs), "the journal holds no words"


def test_what_a_member_cannot_add(shop: JourneyShop, vera: Any, sten: Any, other_workspace: Any) -> None:
    talk = shop.complains(days=20)
    shop.follow()
    mine, row = member(shop, shop.agent), shop.journey(talk)
    for kind, note, days, words in (
        ("splendid", "told us", 2, "Choose what"),
        ("bought", "  ", 2, "Say how you know"),
        ("bought", "x" * 301, 2, "300"),
        ("bought", "told us", 21, "between the complaint and now"),
        ("bought", "told us", -1, "between the complaint and now"),
    ):
        with pytest.raises(JourneyError, match=words):
            flow.add_evidence(mine, row, kind, note, ago(days))
    with pytest.raises(JourneyError, match="works on"):
        flow.add_evidence(member(shop, vera, "viewer"), row, "bought", "told us", ago(2))
    stranger = Membership.objects.get(workspace=other_workspace, user=sten)
    with pytest.raises(JourneyError, match="not there"):
        flow.add_evidence(stranger, row, "bought", "told us", ago(2))
    assert not JourneyEvidence.objects.within(shop.workspace).exists()


def test_it_is_looked_at_each_day_then_each_week_then_not(shop: JourneyShop) -> None:
    for days, expected in ((10, 1), (300, 7), (800, None)):
        talk = shop.complains(days=days)
        shop.follow()
        found = shop.journey(talk).look_at
        assert (found is None) == (expected is None)
        if found is not None:
            assert found.date() == ago(-(expected or 0)).date()


def test_many_cost_as_many_queries_as_few(shop: JourneyShop, django_assert_max_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for many in (3, 27):
        for _each in range(many):
            talk = shop.complains(days=30)
            shop.orders(shop.customer(talk), 60, 10)
            shop.answers(talk, 29)
            shop.gives(talk, 28)
        with transaction.atomic():
            learning.take_lines(list(Entry.objects.within(shop.workspace).order_by("id")))
        Journey.objects.within(shop.workspace).update(look_at=clock.now(), state="")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            flow.look(shop.workspace.pk)
        counts.append(len(seen))
        assert Journey.objects.within(shop.workspace).filter(state="returned").count() >= many
    assert counts[0] == counts[1] <= 28, counts
