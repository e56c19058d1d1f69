from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.activity import Activity, Kind
from makegood.connectors.feeds.pace import LONGEST, SHORTEST, adapt, first_interval, next_look
from makegood.connectors.feeds.shapes import Reading, parse, to_activities, unwrap

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
URL = "https://blog.example/feed.xml"


def reading(body: str | bytes) -> Reading:
    return to_activities(parse(body.encode() if isinstance(body, str) else body, ""), URL, NOW)


def entries(*inner: str, lang: str = "") -> tuple[Activity, ...]:
    items = "".join(f"<item>{each}</item>" for each in inner)
    return reading(
        f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
        f"xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Blog</title>"
        f"<link>https://blog.example/</link>{lang}{items}</channel></rss>"
    ).activities


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blog</title>
<entry><id>tag:blog.example,2026:1</id><title type="html">The &lt;b&gt;shop&lt;/b&gt; &amp;amp; I</title>
<link rel="alternate" href="/one"/>
<link rel="enclosure" type="image/png" href="https://cdn.example/1.png"/>
<updated>2026-03-02T10:00:00Z</updated><published>2026-03-01T10:00:00+02:00</published>
<author><name>Ada</name><uri>https://ada.example/</uri></author><category term="#late"/>
<content type="html">
&lt;p&gt;Where is &lt;a href="https://shop.example/o/1"&gt;my order&lt;/a&gt;?&lt;/p&gt;</content>
</entry></feed>"""


def test_an_atom_entry() -> None:
    [activity] = reading(ATOM).activities
    assert (activity.id, activity.root_id, activity.network) == (
        "tag:blog.example,2026:1",
        activity.id,
        "feed",
    )
    assert activity.title == "The shop & I"
    assert activity.text == "Where is my order?"
    assert activity.url == "https://blog.example/one"
    assert activity.posted_at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert (activity.author.name, activity.author.id) == ("Ada", "https://ada.example/")
    assert activity.kind is Kind.ARTICLE
    assert activity.language == "de"
    assert activity.tags == ("late",)
    assert activity.links == ("https://shop.example/o/1",)
    assert [(m.kind, m.url) for m in activity.media] == [("image", "https://cdn.example/1.png")]


def test_a_json_feed() -> None:
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Blog",
        "language": "en-GB",
        "authors": [{"name": "Bea", "url": "https://bea.example"}],
        "items": [
            {"id": 7, "content_html": "<p>Late <b>again</b></p>", "url": "/7",
             "date_published": "2026-03-01T10:00:00Z",
             "attachments": [{"url": "https://cdn.example/a.mp3", "mime_type": "audio/mpeg"}],
             "tags": ["a", 3]},
            {"id": "urn:x:8", "content_text": "1 < 2 &amp; so",
             "external_url": "https://else.example/"},
            "nonsense",
            {},
        ],
    }  # fmt: skip
    found = reading(b"\xef\xbb\xbf " + json.dumps(feed).encode())
    seven, eight = found.activities
    assert (seven.id, seven.text, seven.url) == (f"{URL}#7", "Late again", "https://blog.example/7")
    assert (seven.author.id, seven.language, seven.tags) == ("https://bea.example", "en-GB", ("a",))
    assert seven.media[0].kind == "audio"
    assert (eight.text, eight.url) == ("1 < 2 &amp; so", "https://else.example/")
    assert len(found.problems) == 2


def test_a_google_alert() -> None:
    link = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://news.example/a%3Fb%3D1&amp;ct=ga"
    [activity] = reading(
        f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>tag:google.com,2013:googlealerts/feed:1</id>"
        f"<title type='html'>&lt;b&gt;Mug&lt;/b&gt; Shop fails</title><link href='{link}'/></entry></feed>"
    ).activities
    assert (activity.title, activity.url) == ("Mug Shop fails", "https://news.example/a?b=1")
    assert activity.id == "tag:google.com,2013:googlealerts/feed:1"


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://www.google.co.uk/url?q=https://a.example/", "https://a.example/"),
        (
            "https://google.com.evil.example/url?q=https://a.example/",
            "https://google.com.evil.example/url?q=https://a.example/",
        ),
        ("https://www.google.com/url?x=1", "https://www.google.com/url?x=1"),
        ("http://[bad/url?q=x", "http://[bad/url?q=x"),
    ],
)
def test_unwrap(link: str, page: str) -> None:
    assert unwrap(link) == page


def test_ids_are_unique_in_the_world_and_stable() -> None:
    ids = [a.id for a in entries("<guid>12</guid><title>a</title>", "<guid>urn:x:1</guid><title>a</title>")]
    assert ids == [f"{URL}#12", "urn:x:1"]
    one, again = entries("<title>a</title>")[0], entries("<title>a</title>", "<title>b</title>")
    assert one.id == again[0].id
    assert one.id.startswith(f"{URL}#sha256-")
    assert again[0].id != again[1].id
    by_link = entries("<link>https://x.example/</link><title>old</title>")[0]
    assert by_link.id == entries("<link>https://x.example/</link><title>new</title>")[0].id


def test_doubles_collapse() -> None:
    assert len(entries("<guid>1</guid><title>a</title>", "<guid>1</guid><title>a</title>")) == 1


@pytest.mark.parametrize(
    ("date", "posted"),
    [
        ("", NOW),
        ("<pubDate>rubbish</pubDate>", NOW),
        ("<pubDate>Wed, 04 Mar 2037 12:00:00 GMT</pubDate>", NOW),
        ("<pubDate>Sun, 01 Mar 2026 12:00:00 +0200</pubDate>", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("<dc:date>2026-03-01</dc:date>", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_dates(date: str, posted: datetime) -> None:
    assert entries(f"<title>x</title>{date}")[0].posted_at == posted


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example"]
)
def test_only_web_links_are_kept(link: str) -> None:
    [activity] = entries(f"<title>x</title><link>{link}</link><enclosure url='{link}' type='image/png'/>")
    assert (activity.url, activity.links, activity.media) == ("", (), ())


def test_the_longest_text_and_a_missing_author() -> None:
    [activity] = entries(
        "<title>t</title><description>short</description><content:encoded>much longer</content:encoded>"
    )
    assert activity.text == "much longer"
    assert (activity.author.name, activity.author.url) == ("Blog", "https://blog.example/")


def test_an_empty_entry_is_said() -> None:
    found = reading("<rss version='2.0'><channel><item><author>a@b.example</author></item></channel></rss>")
    assert found.activities == ()
    assert found.problems == ("Entry 1 has no text, no title and no link. It was left out.",)


def test_a_declared_language_must_be_one() -> None:
    assert entries("<title>x</title>", lang="<language>en_us</language>")[0].language == "en-us"
    assert entries("<title>x</title>", lang="<language>not a language!</language>")[0].language == ""


def test_a_file_name_in_the_body_is_not_opened() -> None:
    assert parse(b"/etc/passwd").kind == ""
    assert parse(b"http://127.0.0.1:9/").kind == ""


@given(st.binary(max_size=300))
def test_any_json_like_bytes_are_read(tail: bytes) -> None:
    reading(b"{" + tail)


@given(st.integers(0, 400), st.binary(max_size=12))
def test_damaged_atom_never_fails(position: int, noise: bytes) -> None:
    raw = ATOM.encode()
    found = reading(raw[:position] + noise + raw[position + len(noise) :])
    assert all(a.id and a.posted_at <= NOW for a in found.activities)


def test_the_first_interval_fits_how_often_it_changes() -> None:
    hourly = [NOW - timedelta(hours=n) for n in range(30)]
    assert first_interval(hourly, NOW) == 900.0
    assert first_interval([NOW - timedelta(days=400)], NOW) == LONGEST
    assert first_interval([NOW] * 9, NOW) == SHORTEST
    assert SHORTEST <= first_interval([], NOW) <= LONGEST


@given(st.floats(0, 1e6), st.booleans())
def test_intervals_stay_in_bounds(interval: float, changed: bool) -> None:
    assert SHORTEST <= adapt(interval, changed=changed) <= LONGEST


def test_skipped_hours_are_waited_out_but_never_past_six_hours() -> None:
    assert next_look(600, {}, 0, (), NOW) == 600
    assert next_look(600, {}, 0, (12, 13), NOW) == 2 * 3600
    assert next_look(600, {}, 0, tuple(range(24)), NOW) == LONGEST
    assert parse(
        b"<rss version='2.0'><channel><skipHours><hour>3</hour><hour> 24 </hour></skipHours></channel></rss>"
    ).skip_hours == (0, 3)
