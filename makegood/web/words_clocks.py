"""What the journal's verbs about clocks and promises are called on screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = ["CLOCKS_SAID", "KIND_NAMES"]

Data = dict[str, Any]

KIND_NAMES = {
    "first_answer": gettext_lazy("first answer"),
    "next_update": gettext_lazy("next update"),
    "resolution": gettext_lazy("resolution"),
    "promise": gettext_lazy("promise"),
}


def _what(data: Data) -> str:
    kind = str(KIND_NAMES.get(data.get("kind", ""), _("clock")))
    return f"{kind} “{data['words']}”" if data.get("words") else kind


def _moved(data: Data) -> str:
    if data.get("reason"):
        return _("moved the %(what)s: %(reason)s") % {"what": _what(data), "reason": data["reason"]}
    return _("moved the %(what)s") % {"what": _what(data)}


def _promise_kept(data: Data) -> str:
    if data.get("in_time", True):
        return _("kept the %(what)s") % {"what": _what(data)}
    return _("did what was promised, too late: %(what)s") % {"what": _what(data)}


CLOCKS_SAID: Mapping[str, Callable[[Data], str]] = {
    "clock.warned": lambda data: _("warned: the %(what)s is due soon") % {"what": _what(data)},
    "clock.kept": lambda data: _("stopped the clock, in time: %(what)s") % {"what": _what(data)},
    "clock.broken": lambda data: _("saw the clock run out: %(what)s") % {"what": _what(data)},
    "promise.made": lambda data: _("gave a %(what)s") % {"what": _what(data)},
    "promise.kept": _promise_kept,
    "promise.moved": _moved,
    "promise.withdrawn": lambda data: _("took the %(what)s off the list") % {"what": _what(data)},
}
