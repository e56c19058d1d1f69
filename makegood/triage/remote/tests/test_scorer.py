"""The desk is never blocked: what the outside model does not say, the embedded one says; limits, memory, rests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Workspace
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.heads import LABELS
from makegood.triage.remote import api, budget, cache, scorer_for
from makegood.triage.remote.models import OutsideAnswer, OutsideModel, OutsideTrouble, OutsideUse
from makegood.triage.remote.tests.model import Call, Model, chat_answer, reading
from makegood.triage.scoring import Scores

pytestmark = pytest.mark.django_db


class Even:
    """An embedded model that is in doubt about everything."""

    version = "embedded-test"

    def score(self, texts: Sequence[str]) -> list[Scores]:
        return [Scores(probabilities=tuple(0.5 for _ in LABELS), by=self.version) for _ in texts]


@pytest.fixture(autouse=True)
def base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "scorer", Even)


@pytest.fixture
def shop() -> Workspace:
    return Workspace.objects.create(name="Brightleaf Tea", brand="Brightleaf")


Setup = Callable[..., OutsideModel]


@pytest.fixture
def chat(shop: Workspace, outside: Model) -> Setup:
    outside.reply = lambda call: (200, chat_answer(reading()))

    def setup(**changes: Any) -> OutsideModel:
        given: dict[str, Any] = {"kind": "chat", "url": outside.url, "model": "tiny", "ask": "always", "seconds": 5}
        row = api.save(shop, None, api.Wish(**{**given, **changes}))
        OutsideModel.objects.within(shop).update(active=True, last_good_at=clock.now())
        row.refresh_from_db()
        return row

    return setup


def scored(shop: Workspace, *texts: str, **more: Any) -> list[Scores]:
    scorer = scorer_for(shop, **more)
    assert scorer is not None
    found = scorer.score(texts)
    assert len(found) == len(texts)
    return found


def use(shop: Workspace) -> OutsideUse:
    return OutsideUse.objects.within(shop).get()


def test_it_is_off_by_default(shop: Workspace) -> None:
    assert scorer_for(shop) is None


def test_saved_but_not_switched_on_nothing_is_asked(shop: Workspace, outside: Model) -> None:
    api.save(shop, None, api.Wish(kind="chat", url=outside.url, model="tiny"))
    assert scorer_for(shop) is None
    assert scorer_for(shop.pk, evaluating=True) is not None


def test_without_the_embedded_model_the_rules_read_alone(
    shop: Workspace, chat: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat()

    def broken() -> None:
        raise ModelError("The model is missing.")

    monkeypatch.setattr(embedded, "scorer", broken)
    assert scorer_for(shop) is None


def test_its_word_counts_where_it_was_asked(shop: Workspace, chat: Setup, outside: Model) -> None:
    chat(heads=("intent",))
    outside.reply = lambda call: (200, chat_answer({"intent": ["complaint"], "sure": {"intent": 90}}))
    [found] = scored(shop, "It never came.")
    assert found.of("intent.complaint") == 0.9
    assert found.of("topic.delivery") == 0.5, "not asked about: the embedded model's"
    assert found.by.startswith("embedded-test+tiny~")
    assert len(found.by) <= 40


def test_only_doubtful_texts_are_asked_about(shop: Workspace, chat: Setup, outside: Model, monkeypatch: Any) -> None:
    class Sure(Even):
        def score(self, texts: Sequence[str]) -> list[Scores]:
            return [
                Scores(probabilities=tuple(0.5 if "doubt" in text else 0.01 for _ in LABELS), by=self.version)
                for text in texts
            ]

    monkeypatch.setattr(embedded, "scorer", Sure)
    chat(ask="doubt")
    found = scored(shop, "no question", "doubt it", "nothing")
    assert len(outside.calls) == 1
    assert [each.by for each in found][::2] == ["embedded-test", "embedded-test"]


def test_nothing_personal_is_sent(shop: Workspace, chat: Setup, outside: Model) -> None:
    chat()
    scored(shop, "Ask Wilhelmine: order #48213, a@b.example. Brightleaf broke it!", names=["Wilhelmine Q"])
    sent = json.loads(outside.calls[0].body["messages"][1]["content"])["text"]
    assert sent == "Ask [name]: order [order], [mail]. Brightleaf broke it!"


def test_the_same_text_is_asked_about_once(shop: Workspace, chat: Setup, outside: Model) -> None:
    chat()
    scored(shop, "It never came.", "It never came.", "It broke.")
    assert len(outside.calls) == 2
    scored(shop, "It never came.")
    assert len(outside.calls) == 2
    found = use(shop)
    assert (found.requests, found.answered, found.remembered, found.fell_back) == (2, 3, 1, 0)
    kept = OutsideAnswer.objects.within(shop)
    assert kept.count() == 2
    assert "came" not in str(list(kept.values()))


def test_answers_are_forgotten_when_old_or_too_many(
    shop: Workspace, chat: Setup, outside: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat()
    scored(shop, "It never came.")
    OutsideAnswer.objects.within(shop).update(at=clock.now() - cache.KEPT - timedelta(minutes=1))
    scored(shop, "It never came.")
    assert len(outside.calls) == 2
    monkeypatch.setattr(cache, "MOST", 3)
    scored(shop, *(f"text {word}" for word in ("one", "two", "three", "four", "five")))
    assert OutsideAnswer.objects.within(shop).count() <= 3


def test_another_workspace_s_memory_is_not_used(shop: Workspace, chat: Setup) -> None:
    row = chat()
    scored(shop, "It never came.")
    other = Workspace.objects.create(name="Other")
    key = OutsideAnswer.objects.within(shop).get().key
    assert cache.known(shop, [key])
    assert cache.known(other, [key]) == {}
    assert row.workspace_id == shop.pk


@pytest.mark.parametrize("reply", [500, (200, b"<html>"), (429, b"", {"retry-after": "600"}), b""])
def test_whatever_fails_is_read_by_the_embedded_model(shop: Workspace, chat: Setup, outside: Model, reply: Any) -> None:
    chat()
    outside.reply = lambda call: reply
    found = scored(shop, "It never came.", "It broke.")
    assert [each.by for each in found] == ["embedded-test"] * 2
    assert use(shop).fell_back == 2
    trouble = OutsideTrouble.objects.within(shop).get()
    assert trouble.count == 2


def test_it_is_left_alone_for_as_long_as_it_asks(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat()
    outside.reply = lambda call: (429, b"", {"retry-after": "600"})
    scored(shop, "It never came.")
    row.refresh_from_db()
    assert row.asleep_until is not None
    assert timedelta(seconds=570) < row.asleep_until - clock.now() <= timedelta(seconds=600)
    called = len(outside.calls)
    outside.reply = lambda call: (200, chat_answer(reading()))
    scored(shop, "It broke.")
    assert len(outside.calls) == called
    OutsideModel.objects.within(shop).update(asleep_until=clock.now() - timedelta(seconds=1))
    [found] = scored(shop, "It broke.")
    assert "tiny" in found.by
    assert Entry.objects.within(shop).filter(verb="outside_model.slept").count() == 1


def test_after_failures_in_a_row_it_rests_and_one_is_asked_first(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat()
    outside.reply = lambda call: (200, b"<html>")
    scored(shop, "one text", "two texts", "three texts", "four texts")
    row.refresh_from_db()
    assert row.failures >= 3
    assert row.asleep_until is not None
    OutsideModel.objects.within(shop).update(asleep_until=clock.now() - timedelta(seconds=1))
    outside.calls.clear()
    scored(shop, "five texts", "six texts", "seven texts")
    assert len(outside.calls) == 1
    outside.reply = lambda call: (200, chat_answer(reading()))
    OutsideModel.objects.within(shop).update(asleep_until=None)
    scored(shop, "five texts", "six texts", "seven texts")
    well = OutsideModel.objects.within(shop).get()
    assert (well.failures, well.asleep_until) == (0, None)


def test_a_limit_of_requests_holds_and_is_said_once(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat(limits={"requests_day": 3})
    found = scored(shop, *(f"text {word}" for word in ("one", "two", "three", "four", "five")))
    assert len(outside.calls) == 3
    assert sum("tiny" in each.by for each in found) == 3
    scored(shop, "text six")
    scored(shop, "text seven")
    assert len(outside.calls) == 3
    assert use(shop).requests == 3
    assert Entry.objects.within(shop).filter(verb="outside_model.limited").count() == 1
    view = api.overview(row)
    assert view.state == "limited"
    assert "3 requests a day" in view.sentence


def test_money_is_counted_in_billionths_and_limited(shop: Workspace, chat: Setup, outside: Model) -> None:
    # 1 USD for a million tokens sent, 2 for those received; 0.5 for a thousand requests: 100 + 50 tokens, one request.
    prices = {"price_in": 100_000, "price_out": 200_000, "price_request": 50_000_000}
    chat(**prices)
    scored(shop, "It never came.")
    assert use(shop).cost == 100 * 100_000 + 50 * 200_000 + 50_000_000


def test_a_limit_of_money_is_never_passed(shop: Workspace, chat: Setup, outside: Model) -> None:
    # 0.4 cents a request, and one cent a day.
    chat(price_request=400_000_000, limits={"spend_day": 1})
    found = scored(shop, *(f"a text of {word}" for word in ("one", "two", "three", "four")))
    assert len(outside.calls) == 2
    assert use(shop).cost == 800_000_000
    assert sum("tiny" in each.by for each in found) == 2


def test_a_month_s_limit_counts_the_days_before(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat(limits={"tokens_month": 1_000_000})
    today = budget.day_of(row)
    OutsideUse.objects.create(workspace=shop, day=today.replace(day=1), tokens_in=1_000_000)
    OutsideUse.objects.create(workspace=shop, day=today.replace(day=1) - timedelta(days=1), tokens_in=5)
    scored(shop, "It never came.")
    assert outside.calls == []
    OutsideUse.objects.within(shop).filter(tokens_in=1_000_000).update(tokens_in=0)
    scored(shop, "It never came.")
    assert len(outside.calls) == 1


def test_what_was_set_aside_is_put_back(shop: Workspace, chat: Setup, outside: Model) -> None:
    chat()
    outside.reply = lambda call: 500
    scored(shop, "It never came.")
    found = use(shop)
    assert (found.requests, found.tokens_in, found.tokens_out, found.cost) == (2, 0, 0, 0)


def test_parameters_it_does_not_take_are_remembered(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat()

    def choosy(call: Call) -> Any:
        if "response_format" in call.body:
            return 400, {"error": "response_format is not supported"}
        return 200, chat_answer(reading())

    outside.reply = choosy
    scored(shop, "It never came.")
    row.refresh_from_db()
    assert row.leave_out == ["response_format"]
    outside.calls.clear()
    scored(shop, "It broke.")
    assert len(outside.calls) == 1


def test_texts_without_words_are_not_asked_about(shop: Workspace, chat: Setup, outside: Model) -> None:
    chat()
    scored(shop, "", "😡😡😡", "\u200b\ud800", "12 345")
    assert outside.calls == []


def test_evaluating_asks_about_all_and_floors_nothing(shop: Workspace, chat: Setup, outside: Model) -> None:
    row = chat()
    api.switch(shop, None, on=False)
    outside.reply = lambda call: (200, chat_answer(reading(intent=["praise"])))
    [found] = scored(shop, "It never came.", evaluating=True)
    assert found.of("intent.complaint") == pytest.approx(0.1)
    OutsideModel.objects.within(shop).update(active=True)
    [found] = scored(shop, "It never came.")
    assert found.of("intent.complaint") == pytest.approx(0.25), "half of what the embedded model says"
    assert row.pk


def test_an_unheard_of_fault_does_not_reach_the_desk(
    shop: Workspace, chat: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat()

    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("makegood.triage.remote.scorer.redact", broken)
    [found] = scored(shop, "It never came.")
    assert found.by == "embedded-test"


def test_queries_do_not_grow_with_the_texts(shop: Workspace, chat: Setup, django_assert_max_num_queries: Any) -> None:
    chat()
    scored(shop, "warm up")
    scorer = scorer_for(shop)
    assert scorer is not None
    with django_assert_max_num_queries(40):
        scorer.score([f"the text of {word}" for word in ("one", "two", "three")])
    with django_assert_max_num_queries(40):
        scorer.score([f"other text {'x' * number}" for number in range(1, 31)])
