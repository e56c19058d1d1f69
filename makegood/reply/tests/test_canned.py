"""Canned responses and macros: kept, filled, counted when they really go out, and never sending anything themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.accounts.models import Membership, Team
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Conversation, Label
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity
from makegood.reply import api as reply
from makegood.reply.models import CannedResponse, CannedUse, Macro, Reply

pytestmark = pytest.mark.django_db

COMPLAINT = "My order no. 4711 from Teapot never arrived and nobody answers, I want a refund"
LATE = "Sorry {{first_name|there}}, your parcel is late."
FILLED = "Sorry there, your parcel is late."


@pytest.fixture
def talk(account: Any) -> Conversation:
    return conversation_with(account, COMPLAINT, url="https://example.org/post", handle="lena.example")


@pytest.fixture
def late(workspace: Any, olga: Any) -> CannedResponse:
    return reply.save_canned(workspace, olga, name="Late", shortcut="/Late", text=LATE)


def used(workspace: Any) -> reply.Used:
    ((_row, found),) = reply.canned_list(workspace)
    return found


def test_it_is_kept_tidy(late: CannedResponse, workspace: Any, olga: Any) -> None:
    assert (late.name, late.shortcut, late.created_by) == ("Late", "late", olga)
    again = reply.save_canned(workspace, olga, name="  Very   late ", text=" Sorry!\r\nReally. ", row=late)
    assert (again.pk, again.name, again.shortcut, again.text) == (late.pk, "Very late", "", "Sorry!\nReally.")
    assert Entry.objects.within(workspace).filter(verb="canned.saved").count() == 2


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"name": " "}, "name", "Give it a name"),
        ({"name": "LATE"}, "name", "has this name already"),
        ({"name": "x" * 81}, "name", "80 characters"),
        ({"shortcut": "two words"}, "shortcut", "one word"),
        ({"shortcut": "LATE"}, "shortcut", "has this shortcut already"),
        ({"text": "  "}, "text", "Write what it says"),
        ({"text": "x" * 5_001}, "text", "too long"),
        ({"text": "Hi {{forename}}"}, "text", "doesn’t know {{forename}}"),
    ],
)
def test_what_is_wrong_is_said_by_field(
    fields: dict[str, str], where: str, says: str, late: CannedResponse, workspace: Any, olga: Any
) -> None:
    with pytest.raises(reply.CannedError) as caught:
        reply.save_canned(
            workspace,
            olga,
            name=fields.get("name", "Other"),
            text=fields.get("text", "Fine."),
            shortcut=fields.get("shortcut", "other"),
        )
    assert list(caught.value.fields) == [where]
    assert says in caught.value.fields[where][0]
    assert CannedResponse.objects.within(workspace).count() == 1


def test_two_shops_may_have_the_same(late: CannedResponse, other_workspace: Any, sten: Any) -> None:
    reply.save_canned(other_workspace, sten, name="Late", shortcut="late", text="Sorry.")
    assert reply.canned_one(other_workspace, late.pk) is None
    assert [row.text for row, _used in reply.canned_list(other_workspace)] == ["Sorry."]


def test_it_is_found_by_all_words(workspace: Any, olga: Any, late: CannedResponse) -> None:
    reply.save_canned(workspace, olga, name="Thanks", text="It made our day.")
    assert [row.name for row, _used in reply.canned_list(workspace, "parcel SORRY")] == ["Late"]
    assert [row.name for row, _used in reply.canned_list(workspace, "thanks parcel")] == []
    assert [row.name for row, _used in reply.canned_list(workspace, "")] == ["Late", "Thanks"]


def test_it_is_filled_for_this_customer(talk: Conversation, malik: Any, workspace: Any, olga: Any) -> None:
    reply.save_canned(workspace, olga, name="All", text="{{first_name}} {{name}} {{shop}} {{me}} {{order}}")
    ((_row, filled),) = [(one.row, one.filled) for one in reply.canned_choices(talk, malik)]
    assert filled.text == "[first name] lena.example Teapot Malik 4711"
    assert filled.open == ("first_name",)
    talk.author_name = "Lena Moor 🌿"
    assert reply.canned_choices(talk, malik)[0].filled.text == "Lena Lena Moor 🌿 Teapot Malik 4711"


def test_it_counts_when_it_is_queued_and_not_when_it_is_put_in(
    talk: Conversation, late: CannedResponse, malik: Any, workspace: Any
) -> None:
    reply.canned_choices(talk, malik)
    reply.save_draft(talk, malik, FILLED)
    assert used(workspace) == reply.Used()
    reply.queue(talk, malik, FILLED)
    assert (used(workspace).month, used(workspace).people_today) == (1, 1)


def test_what_was_rewritten_is_ones_own(talk: Conversation, late: CannedResponse, malik: Any, workspace: Any) -> None:
    reply.queue(talk, malik, "Lena! I have your parcel here; sorry!")
    assert used(workspace).month == 0


def test_an_answer_taken_back_does_not_count(
    talk: Conversation, late: CannedResponse, malik: Any, workspace: Any
) -> None:
    row = reply.queue(talk, malik, FILLED)
    assert reply.undo(row, malik)
    assert used(workspace).month == 0
    reply.queue(talk, malik, FILLED)
    assert used(workspace).month == 1


def test_an_answer_by_hand_counts_too(talk: Conversation, late: CannedResponse, malik: Any, workspace: Any) -> None:
    reply.record_by_hand(talk, malik, FILLED)
    assert used(workspace).month == 1


def test_once_for_each_answer(talk: Conversation, late: CannedResponse, malik: Any, workspace: Any) -> None:
    from makegood.reply.canned import count_canned

    row = reply.queue(talk, malik, FILLED)
    assert count_canned(row, FILLED) == 1
    assert CannedUse.objects.within(workspace).count() == 1


def test_how_often_and_to_how_many_today(account: Any, late: CannedResponse, malik: Any, workspace: Any) -> None:
    rows = bring(
        account, *[activity(COMPLAINT, network="testnet", who=f"w{n}", url="https://e.org") for n in range(14)]
    )
    for row in rows:
        reply.queue(row, malik, FILLED)
    assert (used(workspace).month, used(workspace).people_today, used(workspace).often) == (14, 14, True)
    uses = CannedUse.objects.within(workspace).order_by("id")
    CannedUse.objects.within(workspace).filter(pk__in=[one.pk for one in uses[:10]]).update(
        at=clock.now() - timedelta(days=2)
    )
    CannedUse.objects.within(workspace).filter(pk=uses[13].pk).update(at=clock.now() - timedelta(days=31))
    found = used(workspace)
    assert (found.month, found.people_today, found.often) == (13, 3, True)
    CannedUse.objects.within(workspace).filter(pk=uses[12].pk).delete()
    assert (used(workspace).month, used(workspace).people_today, used(workspace).often) == (12, 2, False)


def test_removed_it_leaves_what_went_out(talk: Conversation, late: CannedResponse, malik: Any, workspace: Any) -> None:
    row = reply.queue(talk, malik, FILLED)
    reply.remove_canned(late, malik)
    row.refresh_from_db()
    assert row.text == FILLED
    assert not CannedUse.objects.within(workspace).exists()


def test_the_list_takes_the_same_queries(workspace: Any, olga: Any, talk: Conversation, malik: Any) -> None:
    counts = []
    for name in ("a", "b"):
        for number in range(3 if name == "a" else 30):
            reply.save_canned(workspace, olga, name=f"{name}{number}", text="Thank you for telling us about this.")
        with CaptureQueriesContext(connection) as listing:
            reply.canned_list(workspace)
        with CaptureQueriesContext(connection) as choosing:
            reply.canned_choices(talk, malik)
        counts.append((len(listing), len(choosing)))
    assert counts[0] == counts[1] == (2, 3)


# Macros


def steps(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"do": do, "value": value} for do, value in pairs]


@pytest.fixture
def label(workspace: Any) -> Label:
    return Label.objects.create(workspace=workspace, name="late parcel")


def make(workspace: Any, by: Any, *pairs: tuple[str, str], name: str = "Lost parcel") -> Macro:
    return reply.save_macro(workspace, by, name=name, steps=steps(*pairs))


def test_a_macro_does_its_steps_in_one_go(
    workspace: Any, talk: Conversation, olga: Any, malik: Any, late: CannedResponse, label: Label
) -> None:
    team = Team.objects.create(workspace=workspace, name="Returns")
    macro = make(
        workspace,
        olga,
        ("label", "late parcel"),
        ("assign", f"team:{team.pk}"),
        ("assign", "me"),
        ("assess", "fix_facts"),
        ("snooze", "tomorrow"),
        ("canned", str(late.pk)),
    )
    before = Entry.objects.within(workspace).count()
    ran = reply.run_macro(talk, macro, malik)
    talk.refresh_from_db()
    assert [one.name for one in talk.labels.all()] == ["late parcel"]
    assert (talk.assignee, talk.team, talk.response, talk.queue) == (malik, team, "fix_facts", "snoozed")
    assert ran.insert is not None
    assert ran.insert.text == FILLED
    lines = list(Entry.objects.within(workspace).order_by("id")[before:])
    mine = [line for line in lines if line.actor_id == malik.pk]
    assert [(line.verb, line.data["macro"]) for line in mine] == [("conversation.macro_run", "Lost parcel")]
    macro.refresh_from_db()
    assert macro.uses == 1
    assert macro.last_used_at is not None


def test_it_sends_and_drafts_nothing(workspace: Any, talk: Conversation, olga: Any, late: CannedResponse) -> None:
    macro = make(workspace, olga, ("canned", str(late.pk)), ("close", ""))
    reply.run_macro(talk, macro, olga)
    assert not Reply.objects.within(workspace).exists()
    assert used(workspace).month == 0


def test_it_is_undone_as_a_whole(workspace: Any, talk: Conversation, olga: Any, malik: Any, label: Label) -> None:
    fields = Conversation.objects.within(workspace).values().get()
    macro = make(workspace, olga, ("label", "late parcel"), ("assign", "me"), ("close", ""))
    ran = reply.run_macro(talk, macro, malik)
    assert ran.action is not None
    assert (ran.action.action, ran.action.params) == ("macro", {"macro": "Lost parcel"})
    assert desk.undo_bulk(ran.action, malik).restored == 1
    assert Conversation.objects.within(workspace).values().get() == fields
    assert not talk.labels.exists()


def test_where_nothing_changes_nothing_is_written(workspace: Any, talk: Conversation, olga: Any, label: Label) -> None:
    macro = make(workspace, olga, ("unlabel", "late parcel"), ("assign", "nobody"))
    ran = reply.run_macro(talk, macro, olga)
    assert (ran.action, ran.insert) == (None, None)
    assert not BulkAction.objects.within(workspace).exists()


def test_the_order_of_steps_is_kept(workspace: Any, talk: Conversation, olga: Any) -> None:
    macro = make(workspace, olga, ("close", ""), ("assess", "restoration"))
    reply.run_macro(talk, macro, olga)
    talk.refresh_from_db()
    assert talk.queue == "needs_answer"


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("label", "no such"), "There is no label “no such”"),
        (("label", ""), "Choose a label."),
        (("assign", "user:999999"), "not here any more"),
        (("assign", "team:999999"), "not here any more"),
        (("assign", ""), "Choose who."),
        (("assess", "shout"), "Choose what to do"),
        (("snooze", "someday"), "Choose until when"),
        (("canned", "999999"), "was removed"),
        (("canned", "x"), "was removed"),
        (("send", "now"), "doesn’t know this step"),
    ],
)
def test_a_step_that_points_nowhere_is_said(pair: tuple[str, str], says: str, workspace: Any, olga: Any) -> None:
    with pytest.raises(reply.MacroError) as caught:
        reply.save_macro(workspace, olga, name="Lost", steps=steps(("close", ""), pair))
    assert caught.value.steps[0] == ""
    assert says in caught.value.steps[1]
    assert not Macro.objects.within(workspace).exists()


def test_what_is_gone_breaks_it_and_nothing_is_done(
    workspace: Any, talk: Conversation, olga: Any, malik: Any, vera: Any, label: Label, late: CannedResponse
) -> None:
    macro = make(workspace, olga, ("assign", f"user:{vera.pk}"), ("label", "late parcel"), ("canned", str(late.pk)))
    before = Conversation.objects.within(workspace).values().get()
    label.delete()
    Membership.objects.within(workspace).filter(user=vera).delete()
    reply.remove_canned(late, olga)
    problems = reply.step_problems(macro.steps, reply.known_to_macros(workspace))
    assert all(problems)
    with pytest.raises(reply.MacroError, match="is broken, so nothing was done"):
        reply.run_macro(talk, macro, malik)
    assert Conversation.objects.within(workspace).values().get() == before
    macro.refresh_from_db()
    assert macro.uses == 0


@pytest.mark.parametrize(
    ("name", "count", "says"),
    [
        ("", 1, "Give it a name"),
        ("x" * 81, 1, "80 characters"),
        ("Lost", 0, "Add a step"),
        ("Lost", 13, "more than 12"),
    ],
)
def test_a_macro_has_a_name_and_steps(name: str, count: int, says: str, workspace: Any, olga: Any) -> None:
    with pytest.raises(reply.MacroError) as caught:
        reply.save_macro(workspace, olga, name=name, steps=steps(*[("close", "")] * count))
    assert says in f"{caught.value.name} {caught.value}"


def test_a_name_is_given_once(workspace: Any, other_workspace: Any, olga: Any, sten: Any) -> None:
    macro = make(workspace, olga, ("close", ""))
    with pytest.raises(reply.MacroError):
        make(workspace, olga, ("close", ""), name="LOST parcel")
    assert reply.save_macro(workspace, olga, name="Lost  Parcel", steps=macro.steps, row=macro).name == "Lost Parcel"
    make(other_workspace, sten, ("close", ""))
    assert reply.macro_one(other_workspace, macro.pk) is None


def test_nobody_elses_things_can_be_named(
    workspace: Any, other_workspace: Any, olga: Any, sten: Any, late: CannedResponse, label: Label
) -> None:
    for pair in (("label", "late parcel"), ("canned", str(late.pk)), ("assign", f"user:{olga.pk}")):
        with pytest.raises(reply.MacroError):
            make(other_workspace, sten, pair)


def test_steps_in_words(workspace: Any, olga: Any, late: CannedResponse, label: Label) -> None:
    known = reply.known_to_macros(workspace)
    said = [
        reply.step_words(step, known)
        for step in steps(
            ("label", "late parcel"),
            ("assign", f"user:{olga.pk}"),
            ("assign", "me"),
            ("close", ""),
            ("canned", str(late.pk)),
        )
    ]
    assert said == [
        "Put a label on: late parcel",
        "Give it to: Olga",
        "Give it to: whoever runs it",
        "Close it",
        "Put a canned response into the answer: Late",
    ]
