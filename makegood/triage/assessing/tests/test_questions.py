"""The way through the questions: the original's paths, and what shops amended."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.triage.assessing.questions import ASKED, CLASSES, Answer, Question, next_question, outcome, way
from makegood.triage.reader import Response

Q, A = Question, Answer
LETTERS = {"y": A.YES, "n": A.NO, "u": A.UNKNOWN}


def answered(letters: str) -> dict[Question, Answer]:
    """Answers to the questions as they come, one letter each."""
    answers: dict[Question, Answer] = {}
    for letter in letters:
        question = next_question(answers)
        assert question is not None, f"nothing is asked any more after {answers}"
        answers[question] = LETTERS[letter]
    return answers


@pytest.mark.parametrize(
    ("letters", "response", "also", "classes"),
    [
        # customer, true, positive, then misguided, unhappy, share
        ("yyynny", "share_success", [], ["positive"]),
        ("uuynnn", "let_stand", [], ["positive"]),
        ("uuyyn", "fix_facts", [], ["positive", "misguided"]),
        ("yyyny", "restoration", [], ["positive", "unhappy"]),
        # customer and true: no troll is asked; rager, misguided, unhappy
        ("yynnny", "restoration", [], ["unhappy"]),
        ("yynyny", "restoration", ["monitor"], ["rager", "unhappy"]),
        ("yynyyy", "restoration", ["fix_facts", "monitor"], ["rager", "misguided", "unhappy"]),
        ("yynynn", "monitor", [], ["rager"]),
        ("yynnnn", "let_stand", [], []),
        # else: troll, rager, misguided, unhappy
        ("uunnnny", "restoration", [], ["unhappy"]),
        ("uunnnyn", "fix_facts", [], ["misguided"]),
        ("uunnynn", "monitor", [], ["rager"]),
        # a troll: rager is not asked any more
        ("uunynn", "monitor", [], ["troll"]),
        ("uunyyn", "fix_facts", ["monitor"], ["troll", "misguided"]),
        # who has not bought and only provokes is not asked about as unhappy
        ("nunyn", "monitor", [], ["troll"]),
        ("nnnyy", "fix_facts", ["monitor"], ["troll", "misguided"]),
    ],
)
def test_where_the_answers_lead(letters: str, response: str, also: list[str], classes: list[str]) -> None:
    answers = answered(letters)
    found = outcome(answers)
    assert found is not None
    assert (str(found.response), list(found.also), list(found.classes)) == (response, also, classes)
    assert str(found.why)
    assert len(way(answers)) == len(letters)


def test_customer_and_true_are_asked_first() -> None:
    assert way({}) == (Q.CUSTOMER,)
    assert way(answered("y")) == (Q.CUSTOMER, Q.TRUE)
    assert next_question(answered("yy")) is Q.POSITIVE


@pytest.mark.parametrize("customer", "yun")
@pytest.mark.parametrize("true", "yun")
def test_only_a_customer_with_a_true_complaint_is_spared_the_troll(customer: str, true: str) -> None:
    asked = next_question(answered(f"{customer}{true}n"))
    assert asked is (Q.RAGER if customer == true == "y" else Q.TROLL)


def test_what_was_not_true_is_still_listened_to() -> None:
    one, other = outcome(answered("yunnnny")), outcome(answered("ynnnnny"))
    assert one is not None
    assert other is not None
    assert one.response is other.response is Response.RESTORATION
    assert one.why != other.why


def test_a_changed_answer_leaves_no_trace_of_the_way_not_taken() -> None:
    answers = answered("uunyn")
    assert next_question(answers) is Q.UNHAPPY
    answers[Q.POSITIVE] = A.YES
    assert way(answers) == (Q.CUSTOMER, Q.TRUE, Q.POSITIVE, Q.MISGUIDED, Q.UNHAPPY)
    answers |= {Q.UNHAPPY: A.NO, Q.SHARE: A.YES}
    found = outcome(answers)
    assert found is not None
    assert (found.response, found.classes) == (Response.SHARE_SUCCESS, (Q.POSITIVE,))


@given(some.dictionaries(some.sampled_from(Question), some.sampled_from(Answer)))
def test_any_answers_lead_to_one_response_or_to_a_question(answers: dict[Question, Answer]) -> None:
    asked, found = next_question(answers), outcome(answers)
    assert (asked is None) == (found is not None)
    on_way = way(answers)
    assert len(set(on_way)) == len(on_way)
    assert all(each in answers for each in on_way[:-1])
    if found is not None:
        assert found.response not in found.also
        assert set(found.classes) <= set(CLASSES) & set(on_way)


@given(some.lists(some.sampled_from("yn"), min_size=8, max_size=8))
def test_the_end_is_reached_in_at_most_eight_answers(letters: list[str]) -> None:
    answers: dict[Question, Answer] = {}
    for letter in letters:
        question = next_question(answers)
        if question is None:
            break
        answers[question] = LETTERS[letter]
    assert outcome(answers) is not None


def test_a_missed_complaint_is_the_worst_error() -> None:
    """However the rest is answered: where "unhappy" holds, it is made good."""
    for letters in itertools.product("yn", repeat=8):
        answers = dict(zip(Question, (LETTERS[each] for each in letters), strict=True))
        if answers[Q.UNHAPPY] is A.YES and Q.UNHAPPY in way(answers):
            found = outcome(answers)
            assert found is not None
            assert found.response is Response.RESTORATION


def test_every_question_has_words() -> None:
    assert set(ASKED) == set(Question)
    assert all(str(each.short) and str(each.title).endswith("?") and str(each.hint) for each in ASKED.values())
