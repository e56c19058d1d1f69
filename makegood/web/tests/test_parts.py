"""The small parts of pages: badges, initials, clocks, bars; and what holds for all templates and styles."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from makegood.web.templatetags import makegood as tags

WEB = Path(tags.__file__).parent.parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SPRITE = (WEB / "static/img/icons.svg").read_text("utf-8")
ICONS = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def show(source: str, **context: object) -> str:
    return Template("{% load makegood %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("ada de la lovelace", "AL"),
        ("Jean-Baptiste L.", "JL"),
        ("@mira.bsky.social", "M"),
        ("u/kitchenwren", "U"),
        ("Ólafur Þórsson", "ÓÞ"),
        ("e\u0301mile zola", "ÉZ"),
        ("王小明", "王"),
        ("🦊", "?"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials(name: str | None, letters: str) -> None:
    assert tags.initials(name) == letters


def test_a_name_keeps_its_colour() -> None:
    assert tags.hue("Ada") == tags.hue("ada")
    assert {tags.hue(f"person {number}") for number in range(200)} == set(range(tags.HUES))


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (2879, "47 h"), (2880, "2 d")]
)
def test_a_span_in_the_fewest_words(minutes: int, words: str) -> None:
    assert tags.span(minutes) == words


@pytest.mark.parametrize(
    ("due_in", "state", "words"),
    [
        (timedelta(hours=5), "ok", "Due in 5 h"),
        (timedelta(minutes=30), "ok", "Due in 30 min"),
        (timedelta(minutes=29, seconds=59), "soon", "Due in 29 min"),
        (timedelta(0), "soon", "Due in 0 min"),
        (timedelta(seconds=-1), "late", "Late by 1 min"),
        (timedelta(minutes=-2), "late", "Late by 1 min"),
        (timedelta(hours=-3, seconds=-1), "late", "Late by 3 h"),
        (timedelta(days=-4, seconds=-1), "late", "Late by 4 d"),
    ],
)
def test_an_open_clock(due_in: timedelta, state: str, words: str) -> None:
    html = show("{% due at None None now %}", at=NOW + due_in, now=NOW)
    assert f'data-state="{state}"' in html
    assert f">{words}</time>" in html
    assert f'data-due="{(NOW + due_in).isoformat()}"' in html


@pytest.mark.parametrize(
    ("in_time", "state", "words"), [(True, "met", "Answered in time"), (False, "missed", "Answered late")]
)
def test_a_stopped_clock_no_longer_ticks(in_time: bool, state: str, words: str) -> None:
    html = show("{% due None done in_time %}", done=NOW, in_time=in_time)
    assert f'data-state="{state}"' in html
    assert words in html
    assert "data-due" not in html


def test_a_clock_that_runs_again_goes_before_an_earlier_answer() -> None:
    html = show("{% due at done True now %}", at=NOW + timedelta(hours=5), done=NOW, now=NOW)
    assert "Due in 5 h" in html
    assert "Answered" not in html


def test_no_clock_where_nothing_is_owed() -> None:
    assert show("{% due None %}") == ""


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(hours=26), "26 h"),
    ],
)
def test_how_long_ago(before: timedelta, words: str) -> None:
    html = tags.ago(NOW - before, NOW)
    assert f">{words}</time>" in html
    assert "2026" in html


def test_ago_of_nothing() -> None:
    assert tags.ago(None) == ""


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in tags.BADGES.items() for value in values])
def test_every_badge_has_words(kind: str, value: str) -> None:
    html = show("{% badge kind value %}", kind=kind, value=value)
    assert f"badge-{value}" in html
    assert re.sub(r"<[^>]+>", "", html).strip()


def test_a_badge_shows_a_value_it_does_not_know_escaped() -> None:
    assert "Brand new" in show('{% badge "topic" "brand_new" %}')
    assert "<b>" not in show("{% badge 'topic' value %}", value="<b>x")
    assert show('{% badge "intent" "" %}') == ""


def test_an_icon_is_hidden_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in tags.icon("inbox")
    named = tags.icon("inbox", 'the "inbox"')
    assert 'role="img"' in named
    assert "&quot;inbox&quot;" in named
    assert "icon-flip" in tags.icon("back", flip=True)


def test_the_weeks_bars() -> None:
    days = [
        {"day": date(2026, 3, 2 + n), "heard": heard, "answered": answered}
        for n, (heard, answered) in enumerate([(4, 4), (8, 2), (0, 0)])
    ]
    drawn = tags.week_chart(days)["bars"]
    assert isinstance(drawn, list)
    assert [bar["tall"] for bar in drawn] == [42, 84, 0]
    assert [bar["full"] for bar in drawn] == [42, 21, 0]
    assert all(bar["y"] + bar["tall"] == bar["full_y"] + bar["full"] for bar in drawn)
    html = show("{% week_chart week %}", week=days)
    assert html.count("<rect") == 6
    assert '<th scope="row">Tuesday</th><td>8</td><td>2</td>' in html


def test_bars_never_claim_more_answers_than_posts() -> None:
    bars = tags.week_chart([{"day": date(2026, 3, 2), "heard": 1, "answered": 5}])["bars"]
    assert isinstance(bars, list)
    assert bars[0]["answered"] == 1


@pytest.mark.parametrize("week", [[], [{"day": date(2026, 3, 2), "heard": 0, "answered": 0}]])
def test_an_empty_week_is_drawn_without_a_fault(week: list[dict[str, object]]) -> None:
    assert "<rect" not in show("{% week_chart week %}", week=[]) or week
    show("{% week_chart week %}", week=week)


def test_languages_in_words() -> None:
    assert tags.language_name("de") == "German"
    with translation.override("de"):
        assert tags.language_name("de") == "Deutsch"
    assert tags.language_name("tlh") == "tlh"


def test_counts_objects_and_dicts() -> None:
    assert tags.count_where([{"done": True}, {"done": False}, {}, object()], "done") == 1


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_every_template_compiles_and_keeps_the_content_security_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    get_template(str(path.relative_to(WEB / "templates")))
    assert not re.search(r"\s(style|on[a-z]+|hx-on[^=]*)\s*=\s*[\"']", text)
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*(\ssrc=|application/(?:ld\+)?json))", text)
    assert 'hx-vals="js:' not in text
    assert "hx-vals='js:" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_every_icon_a_template_names_is_in_the_sprite(path: Path) -> None:
    named = re.findall(r"{% icon [\"']([^\"']+)[\"']|\bicon=\"([^\"]+)\"", path.read_text("utf-8"))
    assert {one or other for one, other in named} - {""} <= ICONS


def test_every_icon_the_tags_name_is_in_the_sprite() -> None:
    named = {symbol for values in tags.BADGES.values() for symbol, _words in values.values()}
    named |= {symbol for symbol, _words in tags.HEALTH.values()} | {symbol for symbol, _words in tags.NETWORKS.values()}
    named |= set(tags.VIEWS.values()) | {"late", "clock", "check", "globe", "list"}
    assert named - {""} <= ICONS


@pytest.mark.parametrize("path", sorted((WEB / "static").rglob("*.css")), ids=lambda path: path.name)
def test_styles_ask_nobody_else(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"https?:|//[a-z]|@import|data:", text)
    for address in re.findall(r"url\(\"([^\"]+)\"\)", text):
        assert (path.parent / address).is_file()


@pytest.mark.parametrize("path", sorted((WEB / "static/js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_need_no_eval_and_import_what_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\beval\(|new Function|innerHTML|https?:", text)
    for name in re.findall(r"from \"\./([^\"]+)\"", text):
        assert (path.parent / name).is_file()


def test_fonts_and_vendored_files_carry_their_licences() -> None:
    fonts = list((WEB / "static/fonts").glob("*.woff2"))
    assert fonts
    assert all(font.stat().st_size < 60_000 for font in fonts)
    assert "SIL Open Font License" in (WEB / "static/fonts/bricolage-grotesque.OFL.txt").read_text("utf-8")
    assert "Zero-Clause BSD" in (WEB / "static/vendor/htmx.LICENSE.txt").read_text("utf-8")
    assert "ISC License" in (WEB / "static/img/icons.LICENSE.txt").read_text("utf-8")
