"""The sample shop must make a lively desk: it is what a newcomer sees first."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from makegood.connectors.sample import BRAND, OWN_AUTHOR_ID, SHOP_NAME, activities
from makegood.triage.reader import Context, Intent, Judgement, Response, Urgency
from makegood.triage.rules import default_reader


def judged() -> dict[str, Judgement]:
    context = Context(brand_names=(BRAND, SHOP_NAME), own_ids=frozenset({OWN_AUTHOR_ID}))
    week = activities(datetime(2026, 3, 12, 9, 30, tzinfo=UTC))
    return {activity.id.removeprefix("sample:"): default_reader().read(activity, context) for activity in week}


def test_the_desk_is_lively() -> None:
    found = judged()
    intents = Counter(judgement.intent for judgement in found.values())
    assert intents[Intent.COMPLAINT] >= 6
    assert intents[Intent.QUESTION] >= 5
    assert intents[Intent.PRAISE] >= 8
    assert intents[Intent.SUGGESTION] >= 3
    assert intents[Intent.OTHER] >= 3
    responses = {judgement.response for judgement in found.values()}
    assert {Response.RESTORATION, Response.FIX_FACTS, Response.SHARE_SUCCESS, Response.LET_STAND} <= responses
    assert {judgement.urgency for judgement in found.values()} == set(Urgency)


def test_each_mention_is_what_its_name_says() -> None:
    expected = {
        Intent.COMPLAINT: (
            "late-1 late-3 late-4 twice-1 german-1 review-2 refund-1 allergy-1 blog-3 sarcasm-1 spanish-1 "
            "broken-1 broken-3 review-4 gift-1 site-1 chargeback-1"
        ),
        Intent.QUESTION: ("question-1 question-4 question-6 question-7 question-8 question-9 french-1 rumour-1"),
        Intent.PRAISE: (
            "praise-1 praise-2 praise-3 praise-4 praise-5 praise-6 praise-7 praise-8 review-1 review-3 blog-1 blog-2"
        ),
        Intent.SUGGESTION: "suggestion-1 suggestion-2 suggestion-3 suggestion-4",
        Intent.OTHER: "noise-1 noise-2 noise-3 late-2 question-2",
    }
    found = judged()
    wrong = {
        key: str(found[key].intent)
        for intent, keys in expected.items()
        for key in keys.split()
        if found[key].intent != intent
    }
    assert wrong == {}


def test_danger_threats_reach_and_hurry_come_first() -> None:
    found = judged()
    assert [
        key for key in ("allergy-1", "broken-1", "gift-1", "chargeback-1") if found[key].urgency != Urgency.NOW
    ] == []
