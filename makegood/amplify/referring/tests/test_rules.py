"""Where links may lead, who counts as a visitor, and how much an average may say."""

from __future__ import annotations

import math
import random
from statistics import fmean
from urllib.parse import parse_qs, urlsplit

import pytest

from makegood.amplify.referring.rules import (
    CODE_LENGTH,
    FEWEST_SHARES,
    LETTERS,
    ReferralError,
    clean_target,
    host_of,
    new_code,
    not_a_visit,
    per_share,
    source_of,
    with_source,
)

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_codes_are_read_aloud_without_doubt_and_never_the_same() -> None:
    codes = {new_code() for _each in range(500)}
    assert len(codes) == 500
    assert all(len(code) == CODE_LENGTH and set(code) <= set(LETTERS) for code in codes)
    assert not set("01lio") & set(LETTERS)


@pytest.mark.parametrize(
    "said",
    [
        "https://shop.example",
        " https://shop.example/teapots?colour=blue#top ",
        "http://shop.example:8080/",
        "HTTPS://Shop.Example/x",
        "https://tee-käufer.example/süß",
        "https://127.0.0.1:8000/",
    ],
)
def test_a_page_of_a_shop(said: str) -> None:
    assert clean_target(said) == said.strip()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "shop.example",
        "/teapots",
        "//shop.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://shop.example",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://shop.example@evil.example",
        "https://user:secret@shop.example",
        "https:\\\\evil.example",
        "https://shop.example\\@evil.example",
        "https://shop.example/\nLocation: https://evil.example",
        "https://shop.example/a b",
        "https://shop.example:port/",
        "https://[::1",
        "https://shop.example/\u202e",
        "https://sh;op.example/",
        "https://shop.example/" + "x" * 2000,
    ],
)
def test_what_is_no_page_of_a_shop(said: str) -> None:
    with pytest.raises(ReferralError, match="https"):
        clean_target(said)


def test_the_shop_s_own_statistics_learn_where_visitors_come_from() -> None:
    query = parse_qs(urlsplit(with_source("https://shop.example/t?colour=blue#top", "abc")).query)
    assert query == {
        "colour": ["blue"],
        "utm_source": ["customer"],
        "utm_medium": ["referral"],
        "utm_content": ["abc"],
    }
    assert urlsplit(with_source("https://shop.example/t#top", "abc")).fragment == "top"


def test_what_the_member_said_of_the_source_stays() -> None:
    target = with_source("https://shop.example/?utm_source=flyer", "abc")
    assert parse_qs(urlsplit(target).query)["utm_source"] == ["flyer"]


def test_an_address_that_a_header_can_hold() -> None:
    target = with_source("https://käufer.example:8443/süß?q=tee%20blau&ä=1", "abc")
    assert target.isascii()
    assert target.startswith("https://xn--kufer-gra.example:8443/s%C3%BC%C3%9F?q=tee%20blau&%C3%A4=1&utm_source=")


def test_an_address_that_becomes_too_long() -> None:
    with pytest.raises(ReferralError, match="too long"):
        with_source(clean_target("https://shop.example/" + "ß" * 400), "abc")


def visit(**headers: str) -> str:
    said = {"user-agent": BROWSER} | {name.replace("_", "-"): value for name, value in headers.items()}
    return not_a_visit("GET", said)


def test_a_person_with_a_browser_is_a_visit() -> None:
    assert visit() == ""
    assert visit(sec_fetch_dest="document", sec_fetch_mode="navigate") == ""
    phone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
    )
    assert visit(user_agent=phone) == ""
    in_app = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 Instagram 350.0"
    assert visit(user_agent=in_app) == ""
    assert visit(user_agent="Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/130.0") == ""


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_get_is_a_visit(method: str) -> None:
    assert not_a_visit(method, {"user-agent": BROWSER}) == "head"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
    ],
)
def test_what_a_browser_prepares_is_no_visit(name: str, value: str) -> None:
    assert not_a_visit("GET", {"user-agent": BROWSER, name: value}) == "prefetch"


@pytest.mark.parametrize("dest", ["image", "iframe", "empty", "script"])
def test_what_is_loaded_into_another_page_is_no_visit(dest: str) -> None:
    assert visit(sec_fetch_dest=dest) == "part"


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "Slackbot-LinkExpanding 1.0",
        "Mastodon/4.5.0 (http.rb/5.3.1; +https://mastodon.example/) Bot",
        "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1)",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0 Safari/537.36",
        "UptimeRobot/2.0",
    ],
)
def test_programs_that_say_so_are_no_visits(agent: str) -> None:
    assert visit(user_agent=agent) == "program"


@pytest.mark.parametrize(
    ("referrer", "source"),
    [
        ("", "direct"),
        ("https://bsky.app/profile/ada", "social"),
        ("https://t.co/x", "social"),
        ("https://mastodon.social/@ada", "social"),
        ("https://out.reddit.com/", "social"),
        ("https://www.google.co.uk/", "search"),
        ("https://duckduckgo.com/", "search"),
        ("https://mail.google.com/mail/u/0/", "mail"),
        ("https://shop.example/blog", "shop"),
        ("https://www.shop.example/", "shop"),
        ("https://blog.example/", "other"),
        ("https://notbsky.app.example/", "other"),
        ("https://evilshop.example/", "other"),
        ("not an address", "direct"),
        ("https://[broken", "direct"),
    ],
)
def test_from_where_they_came(referrer: str, source: str) -> None:
    assert source_of(referrer, "shop.example") == source


def test_a_host_without_www() -> None:
    assert (host_of("https://www.shop.example/x"), host_of(""), host_of("x")) == ("shop.example", "", "")


@pytest.mark.parametrize(
    "visitors",
    [[], [5] * (FEWEST_SHARES - 1), [0] * 100, [100] + [0] * 99, [1] * 9 + [0] * 91, [25, 25, 25, 25] + [0] * 96],
)
def test_too_little_says_nothing(visitors: list[int]) -> None:
    said = per_share(visitors)
    assert said.mean is None
    assert (said.shares, said.visitors) == (len(visitors), sum(visitors))


def test_an_average_with_what_it_may_be() -> None:
    said = per_share([0, 1, 2, 3, 4] * 8)
    assert said.mean == 2
    # By hand: variance 2.0513 on 40 links, Student's 2.0227 for 39 degrees of freedom.
    half = 2.0227 * math.sqrt(80 / 39 / 40) / 2
    assert (said.low, said.high) == pytest.approx((2 * math.exp(-half), 2 * math.exp(half)), rel=1e-4)


def test_links_that_are_all_alike_are_no_certainty() -> None:
    said = per_share([2] * 20)
    assert said.low < 1.6 < 2 < 2.5 < said.high, "as wide as plain counts at least"


def test_heaps_make_it_less_certain() -> None:
    even, heaped = per_share([2] * 40), per_share([0] * 32 + [10] * 8)
    assert even.mean == heaped.mean
    assert heaped.high - heaped.low > 1.5 * (even.high - even.low)


@pytest.mark.parametrize("heaped", [False, True])
@pytest.mark.parametrize(("shares", "true"), [(20, 2.0), (50, 0.7), (50, 6.0)])
def test_the_true_value_lies_within_nearly_as_often_as_is_said(shares: int, true: float, heaped: bool) -> None:
    """19 of 20 is said; where a few links bring nearly all it may be a little less, and never less than 9 of 10."""
    draw = random.Random(f"{shares} {true} {heaped}")
    held = spoke = 0
    for _run in range(1_500):
        rates = [draw.gammavariate(0.5, true / 0.5) if heaped else true for _share in range(shares)]
        said = per_share([_poisson(draw, rate) for rate in rates])
        if said.mean is not None:
            spoke += 1
            held += said.low <= true <= said.high
    assert spoke > 500
    assert 0.9 <= held / spoke <= 0.99


def _poisson(draw: random.Random, rate: float) -> int:
    """Knuth's; rates are small here."""
    limit, count, product = math.exp(-rate), 0, draw.random()
    while product > limit:
        count += 1
        product *= draw.random()
    return count


def test_the_draw_is_what_it_should_be() -> None:
    draw = random.Random(7)
    assert fmean(_poisson(draw, 3.0) for _each in range(5_000)) == pytest.approx(3.0, abs=0.1)
