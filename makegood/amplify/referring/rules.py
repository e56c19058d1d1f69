"""Short links: where they may lead, who counts as a visitor, and how many visitors a share brings. Pure."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from django.utils.translation import gettext as _

__all__ = [
    "DAYS_COUNTED",
    "FEWEST_LINKS",
    "FEWEST_SHARES",
    "FEWEST_VISITORS",
    "PerShare",
    "ReferralError",
    "clean_target",
    "host_of",
    "new_code",
    "not_a_visit",
    "per_share",
    "source_of",
    "with_source",
]

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for something else when it is read aloud."""
CODE_LENGTH = 8
"""31^8 codes, about 8.5 * 10^11: nobody finds another's by trying."""
LONGEST_TARGET = 1_800
LONGEST_REDIRECT = 2_000
"""Characters; Django sends nobody on to more than 2,048."""

FEWEST_SHARES, FEWEST_VISITORS, FEWEST_LINKS = 20, 10, 5
"""Below so many links handed out, visitors, or links that brought any, an average says nothing yet."""
DAYS_COUNTED = 28
"""Each link's visitors are counted for as long, so that old links don't weigh more than young ones."""


class ReferralError(ValueError):
    """Something that cannot be done with a link: a sentence that says why and what to do."""


def new_code() -> str:
    """A code that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _each in range(CODE_LENGTH))


def clean_target(said: str) -> str:
    """The address a link leads to, as it is kept. Raises `ReferralError` for what is no web page's address.

    Browsers read a backslash as a slash and drop tabs and newlines (https://url.spec.whatwg.org/#url-parsing), and
    "https://shop.example@other.example" leads to the second: none of these is let in, so that what a member reads is
    where visitors go.
    """
    target = said.strip()
    wrong = ReferralError(
        _("Give the whole address of a page in your shop, such as https://shop.example/teapots. It begins with https.")
    )
    if not target or len(target) > LONGEST_TARGET or "\\" in target:
        raise wrong
    if any(each.isspace() or not each.isprintable() for each in target):
        raise wrong
    try:
        parts = urlsplit(target)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        raise wrong
    if not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", host):
        raise wrong
    return target


def host_of(target: str) -> str:
    """The host of an address, without "www."; "" where it has none."""
    try:
        return (urlsplit(target).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def with_source(target: str, code: str) -> str:
    """The target with `utm_…` fields, which shops' own statistics understand, for the link with this code.

    What the address says already stays (https://support.google.com/analytics/answer/10917952).
    Raises `ReferralError` where it becomes too long.
    """
    parts = urlsplit(target)
    there = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    ours = {"utm_source": "customer", "utm_medium": "referral", "utm_content": code}
    added = urlencode({name: value for name, value in ours.items() if name not in there})
    query = "&".join(each for each in (parts.query, added) if each)
    # A header holds ASCII only; what is escaped already stays as it is.
    ascii_only = (quote(part, safe="/%:=&?~!$'()*+,;@[]-._") for part in (parts.path, query, parts.fragment))
    path, query, fragment = ascii_only
    host = (parts.hostname or "").encode("idna").decode("ascii") if not parts.netloc.isascii() else ""
    netloc = parts.netloc if not host else host + (f":{parts.port}" if parts.port else "")
    whole = urlunsplit((parts.scheme.lower(), netloc, path, query, fragment))
    if len(whole) > LONGEST_REDIRECT:
        raise ReferralError(_("This address is too long. Take a shorter one that leads to the same page."))
    return whole


# Programs that say who they are: crawlers, and what fetches a page to show a preview of a link in a chat or a post.
# Cubot makes telephones.
_PROGRAM = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|fetch|facebookexternalhit|meta-external|whatsapp|telegram|discord|slack"
    r"|skype|cardyb|mastodon|pleroma|akkoma|misskey|friendica|embedly|quora link|pinterest|vkshare|bitly|headless"
    r"|phantom|lighthouse|monitor|uptime|scan|curl|wget|python|httpx|aiohttp|go-http|java/|okhttp|libwww|perl|ruby"
    r"|node|axios|postman|feed|rss",
    re.IGNORECASE,
)


def not_a_visit(method: str, headers: Mapping[str, str]) -> str:
    """Why a request is no visit of a person: a code; "" for a visit. `headers` by their names in lower case.

    head: asks for the head only. prefetch: a browser that prepares for what may never be opened
    (https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Purpose, and what older browsers say). part: loaded
    into another page (https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header). program: it names no browser, or a
    program. A program that says it is a browser is counted: nobody can tell.
    """
    if method != "GET":
        return "head"
    purposes = (headers.get(name, "").lower() for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    if any("prefetch" in each or "prerender" in each or "preview" in each for each in purposes):
        return "prefetch"
    if headers.get("sec-fetch-dest", "document") != "document":
        return "part"
    agent = headers.get("user-agent", "")
    return "program" if not agent or _PROGRAM.search(agent) else ""


_SEARCH = re.compile(r"(^|\.)(google|bing|duckduckgo|ecosia|qwant|yandex|baidu|startpage|yahoo|kagi)\.[a-z.]{2,6}$")
_SOCIAL = re.compile(
    r"(^|\.)(bsky\.app|bsky\.social|mastodon\.[a-z]+|t\.co|x\.com|twitter\.com|facebook\.com|fb\.com|instagram\.com"
    r"|threads\.(net|com)|reddit\.com|youtube\.com|tiktok\.com|linkedin\.com|lnkd\.in|pinterest\.[a-z.]+|whatsapp\.com)$"
)
_MAIL = re.compile(r"^(mail|webmail|outlook)\.|(^|\.)(mail\.[a-z]+\.com)$")


def source_of(referrer: str, shop_host: str) -> str:
    """From what kind of place somebody came, by the Referer header: only this is kept of it."""
    host = host_of(referrer).lower()
    if not host:
        return "direct"
    if shop_host and (host == shop_host or host.endswith(f".{shop_host}")):
        return "shop"
    for name, pattern in (("mail", _MAIL), ("search", _SEARCH), ("social", _SOCIAL)):
        if pattern.search(host):
            return name
    return "other"


@dataclass(frozen=True)
class PerShare:
    """What a share brings: the mean, and between which values the true one lies, 19 times of 20.

    `mean` is None where there is too little to say; `shares` and `visitors` say how much there is.
    """

    mean: float | None
    low: float
    high: float
    shares: int
    visitors: int


def per_share(visitors: Sequence[int]) -> PerShare:
    """Visitors of each share (a link that was handed out) become what one share brings, with its 95 % interval.

    Visitors come in heaps: most links bring few, some bring many. So their variance is measured, not taken to be the
    mean as with plain counts (quasi-Poisson: McCullagh and Nelder, Generalized Linear Models, 6.2,
    https://doi.org/10.1201/9780203753736), and is never taken to be less than the mean. The interval is Student's, on
    the logarithm of the mean (delta method), so that it never falls below 0.
    """
    shares, total = len(visitors), sum(visitors)
    if shares < FEWEST_SHARES or total < FEWEST_VISITORS or sum(each > 0 for each in visitors) < FEWEST_LINKS:
        return PerShare(None, 0.0, 0.0, shares, total)
    mean = fmean(visitors)
    spread = max(variance(visitors), mean)
    half = _student(shares - 1) * math.sqrt(spread / shares) / mean
    return PerShare(mean, mean * math.exp(-half), mean * math.exp(half), shares, total)


def _student(freedom: int) -> float:
    """The 97.5 % point of Student's distribution by Fisher's expansion (Abramowitz and Stegun 26.7.5,
    https://personal.math.ubc.ca/~cbm/aands/page_949.htm): right to four digits from 15 degrees of freedom on.
    """
    z = NormalDist().inv_cdf(0.975)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + math.fsum(term / freedom ** (number + 1) for number, term in enumerate(terms))
