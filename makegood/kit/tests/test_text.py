from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.kit.text import MAX_HTML, clean, excerpt, graphemes, html_to_text, squash

ANY_TEXT = st.text(alphabet=st.characters(), max_size=200) | st.text(
    alphabet=st.sampled_from("\ud83d\ude00\0\r\n\x85\u2028 aé\u0301👩🏽‍🚀<>&"), max_size=80
)
BITS = ["<", ">", "<p>", "</p>", "<script>", "<!--", "-->", "<![CDATA[", "]]>", "<a b='", '"', "&amp", "&#0;"]
BITS += ["<br/>", "<img alt=x>", "x", " ", "</", "<?", "<!", "\n"]
HTML_LIKE = st.lists(st.sampled_from(BITS), max_size=60).map("".join)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("👩🏽‍🚀", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("🇩🇪🇫🇷", 2),
        ("한국", 2),
        ("\r\n", 1),
        ("நி", 1),
    ],
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two words", 5, "two…"),
        ("👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀", 2, "👩🏽‍🚀…"),
        ("a\n b", 9, "a b"),
        ("x", 0, ""),
        ("xy", 1, "…"),
    ],
)
def test_excerpt(text: str, limit: int, cut: str) -> None:
    assert excerpt(text, limit) == cut


@given(ANY_TEXT, st.integers(0, 50))
def test_an_excerpt_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert graphemes(excerpt(text, limit)) <= limit


def test_squash() -> None:
    assert squash(" a\n\t b\u00a0c ") == "a b c"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b\x07c\x9fd", "abcd"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\tx", "\tx"),
        ("lone \ud800 high", "lone  high"),
        ("low \udc00", "low "),
        ("pair \ud83d\ude00", "pair 😀"),
        ("👩🏽‍🚀\u200b", "👩🏽‍🚀\u200b"),
    ],
)
def test_clean(text: str, stored: str) -> None:
    assert clean(text) == stored


@given(ANY_TEXT)
def test_what_is_clean_can_be_stored_and_stays(text: str) -> None:
    done = clean(text)
    assert "\0" not in done
    assert done.encode("utf-8").decode("utf-8") == done
    assert clean(done) == done


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>Hello <b>there</b></p><p>Again</p>", "Hello there\n\nAgain"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("a<script>alert('<p>')</script>b<style>p{}</style>c", "abc"),
        ("a<script>never closed <p>x", "a"),
        ("&lt;b&gt; &amp;amp; caf&eacute; &#8364; &nbsp;x", "<b> &amp; café € x"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("a <!-- b > c --> d", "a d"),
        ("a <!-- b", "a"),
        ("<![CDATA[kept]]>", "kept"),
        ("<a title='x > y' href=z>link</a>", "link"),
        ("<img src=x alt='a &amp; b'> <img alt=\"\">", "a & b"),
        ("I <love you", "I <love you"),
        ("<p>a\n b</p>\n\n\n<div><div>c</div></div>", "a b\n\nc"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ("&#0;&#xd800;x\0", "\ufffd\ufffdx"),
        ("", ""),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(HTML_LIKE | ANY_TEXT)
def test_any_html_gives_text_that_can_be_stored(html: str) -> None:
    text = html_to_text(html)
    assert clean(text) == text
    assert text == text.strip()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "bit",
    [
        "<a",
        "<a ",
        "<a b='",
        '<a b="><',
        "</",
        "<!",
        "<!--",
        "<![CDATA[",
        "<script>",
        "<?",
        "&#",
        "<a ''",
        "<p>",
        "<img alt=",
    ],
)
def test_hostile_html_of_full_size_comes_to_an_end(bit: str) -> None:
    assert len(html_to_text(bit * MAX_HTML)) <= MAX_HTML
