"""Feeds that fail in every way, on a real web server, read by the product's own polls."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.journal.api import Entry
from makegood.kit import clock, http
from makegood.listen import api as listen
from makegood.listen import polling
from tests.listening.scene import Answer, Site, due, look, site

pytestmark = pytest.mark.django_db(transaction=True)

RSS = {"content-type": "application/rss+xml"}


def feed(*titles: str) -> Answer:
    """A feed with these entries."""
    items = "".join(f"<item><title>{title}</title><guid>urn:{title}</guid></item>" for title in titles)
    xml = (
        f'<rss version="2.0"><channel><title>Teapot news</title><link>http://example.org/</link>{items}</channel></rss>'
    )
    return 200, RSS, xml.encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A web server with a feed that has one entry."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    with site(lambda _path: feed("First")) as made:
        yield made


@pytest.fixture
def channel(server: Site, workspace: Any, olga: Any) -> listen.Channel:
    """The feed, connected and read once."""
    row = listen.connect(workspace, olga, "feed", {"url": f"{server.url}/feed"})
    assert look() == 1
    return fresh(row)


def fresh(channel: listen.Channel) -> listen.Channel:
    """The row as it is now."""
    found: listen.Channel = listen.Channel.objects.within(channel.workspace_id).get(pk=channel.pk)
    return found


def poll(channel: listen.Channel) -> listen.Channel:
    """Reads it now; the row as it is then."""
    due(channel)
    assert look() == 1
    return fresh(channel)


def wait(channel: listen.Channel) -> float:
    """Seconds until it is looked at again."""
    assert channel.due_at is not None
    return (channel.due_at - clock.now()).total_seconds()


def answering(server: Site, status: int, **headers: str) -> None:
    """From now on that is all it says."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    server.reply = lambda _path: (status, named, b"")


def heard(channel: listen.Channel) -> list[str]:
    """The texts of what came, in order."""
    rows = listen.Mention.objects.within(channel.workspace_id).order_by("id")
    return list(rows.values_list("text", flat=True))


def verbs(channel: listen.Channel) -> list[str]:
    """What the journal says of the channel."""
    rows = Entry.objects.within(channel.workspace_id).filter(subject=f"channel:{channel.pk}").order_by("id")
    return list(rows.values_list("verb", flat=True))


def test_a_good_feed_is_heard_once_and_not_looked_at_too_often(server: Site, channel: listen.Channel) -> None:
    assert (channel.state, heard(channel)) == ("working", ["First"])
    assert wait(channel) > 60
    assert look() == 0
    server.reply = lambda _path: feed("Second", "First")
    assert heard(poll(channel)) == ["First", "Second"]
    assert heard(poll(channel)) == ["First", "Second"]


def test_a_fault_of_the_server_is_trouble_with_growing_pauses_until_it_recovers(
    server: Site, channel: listen.Channel, as_olga: Client
) -> None:
    answering(server, 500)
    pauses = []
    for number in range(1, 5):
        row = poll(channel)
        assert (row.state, row.failures, row.lease_until) == ("trouble", number, None)
        pauses.append(wait(row))
    assert "has trouble of its own just now. We will try again by ourselves." in row.last_error
    assert row.last_error in as_olga.get(f"/channels/{row.pk}/").content.decode()
    assert pauses == sorted(pauses)
    assert 5 < pauses[0] < 30
    assert pauses[-1] > 3 * pauses[0]
    server.reply = lambda _path: feed("Second", "First")
    row = poll(channel)
    assert (row.state, row.last_error, row.failures) == ("working", "", 0)
    assert heard(row) == ["First", "Second"]
    assert verbs(row) == ["channel.connected", "channel.trouble", "channel.recovered"]


def test_pauses_never_grow_beyond_a_quarter_of_an_hour(server: Site, channel: listen.Channel) -> None:
    answering(server, 503)
    listen.Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(failures=50)
    assert wait(poll(channel)) <= 900 * 1.2


@pytest.mark.parametrize("seconds", [7, 4000])
def test_a_server_that_says_when_to_come_back_is_obeyed(server: Site, channel: listen.Channel, seconds: int) -> None:
    answering(server, 429, retry_after=str(seconds))
    row = poll(channel)
    assert row.state == "trouble"
    assert "look less often" in row.last_error
    assert seconds - 5 <= wait(row) <= seconds + 1


def test_gone_for_good_is_said_and_not_asked_again(server: Site, channel: listen.Channel, as_olga: Client) -> None:
    answering(server, 410)
    row = poll(channel)
    assert (row.state, row.due_at) == ("disconnected", None)
    assert "has taken this feed away for good" in as_olga.get(f"/channels/{row.pk}/").content.decode()
    due(channel)
    assert look() == 0
    assert heard(row) == ["First"]


def test_connecting_it_again_makes_it_work_again(
    server: Site, channel: listen.Channel, workspace: Any, olga: Any
) -> None:
    answering(server, 410)
    poll(channel)
    server.reply = lambda _path: feed("Second", "First")
    row = listen.connect(workspace, olga, "feed", {"url": f"{server.url}/feed"})
    assert (row.pk, row.state, row.last_error) == (channel.pk, "working", "")
    assert look() == 1
    assert heard(fresh(row)) == ["First", "Second"]


def test_a_connection_that_breaks_off_is_tried_again(server: Site, channel: listen.Channel) -> None:
    server.reply = lambda _path: None
    row = poll(channel)
    assert row.state == "trouble"
    assert row.last_error.endswith(".")
    server.reply = lambda _path: feed("First")
    assert poll(channel).state == "working"


def test_a_server_that_never_answers_is_given_up(
    server: Site, channel: listen.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = http.client
    monkeypatch.setattr(http, "client", lambda **options: real(**options | {"timeout": 0.5}))

    def asleep(_path: str) -> Answer:
        time.sleep(2)
        return feed("First")

    server.reply = asleep
    row = poll(channel)
    assert (row.state, row.failures) == ("trouble", 1)
    assert "took too long to answer" in row.last_error


def test_a_web_page_where_the_feed_was_is_said(server: Site, channel: listen.Channel, as_olga: Client) -> None:
    server.reply = lambda _path: (200, {"content-type": "text/html"}, b"<!doctype html><html><h1>Moved</h1></html>")
    row = poll(channel)
    assert row.state == "trouble"
    assert "now shows a web page where the feed was" in as_olga.get(f"/channels/{row.pk}/").content.decode()


def test_after_a_crash_in_the_middle_it_is_read_again_when_the_lease_ends(
    server: Site, channel: listen.Channel
) -> None:
    server.reply = lambda _path: feed("Second", "First")
    due(channel)
    assert len(polling.claim_due(8)) == 1  # and the process dies
    assert look() == 0, "it belongs to somebody else"
    past = clock.now() - timedelta(seconds=1)
    listen.Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(lease_until=past)
    assert look() == 1
    assert heard(fresh(channel)) == ["First", "Second"]


def test_one_bad_feed_keeps_no_other_waiting(server: Site, workspace: Any, olga: Any) -> None:
    rows = [listen.connect(workspace, olga, "feed", {"url": f"{server.url}/{n}"}) for n in range(20)]
    server.reply = lambda path: (500, {}, b"") if path in ("/3", "/7") else feed(f"Entry {path}")
    assert look() == 20
    assert [fresh(row).state for row in rows].count("trouble") == 2
    assert len(heard(rows[0])) == 18


def test_a_feed_that_needs_a_query_brings_only_what_matches(server: Site, workspace: Any, olga: Any) -> None:
    listen.save(workspace, olga, "Teapot", "teapot")
    server.reply = lambda _path: feed("A teapot", "A kettle")
    row = listen.connect(workspace, olga, "feed", {"url": f"{server.url}/news", "take_all": "0"})
    look()
    assert heard(row) == ["A teapot"]
