"""How clocks, promises and opening hours are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import Workspace
from makegood.desk.api import Shown, Week
from makegood.web.templatetags.makegood import span

register = template.Library()

KINDS = {
    "first_answer": gettext_lazy("First answer"),
    "next_update": gettext_lazy("Next update"),
    "resolution": gettext_lazy("Resolution"),
    "promise": gettext_lazy("Promise"),
}


@register.filter
def clock_kind(kind: object) -> str:
    """What is owed, for the beginning of a line."""
    return str(KINDS.get(str(kind), kind))


@register.filter
def shop_local(at: datetime | None, workspace: Workspace) -> str:
    """A moment as a datetime-local input holds it, in the shop's time; "" for None."""
    return at.astimezone(ZoneInfo(workspace.timezone)).strftime("%Y-%m-%dT%H:%M") if at else ""


@register.simple_tag
def clock_when(one: Shown) -> SafeString:
    """How a clock stands: due in, late by, resting, kept, broken; with the moment as title."""
    row = one.clock
    ended = {"kept": _("Kept"), "broken": _("Broken"), "gone": _("Fell away")}
    if one.state in ended:
        return format_html("{}", ended[one.state])
    if row.due_at is None:
        whole = (row.target_minutes or 0) - row.used_seconds // 60
        return format_html("{}", _("Rests, %s left") % span(max(0, whole)) if whole > 0 else _("Rests"))
    minutes = int((row.due_at - timezone.now()).total_seconds() // 60)
    words = _("Late by %s") % span(max(1, -minutes - 1)) if minutes < 0 else _("Due in %s") % span(minutes)
    full = date_format(timezone.localtime(row.due_at), "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{0}" data-due="{0}" title="{1}">{2}</time>', row.due_at.isoformat(), full, words
    )


@register.simple_tag
def kept_chart(weeks: Sequence[Week]) -> SafeString:
    """Two bars a week: clocks kept, clocks broken. "" where there were none."""
    top = max((max(week.kept, week.broken) for week in weeks), default=0)
    if not top:
        return SafeString("")
    wide, gap, tall = 13, 14, 64
    bars: list[dict[str, Any]] = []
    for number, week in enumerate(weeks):
        x = number * (2 * wide + 2 + gap)
        kept, broken = round(tall * week.kept / top), round(tall * week.broken / top)
        bars.append(
            {
                "first": week.first,
                "name": date_format(week.first, "j.n."),
                "kept": week.kept,
                "broken": week.broken,
                "x": x,
                "broken_x": x + wide + 2,
                "middle": x + wide + 1,
                "width": wide,
                "kept_y": tall + 6 - kept,
                "kept_tall": kept,
                "broken_y": tall + 6 - broken,
                "broken_tall": broken,
            }
        )
    facts = {
        "bars": bars,
        "width": len(bars) * (2 * wide + 2 + gap) - gap,
        "height": tall + 26,
        "base": tall + 6,
        "kept": sum(week.kept for week in weeks),
        "broken": sum(week.broken for week in weeks),
    }
    return SafeString(render_to_string("components/kept_chart.html", facts))
