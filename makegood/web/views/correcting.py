"""What a member says a mention is: beside the thread, by keyboard too, and back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.triage import api as triage
from makegood.web.correcting import said_words
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find, show_conversation
from makegood.web.work import say

__all__ = ["correct", "undo"]

MOST_LABELS = 20


@require_POST
@needs(Right.WORK)
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    """What they wrote last is rather this: `head` names what is spoken of, `intent`, `also`, `severity`, `urgency`,
    `topic` and `flag` say what it is; with `right` all that stands there is right.
    """
    row = find(request, pk)
    said = _said(request)
    try:
        made = triage.correct(row.workspace_id, row.latest, said, request.user) if said else []
        if request.POST.get("right"):
            made += triage.confirm(row.workspace_id, row.latest, request.user)
    except triage.CorrectionError as error:
        return HttpResponse(str(error), status=400)
    desk.follow_correction(row, request.user)
    answer = show_conversation(request, find(request, pk))
    corrected = [each for each in made if each.before != each.after]
    if corrected:
        words = said_words(corrected, triage.topic_words(request.workspace))
        return say(request, answer, _("Corrected: %(what)s. Makegood learns from it.") % {"what": words})
    if made:
        return say(request, answer, _("Noted that it was read rightly. That makes the figures honest."))
    return say(request, answer, _("It stood so already."), level="info")


def _said(request: MemberRequest) -> dict[str, list[str]]:
    """The labels of each head that was spoken of, an intent's leading one first."""
    spoken = set(request.POST.getlist("head"))
    found: dict[str, list[str]] = {
        head: request.POST.getlist(head)[:MOST_LABELS] for head in triage.CORRECTED_HEADS if head in spoken
    }
    if "intent" in found:
        found["intent"] = list(dict.fromkeys([*found["intent"][:1], *request.POST.getlist("also")[:MOST_LABELS]]))
    return found


@require_POST
@needs(Right.WORK)
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes a correction (`correction`) back."""
    row = find(request, pk)
    key = request.POST.get("correction", "")
    known: dict[str, Any] = {str(one.pk): one for one in triage.corrections_of(row.workspace_id, row.latest_id)}
    if key not in known:
        return HttpResponse(_("That was taken back already."), status=400)
    try:
        triage.undo_correction(row.workspace_id, int(key), request.user)
    except triage.CorrectionError as error:
        return HttpResponse(str(error), status=400)
    desk.follow_correction(row, request.user)
    answer = show_conversation(request, find(request, pk))
    return say(request, answer, _("Taken back. It stands as it did before."), level="info")
