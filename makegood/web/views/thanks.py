"""Kudos and points: the feed, giving, one's own points with why, the leader board."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, allows
from makegood.desk import api as desk
from makegood.rewards import api as rewards
from makegood.web.forms_thanks import KudosForm, request_key
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["board", "counts_for", "give", "number", "points", "tabs", "thanks", "try_give"]


def number(said: str | None) -> int:
    """A row's number out of an address, 0 for what is none."""
    return int(said) if said and said.isascii() and said.isdigit() and len(said) <= 18 else 0


def tabs(request: MemberRequest, current: str) -> list[dict[str, Any]]:
    """The pages of thanks that this member can open."""
    names = {"thanks": _("Thanks"), "thanks-rewards": _("Rewards")}
    if allows(request.membership.role, Right.APPROVE):
        managed = {"thanks-manage": _("Requests"), "thanks-catalogue": _("Catalogue"), "thanks-rules": _("What counts")}
        names |= managed
    return [{"title": title, "url": reverse(name), "current": name == current} for name, title in names.items()]


@require_GET
@needs(Right.SEE)
def thanks(request: MemberRequest) -> HttpResponse:
    """The feed, the form, and the member's own points; a further page of the feed alone for htmx."""
    seat = rewards.seat_of(request.membership)
    if request.htmx and "before" in request.GET:
        rows, before = rewards.feed(request.membership, seat.takes_part, number(request.GET.get("before")))
        return render(request, "thanks/kudos_rows.html", {"rows": rows, "before": before})
    return _page(request, seat, None)


def _about(request: MemberRequest, said: Any) -> tuple[desk.Conversation | None, desk.Case | None]:
    """What kudos are about, where the address or the form says so and the member may see it; else 404."""
    conversation, case = number(said.get("conversation")), number(said.get("case"))
    talk = desk.conversation(request.membership, conversation) if conversation else None
    found = desk.case_of(request.workspace, case) if case and allows(request.membership.role, Right.READ) else None
    if (conversation and talk is None) or (case and found is None):
        raise Http404
    return talk, found


def _page(request: MemberRequest, seat: rewards.Seat, form: KudosForm | None) -> HttpResponse:
    member = request.membership
    talk, case = _about(request, request.POST if request.method == "POST" else request.GET)
    everybody = rewards.seats(request.workspace)
    row = rewards.settings_of(request.workspace)
    people = rewards.colleagues(member, talk)
    feed, before = rewards.feed(member, seat.takes_part)
    lines, more = rewards.points_page(member)
    reads = seat.takes_part or allows(member.role, Right.READ)
    facts = {
        "section": "thanks",
        "tabs": tabs(request, "thanks"),
        "seat": seat,
        "form": form or KudosForm(people, row.values),
        "request_key": request.POST.get("request_key") or uuid.uuid4().hex,
        "people": people,
        "talk": talk,
        "case": case,
        "left": rewards.left_today(member),
        "a_day": row.kudos_a_day,
        "rows": feed,
        "before": before,
        "lines": lines,
        "more": more,
        "balance": rewards.balance_of(request.workspace.pk, member.user_id),
        "board": rewards.board(request.workspace, everybody) if reads else None,
    }
    return render(request, "thanks/page.html", facts, status=422 if form is not None else 200)


@require_GET
@needs(Right.SEE)
def points(request: MemberRequest) -> HttpResponse:
    """A further page of the member's own points."""
    lines, more = rewards.points_page(request.membership, number(request.GET.get("before")))
    return render(request, "thanks/points_rows.html", {"lines": lines, "more": more})


def try_give(
    request: MemberRequest, form: KudosForm, talk: desk.Conversation | None = None, case: desk.Case | None = None
) -> rewards.Kudos | None:
    """Gives the kudos of a form; None where something is wrong, which the form says then."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        return rewards.give_kudos(
            request.membership,
            said["receiver"],
            said["reason"],
            request_key=request_key(request.POST.get("request_key", "")),
            value=said.get("value", ""),
            public=said["public"],
            conversation=talk,
            case=case,
        )
    except (rewards.RewardError, ValueError) as error:
        form.add_error(None, getattr(error, "sentence", "") or str(error))
        return None


def counts_for(kudos: rewards.Kudos) -> str:
    """What was done, for how many points it counts, and why not for more."""
    name = kudos.receiver_name
    said = ngettext(
        "%(name)s knows. It counts for %(n)d point.", "%(name)s knows. It counts for %(n)d points.", kudos.points
    )
    return f"{said % {'name': name, 'n': kudos.points}} {rewards.weighed_words(kudos.weighed)}".strip()


@require_POST
@needs(Right.NOTE)
def give(request: MemberRequest) -> HttpResponse:
    """Gives kudos; what was wrong shows in the form."""
    talk, case = _about(request, request.POST)
    row = rewards.settings_of(request.workspace)
    form = KudosForm(rewards.colleagues(request.membership), row.values, request.POST)
    kudos = try_give(request, form, talk, case)
    if kudos is None:
        return _page(request, rewards.seat_of(request.membership), form)
    messages.success(request, counts_for(kudos))
    return redirect("thanks")


@require_POST
@needs(Right.NOTE)
def board(request: MemberRequest) -> HttpResponse:
    """The member goes on the leader board, or off it."""
    rewards.show_on_board(request.membership, request.POST.get("on") == "1")
    messages.success(request, _("Saved. Only you decide about this."))
    return redirect("thanks")
