"""After a purchase on the pages: from the list of who agreed to the mail, the answer, and trouble that is seen to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from makegood.alerts.tests.places import Letters, letterbox
from makegood.identify.models import Customer
from makegood.kit import clock
from makegood.web.after_words import AFTER_WORDS
from makegood.winback.aftercare import consents
from makegood.winback.aftercare.outbox import send_due
from makegood.winback.aftercare.tests.after_scene import AfterShop, secret_of
from makegood.winback.models import AftercareAnswer, AftercareMessage, AftercareSettings, Unsubscribed

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


@pytest.fixture
def post(settings: Any) -> Iterator[Letters]:
    with letterbox() as letters:
        for name, value in letters.settings.items():
            setattr(settings, name, value)
        yield letters


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> AfterShop:
    return AfterShop(workspace, olga, malik, monkeypatch)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return text_of(answer)


@pytest.fixture
def secret(shop: AfterShop, post: Letters) -> str:
    """Ann has got the mail."""
    shop.release(shop.ready())
    send_due()
    return secret_of(post.got[0])


def test_the_whole_way(
    as_mona: Client, as_malik: Client, as_nobody: Client, workspace: Any, olga: Any, shop: AfterShop, post: Letters
) -> None:
    AftercareSettings.objects.within(workspace).delete()
    assert "It is switched off" in page(as_malik, "/winback/after/")
    plan = {"after_delivery": 5, "after_shipping": 10, "after_order": 14, "quiet_days": 60, "language": "en"}
    assert as_mona.post("/winback/after/settings/", plan | {"active": "on"}).status_code == 302
    text = {"list-text": f"{ANN}\nbo@b.example", "list-where": "A box at the checkout", "list-on": "2026-01-02"}
    assert as_mona.post("/winback/after/agreed/list/", text).status_code == 302
    assert "A box at the checkout" in page(as_malik, "/winback/after/agreed/")
    order = shop.order(shop.customer())
    shop.step()
    mail = shop.mail(order)
    listed = page(as_malik, "/winback/after/")
    assert "1 ready" in listed
    assert "did your order" in listed
    answer = as_malik.post("/winback/after/send/", {"mail": [str(mail.pk), "x", "-1"]}, follow=True)
    assert "1 mail is on its way." in text_of(answer)
    send_due()
    said = f"/after/{secret_of(post.got[0])}/"
    assert "Teapot &amp; Co asks you" in page(as_nobody, said)
    answer = as_nobody.post(said, {"arrived": "yes", "good": "no", "comment": "It is <chipped>"})
    assert (answer.status_code, answer["Location"]) == (302, said)
    assert "Somebody there sees to it." in page(as_nobody, said)
    trouble = page(as_malik, "/winback/after/")
    assert "Trouble to see to" in trouble
    assert "It is &lt;chipped&gt;" in trouble
    assert f"mailto:{ANN}" in trouble
    row = AftercareAnswer.objects.within(workspace).get()
    handled = f"/winback/after/{row.pk}/handled/"
    answer = as_malik.post(handled, {"note": ""})
    assert answer.status_code == 422
    assert "Write down what you did" in text_of(answer)
    assert as_malik.post(handled, {"note": "Sent another"}).status_code == 302
    assert "Trouble to see to" not in page(as_malik, "/winback/after/")


def test_looking_stores_nothing(as_nobody: Client, shop: AfterShop, secret: str) -> None:
    for path in (f"/after/{secret}/", f"/after/{secret}/?change=1", f"/after/{secret}/stop/"):
        for _time in range(2):
            answer = as_nobody.get(path)
            assert answer.status_code == 200
            assert answer["X-Robots-Tag"] == "noindex, nofollow"
            assert "no-store" in answer["Cache-Control"]
            assert not answer.cookies
        assert as_nobody.head(path).status_code == 200
    assert not AftercareAnswer.objects.within(shop.workspace).exists()
    assert not Unsubscribed.objects.within(shop.workspace).exists()
    assert as_nobody.put(f"/after/{secret}/stop/").status_code == 405


def test_a_mail_program_unsubscribes_in_one_click(shop: AfterShop, secret: str) -> None:
    """As RFC 8058 has it: no cookie, no token, one field, and the answer leads nowhere else."""
    program = Client(enforce_csrf_checks=True)
    answer = program.post(f"/after/{secret}/stop/", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Unsubscribed.objects.within(shop.workspace).get().how == "mail"
    assert not consents.may_write(shop.workspace, ANN)
    assert program.post(f"/after/{secret}/stop/", {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_person_unsubscribes_with_a_button(as_nobody: Client, shop: AfterShop, secret: str) -> None:
    stop = f"/after/{secret}/stop/"
    assert "Press the button, and Teapot &amp; Co sends you no mail" in page(as_nobody, stop)
    assert "sends you no mail like this any more." in text_of(as_nobody.post(stop))
    assert "<form" not in page(as_nobody, stop)
    assert Unsubscribed.objects.within(shop.workspace).get().how == "page"


def test_a_wrong_link_says_so_and_no_more(as_nobody: Client, shop: AfterShop, secret: str) -> None:
    for path in (f"/after/{secret}x/", f"/after/{secret}x/stop/"):
        found = page(as_nobody, path, 404)
        assert "The link is not right" in found
        assert "Teapot" not in found
        assert as_nobody.post(path).status_code == 404


def test_an_answer_that_says_nothing(as_nobody: Client, secret: str) -> None:
    answer = as_nobody.post(f"/after/{secret}/", {"comment": " "})
    assert (answer.status_code, "at least one" in text_of(answer)) == (422, True)
    answer = as_nobody.post(f"/after/{secret}/", {"arrived": "no", "comment": "x" * 2_001})
    assert (answer.status_code, "2,000" in text_of(answer)) == (422, True)
    assert AftercareAnswer.objects.count() == 0


def test_the_page_is_in_the_language_of_the_mail(as_nobody: Client, shop: AfterShop, secret: str) -> None:
    for language, words in AFTER_WORDS.items():
        AftercareMessage.objects.within(shop.workspace).update(language=language)
        answer = as_nobody.get(f"/after/{secret}/")
        assert answer["Content-Language"] == language
        assert f'<html lang="{language}">' in text_of(answer)
        assert words["arrived"] in answer.content.decode()


def test_all_languages_say_all_of_it() -> None:
    for words in AFTER_WORDS.values():
        assert words.keys() == AFTER_WORDS["en"].keys()
        for name, text in words.items():
            assert ("{shop}" in text) == ("{shop}" in AFTER_WORDS["en"][name])


def test_a_member_sees_and_cannot_answer(as_malik: Client, as_sten: Client, shop: AfterShop, secret: str) -> None:
    assert "You work for Teapot" in page(as_malik, f"/after/{secret}/")
    assert as_malik.post(f"/after/{secret}/", {"arrived": "no"}).status_code == 403
    assert as_sten.post(f"/after/{secret}/", {"arrived": "yes"}).status_code == 302


def test_only_what_is_ticked_goes_out(as_malik: Client, shop: AfterShop, post: Letters) -> None:
    first, second = (shop.ready(f"a{number}@b.example") for number in range(2))
    as_malik.post("/winback/after/send/", {"mail": [str(second.pk)]})
    assert (shop.fresh(first).state, shop.fresh(second).state) == ("ready", "queued")
    answer = as_malik.post("/winback/after/send/", {}, follow=True)
    assert "Nothing was sent" in text_of(answer)
    assert as_malik.post(f"/winback/after/{first.pk}/mail/", {"act": "leave"}).status_code == 302
    assert shop.fresh(first).skipped_because == "member"
    answer = as_malik.post(f"/winback/after/{first.pk}/mail/", {"act": "leave"})
    assert (answer.status_code, "already" in text_of(answer)) == (422, True)


def test_what_is_uncertain_stands_there(as_malik: Client, shop: AfterShop, post: Letters) -> None:
    row = shop.ready()
    AftercareMessage.objects.within(shop.workspace).update(state="unknown", sentence="It may have arrived, or not.")
    found = page(as_malik, "/winback/after/")
    assert "It may have arrived, or not." in found
    as_malik.post(f"/winback/after/{row.pk}/mail/", {"act": "arrived"})
    assert shop.fresh(row).state == "sent"


def test_who_sees_what(as_vera: Client, as_malik: Client, as_olga: Client, shop: AfterShop) -> None:
    shop.ready()
    assert "Send what is ticked" not in page(as_vera, "/winback/after/")
    assert "Send what is ticked" in page(as_malik, "/winback/after/")
    assert "/winback/after/settings/" not in page(as_malik, "/winback/after/")
    assert "/winback/after/settings/" in page(as_olga, "/winback/after/")
    assert "Take the list" not in page(as_malik, "/winback/after/agreed/")


def test_without_mail_it_says_so(as_malik: Client, shop: AfterShop, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    row = shop.ready()
    assert "Mail is not set up." in page(as_malik, "/winback/after/")
    answer = as_malik.post("/winback/after/send/", {"mail": [str(row.pk)]})
    assert (answer.status_code, "EMAIL_URL" in text_of(answer)) == (422, True)


def test_settings_and_words(as_olga: Client, shop: AfterShop) -> None:
    assert as_olga.post("/winback/after/settings/", {"after_delivery": "0"}).status_code == 422
    words = {"language": "de", "subject": "Da?", "body": "Hallo {name}, {link}"}
    assert as_olga.post("/winback/after/words/", words | {"body": "Hallo {nme}"}).status_code == 422
    assert as_olga.post("/winback/after/words/", words).status_code == 302
    assert "Hallo {name}, {link}" in page(as_olga, "/winback/after/words/?language=de")
    assert "Did it arrive?" in page(as_olga, "/winback/after/words/?language=xx")


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"act": "look"}, 200, "has not agreed"),
        ({"act": "agreed", "where": "On the phone", "on": "2026-01-02"}, 302, ""),
        ({"act": "agreed"}, 422, "required"),
        ({"act": "withdrawn"}, 422, "has not agreed to anything"),
        ({"act": "no_mail"}, 302, ""),
        ({"act": "look", "address": "nobody"}, 422, "valid"),
    ],
)
def test_one_customer(as_malik: Client, shop: AfterShop, fields: dict[str, str], status: int, words: str) -> None:
    answer = as_malik.post("/winback/after/agreed/one/", {"address": ANN} | fields)
    assert answer.status_code == status
    assert words in text_of(answer)


def test_what_is_known_of_one(as_malik: Client, shop: AfterShop) -> None:
    shop.agrees()
    look = {"address": ANN, "act": "look"}
    assert "Where: A box at the checkout" in text_of(as_malik.post("/winback/after/agreed/one/", look))
    consents.refuse_all_mail(shop.agent, ANN)
    assert "wants no mail." in text_of(as_malik.post("/winback/after/agreed/one/", look))


def test_a_list_that_is_wrong_is_kept_on_the_page(as_olga: Client, shop: AfterShop) -> None:
    text = {"list-text": f"{ANN}\nwrong", "list-where": "A box", "list-on": date.today().isoformat()}
    answer = as_olga.post("/winback/after/agreed/list/", text)
    assert answer.status_code == 422
    assert "Line 2 does not begin with an address." in text_of(answer)
    assert ANN in text_of(answer)


def sent(shop: AfterShop, count: int, answered: int, trouble: int) -> None:
    for number in range(count):
        row = AftercareMessage.objects.create(
            workspace=shop.workspace, address_hash=str(number), state="sent", sent_at=clock.now(), language="en"
        )
        if number < answered:
            AftercareAnswer.objects.create(
                workspace=shop.workspace, message=row, trouble=False, ever_trouble=number < trouble
            )


def test_figures_from_ten_on(as_vera: Client, shop: AfterShop) -> None:
    sent(shop, 9, 9, 1)
    assert "9 mails were sent so far." in page(as_vera, "/winback/after/")
    sent(shop, 11, 3, 1)
    found = page(as_vera, "/winback/after/")
    assert "20 sent, 12 answered, trouble caught in 2." in found
    assert "60% answered; the true share lies between 39% and 78%" in found
    assert '<th scope="row">Trouble caught</th><td class="num">2</td>' in found


@pytest.mark.parametrize("rows", [3, 30])
def test_the_page_takes_few_queries(as_olga: Client, shop: AfterShop, rows: int) -> None:
    for number in range(3 * rows):
        order = shop.order(shop.customer(f"a{number}@b.example"))
        state = ("ready", "unknown", "sent")[number % 3]
        mail = AftercareMessage.objects.create(
            workspace=shop.workspace, order=order, address_hash=str(number), state=state, language="en"
        )
        if state == "sent":
            AftercareAnswer.objects.create(workspace=shop.workspace, message=mail, trouble=True, ever_trouble=True)
    as_olga.get("/winback/after/")
    with CaptureQueriesContext(connection) as asked:
        page(as_olga, "/winback/after/")
    assert len(asked) <= 24


def test_another_shop_sees_nothing(as_sten: Client, shop: AfterShop, secret: str, as_nobody: Client) -> None:
    as_nobody.post(f"/after/{secret}/", {"arrived": "no", "comment": "Nothing came"})
    row = AftercareAnswer.objects.within(shop.workspace).get()
    assert "Nothing came" not in page(as_sten, "/winback/after/")
    assert as_sten.post(f"/winback/after/{row.pk}/handled/", {"note": "mine"}).status_code == 404
    assert as_sten.post(f"/winback/after/{row.message_id}/mail/").status_code == 404
    assert Customer.objects.within(shop.workspace).exists()
