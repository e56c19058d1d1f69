"""Making good beside a thread: what they wish for, what is done for them, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Membership, Right
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.resolve import api as resolve
from makegood.web.forms_remedies import RemedyForm
from makegood.web.inserting import insert, toast
from makegood.web.permissions import needs, require
from makegood.web.remedy_asking import Draft, context_for, draft_of, everybody_reads, start_of
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find
from makegood.web.views.order_side import figures_for, kept_worth, worth_for
from makegood.winback import api as winback

__all__ = [
    "ask_outcome",
    "calendar",
    "do",
    "keep_outcome",
    "remedy_form",
    "remedy_judge",
    "remedy_side",
    "tell",
    "wish",
]

KINDS = resolve.Remedy.Kind
SAID_AT_ONCE = (KINDS.APOLOGY, KINDS.CALL)
"""What is done by saying it: its words go into the composer at once."""


def _events(response: HttpResponse, **events: Any) -> HttpResponse:
    response["HX-Trigger-After-Settle"] = json.dumps({name.replace("_", ":"): what for name, what in events.items()})
    return response


def _part(request: MemberRequest, row: desk.Conversation, problem: str = "") -> HttpResponse:
    context = {
        "c": row,
        "views": resolve.remedies_of(request.membership, row),
        "asking": resolve.asking_of(row),
        "kinds": KINDS.choices,
        "may_ask": resolve.may_ask(request.membership),
        "moment": winback.moment_of(row),
        "offers": [(kind, winback.OFFER_KINDS[kind], name) for kind, name in winback.Incentive.Kind.choices],
        "problem": problem,
    }
    return render(request, "remedies/side.html", context, status=422 if problem else 200)


@require_GET
@needs(Right.READ)
def remedy_side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: what was asked for and given in this conversation."""
    return _part(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def wish(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: what would make it right for them, and the words to ask it with."""
    row = find(request, pk)
    context: dict[str, Any] = {"c": row, "may_ask": resolve.may_ask(request.membership), "problem": "", "kept": False}
    if request.method == "POST":
        require(request, Right.WORK)
        try:
            resolve.keep_wish(request.membership, row, request.POST.get("text", ""))
            context["kept"] = True
        except resolve.ResolveError as error:
            context |= {"problem": error.sentence, "typed": request.POST.get("text", "")}
    context["wish"] = resolve.wish_of(row)
    context.setdefault("typed", context["wish"].text if context["wish"] else "")
    return render(request, "remedies/wish.html", context, status=422 if context["problem"] else 200)


def _kind(kind: str) -> str:
    if kind not in KINDS.values:
        raise Http404
    return kind


def _title(form: RemedyForm) -> Any:
    return winback.Incentive.Kind(form.offer).label if form.offer else KINDS(form.kind).label


def _form_page(
    request: MemberRequest, row: desk.Conversation, form: RemedyForm, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {"c": row, "form": form, "kind": form.kind, "title": _title(form), "problem": problem}
    return render(request, "remedies/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Right.ANSWER)
def remedy_form(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    """The form of one kind of remedy; what is in the address fills it. Posted, it is asked for, or done at once."""
    row, kind = find(request, pk), _kind(kind)
    bought = identify.orders_for(request.membership, row)
    context = context_for(request.workspace, bought)
    if request.method == "GET":
        return _form_page(request, row, RemedyForm(kind, context, None, initial=start_of(request, row, kind, bought)))
    form = RemedyForm(kind, context, request.POST)
    if not form.is_valid():
        return _form_page(request, row, form, status=422)
    draft = draft_of(request, row, form)
    # The second click finds the money of the first on its way: that is no reason to refuse it.
    again = resolve.Remedy.objects.within(request.workspace).filter(request_key=draft.wanted.request_key).exists()
    if problem := draft.missing or ("" if again else _why_not(draft) or _unlawful(request, row, form)):
        return _form_page(request, row, form, status=422, problem=problem)
    worth = kept_worth(worth_for(row, bought))
    try:
        if form.offer:
            remedy = winback.make_offer(request.membership, row, draft.wanted, worth, form.offer)
        else:
            remedy = resolve.ask(request.membership, row, draft.wanted, worth)
    except resolve.ResolveError as error:
        return _form_page(request, row, form, status=422, problem=error.sentence)
    return _asked(request, row, remedy)


def _asked(request: MemberRequest, row: desk.Conversation, remedy: resolve.Remedy) -> HttpResponse:
    waits = remedy.state == resolve.Remedy.State.REQUESTED
    events: dict[str, Any] = {"mg_remedied": {}}
    if waits:
        text = _("Asked. You will hear as soon as somebody has decided.")
    elif remedy.kind == KINDS.REFUND:
        text = _("Within your authority: it is about to be paid. Tell them once it is.")
    elif remedy.kind in SAID_AT_ONCE:
        words, left = resolve.ready_words(remedy, public=everybody_reads(request, row))
        events["mg_insert"] = {"conversation": row.pk, "text": words, "open": left}
        text = _("The words are in your answer. Read them once more, then send.")
    else:
        text = _("Within your authority: it is being done.")
    response = render(request, "remedies/asked.html", {"text": text, "waits": waits})
    return _events(toast(request, response, text), **events)


@require_POST
@needs(Right.ANSWER)
def remedy_judge(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    """A part, as one types: whether it is within one's authority, what the policy says, and the three figures."""
    row, kind = find(request, pk), _kind(kind)
    bought = identify.orders_for(request.membership, row)
    form = RemedyForm(kind, context_for(request.workspace, bought), request.POST)
    form.is_valid()
    draft = draft_of(request, row, form)
    context = _judged(request, row, form, draft)
    wanted = draft.wanted
    cost, cost_from = wanted.cost_minor, wanted.cost_from
    worth = worth_for(row, bought)
    context["figures"] = figures_for(row, worth, cost_minor=cost, currency=wanted.currency, cost_from=cost_from)
    context |= {"c": row, "draft": draft, "worth": worth, "public": everybody_reads(request, row)}
    return render(request, "remedies/judgement.html", context)


def _broken(row: desk.Conversation, form: RemedyForm) -> list[winback.OfferRule]:
    """The rules of what may be given for what, as the form stands."""
    words = str(form.cleaned_data.get("words") or "")
    if not form.offer:
        return winback.breaches_in(words)
    return winback.offer_of(row, str(form.cleaned_data.get("ask") or ""), words)


def _sentences(rules: list[winback.OfferRule]) -> str:
    return " ".join(f"{rule.sentence} ({rule.source})" for rule in rules)


def _unlawful(request: MemberRequest, row: desk.Conversation, form: RemedyForm) -> str:
    """Why this may not be given as it is worded or meant, each with its source, and kept; "" when it may."""
    rules = _broken(row, form)
    if rules:
        winback.refuse(row, request.user, rules)
    return _sentences(rules)


def _why_not(draft: Draft) -> str:
    """Why this much of a payment cannot go back, before anybody is asked; "" when it can."""
    wanted = draft.wanted
    if wanted.charge is None or wanted.kind != KINDS.REFUND:
        return ""
    way = resolve.way_of(wanted.charge, wanted.details)
    return resolve.why_not(wanted.charge, wanted.amount_minor, wanted.currency, way)


def _judged(request: MemberRequest, row: desk.Conversation, form: RemedyForm, draft: Draft) -> dict[str, Any]:
    """Within, above, or what is missing to say; and who is asked."""
    wanted = draft.wanted
    typed = next((str(errors[0]) for name, errors in form.errors.items() if name not in ("reason", "__all__")), "")
    if problem := _sentences(_broken(row, form)):
        return {"refused": problem}
    missing = draft.missing or typed
    if missing:
        return {"missing": missing}
    if problem := _why_not(draft):
        return {"refused": problem}
    if wanted.exception and not wanted.reason_words.strip():
        # Not said yet, but its limits can be judged already.
        wanted = replace(wanted, reason_words="-")
    try:
        judgement = resolve.judge(request.membership, row, wanted)
    except resolve.ResolveError as error:
        return {"missing": error.sentence}
    asked = [] if judgement.allowed else resolve.who_is_asked(request.membership, row, wanted)
    names = get_text_list([str(each.member.user) for each in asked], _("and"))
    within = resolve.within_words(judgement, draft.counted, wanted.currency)
    return {"judgement": judgement, "within": within, "asked": names}


def _view(request: MemberRequest, pk: int) -> resolve.RemedyView:
    found = resolve.view_of(request.membership, pk)
    if found is None:
        raise Http404
    return found


@require_POST
@needs(Right.ANSWER)
def tell(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts what they are told into the composer, as things stand now. A person sends it."""
    view = _view(request, pk)
    row = find(request, view.remedy.conversation_id)
    words, left = resolve.to_tell(view.remedy, public=everybody_reads(request, row))
    return insert(row, words, left)


@require_POST
@needs(Right.ANSWER)
def ask_outcome(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts the question whether it is right now into the composer. A person sends it."""
    row = find(request, pk)
    try:
        return insert(row, resolve.take_question(request.membership, row), [])
    except resolve.ResolveError as error:
        return toast(request, HttpResponse(), error.sentence, "error")


@require_POST
@needs(Right.ANSWER)
def keep_outcome(request: MemberRequest, pk: int) -> HttpResponse:
    """Keeps what they said. Answers with how all that was done for them stands."""
    row = find(request, pk)
    try:
        resolve.keep_answer(request.membership, row, request.POST.get("answer", ""))
    except resolve.ResolveError as error:
        return _part(request, row, problem=error.sentence)
    return toast(request, _part(request, row), _("Kept."))


Act = Callable[[MemberRequest, resolve.RemedyView], object]


def _take_back(remedy: resolve.Remedy, member: Membership, because: str) -> resolve.Remedy:
    back = resolve.reverse_refund if remedy.kind == KINDS.REFUND else resolve.take_back
    return back(remedy, member, because)


def _request_of(view: resolve.RemedyView) -> resolve.ApprovalRequest:
    if view.request is None:
        raise Http404
    return view.request


def _refund_of(view: resolve.RemedyView) -> resolve.Refund:
    if view.refund is None:
        raise Http404
    return view.refund


def _agree(request: MemberRequest, view: resolve.RemedyView) -> resolve.Remedy:
    try:
        moment = datetime.fromisoformat(request.POST.get("time", ""))
    except ValueError as error:
        raise Http404 from error
    return resolve.agree(view.remedy, request.membership, moment)


ACTS: dict[str, Act] = {
    "agree": _agree,
    "withdraw": lambda r, v: resolve.withdraw(_request_of(v), r.membership),
    "take-offer": lambda r, v: resolve.take_counter(_request_of(v), r.membership),
    "leave-offer": lambda r, v: resolve.leave_counter(_request_of(v), r.membership),
    "take-back": lambda r, v: _take_back(v.remedy, r.membership, r.POST.get("because", "")),
    "done": lambda r, v: resolve.done(v.remedy, r.membership),
    "know": lambda r, v: resolve.told(v.remedy, r.membership),
    "anew": lambda r, v: resolve.try_anew(v.remedy, r.membership),
    "again": lambda r, v: resolve.try_again(v.remedy, r.membership),
    "was-paid": lambda r, v: resolve.settle_unknown(_refund_of(v), r.membership, True),
    "not-paid": lambda r, v: resolve.settle_unknown(_refund_of(v), r.membership, False),
    "pay-anyway": lambda r, v: resolve.pay_all_the_same(_refund_of(v), r.membership),
}
DONE = {
    "agree": gettext_lazy("Agreed on. The calendar file has it alone now."),
    "withdraw": gettext_lazy("Taken back."),
    "take-offer": gettext_lazy("Taken up: it is being done."),
    "leave-offer": gettext_lazy("Let be."),
    "take-back": gettext_lazy("Taken back."),
    "again": gettext_lazy("It is tried again."),
    "anew": gettext_lazy("It is tried again."),
    "done": gettext_lazy("Noted: it is done."),
    "know": gettext_lazy("Noted: they know."),
    "was-paid": gettext_lazy("Noted: it was paid."),
    "not-paid": gettext_lazy("Noted: it was not paid."),
    "pay-anyway": gettext_lazy("It is paid as well."),
}


@require_POST
@needs(Right.ANSWER)
def do(request: MemberRequest, pk: int, act: str) -> HttpResponse:
    """One of the things that can be done with a remedy. Answers with how all of them stand."""
    if act not in ACTS:
        raise Http404
    view = _view(request, pk)
    row = find(request, view.remedy.conversation_id)
    try:
        ACTS[act](request, view)
    except resolve.ResolveError as error:
        return _part(request, row, problem=error.sentence)
    return toast(request, _part(request, row), str(DONE[act]))


@require_GET
@needs(Right.READ)
def calendar(request: MemberRequest, pk: int) -> HttpResponse:
    """The moments of a call, a meeting or a delivery as a calendar file."""
    view = _view(request, pk)
    try:
        found = resolve.calendar_file(view.remedy)
    except resolve.ResolveError as error:
        raise Http404(error.sentence) from error
    response = HttpResponse(found, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="makegood-{view.remedy.pk}.ics"'
    return response
