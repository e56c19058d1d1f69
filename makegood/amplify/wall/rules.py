"""The wall: what may be said of it, and what it looks like to machines. Pure.

A wall shows either what the shop has chosen, and says so, or everything, and then nothing can be hidden. To show a
choice as if it were all is forbidden: 16 CFR 465.7 (b), https://www.ecfr.gov/current/title-16/section-465.7.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

__all__ = [
    "FRESH_SECONDS",
    "LONGEST_TEXT",
    "MOST_SHOWN",
    "Piece",
    "WallError",
    "clean_sites",
    "clean_slug",
    "frame_ancestors",
    "hiding_problem",
    "new_slug",
    "structured",
]

MOST_SHOWN = 30
LONGEST_TEXT = 600
"""Characters, as people count them, of one piece; the rest stands behind its link."""
FRESH_SECONDS = 60
"""How long caches may show a wall as it was: what was taken back or deleted is gone everywhere after that."""
MOST_SITES = 10
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])")


class WallError(ValueError):
    """Something that cannot be done with the wall: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Piece:
    """One thing on the wall. What is only linked to has no `text` and no `author`."""

    author: str
    text: str
    network: str
    posted_at: datetime
    url: str
    language: str = ""
    is_review: bool = False
    """Given as a review, where reviews are given."""
    given: bool = False
    """The shop had given them something in the year before, after a complaint: whoever reads it should know
    (16 CFR 255.5).
    """
    linked: bool = False
    """A complaint: it is shown where it stands, as nobody asked its author whether they may be quoted."""


def new_slug() -> str:
    """The end of an address that nobody guesses: 96 random bits."""
    return secrets.token_hex(12)


def clean_slug(said: str) -> str:
    """The end of the address as it is kept. Raises `WallError`."""
    slug = said.strip().lower()
    if not _SLUG.fullmatch(slug) or "--" in slug:
        raise WallError(
            _("Its address ends with 3 to 60 letters from a to z, digits and single dashes, such as teapot-praise.")
        )
    return slug


def clean_sites(said: str) -> list[str]:
    """The origins that may frame the wall, from lines that a member typed. Raises `WallError`.

    https only: in a page that anybody on the way can change, the wall could be anything. This machine is let be.
    """
    sites: list[str] = []
    for line in said.split():
        try:
            parts = urlsplit(line)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            parts, host, port = urlsplit(""), "", None
        here = host in ("localhost", "127.0.0.1")
        plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
        if not plain or not re.fullmatch(r"[a-z0-9.-]+", host) or parts.scheme not in ("https", "http" if here else ""):
            raise WallError(
                _("“%(line)s” is no site. Write each as https:// and its name, such as https://shop.example.")
                % {"line": line[:80]}
            )
        sites.append(f"{parts.scheme}://{host}" + (f":{port}" if port else ""))
    if len(sites) > MOST_SITES:
        raise WallError(_("Ten sites are the most that may show the wall."))
    return list(dict.fromkeys(sites))


def frame_ancestors(sites: Sequence[str]) -> str:
    """Who may frame it, as Content-Security-Policy says it (https://www.w3.org/TR/CSP3/#directive-frame-ancestors)."""
    return " ".join(sites) or "'none'"


def hiding_problem(mode: str) -> str | None:
    """Why nothing can be hidden or moved on a wall of this kind, as a sentence; None where it can."""
    if mode != "everything":
        return None
    return _(
        "This wall says that it shows everything, so nothing on it can be hidden or moved: to hide what you like less"
        " and still say so is forbidden (16 CFR 465.7). Let it show what you choose first; it will say that instead."
    )


def structured(pieces: Iterable[Piece], shop: str, address: str) -> str:
    """The wall as JSON-LD, safe inside of a script element.

    No rating stands in it, and no sum of ratings: praise in words has none, and one that the shop made up from what it
    chose would be a lie. What was given as a review is a Review, the rest a Quotation of what somebody said. Search
    engines show no stars for what an organisation publishes about itself, whatever it marks up:
    https://developers.google.com/search/docs/appearance/structured-data/review-snippet#self-serving
    """
    about = {"@type": "Organization", "name": shop}
    entries = [_entry(piece, about) for piece in pieces if not piece.linked]
    page: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": address,
        "about": about,
        "hasPart": entries,
    }
    return _in_script(json.dumps(page, ensure_ascii=False, separators=(",", ":")))


def _entry(piece: Piece, about: dict[str, str]) -> dict[str, Any]:
    body = (
        {"reviewBody": piece.text, "itemReviewed": about} if piece.is_review else {"text": piece.text, "about": about}
    )
    entry: dict[str, Any] = {
        "@type": "Review" if piece.is_review else "Quotation",
        "author": {"@type": "Person", "name": piece.author},
        "datePublished": piece.posted_at.date().isoformat(),
        **body,
    }
    if piece.url:
        entry["url"] = piece.url
    if piece.language:
        entry["inLanguage"] = piece.language
    return entry


def _in_script(text: str) -> str:
    """JSON says the same with these escaped, and no "</script>" or "<!--" ends or opens anything
    (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements). U+2028 and
    U+2029 end lines in older scripts.
    """
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
