from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.activity import Kind
from makegood.triage import embedded
from makegood.triage.heads import HEADS, LABELS, SENTIMENTS, index
from makegood.triage.reader import Context, Doubt, Intent, Judgement, Response, Topic, Urgency
from makegood.triage.rules import default_reader
from makegood.triage.scoring import Scores
from makegood.triage.tests.kit import read, rows, said

CALM = "I was at the shop with my sister and we talked with you about this"
"""English without a single cue."""


def scores(**chances: float) -> Scores:
    """What a model could say: `intent_complaint=0.9`; of what is not named, next to nothing."""
    found = [0.01] * len(LABELS)
    for name, chance in chances.items():
        found[index(name.replace("_", ".", 1))] = chance
    return Scores(tuple(found), "model-1")


def judged(text: str, model: Scores, context: Context | None = None, **more: object) -> Judgement:
    thresholds: dict[str, float] = more.pop("thresholds", {})  # type: ignore[assignment]
    return default_reader().read(said(text, **more), context or Context(), model, thresholds)


def reasons(found: Judgement) -> list[str]:
    return [reason.text for reason in found.reasons]


def test_in_english_the_model_decides_and_says_how_sure_it_is() -> None:
    found = judged(CALM, scores(intent_complaint=0.94))
    assert (found.intent, found.intents[Intent.COMPLAINT]) == (Intent.COMPLAINT, 0.94)
    assert (found.response, found.urgency) == (Response.RESTORATION, Urgency.TODAY)
    assert "Reads like a complaint: 94 in 100 such posts are." in reasons(found)
    assert found.version == "rules-2+model-1"
    assert found.scores["intent.complaint"] == 0.94
    assert read(CALM).intent is Intent.OTHER


@pytest.mark.parametrize(("chance", "said_as"), [(1.0, 99), (0.999, 99), (0.501, 50)])
def test_nothing_is_wholly_sure(chance: float, said_as: int) -> None:
    found = judged(CALM, scores(intent_praise=chance))
    assert f"Reads like praise: {said_as} in 100 such posts are." in reasons(found)


def test_the_threshold_of_the_workspace_decides() -> None:
    model = scores(intent_complaint=0.4)
    assert judged(CALM, model).intent is Intent.OTHER
    assert judged(CALM, model, thresholds={"intent.complaint": 0.3}).intent is Intent.COMPLAINT


def test_several_intents_may_hold_and_the_complaint_leads() -> None:
    found = judged(CALM, scores(intent_complaint=0.6, intent_question=0.97))
    assert found.intent is Intent.COMPLAINT
    assert found.intents[Intent.QUESTION] == 0.97


def test_clear_praise_is_not_led_by_a_complaint_that_hardly_holds() -> None:
    found = judged(CALM, scores(intent_complaint=0.3, intent_praise=0.95), thresholds={"intent.complaint": 0.2})
    assert found.intent is Intent.PRAISE
    assert Doubt.MIXED in found.doubts


def test_what_is_all_but_a_complaint_is_doubted() -> None:
    found = judged(CALM, scores(intent_complaint=0.45, intent_other=0.6))
    assert found.intent is Intent.OTHER
    assert Doubt.CLOSE in found.doubts
    assert "It is close to being a complaint." in reasons(found)


def test_severity_comes_with_a_complaint_only() -> None:
    model = {"severity_0": 0.5, "severity_3": 0.4}
    assert judged(CALM, scores(intent_complaint=0.9, **model)).severity == 3
    assert judged(CALM, scores(intent_praise=0.9, **model)).severity == 0


@pytest.mark.parametrize(
    "text", ["There was a shard of glass in my tea tin.", "You will hear from my lawyer about this."]
)
def test_danger_and_threats_are_serious_and_cannot_wait_whatever_the_model_says(text: str) -> None:
    found = judged(text, scores(intent_complaint=0.9, severity_1=0.9, urgency_whenever=0.9))
    assert found.severity >= 3
    assert found.urgency is Urgency.NOW
    assert found.urgency_reason.quote


def test_who_may_be_hurt_is_heard_whatever_the_model_says() -> None:
    found = judged("My son had an allergic reaction to your cake.", scores(intent_other=0.97))
    assert (found.intent, found.urgency) == (Intent.COMPLAINT, Urgency.NOW)


def test_the_model_may_say_that_it_cannot_wait() -> None:
    found = judged(CALM, scores(intent_complaint=0.9, urgency_now=0.8))
    assert found.urgency is Urgency.NOW
    assert found.urgency_reason.text == "Reads as if it cannot wait: 80 in 100 such posts cannot."
    assert judged(CALM, scores(intent_complaint=0.9, urgency_now=0.4)).urgency is Urgency.TODAY
    assert judged(CALM, scores(intent_praise=0.9, urgency_now=0.8)).urgency is Urgency.WHENEVER


def test_sentiment_and_topics_and_flags_are_the_models() -> None:
    model = scores(
        intent_complaint=0.9, sentiment_negative=0.7, topic_refund=0.9, topic_staff=0.6, flag_person=0.8, flag_abuse=0.9
    )
    found = judged(CALM, model)
    assert (found.sentiment, found.topics) == ("negative", (Topic.REFUND, Topic.STAFF))
    assert found.flags == ("abuse", "person")
    assert "They seem to ask for a person: 80 in 100 such posts do." in reasons(found)


def test_sarcasm_is_a_doubt() -> None:
    found = judged(CALM, scores(intent_complaint=0.9, flag_sarcasm=0.7))
    assert Doubt.SARCASM in found.doubts
    assert "sarcasm" in found.flags


def test_spam_is_let_stand() -> None:
    found = judged(CALM, scores(intent_other=0.9, flag_spam=0.9))
    assert (found.response, found.response_reason) == (Response.LET_STAND, "It looks like spam.")


def test_abuse_without_a_problem_is_watched() -> None:
    found = judged(CALM, scores(intent_other=0.9, flag_abuse=0.9))
    assert found.response is Response.MONITOR


def test_praise_that_no_cue_knows_is_shared_all_the_same() -> None:
    assert judged(CALM, scores(intent_praise=0.9)).response is Response.SHARE_SUCCESS


@pytest.mark.parametrize("rating", [1, 2])
def test_few_stars_are_a_complaint_whatever_the_model_says(rating: int) -> None:
    found = judged("Teapot, 1 litre.", scores(intent_praise=0.95), rating=rating, kind=Kind.REVIEW)
    assert found.intent is Intent.COMPLAINT


def test_many_stars_are_praise_unless_the_words_say_otherwise() -> None:
    model = scores(intent_other=0.9)
    assert judged("Teapot, 1 litre.", model, rating=5, kind=Kind.REVIEW).intent is Intent.PRAISE


def test_own_posts_are_let_stand_whatever_the_model_says() -> None:
    found = judged(CALM, scores(intent_complaint=0.99), Context(own_ids=frozenset({"author:1"})))
    assert (found.intent, found.response, found.flags) == (Intent.OTHER, Response.LET_STAND, ())


@pytest.mark.parametrize("row", [row for row in rows() if row.language != "en"], ids=lambda row: row.text[:40])
@pytest.mark.parametrize("mistaken", ["intent_other", "intent_complaint", "intent_praise"])
def test_where_we_have_cues_of_our_own_a_model_made_for_english_changes_nothing(row: object, mistaken: str) -> None:
    found = judged(row.text, scores(**{mistaken: 0.9}))  # type: ignore[attr-defined]
    alone = read(row.text)  # type: ignore[attr-defined]
    if found.language != "und":
        assert (found.intent, found.urgency, found.response) == (alone.intent, alone.urgency, alone.response)
        assert found.topics == alone.topics


def test_a_language_neither_knows_is_doubted() -> None:
    found = judged("Czajniczek przyszedł pęknięty, nikt nie odpowiada na wiadomości", scores(intent_complaint=0.9))
    assert (found.language, found.intent) == ("pl", Intent.COMPLAINT)
    assert Doubt.LANGUAGE in found.doubts


CHANCES = st.lists(st.floats(0, 1), min_size=len(LABELS), max_size=len(LABELS)).map(
    lambda found: Scores(tuple(found), "any-1")
)


@given(
    model=CHANCES,
    text=st.sampled_from([*(row.text for row in rows()), "", "?", "😡"]) | st.text(max_size=80),
    rating=st.none() | st.integers(1, 5),
    thresholds=st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_whatever_a_model_says_a_judgement_is_whole(
    model: Scores, text: str, rating: int | None, thresholds: dict[str, float]
) -> None:
    found = judged(text, model, rating=rating, thresholds=thresholds)
    assert set(found.intents) == set(Intent)
    assert all(0 <= chance <= 1 for chance in found.intents.values())
    assert 0 <= found.severity <= 4
    assert (found.severity > 0) or found.intent is not Intent.COMPLAINT
    assert found.sentiment in SENTIMENTS
    assert set(found.flags) <= set(HEADS[-1].labels)
    assert 1 <= len(found.topics) <= 3
    assert len(found.version) <= 40
    assert found == judged(text, model, rating=rating, thresholds=thresholds)


@pytest.mark.skipif(bool(embedded.problem()), reason="the model in the package is being made")
def test_the_table_is_read_with_the_model_in_the_package() -> None:
    """Other languages as by the rules alone; in English the complaints are found, and who is in danger always is."""
    table = rows()
    model = embedded.scorer().score([row.text for row in table])
    thresholds = embedded.about().thresholds
    found = [judged(row.text, own, thresholds=thresholds) for row, own in zip(table, model, strict=True)]
    others = [(row, each) for row, each in zip(table, found, strict=True) if row.language != "en"]
    wrong = [
        row.text
        for row, each in others
        if (each.intent, each.urgency, each.response) != (row.intent, row.urgency, row.response)
    ]
    assert wrong == []
    english = [(row, each) for row, each in zip(table, found, strict=True) if row.language == "en"]
    assert all(each.urgency == "now" for row, each in english if row.urgency == "now")
    complaints = [each.intent == "complaint" for row, each in english if row.intent == "complaint"]
    assert sum(complaints) >= 0.9 * len(complaints)
