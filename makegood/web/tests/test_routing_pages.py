"""Settings, Who gets what: rules and what members take, made, tested and switched, as the browser sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from makegood.accounts.models import Membership, Team
from makegood.clocks.models import BusinessHours, SlaPolicy
from makegood.desk.models import Conversation
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.routing.api import Routing, RoutingRule, WorkProfile
from makegood.routing.giving import give_out
from makegood.routing.tests.make import NOTHING, alone, came, member, on, rule, takes
from makegood.web.tests.account_pages import get, text_of

pytestmark = pytest.mark.django_db
PATH = "/settings/routing/"
NEW = f"{PATH}rules/new/"


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


def test_a_newcomer_is_told_what_rules_are_for(as_olga: Client, as_malik: Client) -> None:
    page = get(as_olga, PATH)
    assert page.forbidden == []
    assert NEW in page.links
    assert "No rules yet" in text_of(as_olga.get(PATH))
    words = text_of(as_malik.get(PATH))
    assert "Malik" in words
    assert "languages not said" in words
    assert NEW not in get(as_malik, PATH).links
    assert PATH in get(as_malik, "/settings/").links


def test_a_rule_is_made_off_tested_and_switched_on(as_olga: Client, workspace: Any, malik: Any, account: Any) -> None:
    came(account)
    answer = as_olga.post(NEW, {"name": "Complaints", "intents": ["complaint"], "how": "least", "people": [malik.pk]})
    row = RoutingRule.objects.within(workspace).get()
    test = reverse("routing-test", args=[row.pk])
    assert answer["Location"] == test
    assert not row.active
    words = text_of(as_olga.get(test))
    for said in ("If Complaint", "goes to whoever has least of Malik", "It would have taken 1 of 1 conversations"):
        assert said in words
    assert "Switch it on" in words
    assert not Routing.objects.within(workspace).exists()
    assert as_olga.post(reverse("routing-switch", args=[row.pk]), {"active": "1"}).status_code == 302
    row = RoutingRule.objects.within(workspace).get()
    assert row.active
    assert row.since is not None
    came(account, "another, and nobody answers")
    give_out(NOTHING)
    assert "Took 1 in 7 days" in text_of(as_olga.get(PATH))
    as_olga.post(reverse("routing-switch", args=[row.pk]), {"active": "0"})
    assert not RoutingRule.objects.within(workspace).get().active


def everything(workspace: Any, malik: Any) -> dict[str, Any]:
    team = Team.objects.create(workspace=workspace, name="Returns")
    policy = SlaPolicy.objects.create(workspace=workspace, name="VIP", first_answer=10)
    heard = channel(workspace, name="Stream")
    return {
        "name": "All of it",
        "intents": ["complaint", "question"],
        "severity": "2",
        "topics": ["delivery"],
        "languages": ["de"],
        "words": "refund*, never arrived, refund*",
        "urgencies": ["now"],
        "sentiments": ["negative"],
        "flags": ["person"],
        "networks": ["bluesky"],
        "channels": [heard.pk],
        "followers": "1000",
        "customer": "yes",
        "when": "closed",
        "how": "least",
        "people": [malik.pk],
        "teams": [team.pk],
        "labels": "late, VIP",
        "urgency": "now",
        "policy": policy.pk,
        "alert": "on",
        "go_on": "on",
    }


def test_everything_a_rule_can_say_is_kept_and_shown_again(as_olga: Client, workspace: Any, malik: Any) -> None:
    data = everything(workspace, malik)
    assert as_olga.post(NEW, data).status_code == 302
    row = RoutingRule.objects.within(workspace).get()
    before = (row.conditions, row.actions, row.go_on)
    assert row.conditions["words"] == ["refund*", "never arrived"]
    assert row.actions["labels"] == ["late", "VIP"]
    path = reverse("routing-rule", args=[row.pk])
    page = get(as_olga, path)
    assert page.forbidden == []
    assert (page.inputs["words"], page.inputs["labels"]) == ("refund*, never arrived", "late, VIP")
    assert as_olga.post(path, data | {"name": "Renamed"}).status_code == 302
    row.refresh_from_db()
    assert (row.conditions, row.actions, row.go_on, row.name) == (*before, "Renamed")
    words = text_of(as_olga.get(PATH))
    for said in ("Complaint or Question", "They disapprove, at least", "German", "says “refund*” or “never arrived”",
                 "1,000 followers or more", "has bought here", "outside business hours", "Malik, Returns",
                 "label “late” or “VIP”", "clocks by “VIP”", "tells the team", "goes on"):  # fmt: skip
        assert said in words, said


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "required"),
        ({"labels": ""}, "changes nothing"),
        ({"how": "person"}, "Choose the member"),
        ({"how": "least"}, "at least one member"),
        ({"how": "magic"}, "valid choice"),
        ({"followers": "-1"}, "greater than or equal to 0"),
        ({"intents": ["rant"]}, "valid choice"),
        ({"name": "Taken"}, "of this name already"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    as_olga: Client, workspace: Any, olga: Any, malik: Any, wrong: dict[str, Any], says: str
) -> None:
    rule(workspace, olga, "Taken", labels=("x",))
    answer = as_olga.post(NEW, {"name": "Mine", "labels": "late", "words": "refund", "how": ""} | wrong)
    assert answer.status_code == 422
    words = text_of(answer)
    assert says in words
    assert 'value="refund"' in answer.content.decode()
    assert RoutingRule.objects.within(workspace).count() == 1


def test_a_rule_that_is_on_stays_on_when_it_is_changed(as_olga: Client, workspace: Any, olga: Any) -> None:
    row = rule(workspace, olga, "Mark", labels=("x",))
    answer = as_olga.post(reverse("routing-rule", args=[row.pk]), {"name": "Mark", "labels": "y", "how": ""})
    assert answer["Location"] == PATH
    before = row.since
    row.refresh_from_db()
    assert row.active
    assert before is not None
    assert row.since is not None
    assert row.since > before


def test_somebody_who_is_gone_stays_in_the_form_but_not_in_the_rule(
    as_olga: Client, workspace: Any, olga: Any, malik: Any
) -> None:
    row = rule(workspace, olga, assign=alone(malik))
    Membership.objects.within(workspace).filter(user=malik).delete()
    assert f"{malik.pk} (gone)" in text_of(as_olga.get(reverse("routing-rule", args=[row.pk])))
    assert "goes to somebody who is gone" in text_of(as_olga.get(PATH))
    answer = as_olga.post(reverse("routing-rule", args=[row.pk]), {"name": "All", "how": "person", "person": malik.pk})
    assert "Choose the member" in text_of(answer)


class TestTrial:
    def test_the_form_shows_what_it_would_have_done_and_changes_nothing(
        self, as_olga: Client, workspace: Any, olga: Any, malik: Any, account: Any
    ) -> None:
        takes(workspace, malik, languages=("en",))
        takes(workspace, olga, takes=False)
        came(account, "my teapot is broken", "where is my parcel?")
        came(account, "lovely tea", intent="praise", response="share_success")
        lines = Entry.objects.count()
        answer = as_olga.post(reverse("routing-try"), {"intents": ["complaint"], "how": "skill"})
        words = text_of(answer)
        for said in ("It would have taken 2 of 3 conversations", "0.1 a day, 2 on the busiest", "Malik",
                     "speaks English", "my teapot is broken"):  # fmt: skip
            assert said in words, said
        assert "lovely tea" not in words
        assert Entry.objects.count() == lines
        assert not RoutingRule.objects.within(workspace).exists()
        assert not Conversation.objects.within(workspace).filter(assignee__isnull=False).exists()

    def test_earlier_rules_take_theirs_first(self, as_olga: Client, workspace: Any, olga: Any, account: Any) -> None:
        rule(workspace, olga, "First", words=("teapot",), labels=("x",))
        came(account, "my teapot is broken", "where is my parcel?")
        words = text_of(as_olga.post(reverse("routing-try"), {"labels": "y", "how": ""}))
        assert "It would have taken 1 of 2 conversations" in words
        assert "1 more fits, but an earlier rule takes it first" in words

    def test_a_saved_rule_is_tried_without_itself_before_it(
        self, as_olga: Client, workspace: Any, olga: Any, account: Any
    ) -> None:
        row = rule(workspace, olga, "Self", labels=("x",))
        came(account)
        data = {"rule": row.pk, "name": "Self", "labels": "y", "how": ""}
        assert "It would have taken 1 of 1" in text_of(as_olga.post(reverse("routing-try"), data))

    def test_what_can_not_be_read_or_is_not_ours(self, as_olga: Client, as_sten: Client, workspace: Any) -> None:
        wrong = as_olga.post(reverse("routing-try"), {"followers": "many"})
        assert wrong.status_code == 422
        assert "Mend it" in text_of(wrong)
        assert as_olga.post(reverse("routing-try"), {"rule": "999", "labels": "x"}).status_code == 404
        assert as_olga.post(reverse("routing-try"), {"rule": "x" * 40, "labels": "x"}).status_code == 200
        assert "Nothing was heard" in text_of(as_sten.post(reverse("routing-try"), {"labels": "x"}))

    def test_only_who_changes_rules_may_try_them(self, as_malik: Client, as_mona: Client) -> None:
        assert as_malik.post(reverse("routing-try"), {"labels": "x"}).status_code == 403
        assert as_mona.post(reverse("routing-try"), {"labels": "x"}).status_code == 200


def test_rules_are_ordered_by_buttons(as_olga: Client, workspace: Any, olga: Any) -> None:
    rows = [rule(workspace, olga, name, labels=("x",)) for name in "ABC"]

    def order() -> str:
        return "".join(RoutingRule.objects.within(workspace).order_by("position").values_list("name", flat=True))

    def press(row: RoutingRule, up: str) -> str:
        answer = as_olga.post(reverse("routing-move", args=[row.pk]), {"up": up})
        assert answer["Location"] == f"{PATH}#rule-{row.pk}"
        return order()

    assert press(rows[2], "1") == "ACB"
    assert press(rows[2], "1") == "CAB"
    assert press(rows[2], "1") == "CAB"
    assert press(rows[0], "0") == "CBA"
    assert press(rows[0], "0") == "CBA"


def test_a_rule_is_removed_and_what_it_gave_stays(
    as_olga: Client, workspace: Any, olga: Any, malik: Any, account: Any
) -> None:
    row = rule(workspace, olga, assign=on(malik))
    came(account)
    give_out(NOTHING)
    assert as_olga.post(reverse("routing-remove", args=[row.pk])).status_code == 302
    assert not RoutingRule.objects.within(workspace).exists()
    assert Conversation.objects.within(workspace).get().assignee == malik
    assert Routing.objects.within(workspace).get().rule is None


class TestMembers:
    def test_what_somebody_takes_is_set(self, as_mona: Client, workspace: Any, malik: Any) -> None:
        hours = BusinessHours.objects.create(workspace=workspace, name="Mornings", week=[[[480, 720]]] * 7)
        who = Membership.objects.within(workspace).get(user=malik)
        path = reverse("routing-member", args=[who.pk])
        day = (clock.now() + timedelta(days=3)).date()
        data = {"takes": "on", "languages": ["de", "fr"], "topics": ["delivery"], "hours": hours.pk,
                "most_open": "8", "away_until": day.isoformat()}  # fmt: skip
        assert get(as_mona, path).forbidden == []
        assert as_mona.post(path, data).status_code == 302
        row = WorkProfile.objects.within(workspace).get()
        assert (row.languages, row.topics, row.hours, row.most_open, row.away_until) == (
            ["de", "fr"], ["delivery"], hours, 8, day,
        )  # fmt: skip
        words = text_of(as_mona.get(PATH))
        for said in ("German, French", "Delivery", "Mornings", "0 of 8", "away until"):
            assert said in words, said
        assert get(as_mona, path).inputs["most_open"] == "8"
        assert "changed what Malik takes" in text_of(as_mona.get("/settings/journal/"))

    def test_somebody_who_may_not_work_can_not_be_given_anything(
        self, as_olga: Client, workspace: Any, vera: Any
    ) -> None:
        who = Membership.objects.within(workspace).get(user=vera)
        answer = as_olga.post(reverse("routing-member", args=[who.pk]), {"takes": "on"})
        assert answer.status_code == 422
        assert "their role" in text_of(answer)
        assert as_olga.post(reverse("routing-member", args=[10_000]), {}).status_code == 404

    def test_too_much_at_once_is_refused(self, as_olga: Client, workspace: Any, malik: Any) -> None:
        who = Membership.objects.within(workspace).get(user=malik)
        assert as_olga.post(reverse("routing-member", args=[who.pk]), {"most_open": "0"}).status_code == 422


def test_the_reason_stands_on_the_conversation_and_in_its_history(
    as_malik: Client, workspace: Any, olga: Any, malik: Any, account: Any
) -> None:
    rule(workspace, olga, "German delivery", assign=on(malik), labels=("late",), alert=True, urgency="now")
    [row] = came(account)
    give_out(NOTHING)
    words = text_of(as_malik.get(f"/inbox/{row.pk}/"))
    for said in (
        "0 open – rule “German delivery”",
        "looked at the rules: it falls under “German delivery”, which tells the team",
        "labelled it “late”, by rule “German delivery”",
        "raised its urgency to “now”, by rule “German delivery”",
        "gave it to Malik",
    ):
        assert said in words, said
    assert "gave you this conversation" in text_of(as_malik.get("/notices/"))


def test_waiting_conversations_are_told_of(
    as_olga: Client, workspace: Any, olga: Any, malik: Any, account: Any
) -> None:
    takes(workspace, malik, most_open=1)
    rule(workspace, olga, "Few", assign=on(malik))
    rows = came(account, "one", "two")
    give_out(NOTHING)
    assert "1 conversation waits for somebody" in text_of(as_olga.get(PATH))
    assert "waits: Malik has 1 of 1 open" in text_of(as_olga.get(f"/inbox/{rows[1].pk}/"))


@pytest.mark.parametrize("many", [3, 30])
def test_the_number_of_queries_does_not_grow(
    as_olga: Client,
    workspace: Any,
    olga: Any,
    account: Any,
    many: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [member(workspace, f"P{number}") for number in range(many)]
    rows = [rule(workspace, olga, f"R{number}", assign=on(user)) for number, user in enumerate(people)]
    for user in people:
        takes(workspace, user, languages=("en",))
    came(account, *[f"my teapot is broken {number}" for number in range(many)])
    give_out(NOTHING)
    as_olga.get("/")
    for path, most in ((PATH, 28), (reverse("routing-rule", args=[rows[-1].pk]), 24),
                       (reverse("routing-test", args=[rows[0].pk]), 36)):  # fmt: skip
        with django_assert_max_num_queries(most):
            assert as_olga.get(path).status_code == 200
