"""Orders, worth and remedies beside a thread, page by page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.identify.models import ValueModel
from makegood.journal.models import Entry
from makegood.listen.tests.make import channel
from makegood.resolve import api as resolve
from makegood.resolve.models import Limit, Refund, Remedy, Wish
from makegood.web.tests.good_page import get, key_in, post, reason, refund
from makegood.web.tests.money_scene import Bought, build, customers


@pytest.fixture
def scene(workspace: Any) -> Bought:
    talk = conversation_with(channel(workspace, "account"), "You charged me twice for #1042!", who="did:plc:ada")
    return build(workspace, talk)


def test_one_back_opens_prefilled(scene: Bought, as_malik: Client) -> None:
    html = get(as_malik, "remedy-form", scene.talk.pk, "refund", charge=str(scene.charges[1].pk))
    assert re.search(rf'value="{scene.charges[1].pk}"[^>]* checked', html)
    assert 'value="49.90"' in html
    assert "one too many" in html
    assert re.search(r'<option value="\d+" selected>Charged twice', html)


def test_judged_as_one_types(scene: Bought, workspace: Any, olga: Any, as_malik: Client) -> None:
    fields = {
        "request_key": "a" * 32,
        "order": str(scene.order.pk),
        "charge": str(scene.charges[1].pk),
        "amount": "35",
        "way": "original",
    }

    def judged(**more: str) -> str:
        return str(post(as_malik, "remedy-judge", scene.talk.pk, "refund", **{**fields, **more}).content.decode())

    html = judged()
    assert "35.00 EUR of 50.00 EUR a case" in html
    assert 'data-judged="allowed"' in html
    Limit.objects.within(workspace).filter(role="agent").update(per_case_minor=3000)
    html = judged()
    assert "Above 30.00 EUR a case" in html
    assert "Olga will be asked." in html
    assert "can’t be read as an amount" in judged(amount="1.234")
    assert "Only 49.90 EUR of the 49.90 EUR they paid can still go back." in judged(amount="60")
    assert not Remedy.objects.within(workspace).exists()


def test_a_refund_within_authority_is_begun_once(scene: Bought, workspace: Any, as_malik: Client) -> None:
    answer = refund(scene, as_malik)
    assert answer.status_code == 200, answer.content.decode()
    assert "mg:remedied" in answer["HX-Trigger-After-Settle"]
    remedy = Remedy.objects.within(workspace).get()
    assert (remedy.state, remedy.amount_minor, remedy.cost_minor) == ("auto_approved", 4990, 0)
    assert remedy.words == "Hi {name}, {amount} for {order}.", "filled when it is told: who reads it is known then"
    assert Refund.objects.within(workspace).get().amount_minor == 4990
    again = post(
        as_malik,
        "remedy-form",
        scene.talk.pk,
        "refund",
        request_key=remedy.request_key,
        order=str(scene.order.pk),
        charge=str(scene.charges[1].pk),
        amount="49.90",
        way="original",
        reason=str(remedy.reason_id),
        words="Hi {name}, {amount} for {order}.",
    )
    assert again.status_code == 200
    assert Refund.objects.within(workspace).count() == 1
    html = get(as_malik, "remedy-side", scene.talk.pk)
    assert "It can still be taken back." in html
    side = get(as_malik, "order-side", scene.talk.pk)
    assert "One of them is on its way back." in side
    assert "Give one back" not in side
    assert "Tell the customer" not in html, "nobody is told of money that was not sent yet"
    answer = post(as_malik, "remedy-do", remedy.pk, "take-back", because="She found it")
    assert "took it back: “She found it”" in answer.content.decode()


def test_a_form_error_keeps_what_was_typed(scene: Bought, workspace: Any, as_malik: Client) -> None:
    answer = refund(scene, as_malik, "1.234", reason="", reason_words="She was patient")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "can’t be read as an amount" in html
    assert "Choose a reason" in html
    assert "She was patient" in html
    answer = refund(scene, as_malik, "60", reason_words="She was patient")
    assert answer.status_code == 422
    assert "can still go back" in answer.content.decode()
    assert not Remedy.objects.within(workspace).exists()


def test_above_the_limit_somebody_is_asked_and_it_can_be_withdrawn(
    scene: Bought, workspace: Any, olga: Any, as_malik: Client
) -> None:
    resolve.reasons(workspace)
    Limit.objects.within(workspace).filter(role="agent").update(per_case_minor=100)
    answer = refund(scene, as_malik)
    assert "Asked. You will hear" in answer.content.decode()
    remedy = Remedy.objects.within(workspace).get()
    html = get(as_malik, "remedy-side", scene.talk.pk)
    assert "Those who may decide were asked." in html
    assert "Withdraw" in html
    answer = post(as_malik, "remedy-do", remedy.pk, "withdraw")
    assert "Malik took it back." in answer.content.decode()
    assert post(as_malik, "remedy-do", remedy.pk, "withdraw").status_code == 422


def test_an_offer_is_taken_up(scene: Bought, workspace: Any, olga: Any, as_malik: Client) -> None:
    from makegood.accounts.models import Membership

    resolve.reasons(workspace)
    Limit.objects.within(workspace).filter(role="agent").update(per_case_minor=100)
    refund(scene, as_malik)
    request = resolve.ApprovalRequest.objects.within(workspace).get()
    resolve.counter(request, Membership.objects.get(user=olga), amount_minor=2000, note="Half of it")
    html = get(as_malik, "remedy-side", scene.talk.pk)
    assert "offers something else: “Half of it”" in html
    assert "Offered instead: Refund, 20.00 EUR" in html
    html = post(as_malik, "remedy-do", request.remedy_id, "take-offer").content.decode()
    assert Refund.objects.within(workspace).get().amount_minor == 2000
    assert "Take it up" not in html


def test_an_unknown_refund_is_settled_by_who_may_approve(
    scene: Bought, workspace: Any, as_malik: Client, as_olga: Client
) -> None:
    refund(scene, as_malik)
    row = Refund.objects.within(workspace).get()
    Refund.objects.within(workspace).update(state="unknown", sentence="It may have been paid.", first_sent_at=row.at)
    assert "It was paid" not in get(as_malik, "remedy-side", scene.talk.pk)
    assert "It was paid" in get(as_olga, "remedy-side", scene.talk.pk)
    assert post(as_malik, "remedy-do", row.remedy_id, "not-paid").status_code == 422
    html = post(as_olga, "remedy-do", row.remedy_id, "not-paid").content.decode()
    assert "Try again" in html
    html = post(as_malik, "remedy-do", row.remedy_id, "again").content.decode()
    assert Refund.objects.within(workspace).filter(state="due").count() == 1


def test_telling_puts_the_words_into_the_answer(scene: Bought, workspace: Any, as_malik: Client) -> None:
    refund(scene, as_malik)
    Refund.objects.within(workspace).update(state="done")
    html = get(as_malik, "remedy-side", scene.talk.pk)
    assert "Tell the customer" in html
    remedy = Remedy.objects.within(workspace).get()
    answer = post(as_malik, "remedy-tell", remedy.pk)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])["mg:insert"]
    assert (told["text"], told["open"]) == ("Hi, [amount] for [order].", ["amount", "order"]), "everybody reads it"
    desk.Conversation.objects.within(workspace).update(author_name="Ada Moor")
    type(scene.talk.latest).objects.filter(pk=scene.talk.latest_id).update(activity={"visibility": "direct"})
    answer = post(as_malik, "remedy-tell", remedy.pk)
    assert json.loads(answer["HX-Trigger"])["mg:insert"]["text"] == "Hi Ada, 49.90 EUR for 1042."


def test_an_apology_needs_nobody_and_its_words_are_ready(scene: Bought, workspace: Any, as_malik: Client) -> None:
    form = get(as_malik, "remedy-form", scene.talk.pk, "apology")
    answer = post(
        as_malik,
        "remedy-form",
        scene.talk.pk,
        "apology",
        request_key=key_in(form),
        order="",
        reason=reason(workspace),
        words="We are sorry.",
    )
    assert "We are sorry." in answer["HX-Trigger-After-Settle"]
    assert Remedy.objects.within(workspace).get().kind == "apology"


@pytest.mark.parametrize(
    ("kind", "fields", "amount", "cost", "details"),
    [
        ("voucher", {"amount": "10"}, 1000, 600, {}),
        ("voucher", {"amount": "10,50", "percent": "10"}, 1050, 630, {"percent": 10}),
        ("gift", {"item": "Tea", "cost": "4.20"}, 0, 420, {"item": "Tea"}),
        ("replacement", {"line": "1"}, 2495, 1000, {"lines": "line"}),
        ("courier", {"since": "2031-05-05T10:00", "until": "2031-05-05T12:00", "cost": "9"}, 0, 900, {"window": 2}),
        ("call", {"time-0": "2031-05-05T10:00"}, 0, 0, {"times": 1}),
    ],
)
def test_each_kind_asks_for_what_it_needs(
    kind: str, fields: dict[str, str], amount: int, cost: int, details: dict[str, Any], scene: Bought, as_malik: Client
) -> None:
    workspace = scene.talk.workspace
    sent = {f"line-{scene.line.pk}" if name == "line" else name: value for name, value in fields.items()}
    form = get(as_malik, "remedy-form", scene.talk.pk, kind)
    for name in sent:
        assert f'name="{name}"' in form
    every = {"request_key": key_in(form), "order": str(scene.order.pk), "reason": reason(workspace), "words": "Hi"}
    answer = post(as_malik, "remedy-form", scene.talk.pk, kind, **every, **sent)
    assert answer.status_code == 200, answer.content.decode()
    row = Remedy.objects.within(workspace).get()
    assert (row.kind, row.amount_minor, row.cost_minor) == (kind, amount, cost)
    for name, value in details.items():
        kept = row.details[name]
        assert kept == ([[scene.line.pk, 1]] if value == "line" else value) or len(kept) == value
    assert post(as_malik, "remedy-judge", scene.talk.pk, kind, **every, **sent).status_code == 200


@pytest.mark.parametrize("kind", ["voucher", "gift", "replacement", "courier", "call", "return", "refund"])
def test_each_kind_says_what_is_missing(kind: str, scene: Bought, as_malik: Client) -> None:
    every = {"request_key": "b" * 32, "reason": reason(scene.talk.workspace), "words": ""}
    answer = post(as_malik, "remedy-form", scene.talk.pk, kind, **every)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode() or "field-error" in answer.content.decode()
    assert not Remedy.objects.within(scene.talk.workspace_id).exists()


def test_a_return_outside_the_policy_is_an_exception_that_says_why(scene: Bought, as_malik: Client) -> None:
    workspace = scene.talk.workspace
    from datetime import timedelta

    from makegood.kit import clock

    scene.order.fulfilments.update(delivered_at=clock.now() - timedelta(days=19))
    fields = {
        "request_key": "c" * 32,
        "order": str(scene.order.pk),
        f"line-{scene.line.pk}": "1",
        "reason": reason(workspace),
        "words": "Hi",
    }
    judged = post(as_malik, "remedy-judge", scene.talk.pk, "return", **fields).content.decode()
    assert "today is day 19" in judged
    assert "This is an exception: say why." in judged
    assert "An exception pays 24.95 EUR back and costs you 10.00 EUR" in judged
    answer = post(as_malik, "remedy-form", scene.talk.pk, "return", **fields)
    assert answer.status_code == 422
    assert "Say in a few words why you make an exception." in answer.content.decode()
    answer = post(as_malik, "remedy-form", scene.talk.pk, "return", **fields, reason_words="It was a present")
    assert answer.status_code == 200
    row = Remedy.objects.within(workspace).get()
    assert row.exception
    assert "today is day 19" in row.policy_said


def test_three_figures_each_with_its_source(scene: Bought, workspace: Any, as_malik: Client) -> None:
    customers(workspace, scene.shop)
    identify.fit_due()
    assert ValueModel.objects.within(workspace).get().method != "none"
    html = post(
        as_malik,
        "remedy-judge",
        scene.talk.pk,
        "voucher",
        request_key="d" * 32,
        order=str(scene.order.pk),
        amount="10",
    ).content.decode()
    assert "Losing this customer" in html
    assert "40 % margin of what they may spend in two years" in html
    assert "6.00 EUR" in html
    assert "your goods’ cost at a margin of 40 %" in html
    assert "How far it can travel" in html
    side = get(as_malik, "order-side", scene.talk.pk)
    assert "Has spent 50 EUR in 1 order" in side, "the payment made twice is not spent twice"
    assert "worth-svg" in side
    assert "61 customers of yours" in side


def test_not_enough_orders_says_so(scene: Bought, as_malik: Client) -> None:
    html = get(as_malik, "order-side", scene.talk.pk)
    assert "you have not had enough orders yet to say what is to come" in html
    assert "worth-svg" not in html


def test_what_would_make_it_right_is_kept(scene: Bought, workspace: Any, as_malik: Client, as_vera: Client) -> None:
    html = get(as_malik, "remedy-wish", scene.talk.pk)
    assert 'data-insert="What would make this right for you?"' in html
    assert "Kept." in post(as_malik, "remedy-wish", scene.talk.pk, text="A new lid").content.decode()
    assert Wish.objects.within(workspace).get().text == "A new lid"
    assert "A new lid" in get(as_vera, "remedy-wish", scene.talk.pk)
    assert Entry.objects.within(workspace).filter(verb="wish.kept").count() == 1
    assert post(as_vera, "remedy-wish", scene.talk.pk, text="No").status_code == 403
    answer = post(as_malik, "remedy-wish", scene.talk.pk, text="x" * 2001)
    assert answer.status_code == 422
    assert "2,000 characters are enough" in answer.content.decode()
    post(as_malik, "remedy-wish", scene.talk.pk, text=" ")
    assert not Wish.objects.within(workspace).exists()


def test_nobody_is_sent_to_sign_in(scene: Bought, as_nobody: Client) -> None:
    answer = as_nobody.get(reverse("order-side", args=[scene.talk.pk]))
    assert answer.status_code == 302


def test_money_settings(workspace: Any, as_olga: Client, as_vera: Client) -> None:
    assert "An owner can change this." in get(as_vera, "money-settings")
    assert post(as_vera, "money-settings", currency="USD").status_code == 403
    answer = post(as_olga, "money-settings", currency="gbp", margin_percent="55", discount_percent="8")
    assert answer.status_code == 302
    money = identify.money_of(workspace)
    assert (money.currency, money.margin_percent, money.discount_percent) == ("GBP", 55, 8)
    answer = post(as_olga, "money-settings", currency="G-P", margin_percent="101", discount_percent="8")
    assert answer.status_code == 422
    assert "less than or equal to 100" in answer.content.decode()
    answer = post(as_olga, "money-settings", currency="G-P", margin_percent="10", discount_percent="8")
    assert "A currency has three letters" in answer.content.decode()
