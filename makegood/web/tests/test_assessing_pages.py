"""The questions on the page: proposed, answered, taken back, decided; what was decided, for those who come later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.triage import api as triage

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
WAY = {"customer": "yes", "true": "yes", "positive": "no", "rager": "no", "misguided": "no", "unhappy": "yes"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def talk(workspace: Any) -> desk.Conversation:
    row = conversation_with(channel(workspace), COMPLAINT, handle="ann.example.com")
    read = triage.Assessment.objects.within(workspace)
    read.update(intent="complaint", topics=["delivery"], scores={"intent.complaint": 0.93}, response="restoration")
    return row


def page(client: Client, row: desk.Conversation, **query: str) -> str:
    answer = client.get(reverse("assess-questions", args=[row.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def say(client: Client, row: desk.Conversation, question: str, answer: str) -> Any:
    address = reverse("assess-answer", args=[row.pk])
    return client.post(address, {"question": question, "answer": answer}, headers=HTMX)


def decide(client: Client, row: desk.Conversation, response: str, because: str = "", **options: Any) -> Any:
    return client.post(reverse("assess-conclude", args=[row.pk]), {"response": response, "because": because}, **options)


def go_through(client: Client, row: desk.Conversation, response: str = "restoration", because: str = "") -> Any:
    for question, answer in WAY.items():
        assert say(client, row, question, answer).status_code == 200
    assert decide(client, row, response, because).status_code == 302
    return triage.last_record(row.latest)


def bought(row: desk.Conversation, days_late: int = 3, **fields: Any) -> None:
    """Ann is known, and her parcel is late."""
    now = clock.now()
    own = {"workspace": row.workspace}
    shop = identify.Source.objects.create(**own, side="shop", kind="vendure", name="Shop", address="a", hook="h")
    buyer = identify.Customer.objects.create(**own, source=shop, external_id="c", name="Ann Secret")
    fields = {"promised_at": now - timedelta(days=days_late, hours=1)} | fields
    order = identify.Order.objects.create(
        **own,
        source=shop,
        customer=buyer,
        external_id="o",
        number="4711",
        number_key="4711",
        currency="EUR",
        placed_at=now - timedelta(days=9),
        changed_at=now,
        state="paid",
        total_minor=4990,
        **fields,
    )
    identify.tie_customer(row, buyer, basis="told")
    identify.OrderLink.objects.create(**own, conversation=row, order=order, how="member")


def test_it_asks_one_after_the_other_and_shows_the_keys(as_malik: Client, talk: Any) -> None:
    html = page(as_malik, talk)
    assert "Have they bought from you?" in html
    assert "Makegood would say <strong>Yes</strong>, rather sure (65 %)." in html
    for key in ("y", "n", "u", "ArrowRight"):
        assert f'data-key="{key}" aria-keyshortcuts="{key}"' in html
    assert 'data-key="ArrowLeft"' not in html
    html = say(as_malik, talk, "customer", "yes").content.decode()
    assert "Is it true, as far as you can see?" in html
    assert 'data-key="ArrowLeft"' in html
    assert "<html" not in html
    html = say(as_malik, talk, "true", "yes").content.decode()
    assert 'data-key="u"' not in html


def test_without_scripts_it_goes_on_too(as_malik: Client, talk: Any) -> None:
    address = reverse("assess-answer", args=[talk.pk])
    answer = as_malik.post(address, {"question": "customer", "answer": "yes"}, follow=True)
    assert "Is it true, as far as you can see?" in answer.content.decode()


def test_what_the_books_say_is_proposed(as_malik: Client, talk: Any) -> None:
    bought(talk)
    html = page(as_malik, talk)
    assert "very sure (97 %)" in html
    assert "1 order is tied to them." in html
    html = say(as_malik, talk, "customer", "yes").content.decode()
    assert "behind what was promised" in html
    record = triage.open_record(talk.latest)
    assert record is not None
    assert "Secret" not in str(record.proposals)
    assert "4711" not in str(record.proposals)


def test_by_the_books_it_has_arrived(as_malik: Client, talk: Any) -> None:
    now = clock.now()
    bought(talk, promised_at=now, delivered_at=now - timedelta(days=1))
    html = say(as_malik, talk, "customer", "yes").content.decode()
    assert "By the carrier it was delivered on" in html
    assert "<strong>No</strong>, rather sure (60 %)" in html


def test_one_step_back_and_another_way(as_malik: Client, talk: Any) -> None:
    for question in ("customer", "true"):
        say(as_malik, talk, question, "yes")
    html = page(as_malik, talk, at="customer")
    assert "Have they bought from you?" in html
    assert "Leave it so" in html
    assert "Malik said <strong>Yes</strong>" in html
    say(as_malik, talk, "customer", "no")
    html = say(as_malik, talk, "positive", "no").content.decode()
    assert "Do they only want to provoke?" in html
    record = triage.open_record(talk.latest)
    assert record is not None
    assert [each["answer"] for each in record.steps] == ["yes", "yes", "no", "no"]


def test_the_end_shows_where_it_leads_and_the_five_considerations(as_malik: Client, talk: Any) -> None:
    for question, answer in WAY.items():
        html = say(as_malik, talk, question, answer).content.decode()
    assert "Something went wrong for them: say sorry and make it good." in html
    for title in ("Transparency", "Sourcing", "Timeliness", "Tone", "Influence"):
        assert title in html
    assert "You write as Teapot." in html
    assert "Decide: Make it good" in html
    for key in ("2", "3", "4", "5"):
        assert f'data-key="{key}"' in html


def test_deciding_moves_the_conversation_and_comes_back_to_it(as_malik: Client, talk: Any, malik: Any) -> None:
    for question, answer in WAY.items():
        say(as_malik, talk, question, answer)
    answer = decide(as_malik, talk, "restoration", headers=HTMX)
    assert answer.headers["HX-Redirect"] == reverse("conversation", args=[talk.pk])
    talk.refresh_from_db()
    assert (talk.response, talk.queue) == ("restoration", "needs_answer")
    record = triage.last_record(talk.latest)
    assert record is not None
    assert record.finished_by == malik
    html = page(as_malik, talk)
    assert "Decided before: make it good" in html
    assert "Question 1 of" in html
    shown = as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "answered 6 questions about it, which led to: make it good" in shown


def test_against_the_answers_it_asks_why_and_loses_nothing(as_malik: Client, talk: Any) -> None:
    for question, answer in WAY.items():
        say(as_malik, talk, question, answer)
    answer = decide(as_malik, talk, "monitor")
    assert answer.status_code == 422
    assert "Say why, so that others learn from it." in answer.content.decode()
    assert decide(as_malik, talk, "monitor", "They asked us not to write.").status_code == 302
    record = triage.last_record(talk.latest)
    assert record is not None
    assert (record.response, record.because) == ("monitor", "They asked us not to write.")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"question": "customer", "answer": "maybe"}, 400),
        ({"question": "shoe size", "answer": "yes"}, 400),
        ({}, 400),
        ({"question": "unhappy", "answer": "unknown"}, 422),
    ],
)
def test_what_is_no_answer(as_malik: Client, talk: Any, said: dict[str, str], status: int) -> None:
    assert as_malik.post(reverse("assess-answer", args=[talk.pk]), said).status_code == status
    assert triage.open_record(talk.latest) is None


def test_deciding_before_the_end(as_malik: Client, talk: Any) -> None:
    assert decide(as_malik, talk, "restoration").status_code == 422
    say(as_malik, talk, "customer", "yes")
    assert decide(as_malik, talk, "restoration").status_code == 422
    assert decide(as_malik, talk, "hide it").status_code == 422


def test_a_record_and_its_paper(as_malik: Client, as_vera: Client, talk: Any) -> None:
    done = go_through(as_malik, talk, "monitor", "They asked us <b>not</b> to write.")
    for name in ("assessment-record", "assessment-print"):
        html = as_vera.get(reverse(name, args=[done.pk])).content.decode()
        assert COMPLAINT in html
        assert "They asked us &lt;b&gt;not&lt;/b&gt; to write." in html
        assert "Did something go wrong for them with you?" in html
        assert "the answers led to: make it good" in html
        assert "Answered by Malik" in html
        assert "unlike Makegood" in html
        assert "You write as Teapot." in html
    assert "data-print" in html
    assert "/live/" not in html


def test_a_deleted_post_leaves_the_record(as_malik: Client, talk: Any) -> None:
    done = go_through(as_malik, talk)
    talk.latest.text, talk.latest.activity, talk.latest.deleted_at = "", {}, clock.now()
    talk.latest.save()
    html = as_malik.get(reverse("assessment-record", args=[done.pk])).content.decode()
    assert "It is no longer there" in html
    assert "What they said is no longer there." in as_malik.get(reverse("assessments")).content.decode()


def test_the_list_filters_and_pages(as_malik: Client, as_olga: Client, workspace: Any, talk: Any, olga: Any) -> None:
    go_through(as_malik, talk)
    other = conversation_with(talk.latest.channel, f"{COMPLAINT}, says Bo")
    go_through(as_olga, other, "monitor", "He is a friend of ours.")
    everything = as_malik.get(reverse("assessments")).content.decode()
    assert "says Bo" in everything
    assert "against the answers" in everything
    only = as_malik.get(reverse("assessments"), {"response": "restoration"}).content.decode()
    assert "says Bo" not in only
    hers = as_malik.get(reverse("assessments"), {"who": olga.pk}).content.decode()
    assert "says Bo" in hers
    assert hers.count("data-row-link") == 1
    none = as_malik.get(reverse("assessments"), {"response": "let_stand"}).content.decode()
    assert "None like that" in none
    odd = as_malik.get(reverse("assessments"), {"response": "x", "who": "y", "after": "z"})
    assert odd.content.decode().count("data-row-link") == 2


def kept(talk: Any, count: int, by: Any) -> None:
    triage.AssessmentRecord.objects.bulk_create(
        triage.AssessmentRecord(
            workspace_id=talk.workspace_id,
            mention=talk.latest,
            response="monitor",
            led_to="monitor",
            classes=["rager"],
            finished_by=by,
            finished_at=clock.now() - timedelta(minutes=number),
        )
        for number in range(count)
    )


def test_the_list_asks_as_often_for_many_as_for_few(as_vera: Client, talk: Any, malik: Any) -> None:
    kept(talk, 3, malik)
    as_vera.get(reverse("assessments"))
    with CaptureQueriesContext(connection) as few:
        as_vera.get(reverse("assessments"))
    kept(talk, 40, malik)
    with CaptureQueriesContext(connection) as many:
        html = as_vera.get(reverse("assessments")).content.decode()
    assert len(many) <= len(few)
    assert html.count("data-row-link") == 30
    after = html.split("after=")[1].split('"')[0]
    rest = as_vera.get(f"{reverse('assessments')}?after={after}", headers=HTMX).content.decode()
    assert rest.count("data-row-link") == 13
    assert "<html" not in rest


def test_asking_costs_the_same_at_every_question(as_malik: Client, talk: Any) -> None:
    bought(talk)
    page(as_malik, talk)
    with CaptureQueriesContext(connection) as first:
        page(as_malik, talk)
    for question, answer in list(WAY.items())[:5]:
        say(as_malik, talk, question, answer)
    with CaptureQueriesContext(connection) as last:
        page(as_malik, talk)
    assert len(last) <= len(first) <= 40


def test_who_may_do_what(
    talk: Any, as_vera: Client, as_cora: Client, as_sten: Client, as_nobody: Client, as_malik: Client
) -> None:
    done = go_through(as_malik, talk)
    walk, answer = reverse("assess-questions", args=[talk.pk]), reverse("assess-answer", args=[talk.pk])
    record = reverse("assessment-record", args=[done.pk])
    said = {"question": "customer", "answer": "yes"}
    assert [as_vera.get(walk).status_code, as_vera.post(answer, said).status_code] == [403, 403]
    assert [as_cora.get(walk).status_code, as_cora.get(record).status_code] == [403, 403]
    assert as_cora.get(reverse("assessments")).status_code == 403
    assert [as_sten.get(walk).status_code, as_sten.post(answer, said).status_code] == [404, 404]
    printed = reverse("assessment-print", args=[done.pk])
    assert [as_sten.get(record).status_code, as_sten.get(printed).status_code] == [404, 404]
    assert COMPLAINT not in as_sten.get(reverse("assessments")).content.decode()
    assert "/account/login/" in as_nobody.get(walk).headers["Location"]
    shown = as_vera.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert walk not in shown
    assert walk in as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
