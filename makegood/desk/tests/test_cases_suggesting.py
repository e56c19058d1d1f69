"""What may belong together is found, said with its reason, and never joined without a member."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.desk import cases, suggesting
from makegood.desk.actions import close
from makegood.desk.cases import CaseError
from makegood.desk.clues import MOST_CLUES
from makegood.desk.flow import redact_gone
from makegood.desk.models import Case, CaseClue, CaseSuggestion, Conversation
from makegood.desk.reading import queue_age
from makegood.desk.removal import remove_channel
from makegood.desk.suggesting import suggest_new, suggestions_for
from makegood.desk.tests.case_scene import COMPLAINT, case_keys, heard, pairs, said_on
from makegood.desk.tests.make import bring
from makegood.journal.models import Entry
from makegood.listen import flow as listening
from makegood.listen.tests.make import channel

pytestmark = pytest.mark.django_db

ORDER = "My order 4711 never arrived and nobody answers, I want a refund"
ALSO = "Hello? Order #4711 has still not come. I want my money back"


def due() -> int:
    rows = Conversation.objects.across("a test looks at all").filter(compare_at__isnull=False)
    return rows.count()


def key(*rows: Conversation) -> tuple[int, int]:
    first, second = sorted(row.pk for row in rows)
    return first, second


def test_the_same_person_on_two_networks(workspace: Any) -> None:
    one, other, _third = heard(
        workspace,
        said_on("bluesky", "teatotaller.bsky.social", COMPLAINT),
        said_on("feed", "teatotaller", "Your tea shop ignores me, I want a refund for the broken pot"),
        said_on("feed", "someoneelse", "Your tea shop ignores me as well, where is my money"),
    )
    assert due() == 3
    assert suggest_new() == 3
    assert due() == 0
    found = pairs(workspace)
    assert set(found) == {key(one, other)}
    pair = found[key(one, other)]
    assert pair.state == "open"
    assert pair.reasons[0][:2] == ["handle", "teatotaller"]
    assert set(pair.reasons[0][2:]) == {"bluesky", "feed"}
    shown = suggestions_for([one])[0]
    assert (shown.one, shown.other, shown.reasons) == (one, other, pair.reasons)
    assert suggestions_for([other])[0].other == one
    assert suggestions_for([]) == []


def test_the_same_order(workspace: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("bluesky", "b.example", ALSO))
    suggest_new()
    assert pairs(workspace)[key(one, other)].reasons == [["order", "4711", "bluesky", "bluesky"]]


def test_who_comes_later_finds_who_was_there(workspace: Any) -> None:
    one = heard(workspace, said_on("bluesky", "a.example", ORDER))[0]
    suggest_new()
    close(one, None)
    other = heard(workspace, said_on("feed", "b", ALSO))[0]
    suggest_new()
    assert set(pairs(workspace)) == {key(one, other)}


def test_what_is_closed_asks_nobody(workspace: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("bluesky", "b.example", ALSO))
    for row in (one, other):
        close(row, None)
    suggest_new()
    assert pairs(workspace) == {}
    assert CaseClue.objects.within(workspace).filter(kind="order").count() == 2


def test_what_somebody_says_later_counts_too(workspace: Any) -> None:
    first = said_on("bluesky", "a.example", COMPLAINT)
    one, other = heard(workspace, first, said_on("feed", "b", ALSO))
    suggest_new()
    assert pairs(workspace) == {}
    more = said_on("bluesky", "a.example", "It is order 4711, where is it?", root_id=first.id, minutes=1)
    heard(workspace, more)
    assert due() == 1
    suggest_new()
    assert set(pairs(workspace)) == {key(one, other)}


def test_a_stranger_is_never_compared(workspace: Any, other_workspace: Any) -> None:
    heard(workspace, said_on("bluesky", "teatotaller.bsky.social", ORDER))
    heard(other_workspace, said_on("feed", "teatotaller", ORDER))
    suggest_new()
    assert not CaseSuggestion.objects.across("a test looks at all").exists()


def test_nothing_is_ever_joined_silently(workspace: Any) -> None:
    said = [said_on(network, "teatotaller", ORDER) for network in ("bluesky", "feed", "file", "sample")]
    rows = heard(workspace, *said)
    for _ in range(3):
        suggest_new()
    assert len(pairs(workspace)) == 6
    assert not Case.objects.within(workspace).exists()
    assert not Conversation.objects.within(workspace).filter(case__isnull=False).exists()
    lines = Entry.objects.within(workspace).filter(verb__startswith="case.")
    assert set(lines.values_list("verb", "actor_id")) == {("case.suggested", None)}
    assert len(rows) == 4


def test_common_things_say_nothing(workspace: Any) -> None:
    heard(workspace, *(said_on("bluesky", f"p{n}x.example", ORDER) for n in range(9)))
    suggest_new()
    suggest_new()
    later = heard(workspace, said_on("feed", "late", ALSO))[0]
    before = set(pairs(workspace))
    suggest_new()
    assert {pair for pair in pairs(workspace) if later.pk in pair} == set()
    assert set(pairs(workspace)) == before


def test_a_decline_is_for_good(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    pair = pairs(workspace)[key(one, other)]
    cases.decline(pair, malik)
    with transaction.atomic():
        suggesting.compare_again([one.pk, other.pk])
    suggest_new()
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by, suggestions_for([one])) == ("declined", malik, [])
    assert len(pairs(workspace)) == 1
    for action in (lambda: cases.decline(pair, malik), lambda: cases.take_up(pair, "x", malik)):
        with pytest.raises(CaseError, match="decided this already"):
            action()
    assert not Case.objects.within(workspace).exists()


def test_taking_up_opens_a_case(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    pair = pairs(workspace)[key(one, other)]
    case = cases.take_up(pair, "Order 4711", malik)
    assert (case.title, case.owner, case_keys(case)) == ("Order 4711", malik, list(key(one, other)))
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("taken", malik)


def test_taking_up_joins_the_case_that_is_there(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    for inside in (one, other):
        case = cases.open_case([inside], "Order", "", None, malik)
        assert cases.take_up(pairs(workspace)[key(one, other)], "New", malik).pk == case.pk
        assert case_keys(case) == list(key(one, other))
        for row in (one, other):
            cases.take_out(case, row, malik)
        CaseSuggestion.objects.within(workspace).update(state="open")


@pytest.mark.parametrize("ended", [None, 0, 1])
def test_taking_up_merges_two_cases_into_the_one_that_is_open(workspace: Any, malik: Any, ended: int | None) -> None:
    rows = sorted(
        heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO)), key=lambda row: row.pk
    )
    suggest_new()
    made = [cases.open_case([row], "Order", "", None, malik) for row in rows]
    if ended is not None:
        cases.end_case(made[ended], solved=True, outcome="Done", close_all=False, by=malik)
    stays = cases.take_up(pairs(workspace)[key(*rows)], "", malik)
    assert stays.pk == made[1 if ended == 0 else 0].pk
    assert case_keys(stays) == [row.pk for row in rows]


def test_a_refused_join_leaves_the_suggestion_open(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    case = cases.open_case([one], "Order", "", None, malik)
    cases.end_case(case, solved=True, outcome="Done", close_all=False, by=malik)
    with pytest.raises(CaseError, match="Reopen it first"):
        cases.take_up(pairs(workspace)[key(one, other)], "", malik)
    assert pairs(workspace)[key(one, other)].state == "open"
    assert suggestions_for([other])


def test_joined_by_hand_needs_no_decision(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    case = cases.open_case([one], "Order", "", None, malik)
    assert suggestions_for([one])
    cases.add_to_case(case, other, malik)
    assert suggestions_for([one]) == []
    assert pairs(workspace)[key(one, other)].state == "taken"


def test_what_is_in_one_case_is_not_suggested(workspace: Any, malik: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    cases.open_case([one, other], "Order", "", None, malik)
    suggest_new()
    assert pairs(workspace) == {}


def test_what_is_deleted_at_its_source_leaves_no_trace(workspace: Any, malik: Any) -> None:
    said = [said_on("bluesky", f"p{n}x.example", ORDER) for n in range(3)]
    one, two, three = heard(workspace, *said)
    suggest_new()
    assert len(pairs(workspace)) == 3
    cases.decline(pairs(workspace)[key(one, two)], malik)
    listening.forget([said[0].id])
    redact_gone()
    suggest_new()
    found = pairs(workspace)
    assert set(found) == {key(one, two), key(two, three)}
    assert (found[key(one, two)].state, found[key(one, two)].reasons) == ("declined", [])
    assert not CaseClue.objects.within(workspace).filter(conversation=one, kind="order").exists()
    assert "4711" not in str(list(Entry.objects.within(workspace).values_list("data", flat=True)))


def test_one_conversation_shows_few(workspace: Any) -> None:
    said = [said_on("bluesky", f"p{n}x.example", f"{ORDER} and order 99{n}") for n in range(6)]
    rows = heard(workspace, *said)
    suggest_new()
    assert all(len([pair for pair in pairs(workspace) if row.pk in pair]) <= suggesting.MOST_KEPT for row in rows)


@pytest.mark.parametrize("others", [3, 60])
def test_a_look_takes_a_bounded_number_of_queries(workspace: Any, others: int) -> None:
    heard(
        workspace,
        *(said_on("bluesky", f"p{n}x.example", f"{ORDER}, I am {n}", name=f"Ann Lindqvist {n}") for n in range(others)),
    )
    while suggest_new():
        pass
    heard(
        workspace, said_on("feed", "teatotaller", f"{ORDER}, parcel RB123456785GB, jo@example.com", name="Jo Karlsson")
    )
    with CaptureQueriesContext(
        connection,
    ) as seen:
        suggest_new()
    assert len(seen) <= MOST_CLUES + 20


def plan(rows: Any) -> str:
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        return "\n".join(str(line) for line in cursor.fetchall())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="for a handful of rows PostgreSQL takes any index, or none")
def test_each_look_is_served_by_an_index(workspace: Any) -> None:
    one = heard(workspace, said_on("bluesky", "a.example", ORDER))[0]
    suggest_new()
    assert "clue_by_value" in plan(suggesting.sharing(one, ("order", "4711")))
    waiting = Conversation.objects.across("a test looks at all").filter(compare_at__isnull=False)
    assert "conversation_to_compare" in plan(waiting.order_by("compare_at", "id")[:50])
    same = Conversation.objects.within(workspace).filter(author_id=one.author_id, network="bluesky")
    assert "conversation_by_author" in plan(same.order_by("-last_message_at"))
    shown = CaseSuggestion.objects.within(workspace).filter(second=one, state="open")
    assert "SCAN" not in plan(shown)


def test_how_long_they_have_waited(workspace: Any) -> None:
    assert queue_age()["conversations to compare"] is None
    heard(workspace, said_on("bluesky", "a.example", ORDER))
    age = queue_age()["conversations to compare"]
    assert age is not None
    assert 0 <= age < 60
    suggest_new()
    assert queue_age()["conversations to compare"] is None


def test_a_channel_that_goes_takes_what_was_read_from_it(workspace: Any, olga: Any) -> None:
    one, other = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", ALSO))
    suggest_new()
    assert set(pairs(workspace)) == {key(one, other)}
    remove_channel(other.latest.channel, olga)
    assert pairs(workspace) == {}
    assert not CaseClue.objects.within(workspace).exclude(conversation=one).exists()


def test_the_sample_takes_its_cases_along(workspace: Any, olga: Any) -> None:
    sample = channel(workspace, "sample", network="sample")
    post = said_on("sample", "s", ORDER)
    row = bring(sample, post)[0]
    ours = heard(workspace, said_on("bluesky", "a.example", COMPLAINT))
    Conversation.objects.within(workspace).filter(pk=row.pk).update(is_sample=True)
    row.refresh_from_db()
    gone = cases.open_case([row], "Only the sample", "", None, olga)
    kept = cases.open_case(ours, "Ours", "", None, olga)
    remove_channel(sample, olga)
    assert list(Case.objects.within(workspace).values_list("pk", flat=True)) == [kept.pk]
    assert gone.is_sample
