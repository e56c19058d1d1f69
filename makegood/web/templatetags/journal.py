"""The journal's lines in words."""

from __future__ import annotations

from django import template

from makegood.web.words import said

register = template.Library()
register.filter("in_words", said)
