"""The figures with their uncertainty, what lies ready, and the closing line for those who watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.desk.models import Conversation
from makegood.kit import clock
from makegood.kit.shares import wilson
from makegood.resolve import made_right
from makegood.resolve.tests.authority_scene import join
from makegood.winback.following import house, reading
from makegood.winback.following.rules import FollowUpError, Plan
from makegood.winback.following.tests.scene import Asking
from makegood.winback.models import FollowUp, FollowUpWords, Satisfaction

pytestmark = pytest.mark.django_db


def asked(shop: Asking, talk: Conversation, scores: list[int | None], **fields: Any) -> None:
    """So many follow-ups of one conversation, each answered with a score, or not."""
    now = clock.now()
    own: dict[str, Any] = {"workspace": shop.workspace, "conversation": talk}
    for score in scores:
        state = "answered" if score else "missed"
        row = FollowUp.objects.create(
            **own, state=state, why="closed", resolved_at=now, asked_at=fields.get("at", now), ready_at=now
        )
        if score:
            Satisfaction.objects.create(
                **own, followup=row, score=score, first_score=score, resolved=fields.get("resolved")
            )


def test_the_share_stands_with_its_interval(shop: Asking) -> None:
    asked(shop, shop.talk(), [5] * 6 + [4] * 2 + [3, 1] + [None] * 10)
    found = reading.scores(shop.workspace, clock.now() - timedelta(days=1))
    assert (found.asked, found.answered, found.counts) == (20, 10, (1, 0, 1, 2, 6))
    assert found.satisfied == wilson(8, 10)
    assert found.answering == wilson(10, 20)
    assert found.satisfied is not None
    # Eight of ten after Wilson, as his formula gives by hand.
    assert found.satisfied.low == pytest.approx(0.4901, abs=1e-3)
    assert found.satisfied.high == pytest.approx(0.9433, abs=1e-3)


def test_nine_answers_are_no_share(shop: Asking) -> None:
    asked(shop, shop.talk(), [5] * 9)
    found = reading.scores(shop.workspace, clock.now() - timedelta(days=1))
    assert (found.answered, found.satisfied, found.answering) == (9, None, None)


def test_a_time_has_its_ends(shop: Asking, other_workspace: Any) -> None:
    now = clock.now()
    asked(shop, shop.talk(), [1, 2], at=now - timedelta(days=10), resolved=False)
    asked(shop, shop.talk(), [5], at=now)
    assert reading.scores(shop.workspace, now - timedelta(days=20)).answered == 3
    assert reading.scores(shop.workspace, now - timedelta(days=20), now).counts == (1, 1, 0, 0, 0)
    assert reading.scores(shop.workspace, now - timedelta(days=20), now).unresolved == 2
    assert reading.scores(shop.workspace, now).counts == (0, 0, 0, 0, 1)
    assert reading.scores(other_workspace, now - timedelta(days=20)).asked == 0


def test_the_newest_answer_is_the_one(shop: Asking) -> None:
    talk = shop.talk()
    assert reading.satisfaction_of(talk) is None
    asked(shop, talk, [2])
    shop.pass_days(1)
    Satisfaction.objects.within(shop.workspace).update(given_at=clock.now() - timedelta(days=1))
    asked(shop, talk, [5])
    found = reading.satisfaction_of(talk)
    assert found is not None
    assert found.score == 5


@pytest.mark.parametrize("rows", [3, 30])
def test_lists_are_paged_in_one_query(shop: Asking, rows: int, django_assert_num_queries: Any) -> None:
    talks = [shop.talk() for _n in range(3)]
    now = clock.now()
    for number in range(rows):
        asked(shop, talks[number % 3], [4])
    FollowUp.objects.within(shop.workspace).update(state="answered")
    ready = [
        FollowUp(
            workspace=shop.workspace, conversation=talk, state="ready", why="closed", resolved_at=now, ready_at=now
        )
        for talk in talks
    ]
    FollowUp.objects.bulk_create(ready)
    with django_assert_num_queries(1):
        page = reading.answers_page(shop.member)
        assert [row.conversation.author_label for row in page.rows]
    seen = [row.pk for row in page.rows]
    while page.after:
        page = reading.answers_page(shop.member, page.after)
        seen += [row.pk for row in page.rows]
    assert len(seen) == len(set(seen)) == rows
    with django_assert_num_queries(1):
        first = reading.ready_page(shop.member, size=2)
        assert [row.conversation.excerpt for row in first.rows]
    rest = reading.ready_page(shop.member, first.after, size=2)
    assert {row.pk for row in first.rows} | {row.pk for row in rest.rows} == {row.pk for row in ready}
    assert rest.after == ""
    assert reading.count_ready(shop.workspace) == 3


def private(shop: Asking) -> Conversation:
    """They complained in public, and we went on in private."""
    talk = shop.talk()
    desk.note_private(talk, clock.now(), shop.malik)
    Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(author_name="Ada Moor")
    return shop.talk_now(talk)


def closing(shop: Asking, talk: Conversation) -> str:
    return reading.card_of(shop.talk_now(talk)).closing


def test_a_closing_line_is_drafted_once_it_ended_well(shop: Asking) -> None:
    talk = private(shop)
    assert closing(shop, talk) == ""
    asked(shop, talk, [4])
    assert closing(shop, talk) == "Glad we could put this right, Ada. Thank you for telling us."
    desk.note_closing_line(talk, clock.now(), shop.malik)
    assert closing(shop, talk) == ""


def test_where_the_name_is_not_known_the_line_reads_well(shop: Asking) -> None:
    talk = private(shop)
    Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(author_name="")
    asked(shop, talk, [5])
    assert closing(shop, talk) == "Glad we could put this right. Thank you for telling us."


@pytest.mark.parametrize(("score", "resolved"), [(3, None), (1, None), (5, False)])
def test_no_closing_line_where_it_did_not_end_well(shop: Asking, score: int, resolved: bool | None) -> None:
    talk = private(shop)
    case = desk.open_case([talk], "Broken", "", None, shop.malik)
    desk.end_case(case, solved=True, outcome="Sent another", close_all=False, by=shop.malik)
    assert closing(shop, talk) != "", "a solved case is enough while they have said nothing"
    asked(shop, talk, [score], resolved=resolved)
    assert closing(shop, talk) == "", "what they say themselves goes before it"


def test_what_they_told_a_member_counts_too(shop: Asking) -> None:
    talk = private(shop)
    shop.made_good(talk)
    assert closing(shop, talk) == ""
    made_right.keep_answer(shop.member, talk, "made_right")
    assert closing(shop, talk) != ""


def test_who_complained_in_private_needs_no_closing_line(shop: Asking) -> None:
    talk = shop.talk()
    asked(shop, talk, [5])
    assert closing(shop, talk) == ""


def test_a_card_costs_few_queries(shop: Asking, django_assert_max_num_queries: Any) -> None:
    talk = private(shop)
    asked(shop, talk, [5] * 3)
    talk = shop.talk_now(talk)
    with django_assert_max_num_queries(6):
        card = reading.card_of(talk)
        assert (card.ready, card.answer is not None) == (False, True)


def test_the_shops_words_go_before_ours(shop: Asking, olga: Any) -> None:
    owner = join(shop.workspace, olga)
    assert house.words_for(shop.workspace, "closing", "de-AT").startswith("Schön")
    assert house.words_for(shop.workspace, "closing", "pt").startswith("Glad")
    house.save_words(owner, "closing", "", "All good, {name}!")
    assert house.words_for(shop.workspace, "closing", "de") == "All good, {name}!"
    house.save_words(owner, "closing", "de", "Alles gut!")
    assert house.words_for(shop.workspace, "closing", "de-CH") == "Alles gut!"
    house.save_words(owner, "closing", "de", " ")
    assert house.words_for(shop.workspace, "closing", "de") == "All good, {name}!"


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("ask", "How was it?", "Put {link}"),
        ("remind", "Hello?", "Put {link}"),
        ("closing", "See {link}", "leave {link} out"),
        ("ask", "{amount} {link}", "doesn’t know {amount}"),
        ("ask", "x" * 1_001, "1,000 characters"),
        ("hello", "x", "from the list"),
    ],
)
def test_words_that_cannot_be(shop: Asking, olga: Any, kind: str, text: str, why: str) -> None:
    with pytest.raises(FollowUpError) as caught:
        house.save_words(join(shop.workspace, olga), kind, "", text)
    assert why in caught.value.sentence
    assert not FollowUpWords.objects.within(shop.workspace).exists()


def test_only_owners_settle_it(shop: Asking, olga: Any) -> None:
    with pytest.raises(FollowUpError, match="role"):
        house.save_plan(shop.member, Plan(days=9))
    with pytest.raises(FollowUpError, match="role"):
        house.save_words(shop.member, "closing", "", "Bye")
    owner = join(shop.workspace, olga)
    with pytest.raises(FollowUpError, match="between 1 and 60"):
        house.save_plan(owner, Plan(days=0))
    house.save_plan(owner, Plan(days=9, by_cause={"4": 2}))
    assert house.plan_of(shop.workspace) == Plan(days=9, by_cause={"4": 2})


def test_ours_fit_into_a_post_of_bluesky() -> None:
    from makegood.winback.following.first_words import FIRST_WORDS

    link = 110
    for words in FIRST_WORDS.values():
        for kind, text in words.items():
            length = len(text.replace("{name}", "Maximiliane").replace("{link}", "x" * link))
            assert length <= 300, kind
