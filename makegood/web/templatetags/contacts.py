"""Why somebody may be a customer, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from makegood.identify import api as identify
from makegood.web.templatetags.makegood import network_name

register = template.Library()


@register.filter
def identity_reason(reason: Sequence[str]) -> str:
    """A reason of a suggestion as a sentence in the reader's language; an account is named with its network."""
    kind, words = (*reason, "", "")[:2]
    if kind in ("tied", "profile"):
        network, _colon, shown = words.partition(":")
        words = f"{shown} ({network_name(network)})"
    return identify.reason_words([kind, words])
