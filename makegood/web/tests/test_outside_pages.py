"""The page of the outside model: set up, seen, tried, explained, switched, paid for, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.accounts.models import Workspace
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.triage import embedded
from makegood.triage.heads import HEADS, LABELS
from makegood.triage.remote import api, budget
from makegood.triage.remote.models import OutsideModel, OutsideTrouble, OutsideUse
from makegood.triage.remote.tests.model import Model, chat_answer, classified, model, reading
from makegood.triage.scoring import Scores
from makegood.web.forms_outside import HEAD_NAMES
from makegood.web.views.outside import MEANINGS

pytestmark = pytest.mark.django_db

PAGE, EDIT = "/settings/outside-model/", "/settings/outside-model/edit/"
POST_TEXT = "Hi, this is Anna Berg. My teapot (order #48213) broke! anna.berg@example.com"


class Even:
    version = "embedded-test"

    def score(self, texts: Sequence[str]) -> list[Scores]:
        return [Scores(probabilities=tuple(0.5 for _ in LABELS), by=self.version) for _ in texts]


@pytest.fixture(autouse=True)
def base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "scorer", Even)


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    return workspace


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    with model() as kept:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", kept.url.partition("//")[2])
        kept.reply = lambda call: (200, chat_answer(reading()))
        yield kept


def form(**changes: Any) -> dict[str, Any]:
    given = {
        "kind": "chat",
        "url": "https://models.example/v1",
        "model": "tiny",
        "key": "sk-teapot",
        "heads": list(HEAD_NAMES),
        "ask": "always",
        "seconds": "5",
        "currency": "usd",
        "price_in": "0.15",
        "price_out": "0.6",
        "price_request": "",
        "requests_day": "1000",
        "spend_month": "5.50",
    }
    return {**given, **changes}


def shown(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_every_label_has_words() -> None:
    assert [f"{head}.{label}" for head, labels in MEANINGS.items() for label in labels] == list(LABELS)
    assert list(HEAD_NAMES) == [head.name for head in HEADS]


def test_at_first_there_is_none(as_olga: Client) -> None:
    assert "Nothing is sent anywhere" in shown(as_olga.get(PAGE))


def test_it_is_saved_with_its_key_sealed(as_olga: Client, shop: Workspace) -> None:
    assert as_olga.post(EDIT, form()).status_code == 302
    row = OutsideModel.objects.within(shop).get()
    assert not row.active
    assert "sk-teapot" not in row.secret
    assert (row.price_in, row.price_out, row.currency) == (15_000, 60_000, "USD")
    assert row.limits == {"requests_day": 1000, "spend_month": 550}
    for address in (PAGE, EDIT):
        text = shown(as_olga.get(address))
        assert "sk-teapot" not in text
        assert row.secret not in text
    assert 'value="0.15"' in shown(as_olga.get(EDIT))
    assert 'value="5.5"' in shown(as_olga.get(EDIT))
    assert Entry.objects.within(shop).filter(verb="outside_model.saved").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "models.example"}, "full web address"),
        ({"url": "https://me:secret@models.example/v1"}, "in its own field"),
        ({"model": ""}, "needs its name"),
        ({"heads": []}, "at least one thing"),
        ({"seconds": "90"}, "60"),
        ({"currency": "dollars"}, "3"),
        ({"currency": "12"}, "Three letters"),
        ({"requests_day": "-1"}, "0"),
        ({"price_in": "x"}, "number"),
    ],
)
def test_what_cannot_be_saved_is_said(as_olga: Client, shop: Workspace, changes: Any, said: str) -> None:
    text = shown(as_olga.post(EDIT, form(**changes)), 422)
    assert said in text
    assert "sk-teapot" not in text, "what was typed as a password is not sent back"
    assert not OutsideModel.objects.within(shop).exists()


def test_a_kept_key_is_never_sent_to_another_place(as_olga: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form())
    before = OutsideModel.objects.within(shop).get().secret
    text = shown(as_olga.post(EDIT, form(key="", url="https://thief.example/v1")), 422)
    assert "enter the key again" in text
    as_olga.post(EDIT, form(key="", url="https://models.example/v2"))
    row = OutsideModel.objects.within(shop).get()
    assert (row.secret, row.url) == (before, "https://models.example/v2")
    as_olga.post(EDIT, form(key="", no_key="on", url="https://other.example/v1"))
    row.refresh_from_db()
    assert row.secret == ""


def test_what_would_be_sent_is_shown_exactly(as_olga: Client, outside: Model) -> None:
    as_olga.post(EDIT, form(url=outside.url))
    text = shown(as_olga.post(f"{PAGE}preview/", {"text": POST_TEXT}))
    assert "My teapot (order [order]) broke! [mail]" in text
    assert "sk-teapot" not in text
    assert "with your key" in text
    assert outside.calls == []
    as_olga.post(f"{PAGE}try/", {"text": POST_TEXT})
    sent = json.dumps(outside.calls[0].body, ensure_ascii=False, indent=2)
    assert " ".join(sent.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;").split()) in text


def test_tried_switched_on_and_off_and_removed(as_olga: Client, shop: Workspace, outside: Model) -> None:
    as_olga.post(EDIT, form(url=outside.url))
    assert "Try it out first" in shown(as_olga.post(f"{PAGE}switch/", {"on": "1"}), 422)
    text = shown(as_olga.post(f"{PAGE}try/", {"text": POST_TEXT}))
    assert "what they want: a complaint" in text
    assert "90 %" in text
    # 100 tokens at 0.15 USD and 50 at 0.60 USD a million.
    assert "0.000045 USD" in text
    assert as_olga.post(f"{PAGE}switch/", {"on": "1"}).status_code == 302
    assert OutsideModel.objects.within(shop).get().active
    assert "Reads along" in shown(as_olga.get(PAGE))
    as_olga.post(f"{PAGE}switch/", {"on": "0"})
    assert "nothing is sent anywhere" in shown(as_olga.get(PAGE))
    as_olga.post(f"{PAGE}remove/")
    assert not OutsideModel.objects.within(shop).exists()
    assert OutsideUse.objects.within(shop).exists()
    verbs = set(Entry.objects.within(shop).values_list("verb", flat=True))
    assert {"outside_model.switched_on", "outside_model.switched_off", "outside_model.removed"} <= verbs


def test_another_model_has_to_be_tried_anew(as_olga: Client, shop: Workspace, outside: Model) -> None:
    as_olga.post(EDIT, form(url=outside.url))
    as_olga.post(f"{PAGE}try/", {"text": POST_TEXT})
    as_olga.post(f"{PAGE}switch/", {"on": "1"})
    as_olga.post(EDIT, form(url=outside.url, key="", seconds="7"))
    assert OutsideModel.objects.within(shop).get().active
    as_olga.post(EDIT, form(url=outside.url, key="", model="other"))
    assert not OutsideModel.objects.within(shop).get().active


def test_a_classifier_s_labels_are_proposed_and_explained(as_olga: Client, shop: Workspace, outside: Model) -> None:
    outside.reply = lambda call: (200, classified(call, NEGATIVE=0.8, LABEL_7=0.2))
    as_olga.post(EDIT, form(kind="classifier", url=outside.url))
    text = shown(as_olga.post(f"{PAGE}try/", {"text": POST_TEXT}))
    assert "What “LABEL_7” means" in text
    row = OutsideModel.objects.within(shop).get()
    assert row.labels == {"NEGATIVE": "sentiment.negative", "LABEL_7": ""}
    meant = {"theirs": ["NEGATIVE", "LABEL_7"], "ours": ["sentiment.negative", "intent.complaint"]}
    assert as_olga.post(f"{PAGE}labels/", meant).status_code == 302
    row.refresh_from_db()
    assert row.labels["LABEL_7"] == "intent.complaint"
    assert "Choose one of the meanings" in shown(
        as_olga.post(f"{PAGE}labels/", {"theirs": ["NEGATIVE"], "ours": ["sentiment.angry"]}), 422
    )
    assert "whole form" in shown(as_olga.post(f"{PAGE}labels/", {"theirs": ["a", "b"], "ours": [""]}), 422)


def test_without_any_meaning_it_is_switched_off(as_olga: Client, shop: Workspace, outside: Model) -> None:
    outside.reply = lambda call: (200, classified(call, NEGATIVE=0.8, POSITIVE=0.2))
    as_olga.post(EDIT, form(kind="classifier", url=outside.url))
    as_olga.post(f"{PAGE}try/", {"text": POST_TEXT})
    as_olga.post(f"{PAGE}switch/", {"on": "1"})
    as_olga.post(f"{PAGE}labels/", {"theirs": ["NEGATIVE", "POSITIVE"], "ours": ["", ""]})
    assert not OutsideModel.objects.within(shop).get().active


def test_a_zero_shot_model_s_labels_are_our_own_words(as_olga: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form(kind="zero_shot", url="https://models.example/"))
    assert 'value="a complaint"' in shown(as_olga.get(PAGE))
    as_olga.post(f"{PAGE}labels/", {"theirs": ["a grievance", ""], "ours": ["intent.complaint", ""]})
    assert OutsideModel.objects.within(shop).get().labels == {"a grievance": "intent.complaint"}


@pytest.mark.parametrize(
    ("reply", "said"),
    [(401, "refuses our key"), (500, "trouble of its own"), ((200, b"<html>"), "not what was asked for")],
)
def test_what_goes_wrong_is_on_the_page(as_olga: Client, outside: Model, reply: Any, said: str) -> None:
    outside.reply = lambda call: reply
    as_olga.post(EDIT, form(url=outside.url))
    text = shown(as_olga.post(f"{PAGE}try/", {"text": POST_TEXT}))
    assert text.count(said) == 2, "at the try, and among what went wrong lately"


def test_a_page_of_theirs_cannot_speak_html(as_olga: Client, outside: Model) -> None:
    outside.reply = lambda call: (400, {"error": "<script>alert(1)</script>"})
    as_olga.post(EDIT, form(url=outside.url))
    text = shown(as_olga.post(f"{PAGE}try/", {"text": POST_TEXT}))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_what_it_cost_this_month(as_olga: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form())
    row = OutsideModel.objects.within(shop).select_related("workspace").get()
    today = budget.day_of(row)
    OutsideUse.objects.create(workspace=shop, day=today, requests=7, cost=125 * budget.BILLION, answered=6, fell_back=1)
    OutsideUse.objects.create(workspace=shop, day=today.replace(day=1) - timedelta(days=1), requests=90, cost=10**12)
    text = shown(as_olga.get(PAGE))
    assert "1.25 USD" in text
    assert "for 7 requests" in text
    assert "<svg" in text


def test_rests_and_limits_are_said(as_olga: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form())
    rows = OutsideModel.objects.within(shop)
    until = clock.now() + timedelta(minutes=5)
    rows.update(active=True, asleep_until=until, asleep_because="It asked us to slow down.")
    assert "It asked us to slow down." in shown(as_olga.get(PAGE))
    rows.update(asleep_until=None, limits={"requests_day": 0})
    assert "Your limit of 0 requests a day is reached" in shown(as_olga.get(PAGE))


def test_a_viewer_sees_what_it_costs_and_can_change_nothing(as_olga: Client, as_vera: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form())
    text = shown(as_vera.get(PAGE))
    assert "This month" in text
    assert "Switch it on" not in text
    assert as_vera.get(EDIT).status_code == 403
    for part in ("switch", "remove", "try", "preview", "labels"):
        assert as_vera.post(f"{PAGE}{part}/", {"text": "x"}).status_code == 403


def test_nobody_else_sees_it(as_olga: Client, as_sten: Client, as_nobody: Client, shop: Workspace) -> None:
    as_olga.post(EDIT, form())
    assert "models.example" not in shown(as_sten.get(PAGE))
    as_sten.post(f"{PAGE}remove/")
    assert OutsideModel.objects.within(shop).exists()
    assert as_nobody.get(PAGE).status_code == 302


@pytest.mark.parametrize("troubles", [3, 30])
def test_the_page_costs_the_same_with_many_troubles(
    as_olga: Client, shop: Workspace, troubles: int, django_assert_max_num_queries: Any
) -> None:
    as_olga.post(EDIT, form())
    OutsideTrouble.objects.bulk_create(
        [OutsideTrouble(workspace=shop, kind="slow", sentence=f"Slow {number}.") for number in range(troubles)]
    )
    as_olga.get(PAGE)
    with django_assert_max_num_queries(16):
        text = shown(as_olga.get(PAGE))
    assert text.count("Slow ") == min(troubles, api.TROUBLES_SHOWN)
