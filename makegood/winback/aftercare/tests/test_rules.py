"""Who is asked when, which words and lists are taken, and what an answer means: as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.winback.aftercare import rules
from makegood.winback.aftercare.first_words import FIRST_WORDS, FOOT
from makegood.winback.aftercare.rules import AftercareError, Agreed, Answered, Bought, Plan, Standing

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LANGUAGES = ("en", "de", "fr", "es")
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("shipped", "delivered", "days"),
    [(None, None, 14), (2, None, 12), (2, 4, 9), (None, 4, 9)],
    ids=["only ordered", "sent on day 2", "delivered on day 4", "delivered, nobody said sent"],
)
def test_the_best_that_is_known_says_when(shipped: int | None, delivered: int | None, days: int) -> None:
    bought = Bought(
        NOW, None if shipped is None else NOW + shipped * DAY, None if delivered is None else NOW + delivered * DAY
    )
    assert rules.due_at(bought, Plan()) == NOW + days * DAY


REASONS = [
    ("known", False, "erased"),
    ("unsubscribed", True, "unsubscribed"),
    ("agreed", False, "no_consent"),
    ("undone", True, "refunded"),
    ("complains", True, "open"),
    ("asked_lately", True, "too_soon"),
]


@pytest.mark.parametrize(("name", "value", "why"), REASONS)
def test_each_reason_alone_is_enough(name: str, value: bool, why: str) -> None:
    assert rules.skip_reason(Standing()) == ""
    assert rules.skip_reason(replace(Standing(), **{name: value})) == why


@pytest.mark.parametrize("number", range(len(REASONS)))
def test_the_first_of_several_is_said(number: int) -> None:
    facts = {name: value for name, value, _why in REASONS[number:]}
    assert rules.skip_reason(replace(Standing(), **facts)) == REASONS[number][2]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(), ""),
        (Plan(after_delivery=0), "90 days"),
        (Plan(after_shipping=91), "90 days"),
        (Plan(after_order=91), "90 days"),
        (Plan(quiet_days=0), "365"),
        (Plan(quiet_days=366), "365"),
        (Plan(language="tlh"), "language"),
    ],
)
def test_a_plan_is_possible_or_says_why_not(plan: Plan, words: str) -> None:
    found = rules.plan_problem(plan, LANGUAGES)
    assert found == "" if not words else words in found


@pytest.mark.parametrize(
    ("subject", "body", "words"),
    [
        ("Did it come?", "See {link}", ""),
        ("{name}: {order} of {shop}", "{name} {order} {shop} {link}", ""),
        ("", "See {link}", "needs"),
        ("Hi", " ", "needs"),
        ("a\nBcc: b@example.com", "{link}", "one line"),
        ("x" * 121, "{link}", "120"),
        ("x", "{link}" + "y" * 2_000, "2,000"),
        ("x", "no way to answer", "{link}"),
        ("x {link}", "{link}", "subject"),
        ("x", "{link} {vouchr}", "{vouchr}"),
    ],
)
def test_words_are_fine_or_say_why_not(subject: str, body: str, words: str) -> None:
    found = rules.words_problem(subject, body)
    assert found == "" if not words else words in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_words_pass_and_the_foot_has_a_way_out(language: str) -> None:
    assert rules.words_problem(*FIRST_WORDS[language]) == ""
    assert "{stop}" in FOOT[language]
    assert "{shop}" in FOOT[language]


def test_a_list_is_read_in_many_forms() -> None:
    text = "E-mail;day;language\n Ann@Example.com ; 2026-03-31 ; de-AT\n<bo@b.example>\n\ncy@c.example\t2026-01-01\n"
    assert rules.read_list(text, TODAY, TODAY, LANGUAGES) == [
        Agreed("ann@example.com", date(2026, 3, 31), "de"),
        Agreed("bo@b.example", TODAY),
        Agreed("cy@c.example", date(2026, 1, 1)),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no address"),
        ("address,day", "no address"),
        ("a@b.example\nnobody", "Line 2"),
        ("a@b.example\na@b@c.example", "Line 2"),
        ("a@b.example\nx <a@b.example>", "Line 2"),
        ("a@b.example,31.3.2026", "2026-03-31"),
        ("a@b.example,2026-11-21", "still to come"),
        ("a@b.example,2026-01-01,klingon", "language"),
        ("\n".join(f"a{n}@b.example" for n in range(5_001)), "5,000"),
    ],
)
def test_a_list_is_taken_whole_or_says_where_it_is_wrong(text: str, words: str) -> None:
    with pytest.raises(AftercareError, match=words):
        rules.read_list(text, TODAY, TODAY, LANGUAGES)


@given(st.text(max_size=200))
def test_no_list_breaks_it(text: str) -> None:
    try:
        found = rules.read_list(text, TODAY, TODAY, LANGUAGES)
    except AftercareError:
        return
    assert all(one.address.count("@") == 1 and " " not in one.address for one in found)


@pytest.mark.parametrize(
    ("arrived", "good", "comment", "said", "trouble"),
    [
        ("yes", "yes", "", Answered(True, True), False),
        ("yes", "no", " chipped ", Answered(True, False, "chipped"), True),
        ("no", "", "", Answered(False, None), True),
        ("no", "yes", "", Answered(False, None), True),
        ("", "no", "", Answered(None, False), True),
        ("yes", "", "", Answered(True, None), False),
        ("", "", "hello", Answered(None, None, "hello"), False),
        ("maybe", "yes", "", Answered(None, True), False),
    ],
)
def test_what_an_answer_means(arrived: str, good: str, comment: str, said: Answered, trouble: bool) -> None:
    found = rules.read_answer(arrived, good, comment)
    assert (found, rules.is_trouble(found)) == (said, trouble)


@pytest.mark.parametrize(("fields", "why"), [(("", "", " "), "empty"), (("yes", "yes", "x" * 2_001), "long")])
def test_an_answer_that_cannot_be_kept(fields: tuple[str, str, str], why: str) -> None:
    with pytest.raises(AftercareError, match=why):
        rules.read_answer(*fields)


def test_an_answer_can_be_changed_for_two_weeks() -> None:
    assert rules.may_change(NOW, 0, NOW + 13 * DAY)
    assert not rules.may_change(NOW, 0, NOW + 14 * DAY)
    assert not rules.may_change(NOW, 20, NOW + DAY)


def test_waiting_grows_and_ends() -> None:
    waits = [rules.back_off(attempt) for attempt in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600.0
