"""Settings of the workspace and of oneself, and the journal's page."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from makegood.accounts import api as accounts
from makegood.accounts.api import Role
from makegood.journal import api as journal
from makegood.web.tests.account_pages import Page, get, text_of

GOOD = {
    "name": "Teapot & Co",
    "brand": "Teapot",
    "timezone": "Europe/Berlin",
    "answer_now": "30 min",
    "answer_today": "4 h",
    "answer_whenever": "2 d",
    "undo_seconds": "10",
    "outcome_days": "5",
}


def write(workspace: Any, count: int) -> None:
    with transaction.atomic():
        journal.record_all(
            [journal.line(workspace.pk, "test.written", workspace, number=number) for number in range(count)]
        )


class TestWorkspace:
    def test_shows_lengths_of_time_as_people_write_them(self, as_olga: Client) -> None:
        page = get(as_olga, "/settings/")
        assert (page.inputs["answer_now"], page.inputs["answer_today"], page.inputs["answer_whenever"]) == (
            "1 h",
            "4 h",
            "1 d",
        )

    def test_what_it_shows_can_be_saved_unchanged(self, as_olga: Client, workspace: Any) -> None:
        page = get(as_olga, "/settings/")
        shown = {name: page.inputs[name] for name in GOOD if name in page.inputs} | {"timezone": "UTC"}
        assert as_olga.post("/settings/", shown).status_code == 302
        assert [line.data for line in journal.about(workspace, [f"workspace:{workspace.pk}"])] == []

    def test_saves(self, as_olga: Client, workspace: Any) -> None:
        assert "Saved." in text_of(as_olga.post("/settings/", GOOD, follow=True))
        workspace.refresh_from_db()
        assert (workspace.timezone, workspace.answer_now, workspace.answer_whenever) == (
            "Europe/Berlin",
            30,
            2880,
        )
        assert (workspace.undo_seconds, workspace.outcome_days) == (10, 5)
        (line,) = journal.about(workspace, [f"workspace:{workspace.pk}"])
        assert (line.verb, line.actor) == ("workspace.changed", "Olga")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": ""}, "required"),
            ({"timezone": "Mars/Olympus"}, "valid choice"),
            ({"answer_now": "soon"}, "such as 45 min"),
            ({"answer_now": "2 d"}, "What is more urgent cannot have more time"),
            ({"answer_now": "0"}, "between one minute and 30 days"),
            ({"undo_seconds": "999"}, "120"),
            ({"undo_seconds": "x"}, "whole number"),
            ({"outcome_days": "0"}, "greater than or equal to 1"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, as_olga: Client, workspace: Any, change: dict[str, str], words: str
    ) -> None:
        response = as_olga.post("/settings/", GOOD | change)
        assert response.status_code == 422
        assert words in text_of(response)
        page = Page(response.content.decode())
        for name in ("answer_now", "answer_today", "undo_seconds", "outcome_days"):
            assert page.inputs[name] == (GOOD | change)[name]
        workspace.refresh_from_db()
        assert workspace.undo_seconds == 8

    def test_an_agent_reads_but_does_not_change(self, as_malik: Client, olga: Any, workspace: Any) -> None:
        page = get(as_malik, "/settings/")
        assert "answer_now" not in page.inputs
        assert "An owner can change this." in " ".join(page.words)
        response = as_malik.post("/settings/", GOOD)
        assert response.status_code == 403
        assert "As agent you cannot change the workspace’s settings" in text_of(response).replace("'", "’")
        workspace.refresh_from_db()
        assert workspace.undo_seconds == 8

    def test_times_are_shown_in_the_workspaces_zone(self, as_olga: Client, workspace: Any) -> None:
        write(workspace, 1)
        [line] = journal.about(workspace, [f"workspace:{workspace.pk}"])
        as_olga.post("/settings/", GOOD | {"timezone": "Asia/Kathmandu"})
        page = as_olga.get(reverse("settings-journal"))
        local = line.at.astimezone(ZoneInfo("Asia/Kathmandu"))
        assert local.strftime("%H:%M:%S") in text_of(page)


class TestProfile:
    def test_changes_name_and_language(self, as_malik: Client, malik: Any, olga: Any) -> None:
        as_malik.post(reverse("settings-profile"), {"name": "Malik B.", "language": "de"})
        malik.refresh_from_db()
        assert (malik.name, malik.language) == ("Malik B.", "de")
        response = as_malik.get("/settings/", HTTP_ACCEPT_LANGUAGE="fr")
        assert response["Content-Language"] == "de"
        assert '<html lang="de"' in response.content.decode()

    def test_without_a_choice_the_browser_decides(self, as_malik: Client, olga: Any) -> None:
        assert as_malik.get("/settings/", HTTP_ACCEPT_LANGUAGE="fr")["Content-Language"] == "fr"

    @pytest.mark.parametrize("data", [{"name": ""}, {"name": "x" * 121}, {"name": "Malik", "language": "tlh"}])
    def test_nonsense_changes_nothing(self, as_malik: Client, malik: Any, olga: Any, data: dict[str, str]) -> None:
        assert as_malik.post(reverse("settings-profile"), data).status_code == 422
        malik.refresh_from_db()
        assert (malik.name, malik.language) == ("Malik", "")


class TestJournal:
    def test_shows_a_hundred_and_then_older_ones(self, as_olga: Client, workspace: Any) -> None:
        write(workspace, 250)
        seen: list[int] = []
        path = reverse("settings-journal")
        for expected in (100, 100, 50):
            response = as_olga.get(path)
            lines = response.context["lines"]
            assert len(lines) == expected
            seen += [line.data["number"] for line in lines]
            older = [link for link in Page(response.content.decode()).links if link.startswith("?before=")]
            path = reverse("settings-journal") + (older[0] if older else "")
        assert seen == list(reversed(range(250)))
        assert not older

    def test_exactly_a_hundred_have_nothing_older(self, as_olga: Client, workspace: Any) -> None:
        write(workspace, 100)
        assert "Older" not in text_of(as_olga.get(reverse("settings-journal")))

    def test_says_it_in_words(self, as_olga: Client, olga: Any, malik: Any, workspace: Any) -> None:
        member = accounts.membership_of(malik, workspace)
        assert member
        accounts.change_role(workspace, olga, member.pk, Role.MANAGER)
        write(workspace, 1)
        with transaction.atomic():
            journal.record(workspace.pk, "conversation.noted", workspace, actor=malik)
        words = text_of(as_olga.get(reverse("settings-journal")))
        assert "Olga gave somebody another role" in words
        assert "Malik left a note" in words
        assert "Makegood test written" in words

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "١", "1;drop"])
    def test_a_made_up_place_is_no_trouble(self, as_olga: Client, workspace: Any, before: str) -> None:
        write(workspace, 3)
        assert as_olga.get(reverse("settings-journal"), {"before": before}).status_code == 200

    def test_managers_see_it(self, as_malik: Client, olga: Any, malik: Any, workspace: Any) -> None:
        member = accounts.membership_of(malik, workspace)
        assert member
        accounts.change_role(workspace, olga, member.pk, Role.MANAGER)
        assert as_malik.get(reverse("settings-journal")).status_code == 200

    def test_a_stranger_sees_only_their_own_lines(self, as_sten: Client, olga: Any, workspace: Any) -> None:
        write(workspace, 5)
        assert "test written" not in text_of(as_sten.get(reverse("settings-journal")))
