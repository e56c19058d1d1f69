"""Asking again on the pages: the list, the figures, the card beside a thread, the settings, and the customer's page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.desk import api as desk
from makegood.desk.models import Conversation
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.reply.models import Reply
from makegood.web.said_words import SAID_WORDS
from makegood.winback.api import FollowUp, Satisfaction
from makegood.winback.following import erasing
from makegood.winback.following.tests.scene import Asking, secret_of
from makegood.winback.models import FollowUpLink

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(workspace, malik, monkeypatch)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def page(client: Client, path: str, status: int = 200, **data: str) -> str:
    answer = client.get(path, data)
    assert answer.status_code == status
    return text_of(answer)


def card(client: Client, talk: Conversation) -> str:
    answer = client.get(f"/inbox/{talk.pk}/followup/", headers=HTMX)
    assert answer.status_code == 200
    return text_of(answer)


def test_sent_found_answered_and_back_again(as_malik: Client, as_nobody: Client, shop: Asking) -> None:
    """The whole way, on the pages alone."""
    row = shop.ready()
    talk = row.conversation
    assert "Ask them" in page(as_malik, "/winback/")
    assert "Ask whether it is resolved." in card(as_malik, talk)
    answer = as_malik.post(f"/inbox/{talk.pk}/followup/take/", headers=HTMX)
    told = json.loads(answer["HX-Trigger"])["mg:insert"]
    assert (answer.status_code, told["conversation"], told["open"]) == (204, talk.pk, [])
    shop.answer(talk, told["text"], visibility="direct")
    shop.step()
    assert "Asked whether it is resolved" in card(as_malik, talk)
    assert "Nobody is due to be asked" in page(as_malik, "/winback/")
    said = f"/said/{secret_of(told['text'])}/"
    asked = page(as_nobody, said)
    assert "Teapot &amp; Co asks you" in asked
    answer = as_nobody.post(said, {"score": "2", "resolved": "no", "comment": "Still broken"})
    assert (answer.status_code, answer["Location"]) == (302, said)
    thanks = page(as_nobody, said)
    assert "It is on their desk again." in thanks
    assert "You said: Unhappy." in thanks
    shown = card(as_malik, talk)
    assert "<strong>2 of 5</strong> · it is not resolved" in shown
    assert "Still broken" in shown
    listed = page(as_malik, "/winback/")
    assert "2 of 5" in listed
    assert "Still broken" in listed
    assert shop.talk_now(talk).queue == "needs_answer"
    history = text_of(as_malik.get(f"/inbox/{talk.pk}/", headers=HTMX))
    for line in (
        "laid the question ready whether it is resolved",
        "asked again whether it is resolved",
        "heard from them. They answered: 2 of 5, and it is not resolved",
        "opened it again, as they say that it is not resolved",
    ):
        assert line in history


def test_nothing_of_the_conversation_stands_on_the_customers_page(as_nobody: Client, shop: Asking) -> None:
    talk = shop.talk()
    Conversation.objects.within(shop.workspace).update(author_name="Ada Moor", author_handle="@ada.example")
    row, secret = shop.asked(talk)
    answer = as_nobody.get(f"/said/{secret}/")
    shown = answer.content.decode()
    for hidden in ("Ada", "teapot arrived", "Malik", "example.com", f"/inbox/{row.conversation_id}", "Makegood"):
        assert hidden not in shown
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "csrfmiddlewaretoken" not in shown


def test_opening_it_stores_nothing_and_may_choose_beforehand(as_nobody: Client, shop: Asking) -> None:
    _row, secret = shop.asked()
    lines = Entry.objects.count()
    chosen = page(as_nobody, f"/said/{secret}/", score="5")
    assert 'value="5" required checked' in chosen
    assert 'value="4" required checked' not in chosen
    assert "checked" not in page(as_nobody, f"/said/{secret}/", score="9")
    assert as_nobody.head(f"/said/{secret}/").status_code == 200
    assert Entry.objects.count() == lines
    assert not Satisfaction.objects.within(shop.workspace).exists()


def test_a_missing_choice_loses_nothing(as_nobody: Client, shop: Asking) -> None:
    _row, secret = shop.asked()
    answer = as_nobody.post(f"/said/{secret}/", {"resolved": "no", "comment": "Where is my <lid>?"})
    shown = text_of(answer)
    assert (answer.status_code, "Choose one of the five answers." in shown) == (422, True)
    assert "Where is my &lt;lid&gt;?" in shown
    assert 'value="no" checked' in shown
    answer = as_nobody.post(f"/said/{secret}/", {"score": "3", "comment": "x" * 2_001})
    assert (answer.status_code, "2,000 characters fit" in text_of(answer)) == (422, True)
    assert not Satisfaction.objects.within(shop.workspace).exists()


def test_an_answer_is_changed_by_the_same_link(as_nobody: Client, shop: Asking) -> None:
    row, secret = shop.asked(visibility="direct")
    said = f"/said/{secret}/"
    as_nobody.post(said, {"score": "3", "comment": "So-so"})
    assert 'href="?change=1"' in page(as_nobody, said)
    form = page(as_nobody, said, change="1")
    assert 'value="3" required checked' in form
    assert ">So-so</textarea>" in form
    assert 'value="5" required checked' in page(as_nobody, said, score="5")
    as_nobody.post(said, {"score": "5", "resolved": "yes"})
    kept = Satisfaction.objects.within(shop.workspace).get()
    assert (kept.score, kept.first_score, kept.resolved, kept.comment) == (5, 3, True, "")
    shop.pass_days(15)
    assert "?change=1" not in page(as_nobody, said)
    assert "It stays as it is now" in page(as_nobody, said, change="1")
    assert as_nobody.post(said, {"score": "1"}).status_code == 409
    assert row.pk == kept.followup_id


def test_it_is_shown_that_others_could_answer(as_malik: Client, as_nobody: Client, shop: Asking) -> None:
    row, secret = shop.asked(visibility="public")
    as_nobody.post(f"/said/{secret}/", {"score": "5"})
    assert "?change=1" not in page(as_nobody, f"/said/{secret}/")
    assert as_nobody.post(f"/said/{secret}/", {"score": "1"}).status_code == 409
    assert "Asked in public: others could open the link too." in card(as_malik, row.conversation)
    assert "asked in public" in page(as_malik, "/winback/")


def test_a_member_sees_it_and_cannot_answer(as_malik: Client, as_sten: Client, shop: Asking) -> None:
    _row, secret = shop.asked()
    shown = page(as_malik, f"/said/{secret}/")
    assert "You work for Teapot &amp; Co" in shown
    assert "<button" not in shown
    assert as_malik.post(f"/said/{secret}/", {"score": "5"}).status_code == 403
    assert not Satisfaction.objects.within(shop.workspace).exists()
    assert "<button" in page(as_sten, f"/said/{secret}/"), "who works elsewhere may well be a customer"


@pytest.mark.parametrize(("language", "words"), [("de-AT", "de"), ("fr", "fr"), ("es", "es"), ("pt", "en"), ("", "en")])
def test_it_speaks_as_the_conversation_does(as_nobody: Client, shop: Asking, language: str, words: str) -> None:
    row, secret = shop.asked()
    Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id).update(language=language)
    answer = as_nobody.get(f"/said/{secret}/")
    assert (f'<html lang="{words}"', answer["Content-Language"]) == (f'<html lang="{words}"', words)
    shown = text_of(answer)
    assert f'<html lang="{words}">' in shown
    assert SAID_WORDS[words]["score"].replace("’", "’") in shown


def test_without_words_of_theirs_the_browser_decides(shop: Asking) -> None:
    row, secret = shop.asked()
    Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id).update(language="pt")
    answer = Client(headers={"accept-language": "fr-CH, en;q=0.5"}).get(f"/said/{secret}/")
    assert answer["Content-Language"] == "fr"


def test_every_language_has_every_word() -> None:
    names = set(SAID_WORDS["en"])
    for language, words in SAID_WORDS.items():
        assert set(words) == names, language
        for name, text in words.items():
            assert ("{shop}" in text) is ("{shop}" in SAID_WORDS["en"][name]), (language, name)


def test_links_that_open_nothing(as_nobody: Client, shop: Asking) -> None:
    row, secret = shop.asked()
    for wrong in ("nothing", secret[:-2], f"{secret}x"):
        shown = page(as_nobody, f"/said/{wrong}/", status=404)
        assert "The link is not right." in shown
        assert "Teapot" not in shown
    FollowUpLink.objects.within(shop.workspace).update(expires_at=clock.now())
    assert "please write to Teapot &amp; Co" in page(as_nobody, f"/said/{secret}/", status=410)
    FollowUpLink.objects.within(shop.workspace).update(expires_at=clock.now() + timedelta(days=1))
    talk = Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id)
    talk.update(author_id=f"erased:{row.conversation_id}")
    erasing.erase(shop.workspace.pk, [row.conversation_id])
    assert "has been deleted, as was wished" in page(as_nobody, f"/said/{secret}/", status=410)
    assert as_nobody.post(f"/said/{secret}/", {"score": "1"}).status_code == 410
    assert as_nobody.put(f"/said/{secret}/").status_code == 405


def test_the_reminder_and_letting_be(as_malik: Client, as_vera: Client, shop: Asking) -> None:
    row, _secret = shop.asked()
    shop.pass_days(6)
    shop.step()
    assert "One reminder lies ready." in card(as_malik, row.conversation)
    assert "Remind them" in page(as_malik, "/winback/")
    assert "Use it" not in card(as_vera, row.conversation)
    answer = as_malik.post(f"/inbox/{row.conversation_id}/followup/let-be/", headers=HTMX)
    assert "They did not answer whether it is resolved." in text_of(answer)
    answer = as_malik.post(f"/inbox/{row.conversation_id}/followup/let-be/", headers=HTMX)
    assert "There is nothing to let be." in text_of(answer)
    answer = as_malik.post(f"/inbox/{row.conversation_id}/followup/take/", headers=HTMX)
    assert "HX-Trigger" not in answer
    assert "There is nothing to ask them now." in text_of(answer)


def test_the_closing_line_goes_into_the_composer(as_malik: Client, as_nobody: Client, shop: Asking) -> None:
    talk = shop.talk()
    Conversation.objects.within(shop.workspace).update(author_name="Ada Moor")
    row, secret = shop.asked(talk, visibility="direct")
    desk.note_private(talk, clock.now(), shop.malik)
    assert "closing-draft" not in card(as_malik, talk)
    as_nobody.post(f"/said/{secret}/", {"score": "5", "resolved": "yes"})
    words = "Glad we could put this right, Ada. Thank you for telling us."
    assert words in card(as_malik, talk)
    answer = as_malik.post(f"/inbox/{talk.pk}/followup/closing/", {"text": "By the way"}, headers=HTMX)
    draft = Reply.objects.within(shop.workspace).get(state="draft")
    assert (draft.purpose, draft.text) == ("closing", f"By the way\n\n{words}")
    assert 'id="composer"' in text_of(answer)
    as_malik.post(f"/inbox/{talk.pk}/followup/closing/", {"text": draft.text}, headers=HTMX)
    draft.refresh_from_db()
    assert draft.text.count(words) == 1, "twice is once"
    desk.note_closing_line(talk, clock.now(), shop.malik)
    assert "closing-draft" not in card(as_malik, talk)
    answer = as_malik.post(f"/inbox/{talk.pk}/followup/closing/", {"text": "x"}, headers=HTMX)
    assert "There is no closing line to write here now." in text_of(answer)
    assert row.pk


def answers(shop: Asking, scores: list[int]) -> None:
    talk, now = shop.talk(), clock.now()
    own: dict[str, Any] = {"workspace": shop.workspace, "conversation": talk}
    for score in scores:
        row = FollowUp.objects.create(
            **own, state="answered", why="closed", resolved_at=now, ready_at=now, asked_at=now
        )
        Satisfaction.objects.create(**own, followup=row, score=score, first_score=score)


def test_figures_only_with_their_number_and_interval(as_vera: Client, shop: Asking) -> None:
    answers(shop, [5] * 9)
    few = page(as_vera, "/winback/")
    assert "9 answers so far. From 10 on, the share is shown" in few
    assert "100%" not in few
    assert "follow-chart" not in few
    answers(shop, [1, 3, 4])
    many = page(as_vera, "/winback/")
    assert "83%" in many
    assert "gave 4 or 5, of 12 who answered. The true share lies between 55% and 95%, 19 times of 20." in many
    assert "Answers by score: 1 gave 1, 0 gave 2, 1 gave 3, 1 gave 4, 9 gave 5." in many
    assert '<th scope="row">5 · Very happy</th><td class="num">9</td>' in many
    FollowUp.objects.within(shop.workspace).update(asked_at=clock.now() - timedelta(days=100))
    assert "0 answers so far" in page(as_vera, "/winback/")
    assert "83%" in page(as_vera, "/winback/", days="365")


@pytest.mark.parametrize("count", [3, 30])
def test_the_page_costs_the_same_for_few_and_many(
    as_vera: Client, shop: Asking, count: int, django_assert_max_num_queries: Any
) -> None:
    answers(shop, [5] * count)
    FollowUp.objects.within(shop.workspace).update(state="answered")
    talk, now = shop.talk(), clock.now()
    for _n in range(count):
        # One a conversation may be open; of those that are shown it makes no difference.
        row = FollowUp(workspace=shop.workspace, why="closed", resolved_at=now, ready_at=now, asked_at=now)
        row.conversation, row.state = (talk if _n == 0 else shop.talk()), "ready"
        row.save()
    with django_assert_max_num_queries(16):
        shown = page(as_vera, "/winback/")
    assert ("more=ready" in shown) is (count > 25)
    assert ("more=answers" in shown) is (count > 25)


def test_the_next_page_comes_alone(as_vera: Client, shop: Asking) -> None:
    answers(shop, [5] * 26 + [2])
    first = text_of(as_vera.get("/winback/"))
    address = first.split('hx-get="/winback/?')[1].split('"')[0].replace("&amp;", "&")
    answer = as_vera.get(f"/winback/?{address}", headers=HTMX)
    rest = text_of(answer)
    assert rest.count("of 5</span>") == 2
    assert "<html" not in rest
    assert as_vera.get("/winback/?more=answers&after=junk", headers=HTMX).status_code == 200


def test_when_is_settled_by_the_owner(as_olga: Client, as_malik: Client, shop: Asking) -> None:
    shown = page(as_olga, "/winback/settings/")
    assert "Lay a question ready some days after something is resolved" in shown
    fields = {"active": "on", "days": "6", "remind_days": "4", "quiet_days": "2"}
    fields |= {f"remedy_{kind}": "9" for kind in ("refund", "replacement", "return", "voucher", "gift")}
    fields |= {f"remedy_{kind}": "3" for kind in ("call", "courier", "apology")}
    answer = as_olga.post("/winback/settings/", fields | {"days": "0"})
    assert answer.status_code == 422
    assert as_olga.post("/winback/settings/", fields).status_code == 302
    shown = page(as_olga, "/winback/settings/")
    assert 'name="days" value="6"' in shown
    assert 'name="remedy_gift" value="9"' in shown
    assert as_malik.get("/winback/settings/").status_code == 403
    assert Entry.objects.within(shop.workspace).filter(verb="followup.settings_saved").count() == 1


def test_a_cause_can_have_days_of_its_own(as_olga: Client, shop: Asking) -> None:
    from makegood.winback.models.causes import Cause

    cause = Cause.objects.create(workspace=shop.workspace, name="Lids break", state="open")
    assert "Lids break" in page(as_olga, "/winback/settings/")
    fields = {"active": "on", "days": "5", "remind_days": "5", "quiet_days": "3", f"cause_{cause.pk}": "21"}
    fields |= {f"remedy_{kind}": "5" for kind in ("refund", "replacement", "return", "voucher", "gift")}
    fields |= {f"remedy_{kind}": "5" for kind in ("call", "courier", "apology")}
    assert as_olga.post("/winback/settings/", fields).status_code == 302
    from makegood.winback.api import plan_of

    assert plan_of(shop.workspace).by_cause == {str(cause.pk): 21}


def test_words_are_settled_by_the_owner(as_olga: Client, shop: Asking) -> None:
    shown = page(as_olga, "/winback/words/", kind="ask", language="de")
    assert "Hallo {name}, ist jetzt alles in Ordnung?" in shown
    data = {"kind": "ask", "language": "de", "text": "Alles gut?"}
    answer = as_olga.post("/winback/words/", data)
    assert (answer.status_code, "Put {link} where" in text_of(answer)) == (422, True)
    answer = as_olga.post("/winback/words/", data | {"text": "Alles gut? {link}"})
    assert answer["Location"] == "/winback/words/?kind=ask&language=de"
    assert "> Alles gut? {link}</textarea>" in text_of(as_olga.get(answer["Location"]))
    row = shop.ready()
    Conversation.objects.within(shop.workspace).filter(pk=row.conversation_id).update(language="de")
    from makegood.winback.api import take

    assert take(shop.member, shop.talk_now(row.conversation)).startswith("Alles gut? http")


def test_it_is_in_the_navigation(as_vera: Client, as_cora: Client) -> None:
    assert 'href="/winback/"' in page(as_vera, "/inbox/")
    assert 'href="/winback/"' not in page(as_cora, "/inbox/")
