"""Small parts of the pages about making good."""

from __future__ import annotations

from typing import Any

from django import template

from makegood.resolve import api as resolve

register = template.Library()


@register.filter
def remedy_name(kind: Any) -> str:
    """What people call a kind of remedy."""
    return str(dict(resolve.Remedy.Kind.choices).get(kind, kind))


@register.filter
def money_words(minor: int, currency: str) -> str:
    """An amount in minor units with its currency, as the reader writes numbers."""
    return resolve.amount_words(minor, currency)
