"""Words marked in a text that comes from anybody."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.web.highlight import highlight

LINK = '<a href="https://acme.com/late/x" rel="nofollow">'


@pytest.mark.parametrize(
    ("text", "marks", "shown"),
    [
        ("My teapot", [(3, 9)], "My <mark>teapot</mark>"),
        ("My teapot", [], "My teapot"),
        ("abcdef", [(0, 2), (1, 3), (3, 4), (5, 6)], "<mark>abcd</mark>e<mark>f</mark>"),
        ("abc", [(-1, 2), (2, 9), (2, 2), (0, 1)], "<mark>a</mark>bc"),
        ("<b>&", [(0, 3)], "<mark>&lt;b&gt;</mark>&amp;"),
        ("a\nb", [(0, 3)], "<mark>a<br>b</mark>"),
        ("https://acme.com/late/x", [(17, 21)], f"{LINK}https://acme.com/<mark>late</mark>/x</a>"),
        ("https://acme.com/late/x", [(0, 23)], f"{LINK}<mark>https://acme.com/late/x</mark></a>"),
        (
            "see https://acme.com/late/x!",
            [(0, 11), (26, 28)],
            f"<mark>see </mark>{LINK}<mark>https:/</mark>/acme.com/late/<mark>x</mark></a><mark>!</mark>",
        ),
        ("👍🏽東京 שָׁ", [(0, 2), (4, 5)], "<mark>👍🏽</mark>東京<mark> </mark>שָׁ"),
    ],
)
def test_highlight(text: str, marks: list[tuple[int, int]], shown: str) -> None:
    assert highlight(text, marks) == shown


pieces = st.sampled_from(
    ["https://acme.com/a?b=c&d=e", "www.acme.com", "ann@acme.com", "&amp;", "&lt", "<b>", "</mark>", "(", ")", ".", ";",
     "!", " ", "\n", "'", '"', "東京", "👍🏽", "acme", "#a", "http://[", "\u0301", "&#x27;", "mailto:x@y.z", "http://a.b/<i>"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(pieces, max_size=12).map("".join), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4)
)
def test_what_is_seen_is_the_text_and_what_is_marked_is_what_was_asked_for(
    text: str, marks: list[tuple[int, int]]
) -> None:
    made = str(highlight(text, marks))
    tags = re.compile(r"<[^>]*>")
    assert html.unescape(tags.sub("", made.replace("<br>", "\n"))) == html.unescape(html.escape(text))
    wanted = {at for start, end in marks if end <= len(text) for at in range(start, end)}
    marked, at, is_open = set(), 0, False
    for piece in re.finditer(r"<[^>]*>|&#?\w+;|.", made, re.DOTALL):
        if piece[0] in ("<mark>", "</mark>"):
            assert is_open == (piece[0] == "</mark>")
            is_open = not is_open
        elif piece[0] == "<br>" or piece[0][0] != "<" or len(piece[0]) == 1:
            marked |= {at} if is_open else set()
            at += 1
        else:
            assert not is_open
    assert marked == wanted
    assert at == len(text)
