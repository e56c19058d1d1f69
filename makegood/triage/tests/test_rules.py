from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.activity import Kind
from makegood.triage.reader import Context, Doubt, Intent, Judgement, Response, Topic, Urgency
from makegood.triage.rules import default_reader
from makegood.triage.tests.kit import Row, read, rows, said


def test_the_table_is_large_and_speaks_four_languages() -> None:
    table = rows()
    assert len(table) >= 150
    assert len({row.text for row in table}) == len(table)
    languages = Counter(row.language for row in table)
    assert set(languages) == {"en", "de", "fr", "es"}
    assert min(languages.values()) >= 25


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.language}-{row.text[:40]}")
def test_utterance(row: Row) -> None:
    found = read(row.text)
    assert (found.language, found.intent, found.urgency, found.response) == (
        row.language,
        row.intent,
        row.urgency,
        row.response,
    )
    assert row.topic in found.topics


@pytest.mark.parametrize(
    ("plain", "turned"),
    [
        ("I am happy with this shop.", "I am not happy with this shop."),
        ("I recommend it.", "I would not recommend it."),
        ("Ich bin zufrieden.", "Ich bin nicht zufrieden."),
        ("Je suis contente.", "Je ne suis pas contente."),
        ("Estoy contenta con la tienda.", "No estoy contenta con la tienda."),
    ],
)
def test_a_denied_praise_is_a_complaint(plain: str, turned: str) -> None:
    assert read(plain).intent is Intent.PRAISE
    assert read(turned).intent is Intent.COMPLAINT


@pytest.mark.parametrize(
    "text",
    [
        "No problem at all, take your time.",
        "Kein Problem, danke für die Antwort.",
        "Pas de problème, merci pour votre réponse.",
        "No hay problema, gracias por responder.",
        "They never disappoint.",
        "I never had a bad cup there.",
    ],
)
def test_a_denied_displeasure_is_no_complaint(text: str) -> None:
    assert read(text).intent is not Intent.COMPLAINT


def test_a_negation_does_not_reach_over_the_end_of_a_clause() -> None:
    assert read("No, I love it.").intent is Intent.PRAISE


@pytest.mark.parametrize(
    "text",
    [
        "Great, another week of waiting.",
        "Thanks for nothing.",
        "Brilliant, the second cup broke as well.",
        "Danke für nichts.",
        "Merci pour rien.",
        "Gracias por nada.",
    ],
)
def test_sarcasm_counts_as_a_complaint_and_is_doubted(text: str) -> None:
    found = read(text)
    assert found.intent is Intent.COMPLAINT
    assert Doubt.SARCASM in found.doubts
    assert any(reason.code == "doubt.sarcasm" for reason in found.reasons)


def test_honest_praise_is_not_doubted() -> None:
    assert read("Great cups, lovely people!").doubts == ()


def test_praise_and_complaint_together_are_mixed_and_lead_to_the_complaint() -> None:
    found = read("I love your cups, but the last one arrived broken and nobody answers.")
    assert found.intent is Intent.COMPLAINT
    assert found.intents[Intent.PRAISE] > 0


@pytest.mark.parametrize("rating", [1, 2])
def test_few_stars_are_a_complaint_whatever_the_words(rating: int) -> None:
    found = read("Teapot, 1 litre.", rating=rating, kind=Kind.REVIEW)
    assert found.intent is Intent.COMPLAINT
    assert found.response is Response.RESTORATION
    assert any(reason.code == "rating" for reason in found.reasons)


def test_many_stars_are_praise_whatever_the_words() -> None:
    found = read("Teapot, 1 litre.", rating=5, kind=Kind.REVIEW)
    assert (found.intent, found.response) == (Intent.PRAISE, Response.SHARE_SUCCESS)


def test_a_problem_in_a_five_star_review_is_still_heard() -> None:
    found = read("Arrived broken, nobody answers my mails.", rating=5, kind=Kind.REVIEW)
    assert found.intent is Intent.COMPLAINT


def test_stars_help_in_a_language_without_cues() -> None:
    text = "Czajniczek przyszedł pęknięty i nikt nie odpowiada na moje wiadomości od tygodnia."
    found = read(text, rating=1, kind=Kind.REVIEW)
    assert (found.language, found.intent) == ("pl", Intent.COMPLAINT)
    assert Doubt.LANGUAGE in found.doubts


def test_capitals_and_pressed_punctuation_weigh() -> None:
    calm = read("My parcel is late").intents[Intent.COMPLAINT]
    assert read("MY PARCEL IS LATE").intents[Intent.COMPLAINT] > calm
    assert read("My parcel is late!!!").intents[Intent.COMPLAINT] > calm


def test_an_intensifier_weighs() -> None:
    assert read("This is really bad").intents[Intent.COMPLAINT] > read("This is bad").intents[Intent.COMPLAINT]


def test_an_emoji_alone_can_carry_it() -> None:
    assert read("😡😡").intent is Intent.COMPLAINT
    assert read("😍").intent is Intent.PRAISE


def test_an_earlier_complaint_makes_the_next_likelier() -> None:
    text = "Any news about my order?"
    before = read(text, Context(complaints_before=2))
    assert before.intents[Intent.COMPLAINT] > read(text).intents[Intent.COMPLAINT]
    assert any(reason.code == "again" for reason in before.reasons)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The cup exploded and cut my hand.", "urgency.safety"),
        ("No refund, so my lawyer will write to you.", "urgency.threat"),
        ("The order is missing and we need it tonight, urgent!", "urgency.hurry"),
        ("My parcel is late.", "urgency.complaint"),
        ("Do you ship to Wales?", "urgency.question"),
        ("I love it.", "urgency.calm"),
        ("Walking by.", "urgency.nothing"),
    ],
)
def test_urgency_says_why(text: str, code: str) -> None:
    reason = read(text).urgency_reason
    assert reason.code == code
    assert reason.text
    assert reason.quote in text


def test_a_complaint_that_many_will_see_is_for_now() -> None:
    assert read("My parcel is late.", followers=9_999).urgency is Urgency.TODAY
    found = read("My parcel is late.", followers=10_000)
    assert (found.urgency, found.urgency_reason.code) == (Urgency.NOW, "urgency.reach")
    assert "10,000" in found.urgency_reason.text


def test_followers_in_the_context_come_before_the_profile() -> None:
    assert read("My parcel is late.", Context(followers=5), followers=50_000).urgency is Urgency.TODAY


def test_own_posts_are_let_stand() -> None:
    found = read("Sorry that it arrived broken!", Context(own_ids=frozenset({"author:1"})))
    assert (found.intent, found.urgency, found.response) == (Intent.OTHER, Urgency.NEVER, Response.LET_STAND)
    assert found.response_reason == "You wrote this yourself."


def test_anger_that_neither_names_nor_addresses_the_shop_is_only_watched() -> None:
    text = "My parcel is late, what a joke."
    brand = ("Thimblemoor",)
    assert read(text, Context(brand_names=brand)).response is Response.MONITOR
    assert read(text, Context(brand_names=brand, is_direct=True)).response is Response.RESTORATION
    assert read(f"thimblemoor: {text}", Context(brand_names=brand)).response is Response.RESTORATION
    assert read(text, Context(brand_names=brand), parent_id="any:0").response is Response.RESTORATION


def test_hearsay_is_answered_with_facts() -> None:
    found = read("I heard that you are closing the shop, so disappointing.")
    assert found.response is Response.FIX_FACTS


def test_abuse_with_a_problem_in_it_is_still_made_good() -> None:
    assert read("You idiots, my parcel never arrived.").response is Response.RESTORATION


def test_a_closing_thank_you_needs_nothing() -> None:
    found = read("Perfect, thank you!", parent_id="any:0")
    assert (found.intent, found.response, found.urgency) == (Intent.PRAISE, Response.LET_STAND, Urgency.NEVER)


def test_a_complaint_hides_behind_no_advert_word() -> None:
    text = "Used your discount code from the newsletter, charged me twice, no reply since."
    assert read(text).intent is Intent.COMPLAINT


def test_the_title_counts() -> None:
    assert read("See above.", title="Arrived broken", kind=Kind.REVIEW).intent is Intent.COMPLAINT


def test_reasons_quote_the_authors_own_words() -> None:
    text = "Still waiting for my Parcel, and you CHARGED ME TWICE!"
    quotes = [reason.quote for reason in read(text).reasons if reason.quote]
    assert quotes
    assert all(quote in text for quote in quotes)
    assert any(quote in ("Still waiting", "CHARGED ME TWICE") for quote in quotes)


def test_several_intents_may_hold() -> None:
    scores = read("Where is my parcel? Do you ship on Saturdays?").intents
    assert scores[Intent.COMPLAINT] >= 0.35
    assert scores[Intent.QUESTION] >= 0.5


def test_topics_come_most_likely_first_and_are_at_most_three() -> None:
    found = read("Refund! Refund! I returned it. The parcel was broken, charged twice, rude staff, website down.")
    assert found.topics[0] is Topic.REFUND
    assert len(found.topics) == 3


def test_a_judgement_survives_json() -> None:
    found = read("Where is my parcel?")
    again = msgspec.json.decode(msgspec.json.encode(found), type=Judgement)
    assert again == found
    assert found.version == default_reader().version == "rules-2"


ANYTHING = st.text(max_size=400) | st.lists(
    st.sampled_from([*" ".join(row.text for row in rows()).split(), "'", "’", "😡", "?!", "\n", "@a", "<3"]),
    max_size=60,
).map(" ".join)


@given(
    text=ANYTHING,
    title=st.just("") | ANYTHING,
    language=st.sampled_from(["", "en", "de-AT", "xx", "und", "🙃", "en_GB", "zh-Hant-TW", "-"]) | st.text(max_size=8),
    rating=st.none() | st.integers(-5, 10),
    before=st.integers(0, 3),
    followers=st.none() | st.integers(-1, 10**9),
)
@example(text="\ud800", title="", language="", rating=None, before=0, followers=None)
@example(text="İ'İ'", title="ﷺ" * 50, language="", rating=None, before=0, followers=None)
@settings(max_examples=300, deadline=None)
def test_any_text_is_judged_the_same_way_twice(
    text: str, title: str, language: str, rating: int | None, before: int, followers: int | None
) -> None:
    activity = said(text, title=title, language=language, rating=rating, followers=followers)
    context = Context(brand_names=("", "Thimblemoor"), complaints_before=before)
    found = default_reader().read(activity, context)
    assert found == default_reader().read(activity, context)
    assert set(found.intents) == set(Intent)
    assert all(0 <= score <= 1 for score in found.intents.values())
    assert found.topics
    assert found.response_reason
    assert found.reasons
    assert found.language


@pytest.mark.parametrize(
    "word", ["not ", "no problem ", "why?! ", "still waiting ", "a'", "@", "http ", "😡", "1 2 3 days "]
)
def test_a_text_made_to_be_slow_is_read_to_its_limit_only(word: str) -> None:
    found = read(word * (1_000_000 // len(word)))
    assert set(found.intents) == set(Intent)
