"""What the journal says of snoozing, bulk actions, canned responses and macros."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "conversation.woken": gettext_lazy("took it up again before its time"),
    "conversation.woke": gettext_lazy("brought it back, as planned"),
    "conversation.put_back": gettext_lazy("undid what was done to it"),
    "canned.saved": gettext_lazy("saved a canned response"),
    "canned.removed": gettext_lazy("removed a canned response"),
    "macro.saved": gettext_lazy("saved a macro"),
    "tone.saved": gettext_lazy("changed what the tone guard looks for"),
    "macro.removed": gettext_lazy("removed a macro"),
}


def _snoozed(data: Data) -> str:
    try:
        until = timezone.localtime(datetime.fromisoformat(str(data.get("until"))))
    except ValueError:
        return _("put it off")
    return _("put it off until %(when)s") % {"when": date_format(until, "DATETIME_FORMAT")}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "conversation.snoozed": _snoozed,
    "conversation.macro_run": lambda data: _("ran the macro “%(macro)s”") % {"macro": data.get("macro")},
}
