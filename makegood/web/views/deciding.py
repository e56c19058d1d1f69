"""Requests that wait for a decision, what became of one's own, and the decision itself: on the desk and by a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from makegood.accounts.api import Membership, Right, User
from makegood.desk import api as desk
from makegood.resolve import api as resolve
from makegood.web.forms_resolve import CounterForm, show_amount
from makegood.web.middleware import SESSION_KEY, without_workspace
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["by_link", "count", "decide", "one"]

Asked = resolve.ApprovalRequest.State
WHOLE = (
    "remedy__conversation",
    "remedy__asked_by",
    "remedy__reason",
    "remedy__order",
    "remedy__charge",
    "remedy__case",
)
PEOPLE = ("decided_by", "decided_for", "first_by", "first_for")


@require_GET
@needs(Right.WORK)
def decide(request: MemberRequest) -> HttpResponse:
    """What waits for a decision, or what one has asked for; a further page alone for htmx."""
    member, after = request.membership, request.GET.get("after", "")
    own = request.GET.get("show") == "asked" or not (_decides(member) or "show" in request.GET)
    page = resolve.asked_page(member, after) if own else resolve.waiting_page(member, after)
    here = f"{reverse('decide')}?{urlencode({'show': 'asked' if own else 'waiting'})}"
    facts = {
        "section": "decide",
        "own": own,
        "decides": _decides(member),
        "rows": [_listed(row) for row in page.rows],
        "here": here,
        "next_url": f"{here}&{urlencode({'after': page.after})}" if page.after else "",
        "places": [row.user for row in resolve.places_taken(member)],
    }
    further = request.htmx and "after" in request.GET
    return render(request, "deciding/rows.html" if further else "deciding/page.html", facts)


def _decides(member: Membership) -> bool:
    return resolve.may_decide(member) or bool(resolve.places_taken(member))


def _listed(row: resolve.ApprovalRequest) -> dict[str, Any]:
    return {"row": row, "what": _what(row.remedy), "lines": resolve.story_of(row).lines}


@require_GET
@needs(Right.WORK)
def count(request: MemberRequest) -> HttpResponse:
    """The link in the navigation with how many wait."""
    return render(request, "deciding/link.html", {"to_decide": resolve.count_waiting(request.membership)})


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One request; POST decides (`do`). Its card asks with `was` whether it has changed."""
    row = _row(request.membership, pk)
    if request.method == "GET":
        if request.htmx and request.GET.get("was") == _mark(row):
            return HttpResponse(status=204)
        return _show(request, row)
    form = CounterForm(row.remedy, request.POST)
    problem = _try(request.POST, form, lambda act: act(row, request.membership))
    fresh = _row(request.membership, pk)
    if problem and not _was_me(fresh, request.user, request.POST.get("do", "")):
        return _show(request, fresh, form=form, problem=problem, status=422)
    if request.htmx:
        return _show(request, fresh)
    messages.success(request, _outcome(fresh, request.user)["sentence"])
    return redirect("decide-one", pk)


def _row(member: Membership, pk: int) -> resolve.ApprovalRequest:
    """A request whose conversation this member may see. Http404."""
    rows = resolve.ApprovalRequest.objects.within(member.workspace_id).select_related(*WHOLE, *PEOPLE)
    row = rows.filter(pk=pk, remedy__conversation__in=desk.visible(member)).first()
    if row is None:
        raise Http404
    return row


def _mark(row: resolve.ApprovalRequest) -> str:
    """What has to change for the card to be drawn anew: what somebody types in it stays until then."""
    return f"{row.state}-{row.first_by_id or 0}-{bool(row.escalated_at):d}-{row.remedy.state}"


def _was_me(row: resolve.ApprovalRequest, user: Any, do: str) -> bool:
    """Whether this is a second click on what is done."""
    wanted = {"approve": Asked.APPROVED, "decline": Asked.DECLINED, "counter": Asked.COUNTERED}
    return bool(row.decided_by_id == user.pk and row.state == wanted.get(do))


Act = Callable[[resolve.ApprovalRequest, Membership], Any]


def _try(said: Any, form: CounterForm, run: Callable[[Act], Any]) -> str:
    """Does what was chosen. The sentence why it could not be done, else ""."""
    do = said.get("do", "")
    if do == "counter" and not form.is_valid():
        return _("Nothing was decided yet: look at what is marked.")
    acts: dict[str, Act] = {
        "approve": lambda row, member: resolve.approve(row, member, said.get("note", "")),
        "decline": lambda row, member: resolve.decline(row, member, said.get("note", "")),
        "counter": lambda row, member: _counter(row, member, form),
        "withdraw": resolve.withdraw,
        "take": resolve.take_counter,
        "leave": resolve.leave_counter,
    }
    if do not in acts:
        return _("Choose what to do: approve, offer something else, or decline.")
    try:
        run(acts[do])
    except resolve.ResolveError as error:
        return error.sentence
    return ""


def _counter(row: resolve.ApprovalRequest, member: Membership, form: CounterForm) -> None:
    data = form.cleaned_data
    offer = {"kind": data["kind"], "words": data["words"], "note": data["note"]}
    resolve.counter(row, member, amount_minor=data["amount"], **offer)


def _show(request: MemberRequest, row: resolve.ApprovalRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    facts = {"section": "decide", "here": request.path, **_card(row, request.membership, **more)}
    return render(request, "deciding/card.html" if request.htmx else "deciding/one.html", facts, status=status)


def _card(
    row: resolve.ApprovalRequest, member: Membership, *, form: CounterForm | None = None, problem: str = ""
) -> dict[str, Any]:
    """What the card of a request shows to a member."""
    remedy = row.remedy
    open_now = row.state == Asked.OPEN
    seat = resolve.may_decide_on(row, member) if open_now else None
    told = resolve.story_of(row)
    half = open_now and row.first_by_id is not None
    return {
        "row": row,
        "remedy": remedy,
        "what": _what(remedy),
        "lines": list(zip(("people", "shop", "spark", "facts"), told.lines, strict=True)),
        "figures": told.figures,
        "told": resolve.ready_words(remedy, public=False)[0] if remedy.words else "",
        "mark": _mark(row),
        "own": remedy.asked_by_id == member.user_id,
        "seat": seat,
        "two": open_now and (row.needs_two or bool(seat and seat.judgement.needs_two)),
        "half": half,
        "agreed": half and member.user_id == row.first_by_id,
        "outcome": None if open_now else _outcome(row, member.user),
        "offer": _offer(row) if row.state == Asked.COUNTERED else None,
        "form": form
        or CounterForm(remedy, initial={"amount": show_amount(remedy.amount_minor or None, remedy.currency)}),
        "problem": problem,
        "typed": form.data if form is not None else {},
    }


def _what(remedy: resolve.Remedy) -> str:
    amount = remedy.amount_minor or remedy.cost_minor
    name = str(remedy.get_kind_display())
    if not amount:
        return name
    return _("%(what)s, %(amount)s") % {"what": name, "amount": resolve.amount_words(amount, remedy.currency)}


def _offer(row: resolve.ApprovalRequest) -> dict[str, Any]:
    """What is offered instead, and whether it was taken."""
    kind = row.counter.get("kind", row.remedy.kind)
    taken = resolve.Remedy.objects.within(row.workspace_id).filter(counter_of=row.remedy).first()
    amount = row.counter_minor or row.counter.get("cost_minor", 0)
    facts = {
        "what": str(dict(resolve.Remedy.Kind.choices).get(kind, kind)),
        "amount": resolve.amount_words(amount, row.remedy.currency),
    }
    return {"what": _("%(what)s, %(amount)s") % facts, "words": row.counter.get("words", ""), "taken": taken}


def _outcome(row: resolve.ApprovalRequest, user: Any) -> dict[str, str]:
    """What became of a request: a sentence, its icon and its tone."""
    facts = {"who": row.decided_by or _("Somebody"), "place": row.decided_for}
    if row.state == Asked.OPEN:
        return {"tone": "seam", "icon": "waiting", "sentence": _("Your word is kept. Another has to agree as well.")}
    if row.state == Asked.EXPIRED:
        said = _("Nobody decided in time, so this has ended. It can be asked for again.")
        return {"tone": "seam", "icon": "late", "sentence": said}
    if row.state == Asked.WITHDRAWN:
        said = _("The offer was let be.") if row.counter else _("Who asked for it took it back.")
        return {"tone": "", "icon": "undo", "sentence": said}
    mine = row.decided_by_id == user.pk
    words = {
        Asked.APPROVED: ("glaze", "check", _("You approved this."), _("%(who)s approved this.")),
        Asked.DECLINED: ("brick", "close", _("You declined this."), _("%(who)s declined this.")),
        Asked.COUNTERED: ("seam", "reply", _("You offered something else."), _("%(who)s offered something else.")),
    }
    tone, icon, own, others = words[Asked(row.state)]
    said = own if mine else others % facts
    if row.decided_for:
        said = f"{said} {_('In the place of %(place)s.') % facts}"
    return {"tone": tone, "icon": icon, "sentence": said}


@login_not_required
@without_workspace
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A signed link: shows one request to the person it was made for; its POST decides and uses the link up."""
    answer = _by_link(request, secret)
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    # Not "no-referrer": with that, browsers send the form's POST with the origin "null", which is refused as forged.
    # This one gives nobody, not even this server's own log, more than the name of the server.
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def _by_link(request: HttpRequest, secret: str) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.path})}")
    try:
        row = resolve.open_link(secret, user)
    except resolve.LinkError as error:
        return _shut(request, error.sentence)
    member = next((each for each in _memberships(request) if each.workspace_id == row.workspace_id), None)
    if member is None:
        return _shut(request, _("You do not belong to this workspace any more."))
    with timezone.override(ZoneInfo(member.workspace.timezone)):
        return _decide_by_link(request, secret, _row(member, row.pk), member)


def _memberships(request: HttpRequest) -> list[Membership]:
    found: list[Membership] = getattr(request, "memberships", [])
    return found


def _shut(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "deciding/link_shut.html", {"sentence": sentence}, status=410)


def _decide_by_link(
    request: HttpRequest, secret: str, row: resolve.ApprovalRequest, member: Membership
) -> HttpResponse:
    facts = {"here": request.path, "by_link": True, "shop": member.workspace}
    if request.method != "POST":
        return render(request, "deciding/link_page.html", facts | _card(row, member))
    form = CounterForm(row.remedy, request.POST)
    problem = _try(request.POST, form, lambda act: resolve.decide_by_link(secret, request.user, act))
    fresh = _row(member, row.pk)
    if problem:
        shown = _card(fresh, member, form=form, problem=problem)
        return render(request, "deciding/link_page.html", facts | shown, status=422)
    # The pages it goes on to are those of the workspace that was decided for.
    request.session[SESSION_KEY] = member.workspace_id
    return render(request, "deciding/link_done.html", facts | {"row": fresh, "outcome": _outcome(fresh, request.user)})
