"""What Makegood proposes: by what it read, by what is known besides, and how sure it may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.triage.assessing.considering import Around, considerations
from makegood.triage.assessing.proposing import RULES_AT_MOST, Claim, Proposal, Reading, propose, proposed_way
from makegood.triage.assessing.questions import Answer, Question, outcome
from makegood.triage.reader import Response
from makegood.triage.rules import default_reader
from makegood.triage.tests.kit import rows, said

Q, A = Question, Answer


def read(text: str) -> Reading:
    """What the rules read in a text."""
    from makegood.triage.reader import Context

    found = default_reader().read(said(text), Context(is_direct=True))
    return Reading(
        intent=found.intent,
        intents={str(key): value for key, value in found.intents.items()},
        topics=[str(each) for each in found.topics],
        doubts=[str(each) for each in found.doubts],
        response=found.response,
        response_reason=found.response_reason,
    )


def led(proposals: dict[Question, Proposal]) -> Response:
    found = outcome({question: each.answer for question, each in proposals.items()})
    assert found is not None
    return found.response


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("My parcel never arrived and nobody answers, I want a refund", "restoration"),
        ("What time do you open on Sunday?", "fix_facts"),
        ("Love my new teapot, thank you so much! It is beautiful.", "share_success"),
        ("Great, another broken teapot. Just what I needed, thanks a lot for nothing", "restoration"),
    ],
)
def test_the_proposals_lead_where_they_should(text: str, response: str) -> None:
    assert led(propose(read(text))) == response


def test_most_of_what_the_rules_read_leads_where_they_said() -> None:
    """The flow asks more than the rules do; but where they differ often, its proposals would only be in the way."""
    found = [(row, led(propose(read(row.text)))) for row in rows() if row.language == "en"]
    assert len(found) > 80
    same = sum(row.response == str(response) for row, response in found)
    assert same / len(found) > 0.85
    quiet = ("let_stand", "monitor")
    missed = [row.text for row, response in found if row.response == "restoration" and response in quiet]
    assert len(missed) / len(found) < 0.02, missed


def test_what_the_shop_knows_counts_more_than_the_text() -> None:
    claims = [
        Claim(Q.CUSTOMER, A.YES, 0.97, "2 orders are tied to them."),
        Claim(Q.CUSTOMER, A.NO, 0.6, "No."),
        Claim(Q.TRUE, A.YES, 0.9, "It is 3 days late."),
        Claim(Q.TRUE, A.YES, 0.8, "It was charged twice."),
    ]
    found = propose(read("My parcel never arrived"), claims)
    assert found[Q.CUSTOMER] == Proposal(A.YES, 0.97, "2 orders are tied to them.")
    assert found[Q.TRUE] == Proposal(A.YES, 0.9, "It is 3 days late. It was charged twice.")
    assert Q.TROLL not in proposed_way(found)


def test_what_is_not_true_is_a_fact_to_set_right() -> None:
    found = propose(read("My parcel never arrived"), [Claim(Q.TRUE, A.NO, 0.9, "It was handed over on Monday.")])
    assert (found[Q.MISGUIDED].answer, found[Q.MISGUIDED].reason) == (A.YES, "It was handed over on Monday.")


def test_without_evidence_it_says_that_it_does_not_know() -> None:
    found = propose(read("Hello"))
    assert found[Q.CUSTOMER].answer is A.UNKNOWN
    assert found[Q.TRUE].answer is A.UNKNOWN
    assert found[Q.TRUE].confidence == 0.5


def test_rules_are_never_as_sure_as_a_model() -> None:
    text = "This is the worst shop ever, my teapot is broken, nobody answers, I want my money back!"
    assert max(each.confidence for each in propose(read(text)).values()) <= RULES_AT_MOST
    scores = {"intent.complaint": 0.99, "intent.praise": 0.01, "flag.abuse": 0.02, "flag.spam": 0.01}
    found = propose(Reading(intent="complaint", scores=scores, severity=4))
    assert found[Q.UNHAPPY] == Proposal(A.YES, 0.98, "They hold you to blame.")
    assert found[Q.TROLL].answer is A.NO


@pytest.mark.parametrize(
    ("scores", "troll", "rager"),
    [
        ({"flag.spam": 0.95}, A.YES, A.NO),
        ({"flag.abuse": 0.9, "intent.complaint": 0.05}, A.YES, A.YES),
        ({"flag.abuse": 0.9, "intent.complaint": 0.95}, A.NO, A.YES),
        ({"flag.sarcasm": 0.9, "intent.complaint": 0.6}, A.NO, A.YES),
        ({"intent.praise": 0.9}, A.NO, A.NO),
    ],
)
def test_trolls_and_ragers(scores: dict[str, float], troll: Answer, rager: Answer) -> None:
    quiet = dict.fromkeys(("flag.spam", "flag.abuse", "flag.threat", "flag.sarcasm", "intent.complaint"), 0.02)
    found = propose(Reading(scores=quiet | scores))
    assert (found[Q.TROLL].answer, found[Q.RAGER].answer) == (troll, rager)


@given(
    some.builds(
        Reading,
        intent=some.sampled_from(["complaint", "question", "praise", "suggestion", "other", ""]),
        intents=some.dictionaries(some.sampled_from(["complaint", "question", "praise"]), some.floats(0, 1)),
        scores=some.dictionaries(
            some.sampled_from(["intent.complaint", "intent.praise", "flag.spam", "flag.abuse", "severity.4"]),
            some.floats(0, 1),
        ),
        flags=some.lists(some.sampled_from(["abuse", "spam", "sarcasm"])),
        doubts=some.lists(some.sampled_from(["sarcasm", "mixed", "short"])),
        severity=some.integers(0, 4),
        response=some.sampled_from(["let_stand", "fix_facts", "restoration", ""]),
    )
)
def test_every_proposal_has_a_reason_and_a_sound_confidence(reading: Reading) -> None:
    found = propose(reading)
    assert set(found) == set(Question)
    for each in found.values():
        assert 0.5 <= each.confidence <= 1
        assert each.reason


def test_the_five_considerations() -> None:
    around = Around("Teapot & Co", timedelta(hours=5), 12_345, 8, travels=True, severity=3)
    found = considerations("restoration", around)
    assert [each.slug for each in found] == ["transparency", "sourcing", "timeliness", "tone", "influence"]
    facts = {each.slug: each.fact for each in found}
    assert facts["transparency"] == "You write as Teapot & Co."
    assert facts["timeliness"] == "They have waited for 5 hours."
    assert "12,345" in facts["influence"]
    assert "faster than usual" in facts["influence"]
    assert considerations("let_stand", Around(public=False))[-1].fact == "Only they read it."
