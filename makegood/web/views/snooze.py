"""Putting a conversation off, and taking it up again before its time."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find, show_conversation
from makegood.web.work import due_warning, say, when

__all__ = ["snooze", "wake"]


@require_POST
@needs(Right.WORK)
def snooze(request: MemberRequest, pk: int) -> HttpResponse:
    """Until a `preset`, or `until` a day and time of the shop's; with a `reason`, if one likes."""
    row = find(request, pk)
    now, zone = timezone.now(), request.workspace.timezone
    preset = request.POST.get("preset", "")
    try:
        until = (
            desk.read_moment(request.POST.get("until", ""), now, zone)
            if preset in ("", "at")
            else desk.moment_of(preset, now, zone)
        )
        desk.snooze(row, until, request.user, request.POST.get("reason", ""))
    except desk.MomentError as error:
        answer = HttpResponse(escape(str(error)), status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#snooze-problem", "innerHTML"
        return answer
    row = find(request, pk)
    warning = due_warning(row, until)
    text = _("Put off until %(when)s.") % {"when": when(until)}
    return say(
        request,
        show_conversation(request, row),
        f"{text} {warning}".strip(),
        level="warning" if warning else "success",
    )


@require_POST
@needs(Right.WORK)
def wake(request: MemberRequest, pk: int) -> HttpResponse:
    """Now, not later."""
    desk.wake(find(request, pk), request.user)
    return show_conversation(request, find(request, pk))
