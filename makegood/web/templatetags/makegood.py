"""The small parts every page is drawn with: icons, badges, avatars, clocks, the week's bars."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from makegood.triage.api import BUILT_IN

register = template.Library()

HUES = 8
SOON_MINUTES = 30

# slug -> (icon, words)
BADGES: Mapping[str, Mapping[str, tuple[str, Any]]] = {
    "intent": {
        "complaint": ("complaint", _("Complaint")),
        "question": ("question", _("Question")),
        "praise": ("praise", _("Praise")),
        "suggestion": ("suggestion", _("Suggestion")),
        "other": ("thread", _("Other")),
    },
    "urgency": {
        "now": ("urgent", _("Now")),
        "today": ("today", _("Today")),
        "whenever": ("", _("Whenever")),
        "never": ("", _("No hurry")),
    },
    "response": {
        "restoration": ("restore", _("Make it good")),
        "fix_facts": ("facts", _("Give the facts")),
        "share_success": ("share", _("Thank and share")),
        "monitor": ("monitor", _("Only watch")),
        "let_stand": ("let-stand", _("Let stand")),
    },
    "topic": {slug: ("", words) for slug, words in BUILT_IN.items()},
    "reply": {
        "draft": ("edit", _("Draft")),
        "queued": ("clock", _("Waiting to be sent")),
        "sending": ("send", _("Being sent")),
        "sent": ("check", _("Sent")),
        "refused": ("trouble", _("Not sent")),
        "unknown": ("question", _("Not known whether sent")),
        "withdrawn": ("undo", _("Taken back")),
        "proposed": ("waiting", _("Waits for approval")),
        "declined": ("note", _("Sent back")),
        "held": ("pause", _("Held back")),
    },
}
DOUBTS: Mapping[str, Any] = {
    "sarcasm": _("It may be meant ironically."),
    "mixed": _("It says good and bad things."),
    "short": _("It is very short."),
    "language": _("Its language is not one Makegood reads well."),
    "close": _("It is close to being a complaint."),
}
HEALTH: Mapping[str, tuple[str, Any]] = {
    "working": ("ok", _("Working")),
    "trouble": ("trouble", _("Trouble")),
    "disconnected": ("trouble", _("Disconnected")),
    "quiet": ("quiet", _("Quiet")),
    "paused": ("pause", _("Paused")),
}
NETWORKS: Mapping[str, tuple[str, Any]] = {
    "bluesky": ("bluesky", "Bluesky"),
    "mastodon": ("mastodon", "Mastodon"),
    "hackernews": ("hackernews", "Hacker News"),
    "feed": ("rss", _("Feed")),
    "file": ("file", _("File")),
    "sample": ("sample", _("Sample")),
}
VIEWS: Mapping[str, str] = {
    "needs-answer": "inbox",
    "mine": "mine",
    "my-team": "people",
    "shared": "eye",
    "breaching": "late",
    "snoozed": "snooze",
    "praise": "praise",
    "let-stand": "let-stand",
    "waiting": "waiting",
    "closing-line": "mega",
    "closed": "done",
}

# The rows a journal line can be about: name of the model -> (words, address)
SUBJECTS: Mapping[str, tuple[Any, str]] = {
    "conversation": (_("Conversation %s"), "conversation"),
    "case": (_("Case %s"), "case"),
    "contact": (_("Contact %s"), "contact"),
    "mention": (_("Mention %s"), ""),
    "channel": (_("Channel %s"), "channel-detail"),
    "query": (_("Query %s"), "query-edit"),
    "importrun": (_("Import %s"), "import-detail"),
    "reply": (_("Reply %s"), ""),
    "cannedresponse": (_("Canned response %s"), "canned-edit"),
    "macro": (_("Macro %s"), "macro-edit"),
    "membership": (_("Member %s"), ""),
    "invitation": (_("Invitation %s"), ""),
    "workspace": (_("Workspace"), ""),
    "team": (_("Team %s"), ""),
}


def _slug(value: object) -> str:
    return str(getattr(value, "value", value) or "")


@register.simple_tag
def icon(name: str, label: str = "", *, flip: bool = False) -> SafeString:
    """An icon from the sprite, by its id in `static/img/icons.svg`.

    Without `label` it is decoration and hidden from screen readers. `flip` mirrors it in right-to-left pages.
    """
    css = "icon icon-flip" if flip else "icon"
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css, href)


@register.inclusion_tag("components/badge.html")
def badge(kind: str, value: object) -> dict[str, object]:
    """A badge; `kind` is a key of BADGES. A value without words of ours is shown as it is."""
    slug = _slug(value)
    symbol, words = BADGES[kind].get(slug, ("", slug.replace("_", " ").capitalize()))
    return {"slug": slug, "symbol": symbol, "words": words}


@register.inclusion_tag("components/health.html")
def health(state: object) -> dict[str, object]:
    """A channel's health: working, trouble, quiet or paused, as icon and word."""
    slug = _slug(state)
    symbol, words = HEALTH.get(slug, ("quiet", slug.capitalize()))
    return {"slug": slug, "symbol": symbol, "words": words}


@register.filter
def doubt_words(doubt: object) -> str:
    """Why a reading is not sure, in a sentence."""
    return str(DOUBTS.get(_slug(doubt), ""))


@register.filter
def language_name(code: object) -> str:
    """A language in the reader's words; a code nobody has words for is shown as it is."""
    try:
        return str(get_language_info(str(code))["name_translated"])
    except KeyError:
        return str(code)


@register.filter
def view_icon(slug: object) -> str:
    """The id of the icon of an inbox view."""
    return VIEWS.get(_slug(slug), "list")


@register.filter
def network_name(network: object) -> str:
    """What people call the network."""
    slug = _slug(network)
    return str(NETWORKS.get(slug, ("", slug.capitalize()))[1])


@register.filter
def network_icon(network: object) -> str:
    """The id of the network's icon in the sprite."""
    return NETWORKS.get(_slug(network), ("globe", ""))[0]


@register.filter
def initials(name: object) -> str:
    """Up to two letters for a person: `Ada Lovelace` -> `AL`, `@mira.example` -> `M`, nothing -> `?`."""
    text = unicodedata.normalize("NFC", str(name or "")).strip()
    words: list[str] = re.findall(r"[^\W_]+", text)
    if not words:
        return "?"
    # A handle is one name, however many dots it has.
    picked = [words[0], words[-1]] if " " in text and len(words) > 1 else words[:1]
    return "".join(word[0] for word in picked).upper()


@register.filter
def hue(seed: object) -> int:
    """A colour number (0 to 7) that stays the same for the same name, for `avatar-N`."""
    return zlib.crc32(str(seed or "").casefold().encode()) % HUES


def span(minutes: int) -> str:
    """Minutes in the fewest words: `4 min`, `2 h`, `3 d`."""
    if minutes < 60:
        return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d h", "%(n)d h", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d d", "%(n)d d", minutes // 1440) % {"n": minutes // 1440}


@register.inclusion_tag("components/clock.html")
def due(
    due_at: datetime | None,
    answered_at: datetime | None = None,
    in_time: bool | None = None,
    now: datetime | None = None,
) -> dict[str, object]:
    """The clock of a conversation: due in, late by; once nothing is owed, whether the first answer came in time.

    A running clock (`due_at`) goes before what was answered earlier. `state` is ok, soon (under half an hour), late,
    met, missed or "" (nothing to show). The page keeps a running one ticking from `data-due`.
    """
    if due_at is None and answered_at is None:
        return {"state": ""}
    if due_at is None:
        return {
            "state": "met" if in_time else "missed",
            "symbol": "check",
            "words": gettext("Answered in time") if in_time else gettext("Answered late"),
            "due_at": answered_at,
        }
    minutes = int((due_at - (now or timezone.now())).total_seconds() // 60)
    if minutes < 0:
        late = max(1, -minutes - 1)
        return {
            "state": "late",
            "symbol": "late",
            "words": gettext("Late by %s") % span(late),
            "due_at": due_at,
            "ticks": True,
        }
    state = "soon" if minutes < SOON_MINUTES else "ok"
    return {
        "state": state,
        "symbol": "clock",
        "words": gettext("Due in %s") % span(minutes),
        "due_at": due_at,
        "ticks": True,
    }


@register.simple_tag
def ago(at: datetime | None, now: datetime | None = None) -> SafeString:
    """How long since `at`: a <time> that the page keeps current, with the full date as title. "" for None."""
    if at is None:
        return SafeString("")
    minutes = max(0, int(((now or timezone.now()) - at).total_seconds() // 60))
    words = gettext("now") if minutes < 1 else span(minutes)
    full = date_format(timezone.localtime(at), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" data-ago title="{}">{}</time>', at.isoformat(), full, words)


@register.inclusion_tag("components/week_chart.html")
def week_chart(week: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Bars of heard and answered. `week`: a dict for each day with day (a date), heard, answered (counts)."""
    top = max((int(day["heard"]) for day in week), default=0)
    if not top:
        return {"bars": []}
    width, gap, height = 30, 12, 84
    bars = [_bar(day, number, top, (width, gap, height)) for number, day in enumerate(week)]
    return {
        "bars": bars,
        "width": len(bars) * (width + gap) - gap if bars else 0,
        "height": height + 36,
        "base": height + 16,
    }


def _bar(day: Mapping[str, Any], number: int, top: int, size: tuple[int, int, int]) -> dict[str, object]:
    width, gap, height = size
    heard, answered = int(day["heard"]), min(int(day["answered"]), int(day["heard"]))
    tall = round(height * heard / top)
    full = round(height * answered / top)
    x = number * (width + gap)
    name = date_format(day["day"], "D") if isinstance(day["day"], date) else str(day["day"])
    return {
        "day": day["day"],
        "name": name,
        "heard": heard,
        "answered": answered,
        "x": x,
        "middle": x + width // 2,
        "width": width,
        "y": height + 16 - tall,
        "tall": tall,
        "full_y": height + 16 - full,
        "full": full,
        "text_y": height + 12 - tall,
    }


@register.filter
def drawn(field: BoundField) -> SafeString:
    """The input of a form field, without a placeholder that only says the label again."""
    words = str(field.field.widget.attrs.get("placeholder", ""))
    if words and words.split()[0] == str(field.label).split()[0]:
        return field.as_widget(attrs={"placeholder": False})
    return field.as_widget()


@register.simple_tag
def about(subject: str) -> SafeString:
    """What a journal line is about, from `conversation:12`: words, and a link where the row has a page."""
    kind, _colon, number = subject.partition(":")
    template, address = SUBJECTS.get(kind, ("%s", ""))
    said = str(template)
    words = said % (number or subject) if "%s" in said else said
    if not address or not number.isdigit():
        return format_html("{}", words)
    return format_html('<a href="{}">{}</a>', reverse(address, args=[number]), words)


@register.filter
def count_where(rows: Iterable[object], attribute: str) -> int:
    """How many rows have a true `attribute` (of objects or dicts)."""
    return sum(bool(row.get(attribute) if isinstance(row, Mapping) else getattr(row, attribute, False)) for row in rows)
