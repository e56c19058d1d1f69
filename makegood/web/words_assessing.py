"""What the journal says of questions that were answered, and of what travels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.triage.api import AssessmentRecord

__all__ = ["WITH_FACTS"]

Data = dict[str, Any]


def _questioned(data: Data) -> str:
    asked = int(data.get("asked") or 0)
    names = dict(AssessmentRecord.Response.choices)
    words = ngettext(
        "answered %(n)d question about it, which led to: %(led)s",
        "answered %(n)d questions about it, which led to: %(led)s",
        asked,
    ) % {"n": asked, "led": names.get(data.get("led_to", ""), _("nothing"))}
    if data.get("response") != data.get("led_to"):
        return _("%(what)s, and decided otherwise") % {"what": words}
    return words


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "mention.questioned": _questioned,
    "mention.travelling": lambda data: _("warned. %(why)s") % {"why": data.get("because", "")},
    "conversation.travelling": lambda data: _("put it before the others, as it travels fast"),
}
