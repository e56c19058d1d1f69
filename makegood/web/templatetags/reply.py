"""Tags of the composer and the thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from makegood.reply.api import Piece, changes

register = template.Library()

VISIBILITY: Mapping[str, tuple[str, Any]] = {
    "unlisted": ("eye", _("Unlisted")),
    "private": ("people", _("Followers only")),
    "direct": ("lock", _("Private")),
}
RULES: Mapping[str, tuple[str, Any]] = {
    "who": ("people", _("Who may be answered")),
    "window": ("clock", _("How long")),
    "price": ("sample", _("What it costs")),
    "length": ("edit", _("Length")),
    "media": ("image", _("Pictures")),
    "private": ("lock", _("In private")),
    "rate": ("refresh", _("How much")),
}


@register.filter
def looked_up(table: Mapping[Any, Any], key: Any) -> Any:
    """The entry of a dict, None where there is none."""
    return table.get(key) if table else None


@register.filter
def visibility_icon(value: str) -> str:
    """The id of the icon of who sees it; "" where everybody does."""
    return VISIBILITY.get(value, ("", ""))[0]


@register.filter
def visibility_words(value: str) -> str:
    """Who sees it, in a word or two; "" where everybody does."""
    return str(VISIBILITY.get(value, ("", ""))[1])


@register.filter
def rule_icon(about: str) -> str:
    """The id of the icon of a network's rule."""
    return RULES.get(about, ("info", ""))[0]


@register.filter
def rule_words(about: str) -> str:
    """What a network's rule is about."""
    return str(RULES.get(about, ("", about))[1])


@register.simple_tag
def changed(before: str, after: str) -> list[Piece]:
    """What was changed between two texts, as pieces: same, gone or new."""
    return changes(before, after)
