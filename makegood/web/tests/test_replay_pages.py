"""Kept posts on pages: the switch, what a query finds when it looks back, the tester on what is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.api import Mention, Query, ReplayRun
from makegood.listen.replay import flow, segments
from makegood.listen.replay.models import ReplayWish
from makegood.listen.replay.tests.make import post as said
from makegood.listen.replay.tests.make import write
from makegood.web.tests.listen_pages import page, post, sample, stream, visible

PAGE = "/settings/kept-posts/"
SWITCH = "/settings/kept-posts/switch/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.REPLAY_FOLDER = tmp_path / "replay"
    settings.REPLAY_FOLDER.mkdir()
    return tmp_path / "replay"


@pytest.fixture
def kept(folder: Path, workspace: Any) -> Any:
    """A stream whose posts are kept, and three of them about teapots."""
    ReplayWish.objects.create(workspace=workspace)
    now = clock.now()
    old = [said(f"My teapot broke {n} days ago", at=now - timedelta(days=n)) for n in (3, 2)]
    write(folder, [*old, said("Where is my teapot?", at=now - timedelta(hours=1)), said("Nice weather")])
    return stream(workspace)


def run_all() -> None:
    for _turn in range(20):
        listen.run_replays()


# --- the switch


def test_an_owner_switches_it_on_and_off(as_olga: Client, workspace: Any, folder: Path) -> None:
    stream(workspace)
    text = visible(page(as_olga, PAGE))
    assert "No posts are kept for you" in text
    assert "never more than 5 GB" in text
    assert "MB for a million posts" in text
    post(as_olga, SWITCH, {"on": "1"}, 302)
    assert listen.wants_replay(workspace)
    text = visible(page(as_olga, PAGE))
    assert "Nothing yet" in text
    post(as_olga, SWITCH, {"on": "0"}, 302)
    assert not listen.wants_replay(workspace)


@pytest.mark.parametrize("who", ["as_malik", "as_vera"])
def test_others_see_it_and_cannot_change_it(who: str, workspace: Any, folder: Path, request: Any) -> None:
    client = request.getfixturevalue(who)
    html = page(client, PAGE)
    assert SWITCH not in html
    post(client, SWITCH, {"on": "1"}, 403)
    assert not listen.wants_replay(workspace)


def test_a_stranger_switches_only_their_own(as_sten: Client, workspace: Any, folder: Path) -> None:
    post(as_sten, SWITCH, {"on": "1"}, 302)
    assert not listen.wants_replay(workspace)


def test_without_a_stream_it_says_so(as_olga: Client, workspace: Any, folder: Path) -> None:
    post(as_olga, SWITCH, {"on": "1"}, 302)
    assert "no channel listens to all public posts" in visible(page(as_olga, PAGE))


def test_a_machine_that_keeps_none_says_so(as_olga: Client, workspace: Any, folder: Path, settings: Any) -> None:
    settings.REPLAY_BYTES = 0
    html = page(as_olga, PAGE)
    assert "MAKEGOOD_REPLAY_GB" in html
    assert SWITCH not in html


def test_what_is_kept_is_told(as_olga: Client, kept: Any) -> None:
    text = visible(page(as_olga, PAGE))
    assert "Posts 4" in text
    assert "The oldest 3 d" in text


# --- looking back


def test_saving_a_query_shows_what_was_said_before(as_olga: Client, kept: Any, workspace: Any) -> None:
    response = as_olga.post("/queries/new/", {"text": "teapot", "name": "Teapots"})
    row = Query.objects.within(workspace).get()
    assert response["Location"] == reverse("query-edit", args=[row.pk])
    html = page(as_olga, f"/queries/{row.pk}/")
    assert 'hx-trigger="every 1s"' in html
    assert "Stop looking back" in html
    run_all()
    html = page(as_olga, f"/queries/{row.pk}/history/")
    assert 'hx-trigger="every 1s"' not in html
    text = visible(html)
    assert "3 new mentions found" in text
    assert "Where is my <mark>teapot</mark>?" in html
    assert "4 kept posts looked at" in text
    assert text.index("Where is my") < text.index("broke 2 days") < text.index("broke 3 days")
    assert Mention.objects.within(workspace).filter(history=True).count() == 2


def test_where_nothing_is_kept_saving_leads_to_the_list(as_olga: Client, workspace: Any, folder: Path) -> None:
    stream(workspace)
    response = as_olga.post("/queries/new/", {"text": "teapot", "name": "Teapots"})
    assert response["Location"] == "/queries/"
    row = Query.objects.within(workspace).get()
    assert PAGE in page(as_olga, f"/queries/{row.pk}/")


def test_another_text_looks_back_anew_and_another_name_does_not(as_olga: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    run_all()
    post(as_olga, f"/queries/{row.pk}/", {"text": "teapot", "name": "All teapots", "active": "on"}, 302)
    assert ReplayRun.objects.within(workspace).count() == 1
    post(as_olga, f"/queries/{row.pk}/", {"text": "weather", "name": "Weather", "active": "on"}, 302)
    run_all()
    assert [run.found for run in ReplayRun.objects.within(workspace).order_by("id")] == [3, 1]


def test_it_can_be_stopped_and_begun_again(as_olga: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    post(as_olga, f"/queries/{row.pk}/history/stop/", {}, 302)
    run_all()
    assert not Mention.objects.within(workspace).exists()
    assert "Look back again" in page(as_olga, f"/queries/{row.pk}/")
    post(as_olga, f"/queries/{row.pk}/history/look/", {}, 302)
    run_all()
    assert Mention.objects.within(workspace).count() == 3


def test_a_flood_says_that_it_stopped(
    as_olga: Client, kept: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST_FOUND", 2)
    row = listen.save(workspace, None, "Teapots", "teapot")
    run_all()
    assert "It stopped after 2 new mentions" in visible(page(as_olga, f"/queries/{row.pk}/history/"))


def test_an_older_text_is_named_as_such(as_olga: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    run_all()
    Query.objects.within(workspace).update(text="kettle")
    assert "earlier text" in visible(page(as_olga, f"/queries/{row.pk}/history/"))


def test_a_failure_says_why(as_olga: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    kept.delete()
    run_all()
    assert "Add it, then look back again" in visible(page(as_olga, f"/queries/{row.pk}/history/"))


def test_who_may_not_change_queries_only_watches(as_malik: Client, as_vera: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    for client in (as_malik, as_vera):
        assert "Stop looking back" not in page(client, f"/queries/{row.pk}/history/")
        post(client, f"/queries/{row.pk}/history/stop/", {}, 403)
        post(client, f"/queries/{row.pk}/history/look/", {}, 403)
    assert ReplayRun.objects.within(workspace).get().state == "queued"


def test_a_stranger_sees_none_of_it(as_sten: Client, as_nobody: Client, kept: Any, workspace: Any) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    page(as_sten, f"/queries/{row.pk}/history/", 404)
    for what in ("look", "stop"):
        post(as_sten, f"/queries/{row.pk}/history/{what}/", {}, 404)
    assert as_nobody.get(f"/queries/{row.pk}/history/").status_code == 302
    assert ReplayRun.objects.within(workspace).get().state == "queued"


def test_the_part_costs_as_many_queries_with_many_found(
    as_olga: Client, kept: Any, workspace: Any, folder: Path
) -> None:
    row = listen.save(workspace, None, "Teapots", "teapot")
    run_all()
    page(as_olga, f"/queries/{row.pk}/history/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(as_olga, f"/queries/{row.pk}/history/")
    write(folder, [said(f"One more teapot, number {n}") for n in range(30)])
    post(as_olga, f"/queries/{row.pk}/history/look/", {}, 302)
    run_all()
    with CaptureQueriesContext(connection) as many:
        text = visible(page(as_olga, f"/queries/{row.pk}/history/"))
    assert "30 new mentions found" in text
    assert len(many) == len(few)


# --- the tester


def test_the_tester_tries_it_on_what_is_kept(as_olga: Client, kept: Any, workspace: Any) -> None:
    sample(["A teapot that was picked by chance"])
    text = visible(as_olga.post("/queries/try/", {"text": "teapot"}).content.decode())
    assert "It fits 3 of the 4 newest public posts that are kept" in text
    assert "Nice weather" in text
    assert "picked by chance" not in text


def test_where_nothing_is_kept_the_tester_uses_what_was_picked(as_olga: Client, workspace: Any, folder: Path) -> None:
    ReplayWish.objects.create(workspace=workspace)
    stream(workspace)
    sample(["A teapot that was picked by chance"])
    text = visible(as_olga.post("/queries/try/", {"text": "teapot"}).content.decode())
    assert "newest public posts that are kept" not in text
    assert "A teapot that was" in text


def test_a_workspace_that_wants_none_kept_is_shown_none(as_sten: Client, kept: Any) -> None:
    text = visible(as_sten.post("/queries/try/", {"text": "teapot"}).content.decode())
    assert "broke" not in text


def test_the_tester_leaves_out_what_was_deleted(as_olga: Client, kept: Any, folder: Path) -> None:
    from makegood.listen.replay.tests.make import deletion

    regretted = said("My teapot, to be regretted")
    write(folder, [regretted, said("Weather, to be regretted", key="3kzz", did="did:plc:w")])
    write(folder, [deletion(regretted)])
    text = visible(as_olga.post("/queries/try/", {"text": "teapot"}).content.decode())
    assert "teapot, to be regretted" not in text
    assert segments.segments(folder)
