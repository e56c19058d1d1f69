"""The pages of those who complained: where they all stand, and the way of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, allows
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.kit.amounts import amount_words
from makegood.resolve import api as resolve
from makegood.web.forms_journeys import EvidenceForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.cases import find_case
from makegood.web.views.inbox import find
from makegood.web.words_journeys import MEANINGS, REASONS, SYMBOLS, state_name
from makegood.winback import api as winback

__all__ = ["Link", "in_case", "journey", "journeys", "links_of", "side", "tell", "withdraw"]

TONES = {"unhappy": "badge-complaint", "lost": "badge-complaint", "acknowledged": "badge-today"}


@dataclass(frozen=True)
class Link:
    """One link of the chain: when it was, what it comes to, a word on it, and the address of what shows it."""

    title: Any
    icon: str
    at: datetime | None = None
    figure: str = ""
    more: str = ""
    url: str = ""
    tone: str = ""


def _span(seconds: float) -> str:
    """How long something took, in the largest unit that tells."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return ngettext("after %(n)d minute", "after %(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("after %(n)d hour", "after %(n)d hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("after %(n)d day", "after %(n)d days", days) % {"n": days}


def _since(row: winback.Journey, at: datetime | None) -> str:
    return _span((at - row.complained_at).total_seconds()) if at else ""


def _talk(pk: int | None) -> str:
    return reverse("conversation", args=[pk]) if pk else ""


def links_of(row: winback.Journey) -> list[Link]:
    """The chain from the complaint to what they say afterwards, each link with its moment, figure and evidence."""
    talk = _talk(row.conversation_id)
    kinds = dict(resolve.Remedy.Kind.choices)
    given = ", ".join(str(kinds.get(kind, kind)) for kind in row.remedies)
    costs = ", ".join(amount_words(minor, currency) for currency, minor in row.costs.items())
    spoke = str(row.complaint.text[:120]) if row.complaint else ""
    return [
        Link(_("Complaint"), "complaint", row.complained_at, "", spoke, talk),
        Link(_("First answer"), "reply", row.answered_at, _since(row, row.answered_at), "", talk),
        Link(_("Made good"), "restore", row.remedied_at, given, costs and _("cost %(sum)s") % {"sum": costs}, talk),
        _satisfied(row, talk),
        Link(
            _("Said in public"),
            "globe",
            row.said_at,
            _("that it was made good") if row.said_at else "",
            row.said.text[:120] if row.said else "",
            _talk(row.said.conversation_id) if row.said else "",
        ),
        _bought(row),
        _after(row),
    ]


def _satisfied(row: winback.Journey, talk: str) -> Link:
    figure = _("%(n)d of 5") % {"n": row.score} if row.score else ""
    at = row.score_at
    if not figure and row.resolved_at:
        figure, at = _("resolved"), row.resolved_at
    tone = "bad" if row.score and row.score <= 2 else ""
    return Link(_("Satisfied?"), "star", at, figure, "", talk if at else "", tone)


def _bought(row: winback.Journey) -> Link:
    title = _("Next purchase")
    if row.bought_at and row.bought_minor is not None:
        more = row.bought_count - 1
        words = ngettext("and %(n)d more since", "and %(n)d more since", more) % {"n": more} if more > 0 else ""
        amount = amount_words(row.bought_minor, row.bought_currency)
        return Link(title, "shop", row.bought_at, amount, words or _since(row, row.bought_at))
    if row.contact_id is None:
        return Link(title, "shop", more=_("It is not known which orders are theirs."))
    if row.expected_by:
        day = row.expected_by.date()
        return Link(title, "shop", more=_("If they stay, they buy by %(day)s, 19 times of 20.") % {"day": day})
    return Link(title, "shop", more=_("None yet."))


def _after(row: winback.Journey) -> Link:
    said = {"praise": _("praise"), "complaint": _("another complaint")}.get(row.after_intent, "")
    url = _talk(row.after.conversation_id) if row.after else ""
    tone = "bad" if row.after_intent == "complaint" else ""
    return Link(_("Afterwards"), "mega", row.after_at, said, row.after.text[:120] if row.after else "", url, tone)


@dataclass(frozen=True)
class Shown:
    """A journey as a list or card shows it."""

    row: winback.Journey
    links: list[Link] = field(default_factory=list)

    @property
    def icon(self) -> str:
        """The state's symbol."""
        return SYMBOLS.get(self.row.state, "waiting")

    @property
    def tone(self) -> str:
        """The badge's look."""
        return TONES.get(self.row.state, "badge-restoration")

    @property
    def why(self) -> Any:
        """What moved it there, in words."""
        return REASONS.get(self.row.reason, "")

    @property
    def bought(self) -> str:
        """What their next purchase came to; "" where there is none."""
        if self.row.bought_minor is None:
            return ""
        return amount_words(self.row.bought_minor, self.row.bought_currency)


def _funnel(request: MemberRequest, chosen: str) -> dict[str, Any]:
    counts = winback.funnel(request.membership)
    top, total = max(counts.values(), default=0), sum(counts.values())
    rows = [
        {
            "state": state,
            "name": state_name(state),
            "icon": SYMBOLS[state],
            "meaning": MEANINGS[state],
            "count": count,
            "share": round(100 * count / top) if top else 0,
            "percent": f"{count / total:.0%}" if total else "",
            "url": f"{reverse('winback-journeys')}?{urlencode({'state': state})}#list",
            "current": state == chosen,
        }
        for state, count in counts.items()
    ]
    return {"funnel": rows, "total": total}


@require_GET
@needs(Right.READ)
def journeys(request: MemberRequest) -> HttpResponse:
    """How many stand where, and who; a further page of the list alone for htmx. About 8 queries."""
    state = request.GET.get("state", "")
    state = state if state in winback.Journey.State.values else ""
    after = request.GET.get("after", "")
    page = winback.journeys_page(request.membership, state, after)
    more = {"state": state, "after": page.after}
    facts: dict[str, Any] = {
        "section": "winback",
        "tab": "journeys",
        "state": state,
        "state_name": state_name(state) if state else "",
        "rows": [Shown(row) for row in page.rows],
        "next_url": f"{reverse('winback-journeys')}?{urlencode(more)}" if page.after else "",
    }
    if request.htmx and after:
        return render(request, "journeys/rows.html", facts)
    return render(request, "journeys/page.html", facts | _funnel(request, state))


def _find(request: MemberRequest, pk: int) -> winback.Journey:
    row = winback.journey_by_key(request.membership, pk)
    if row is None:
        raise Http404
    return row


@require_GET
@needs(Right.READ)
def journey(request: MemberRequest, pk: int) -> HttpResponse:
    """The way of one complaint: its chain, every move with its reason, and what members added."""
    return _page(request, _find(request, pk))


def _page(
    request: MemberRequest, row: winback.Journey, form: EvidenceForm | None = None, problem: str = ""
) -> HttpResponse:
    facts = {
        "section": "winback",
        "tab": "journeys",
        "shown": Shown(row, links_of(row)),
        "row": row,
        "meaning": MEANINGS.get(row.state, ""),
        "moves": [
            {
                "move": each,
                "state": state_name(each.state),
                "why": REASONS.get(each.reason, ""),
                "url": _shows(row, each),
            }
            for each in winback.moves_of(row)
        ],
        "told": winback.told_of(row),
        "form": form or EvidenceForm(),
        "problem": problem,
        "may_tell": allows(request.membership.role, Right.WORK) and row.erased_at is None,
    }
    return render(request, "journeys/one.html", facts, status=422 if form is not None else 200)


def _shows(row: winback.Journey, move: winback.JourneyMove) -> str:
    """Where the evidence of a move can be read."""
    kind, _colon, key = move.evidence.partition(":")
    if kind == "case" and key:
        return reverse("case", args=[int(key)])
    if kind == "message" and row.after_id and key == str(row.after_id) and row.after:
        return _talk(row.after.conversation_id)
    return "#told" if kind == "told" else _talk(row.conversation_id) if kind else ""


@require_POST
@needs(Right.WORK)
def tell(request: MemberRequest, pk: int) -> HttpResponse:
    """Adds what the member knows from elsewhere. The rules decide what follows."""
    row = _find(request, pk)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    said = form.cleaned_data
    zone = ZoneInfo(request.workspace.timezone)
    # The day is what they know: its end, or now.
    at = min(datetime.combine(said["on"] + timedelta(days=1), time(), zone) - timedelta(seconds=1), clock.now())
    if said["on"] > clock.now().astimezone(zone).date():
        at = clock.now() + timedelta(days=1)
    try:
        winback.add_evidence(request.membership, row, said["kind"], said["note"], at)
    except winback.JourneyError as error:
        return _page(request, row, form, error.sentence)
    messages.success(request, _("Noted. Where they stand follows from it in a moment."))
    return redirect("journey", row.pk)


@require_POST
@needs(Right.WORK)
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes back what a member added."""
    rows = winback.JourneyEvidence.objects.within(request.workspace).select_related("journey__conversation")
    told = rows.filter(pk=pk).first()
    if told is None or winback.journey_by_key(request.membership, told.journey_id) is None:
        raise Http404
    try:
        winback.withdraw_evidence(request.membership, told)
    except winback.JourneyError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("Taken back. It counts no more."))
    return redirect("journey", told.journey_id)


def _cards(rows: Sequence[winback.Journey]) -> list[Shown]:
    return [Shown(row, [each for each in links_of(row) if each.at]) for row in rows]


@require_GET
@needs(Right.READ)
def side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: where the author of a conversation stands."""
    row: desk.Conversation = find(request, pk)
    cards = _cards(winback.journeys_with(request.membership, [row]))
    return render(request, "journeys/side.html", {"cards": cards})


@require_GET
@needs(Right.READ)
def in_case(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: where those in a case stand."""
    talks = desk.conversations_in(find_case(request, pk))
    return render(request, "journeys/side.html", {"cards": _cards(winback.journeys_with(request.membership, talks))})
