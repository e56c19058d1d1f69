"""Sending: by a person, once, at a real mail server; and what speaks against it up to the last moment."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.core.mail import get_connection

from makegood.accounts.api import Membership
from makegood.alerts.tests.places import Letters
from makegood.kit import clock
from makegood.winback.aftercare import consents, house, outbox, releasing
from makegood.winback.aftercare.outbox import send_due
from makegood.winback.aftercare.rules import AftercareError, Plan
from makegood.winback.aftercare.tests.after_scene import AfterShop, body_of, secret_of
from makegood.winback.models import AftercareMessage

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


def test_a_person_sends_it_and_it_arrives_once(shop: AfterShop, post: Letters) -> None:
    row = shop.ready()
    assert send_due() == 0
    assert post.got == []
    assert shop.release(row) == releasing.Released(1, 0)
    assert shop.release(row) == releasing.Released(0, 0)
    assert send_due() == 1
    assert send_due() == 0
    [letter] = post.got
    assert post.to == [ANN]
    number = row.order.number if row.order else ""
    assert str(make_header(decode_header(letter["Subject"]))) == f"Did it arrive? Your order {number}"
    assert letter["From"] == "Teapot & Co <desk@shop.example>"
    assert letter["Message-ID"] == f"<{row.key.hex}@shop.example>"
    secret = secret_of(letter)
    stop = f"https://desk.shop.example/after/{secret}/stop/"
    assert letter["List-Unsubscribe"].strip() == f"<{stop}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = body_of(letter)
    assert text.startswith("Hi Ann,\n\ndid your order")
    assert f"https://desk.shop.example/after/{secret}/\n" in text
    assert text.rstrip().endswith(stop)
    assert "{" not in text
    found = shop.fresh(row)
    assert (found.state, found.body, found.subject) == ("sent", "", "")
    assert secret not in str([vars(one) for one in found.links.all()])
    assert shop.verbs()[1:] == ["aftercare.ready", "aftercare.released", "aftercare.sent"]


def test_without_https_one_click_is_not_promised(shop: AfterShop, post: Letters, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    shop.release(shop.ready())
    send_due()
    [letter] = post.got
    assert letter["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/after/")
    assert letter["List-Unsubscribe-Post"] is None


def test_the_shops_own_words_in_their_language(shop: AfterShop, post: Letters) -> None:
    house.save_words(shop.owner, "fr", "Bien arrivé, {order} ?", "Bonjour {name},\n{link}\n{shop}")
    shop.agrees(language="fr")
    row = shop.order(shop.customer(name=""))
    shop.step()
    shop.release(shop.mail(row))
    send_due()
    [letter] = post.got
    assert str(make_header(decode_header(letter["Subject"]))) == f"Bien arrivé, {row.number} ?"
    assert body_of(letter).startswith("Bonjour,\nhttps://")
    assert "Plus aucun message de Teapot & Co" in body_of(letter)
    with pytest.raises(AftercareError, match="link"):
        house.save_words(shop.owner, "fr", "x", "y")
    house.save_words(shop.owner, "fr", "", "")
    assert house.texts_of(shop.workspace)["fr"][0].startswith("Est-ce")


def unsubscribed(shop: AfterShop) -> None:
    consents.unsubscribe(shop.workspace.pk, consents.hash_of(shop.workspace, ANN), "page")


def refunded(shop: AfterShop) -> None:
    from makegood.identify.models import Order

    Order.objects.within(shop.workspace).update(refunded_minor=100)


def erased(shop: AfterShop) -> None:
    from makegood.identify.forgetting import forget_customers
    from makegood.identify.models import Customer

    forget_customers(shop.workspace.pk, Customer.objects.within(shop.workspace))


def taken_back(shop: AfterShop) -> None:
    consents.withdraw(shop.agent, ANN)


AGAINST = [(unsubscribed, "unsubscribed"), (refunded, "refunded"), (erased, "erased"), (taken_back, "no_consent")]


@pytest.mark.parametrize(("act", "why"), AGAINST, ids=[why for _act, why in AGAINST])
def test_what_happens_before_it_is_released(
    shop: AfterShop, post: Letters, act: Callable[[AfterShop], None], why: str
) -> None:
    row = shop.ready()
    act(shop)
    assert shop.release(row).queued == 0
    send_due()
    assert (shop.states(), post.got) == ([why], [])


@pytest.mark.parametrize(("act", "why"), AGAINST, ids=[why for _act, why in AGAINST])
def test_what_happens_between_release_and_sending(
    shop: AfterShop, post: Letters, act: Callable[[AfterShop], None], why: str
) -> None:
    row = shop.ready()
    shop.release(row)
    act(shop)
    send_due()
    found = shop.fresh(row)
    assert (shop.states(), post.got, found.body) == ([why], [], "")


def test_even_a_word_said_while_the_server_is_greeted_counts(
    shop: AfterShop, post: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is leased and committed; the connection stands; then they unsubscribe."""
    row = shop.ready()
    shop.release(row)

    def late(*args: Any, **options: Any) -> Any:
        unsubscribed(shop)
        return get_connection(*args, **options)

    monkeypatch.setattr("makegood.winback.aftercare.sending.get_connection", late)
    assert send_due() == 0
    found = shop.fresh(row)
    assert (found.state, found.skipped_because, found.body, post.got) == ("skipped", "unsubscribed", "", [])


def test_cut_short_it_is_never_sent_again_by_itself(
    shop: AfterShop, post: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = shop.ready()
    shop.release(row)

    def killed(*_args: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "hand_over", killed)
        with pytest.raises(KeyboardInterrupt):
            send_due()
    assert shop.fresh(row).state == "sending"
    assert outbox.queue_age() == {"mails after a purchase": None}
    send_due()
    assert shop.fresh(row).state == "sending"
    shop.pass_days(0.01)
    assert (outbox.queue_age()["mails after a purchase"] or 0) > 0
    send_due()
    send_due()
    found = shop.fresh(row)
    assert (found.state, post.got) == ("unknown", [])
    assert "may have arrived" in found.sentence
    assert shop.verbs()[-1] == "aftercare.unknown"
    releasing.decide(shop.agent, row.pk, arrived=False)
    assert send_due() == 1
    assert post.got[0]["Message-ID"] == f"<{row.key.hex}@shop.example>"
    assert shop.fresh(row).state == "sent"


def test_stopped_after_the_server_took_it_there_is_no_second_mail(
    shop: AfterShop, post: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = shop.ready()
    shop.release(row)

    def killed(_row: AftercareMessage) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            send_due()
    assert len(post.got) == 1
    for _time in range(3):
        shop.pass_days(0.01)
        send_due()
    assert (shop.fresh(row).state, len(post.got)) == ("unknown", 1)


def test_a_person_knows_that_it_went_out(shop: AfterShop, post: Letters) -> None:
    row = shop.ready()
    AftercareMessage.objects.within(shop.workspace).update(state="unknown", body="x")
    releasing.decide(shop.agent, row.pk, arrived=True)
    found = shop.fresh(row)
    assert (found.state, found.body, found.sent_at is not None) == ("sent", "", True)
    with pytest.raises(AftercareError, match="already"):
        releasing.decide(shop.agent, row.pk, arrived=False)
    send_due()
    assert post.got == []


def test_the_connection_breaks_in_the_middle(shop: AfterShop, post: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    row = shop.ready()
    shop.release(row)

    def breaks(*_args: Any, **_options: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "sendmail", breaks)
    assert send_due() == 0
    assert shop.fresh(row).state == "unknown"


def test_an_address_that_is_refused(shop: AfterShop, post: Letters) -> None:
    post.refuse = "550 no such user"
    row = shop.ready()
    shop.release(row)
    send_due()
    found = shop.fresh(row)
    assert (found.state, "no such user" in found.sentence) == ("refused", True)
    with pytest.raises(AftercareError, match="did not take it"):
        releasing.decide(shop.agent, row.pk, arrived=True)
    releasing.let_one_be(shop.agent, row.pk)
    assert shop.states() == ["member"]


def test_later_means_later_and_not_for_ever(shop: AfterShop, post: Letters) -> None:
    post.refuse = "451 greylisted"
    row = shop.ready()
    shop.release(row)
    send_due()
    send_due()
    found = shop.fresh(row)
    assert (found.state, found.attempt) == ("queued", 1)
    for _attempt in range(6):
        shop.pass_days(0.1)
        send_due()
    assert (shop.fresh(row).state, shop.fresh(row).attempt) == ("refused", 6)


def test_a_server_that_is_away_holds_nothing_against_the_others(shop: AfterShop, post: Letters, settings: Any) -> None:
    rows = [shop.ready(f"a{number}@b.example") for number in range(3)]
    shop.release(*rows)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert send_due() == 0
    assert sorted(shop.fresh(row).attempt for row in rows) == [0, 0, 1]
    settings.EMAIL_PORT = port
    shop.pass_days(0.1)
    assert send_due() == 3
    assert sorted(post.to) == ["a0@b.example", "a1@b.example", "a2@b.example"]


def test_nothing_is_released_where_mail_is_not_set_up(shop: AfterShop, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    row = shop.ready()
    with pytest.raises(AftercareError, match="EMAIL_URL"):
        shop.release(row)
    assert shop.states() == ["ready"]


def test_nothing_is_released_while_it_is_off(shop: AfterShop, post: Letters) -> None:
    row = shop.ready()
    house.save_plan(shop.owner, Plan(active=False))
    with pytest.raises(AftercareError, match="off"):
        shop.release(row)


def test_who_may_send(shop: AfterShop, post: Letters, vera: Any, sten: Any) -> None:
    row = shop.ready()
    viewer = Membership.objects.within(shop.workspace).select_related("user", "workspace").get(user=vera)
    stranger = Membership.objects.across("a stranger").select_related("user", "workspace").get(user=sten)
    with pytest.raises(AftercareError, match="role"):
        releasing.release(viewer, [row.pk])
    with pytest.raises(AftercareError, match="role"):
        releasing.let_one_be(viewer, row.pk)
    house.save_plan(stranger, Plan(active=True))
    assert releasing.release(stranger, [row.pk]) == releasing.Released(0, 0)
    with pytest.raises(AftercareError, match="already"):
        releasing.let_one_be(stranger, row.pk)
    assert shop.states() == ["ready"]


def test_the_older_of_two_goes(shop: AfterShop, post: Letters) -> None:
    """Two lie ready for one person, as when the days of quiet were fewer before."""
    first = shop.ready()
    second = AftercareMessage.objects.create(
        workspace=shop.workspace,
        order=shop.order(shop.customer()),
        address_hash=first.address_hash,
        state="ready",
        language="en",
    )
    shop.release(first, second)
    assert send_due() == 1
    assert shop.states() == ["sent", "too_soon"]


def test_what_waits_too_long_is_let_be(shop: AfterShop) -> None:
    row = shop.ready()
    shop.pass_days(13)
    shop.step()
    assert shop.fresh(row).state == "ready"
    shop.pass_days(2)
    shop.step()
    assert shop.fresh(row).skipped_because == "old"


def test_how_long_it_waits(shop: AfterShop, post: Letters) -> None:
    row = shop.ready()
    assert outbox.queue_age() == {"mails after a purchase": None}
    shop.release(row)
    AftercareMessage.objects.within(shop.workspace).update(send_after=clock.now() - timedelta(seconds=90))
    assert (outbox.queue_age()["mails after a purchase"] or 0) >= 90
