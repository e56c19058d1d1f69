"""What they answer, who is told, unsubscribing, and what is left when they are erased."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.alerts.models import PersonalMessage
from makegood.alerts.personal import opened
from makegood.alerts.tests.places import Letters
from makegood.identify.forgetting import forget_customers
from makegood.identify.models import Customer
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.winback.aftercare import answering, consents, erasing, links, reading, releasing
from makegood.winback.aftercare.answering import AfterShut, AfterShutError
from makegood.winback.aftercare.outbox import send_due
from makegood.winback.aftercare.rules import AftercareError, Answered
from makegood.winback.aftercare.tests.after_scene import AfterShop, secret_of
from makegood.winback.models import AftercareAnswer, AftercareMessage, Consent, Unsubscribed

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"
FINE, BROKEN = Answered(True, True), Answered(True, False, "It is chipped")


@pytest.fixture
def secret(shop: AfterShop, post: Letters) -> str:
    """Ann has got the mail."""
    shop.release(shop.ready())
    send_due()
    return secret_of(post.got[0])


def test_a_good_answer_troubles_nobody(shop: AfterShop, secret: str) -> None:
    assert answering.open_after(secret).answer is None
    row = answering.answer(secret, FINE)
    assert (row.arrived, row.good, row.trouble) == (True, True, False)
    assert answering.answer(secret, FINE).changes == 0
    assert reading.troubles(shop.workspace) == []
    assert PersonalMessage.objects.within(shop.workspace).count() == 0
    assert shop.verbs()[-1] == "aftercare.answered"


def test_trouble_reaches_those_who_answer(shop: AfterShop, secret: str, vera: Any, sten: Any) -> None:
    answering.answer(secret, BROKEN)
    [found] = reading.troubles(shop.workspace)
    assert (found.row.comment, found.contact) == ("It is chipped", None)
    told = PersonalMessage.objects.within(shop.workspace).select_related("destination__user")
    assert sorted(one.destination.user.email for one in told) == ["malik@example.com", "olga@example.com"]
    said = opened(told[0])
    assert "is not as they hoped" in said.title
    assert said.lines == ("“It is chipped”",)
    assert said.url == "https://desk.shop.example/winback/after/"
    assert shop.verbs()[-2:] == ["aftercare.answered", "aftercare.trouble"]
    lines = Entry.objects.within(shop.workspace).values_list("data", flat=True)
    assert "chipped" not in str(list(lines))
    assert AftercareAnswer.objects.exclude(workspace=shop.workspace).count() == 0


def test_somebody_sees_to_it(shop: AfterShop, secret: str) -> None:
    row = answering.answer(secret, Answered(False, None))
    with pytest.raises(AftercareError, match="what you did"):
        releasing.handle(shop.agent, row.pk, " ")
    releasing.handle(shop.agent, row.pk, "Sent another by courier")
    assert reading.troubles(shop.workspace) == []
    with pytest.raises(AftercareError, match="already"):
        releasing.handle(shop.agent, row.pk, "Me too")
    row.refresh_from_db()
    assert (row.handled_note, row.handled_by) == ("Sent another by courier", shop.agent.user)
    answering.answer(secret, Answered(False, None, "Still nothing"))
    assert len(reading.troubles(shop.workspace)) == 1


def test_an_answer_that_turns_good_is_no_trouble_but_was_caught(shop: AfterShop, secret: str) -> None:
    answering.answer(secret, Answered(False, None))
    row = answering.answer(secret, FINE)
    assert (row.trouble, row.ever_trouble, row.changes) == (False, True, 1)
    assert reading.troubles(shop.workspace) == []


def test_a_link_shuts_but_unsubscribing_does_not(shop: AfterShop, secret: str) -> None:
    answering.answer(secret, FINE)
    shop.pass_days(20)
    assert not answering.open_after(secret).may_change
    with pytest.raises(AfterShutError, match="stands"):
        answering.answer(secret, BROKEN)
    shop.pass_days(50)
    with pytest.raises(AfterShutError, match="expired"):
        answering.open_after(secret)
    shop.pass_days(3_650)
    assert not answering.stop_page(secret).stopped
    assert answering.stop_mail(secret, one_click=True).stopped
    assert answering.stop_page(secret).stopped
    assert not consents.may_write(shop.workspace, ANN)
    assert Unsubscribed.objects.within(shop.workspace).get().how == "mail"


def test_no_member_answers_for_a_customer(shop: AfterShop, secret: str, sten: Any) -> None:
    with pytest.raises(AfterShutError) as shut:
        answering.answer(secret, BROKEN, shop.agent.user)
    assert shut.value.why is AfterShut.OWN
    assert answering.open_after(secret, shop.agent.user).own
    answering.answer(secret, FINE, sten)


@pytest.mark.parametrize("wrong", ["", "x", "abc.def", "ABCDEFGHIJKLMNOPQRSTUV.0000000000000000000000000000000"])
def test_a_wrong_link_opens_nothing(secret: str, wrong: str) -> None:
    for act in (answering.open_after, answering.stop_page, lambda one: answering.stop_mail(one, one_click=True)):
        for bad in (wrong, secret + "x", secret[:-1], f"A{secret}"):
            with CaptureQueriesContext(connection) as asked, pytest.raises(AfterShutError, match="wrong"):
                act(bad)
            assert len(asked) == 0


def test_erased_they_can_still_unsubscribe(shop: AfterShop, secret: str) -> None:
    row = answering.answer(secret, BROKEN)
    releasing.handle(shop.agent, row.pk, "Wrote to Ann")
    customers = list(Customer.objects.within(shop.workspace))
    kept = erasing.export_customers(shop.workspace.pk, customers)
    assert kept["answered_after_purchase"][0]["comment"] == "It is chipped"
    assert kept["agreed_to_mail"][0]["where"] == "A box at the checkout"
    assert (len(kept["asked_after_purchase"]), kept["unsubscribed"]) == (1, False)
    erasing.erase_customers(shop.workspace.pk, customers)
    forget_customers(shop.workspace.pk, customers)
    row.refresh_from_db()
    assert (row.comment, row.handled_note, row.good) == ("", "", False)
    assert not Consent.objects.within(shop.workspace).exists()
    with pytest.raises(AfterShutError, match="gone"):
        answering.open_after(secret)
    assert answering.stop_mail(secret, one_click=False).stopped
    later = consents.grant_list(shop.owner, ANN, "A newer list", clock.now().date())
    assert later.left_out == 1


def test_erased_by_their_shop(shop: AfterShop, secret: str) -> None:
    """The shop's own system asks for it: the step finds out."""
    row = answering.answer(secret, BROKEN)
    forget_customers(shop.workspace.pk, Customer.objects.within(shop.workspace))
    shop.step()
    row.refresh_from_db()
    assert (row.comment, row.trouble) == ("", False)
    assert not Consent.objects.within(shop.workspace).exists()
    assert erasing.forget_erased(shop.workspace.pk) == 0


def test_what_lies_ready_for_who_is_erased(shop: AfterShop) -> None:
    row = shop.ready()
    erasing.erase_customers(shop.workspace.pk, list(Customer.objects.within(shop.workspace)))
    assert shop.fresh(row).skipped_because == "erased"


def figures_of(shop: AfterShop, sent: int, answered: int, trouble: int) -> reading.AftercareFigures:
    now = clock.now()
    for number in range(sent):
        row = AftercareMessage.objects.create(
            workspace=shop.workspace, address_hash=str(number), state="sent", sent_at=now, language="en"
        )
        if number < answered:
            bad = number < trouble
            AftercareAnswer.objects.create(workspace=shop.workspace, message=row, trouble=False, ever_trouble=bad)
    return reading.aftercare_figures(shop.workspace, now)


def test_figures_with_their_span(shop: AfterShop) -> None:
    found = figures_of(shop, 20, 10, 2)
    assert (found.sent, found.answered, found.trouble) == (20, 10, 2)
    assert found.answering is not None
    assert found.troubled is not None
    assert (found.answering.value, found.troubled.value) == (0.5, 0.2)
    # Two of ten after Wilson, as his formula gives by hand.
    assert found.troubled.low == pytest.approx(0.0567, abs=1e-3)
    assert found.troubled.high == pytest.approx(0.5098, abs=1e-3)


def test_nine_mails_say_nothing(shop: AfterShop) -> None:
    found = figures_of(shop, 9, 9, 1)
    assert (found.answering, found.troubled) == (None, None)


@pytest.mark.parametrize("rows", [3, 30])
def test_the_lists_take_few_queries(shop: AfterShop, rows: int) -> None:
    for number in range(2 * rows):
        order = shop.order(shop.customer(f"a{number}@b.example"))
        mail = AftercareMessage.objects.create(
            workspace=shop.workspace,
            order=order,
            address_hash=str(number),
            state="ready" if number < rows else "unknown",
            language="en",
        )
        if number >= rows:
            AftercareAnswer.objects.create(workspace=shop.workspace, message=mail, trouble=True, ever_trouble=True)
    with CaptureQueriesContext(connection) as asked:
        found = reading.ready_mails(shop.workspace)
        assert found[0].body.startswith("Hi Ann,")
        troubled = reading.troubles(shop.workspace)
        assert all(one.order is not None and one.order.customer.email for one in troubled)
        unsure = reading.uncertain_mails(shop.workspace)
        assert all(one.order is not None and one.order.number for one in unsure)
        assert reading.aftercare_counts(shop.workspace) == {"ready": rows, "going": 0}
    assert (len(found), len(troubled), len(unsure)) == (rows, rows, rows)
    assert len(asked) <= 6


def test_two_links_of_one_mail_lead_to_one_answer(shop: AfterShop, secret: str) -> None:
    row = AftercareMessage.objects.within(shop.workspace).get()
    other = links.make_link(row)[0].rsplit("/", 2)[-2]
    answering.answer(other, BROKEN)
    assert answering.open_after(secret).answer is not None
