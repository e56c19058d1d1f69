"""Lengths of time as people write them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

__all__ = ["SpanField", "parse_span", "show_span"]

UNITS = (("d", 1440), ("h", 60), ("min", 1))
PART = re.compile(r"(\d{1,6})\s*([a-z]*)", re.ASCII)
NAMES = {
    "": 1,
    "m": 1,
    "min": 1,
    "mins": 1,
    "minute": 1,
    "minutes": 1,
    "h": 60,
    "hour": 60,
    "hours": 60,
    "d": 1440,
    "day": 1440,
    "days": 1440,
}


def parse_span(text: str) -> int:
    """Minutes in "90", "90 min", "1 h 30 min" or "2 days"; a bare number counts minutes.

    ValueError when it is no length of time.
    """
    rest = text.strip().lower()
    if not rest or not re.fullmatch(rf"(?:{PART.pattern}[\s,]*)+", rest, re.ASCII):
        raise ValueError(text)
    parts = PART.findall(rest)
    if any(unit not in NAMES for _number, unit in parts) or (len(parts) > 1 and any(not unit for _n, unit in parts)):
        raise ValueError(text)
    return sum(int(number) * NAMES[unit] for number, unit in parts)


def show_span(minutes: int) -> str:
    """Minutes as `parse_span` reads them: 90 -> "1 h 30 min"."""
    words = []
    for unit, size in UNITS:
        count, minutes = divmod(minutes, size)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words) or "0 min"


class SpanField(forms.CharField):
    """A form field for minutes, written as people write them."""

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box."""
        return show_span(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        """Minutes."""
        text = super().clean(value)
        try:
            return parse_span(text)
        except ValueError as error:
            raise ValidationError(_("Write a length of time such as 45 min, 4 h or 2 d.")) from error
