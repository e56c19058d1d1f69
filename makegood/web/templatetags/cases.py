"""Why two conversations may belong together, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from makegood.web.templatetags.makegood import network_name
from makegood.web.words_cases import reason_words

register = template.Library()


@register.filter
def reason_in_words(reason: Sequence[str]) -> str:
    """A reason of a suggestion as a sentence in the reader's language."""
    return reason_words(reason, lambda network: str(network_name(network)))
