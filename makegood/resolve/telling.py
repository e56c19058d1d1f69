"""Requests reach those who decide wherever they are, and the decision those who asked: by every way they have chosen.

What stands under the bell is written by `makegood.resolve.asking` and `deciding`; this is the same by mail, chat and
push, each person in their own language.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from makegood.alerts import api as alerts
from makegood.resolve.deciders import Seat
from makegood.resolve.links import make_link
from makegood.resolve.models import ApprovalRequest, Remedy
from makegood.resolve.rules import amount_words
from makegood.resolve.story import story_of

__all__ = ["ask_to_decide", "say_decision"]


def ask_to_decide(request: ApprovalRequest, seats: Iterable[Seat]) -> None:
    """Sends each of these people the story, the three figures and a link of their own. In the caller's transaction.

    Everybody is asked once; where two have to agree, once more when one has.
    """
    key = f"approval:{request.pk}:{'second' if request.first_by_id else 'asked'}"
    for seat in {seat.member.user_id: seat for seat in reversed(list(seats))}.values():
        user = seat.member.user
        if alerts.was_told(request.workspace, user, key):
            continue
        secret = make_link(request, user)
        with _language_of(user):
            story = story_of(request)
            facts = {"who": request.remedy.asked_by or _("Somebody"), "what": _what(request.remedy)}
            title = _("%(who)s asks you to decide: %(what)s") % facts
            if seat.stands_for is not None:
                facts["away"] = seat.stands_for
                title = _("%(who)s asks you to decide in the place of %(away)s: %(what)s") % facts
            figures = [f"{each.name}: {each.text} ({each.source})" for each in story.figures]
            alerts.tell(
                request.workspace,
                user,
                key=key,
                title=_titled(request, title),
                lines=[*story.lines, "", *figures],
                url=f"{settings.PUBLIC_URL}{reverse('decide-by-link', args=[secret])}",
                button=_("Decide (the link is yours alone, for a day, and asks you to sign in)"),
            )


def say_decision(request: ApprovalRequest) -> None:
    """Sends whoever asked what became of it. In the caller's transaction."""
    user = request.remedy.asked_by
    if user is None:
        return
    with _language_of(user):
        who, what = str(request.decided_by or "Makegood"), _what(request.remedy)
        said = _DECIDED[ApprovalRequest.State(request.state)]() % {"who": who, "what": what}
        alerts.tell(
            request.workspace,
            user,
            key=f"approval:{request.pk}:{request.state}",
            title=_titled(request, said),
            lines=[*([f"“{request.note}”"] if request.note else []), *story_of(request).lines[:2]],
            url=f"{settings.PUBLIC_URL}{reverse('conversation', args=[request.remedy.conversation_id])}",
            button=_("Open the conversation"),
        )


_DECIDED = {
    ApprovalRequest.State.OPEN: lambda: _("%(what)s is still open"),
    ApprovalRequest.State.APPROVED: lambda: _("%(who)s approved: %(what)s"),
    ApprovalRequest.State.COUNTERED: lambda: _("%(who)s offers something else than: %(what)s"),
    ApprovalRequest.State.DECLINED: lambda: _("%(who)s declined: %(what)s"),
    ApprovalRequest.State.EXPIRED: lambda: _("Nobody decided in time: %(what)s. Ask again if it still matters"),
    ApprovalRequest.State.WITHDRAWN: lambda: _("Taken back: %(what)s"),
}


def _language_of(user: Any) -> Any:
    return translation.override(user.language or settings.LANGUAGE_CODE)


def _titled(request: ApprovalRequest, title: str) -> str:
    return f"[{request.workspace.name}] {title}"


def _what(remedy: Remedy) -> str:
    minor = remedy.amount_minor or remedy.cost_minor
    name = str(Remedy.Kind(remedy.kind).label)
    if not minor:
        return name
    return _("%(what)s, %(amount)s") % {"what": name, "amount": amount_words(minor, remedy.currency)}
