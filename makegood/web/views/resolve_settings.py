"""Settings of making good: limits, reasons, return policies, the shop's own words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right, Role
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.web.forms_resolve import (
    AMOUNTS,
    LimitForm,
    NewLimitForm,
    ReasonForm,
    ReturnPolicyForm,
    WordsForm,
)
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = [
    "authority",
    "move_return_policy",
    "reason",
    "reasons",
    "return_policies",
    "return_policy",
    "words",
    "words_preview",
]

ROLES = (Role.AGENT, Role.MANAGER, Role.OWNER)
Kind = resolve.Remedy.Kind


# Limits


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def authority(request: MemberRequest) -> HttpResponse:
    """The table of limits: who may give how much by themselves."""
    resolve.reasons(request.workspace)  # makes what a shop starts with, where nobody has looked before
    said = request.POST if request.method == "POST" else None
    table = _table(request, said)
    new = NewLimitForm(said, initial={"currency": _currency(request)})
    if said is None:
        return _authority(request, table, new)
    filled = [*table, new] if new.wanted else table
    if [form for form in filled if not form.is_valid()]:
        return _authority(request, table, new, problem=_("Nothing was saved yet: look at what is marked."))
    try:
        with transaction.atomic():
            for form in filled:
                _keep_limit(request, form)
    except resolve.ResolveError as error:
        return _authority(request, table, new, problem=error.sentence)
    messages.success(request, _("Saved. It holds from now on."))
    return redirect("authority")


def _currency(request: MemberRequest) -> str:
    money = identify.MoneySettings.objects.within(request.workspace).first()
    return money.currency if money else "EUR"


def _table(request: MemberRequest, said: Any) -> list[LimitForm]:
    """A form for each role's limit for all kinds, there or not, and for each limit of one kind."""
    rows = resolve.limits_of(request.workspace)
    currency = _currency(request)
    found = []
    for role in ROLES:
        own = [row for row in rows if row.role == role]
        general = next((row for row in own if not row.kind), None)
        for row in (general, *(row for row in own if row.kind)):
            kind = row.kind if row else ""
            initial = LimitForm.as_now(row, currency)
            found.append(LimitForm(role, kind, said, row=row, initial=initial))
    return found


def _keep_limit(request: MemberRequest, form: LimitForm) -> None:
    ceiling, row = form.ceiling(), form.row
    if ceiling is None:
        if row is not None:
            resolve.remove_limit(request.membership, row)
        return
    if row is None or resolve.Ceiling(row.currency, *(getattr(row, f"{name}_minor") for name in AMOUNTS)) != ceiling:
        resolve.set_limit(request.membership, form.role, form.kind, ceiling)


def _authority(request: MemberRequest, table: list[LimitForm], new: NewLimitForm, problem: str = "") -> HttpResponse:
    facts = {"section": "settings", "table": table, "new": new, "problem": problem, "meant": _meant(request)}
    return render(request, "resolve_settings/authority.html", facts, status=422 if problem else 200)


def _meant(request: MemberRequest) -> list[str]:
    """What the limits that hold now mean, a sentence each."""
    rows = resolve.limits_of(request.workspace)
    found = []
    for role in ROLES:
        own = [row for row in rows if row.role == role]
        if not any(not row.kind for row in own):
            said = _("%(role)s: asks for everything that costs something.")
            said = _("%(role)s: decides everything.") if role == Role.OWNER else said
            found.append(said % {"role": Role(role).label})
        found += [_sentence(row) for row in own]
    return found


def _sentence(row: resolve.Limit) -> str:
    words = {
        "per_case": _("up to %(amount)s in one case"),
        "per_person_year": _("%(amount)s a year to one person"),
        "per_month": _("%(amount)s a month, all of them together"),
        "four_eyes": _("two must agree above %(amount)s"),
    }
    known = ((words[name], getattr(row, f"{name}_minor")) for name in AMOUNTS)
    parts = [said % {"amount": resolve.amount_words(minor, row.currency)} for said, minor in known if minor is not None]
    kind = dict(Kind.choices)[row.kind] if row.kind else _("all kinds without a line of their own")
    facts = {"role": row.get_role_display(), "kind": kind, "parts": ", ".join(parts)}
    return _("%(role)s, %(kind)s: %(parts)s.") % facts


# Reasons


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def reasons(request: MemberRequest) -> HttpResponse:
    """The reasons with their causes; POST adds one."""
    form = ReasonForm(request.POST or None, initial={"active": True})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _said(form, lambda: resolve.save_reason(request.membership, None, name=data["name"], cause=data["cause"])):
            messages.success(request, _("The reason is there."))
            return redirect("reasons")
    return _reasons(request, form, status=422 if form.errors else 200)


def _reasons(
    request: MemberRequest, form: ReasonForm, status: int = 200, changed: ReasonForm | None = None, pk: int = 0
) -> HttpResponse:
    resolve.reasons(request.workspace)
    rows = list(resolve.ReasonCode.objects.within(request.workspace).order_by("-active", "name")[:200])
    shown = []
    for row in rows:
        initial = {"name": row.name, "cause": row.cause, "active": row.active}
        own = changed if changed is not None and row.pk == pk else ReasonForm(initial=initial, auto_id=f"r{row.pk}_%s")
        shown.append({"row": row, "form": own})
    causes = sorted({row.cause for row in rows if row.cause})
    facts = {"section": "settings", "rows": shown, "form": form, "causes": causes}
    return render(request, "resolve_settings/reasons.html", facts, status=status)


@require_POST
@needs(Right.SETTINGS)
def reason(request: MemberRequest, pk: int) -> HttpResponse:
    """Changes a reason."""
    row = resolve.ReasonCode.objects.within(request.workspace).filter(pk=pk).first()
    if row is None:
        raise Http404
    form = ReasonForm(request.POST, auto_id=f"r{pk}_%s")
    if form.is_valid() and _said(form, lambda: resolve.save_reason(request.membership, row, **form.cleaned_data)):
        messages.success(request, _("Saved."))
        return redirect("reasons")
    return _reasons(request, ReasonForm(initial={"active": True}), 422, form, pk)


def _said(form: Any, act: Any) -> bool:
    """Whether it was done; why not is with the form."""
    try:
        act()
    except resolve.ResolveError as error:
        form.add_error(None, error.sentence)
        return False
    return True


# Return policies


@require_GET
@needs(Right.SETTINGS)
def return_policies(request: MemberRequest) -> HttpResponse:
    """The return policies in the order in which they are tried."""
    facts = {"section": "settings", "rows": resolve.policies(request.workspace)}
    return render(request, "resolve_settings/returns.html", facts)


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def return_policy(request: MemberRequest, pk: int = 0) -> HttpResponse:
    """One return policy, or a new one, which is tried first: what is for some products goes before what is for all."""
    rows = resolve.policies(request.workspace)
    row = next((each for each in rows if each.pk == pk), None)
    if pk and row is None:
        raise Http404
    new = {"returnable": True, "active": True, "window_days": 14, "counts_from": "delivered"}
    form = ReturnPolicyForm(request.POST or None, initial=ReturnPolicyForm.as_now(row) if row else new)
    if request.method == "POST" and form.is_valid():
        position = row.position if row else 0
        if _said(form, lambda: _keep_policy(request, row, rows, form.values() | {"position": position})):
            messages.success(request, _("Saved. It holds for every return from now on."))
            return redirect("return-policies")
    facts = {"section": "settings", "row": row, "form": form, "example": _example(request, row)}
    return render(request, "resolve_settings/return_edit.html", facts, status=422 if form.errors else 200)


@transaction.atomic
def _keep_policy(request: MemberRequest, row: Any, rows: list[resolve.ReturnPolicy], values: dict[str, Any]) -> None:
    saved = resolve.save_policy(request.membership, row, **values)
    if row is None:
        _in_order(request, [saved, *rows])


def _in_order(request: MemberRequest, rows: list[resolve.ReturnPolicy]) -> None:
    """Gives every policy its place."""
    names = (
        "name",
        "window_days",
        "counts_from",
        "matches",
        "conditions",
        "customer_pays_return",
        "returnable",
        "active",
    )
    for place, row in enumerate(rows):
        if row.position != place:
            kept = {name: getattr(row, name) for name in names}
            resolve.save_policy(request.membership, row, **kept, position=place)


def _example(request: MemberRequest, row: resolve.ReturnPolicy | None) -> str:
    if row is None or not row.returnable:
        return ""
    today = clock.now().astimezone(ZoneInfo(request.workspace.timezone)).date()
    last = formats.date_format(today + timedelta(days=row.window_days), "DATE_FORMAT")
    if row.counts_from == resolve.ReturnPolicy.From.PLACED:
        return _("What is ordered today can be sent back until %(last)s.") % {"last": last}
    return _("What is delivered today can be sent back until %(last)s.") % {"last": last}


@require_POST
@needs(Right.SETTINGS)
def move_return_policy(request: MemberRequest, pk: int) -> HttpResponse:
    """Earlier (`up` = 1) or later in the order."""
    rows = resolve.policies(request.workspace)
    here = next((place for place, row in enumerate(rows) if row.pk == pk), None)
    if here is None:
        raise Http404
    there = here - 1 if request.POST.get("up") == "1" else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        with transaction.atomic():
            _in_order(request, rows)
    return redirect("return-policies")


# Words


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def words(request: MemberRequest) -> HttpResponse:
    """What customers are told of each kind of remedy, kind by kind and language by language; POST saves one."""
    resolve.reasons(request.workspace)
    kind = request.POST.get("kind") or request.GET.get("kind") or Kind.REFUND
    kind = kind if kind in _kind_names() else str(Kind.REFUND)
    language = request.POST.get("language") or request.GET.get("language", "")
    form = WordsForm(request.POST or None, initial=_words_now(request, kind, language))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _said(form, lambda: resolve.save_words(request.membership, kind, data["language"], data["text"])):
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('remedy-words')}?{urlencode({'kind': kind, 'language': data['language']})}")
    shown = form["text"].value() or ""
    facts = {
        "section": "settings",
        "kinds": _kinds(request),
        "kind": kind,
        "kind_name": _kind_names()[kind],
        "form": form,
        "languages": _languages(kind, language),
        "places": [{"place": f"{{{name}}}", "means": means} for name, (means, _example) in _places().items()],
        "previews": _filled(shown),
    }
    return render(request, "resolve_settings/words.html", facts, status=422 if form.errors else 200)


def _languages(kind: str, chosen: str) -> list[dict[str, Any]]:
    """Links to the words of a kind in each language."""
    address = reverse("remedy-words")
    return [
        {"name": name, "url": f"{address}?{urlencode({'kind': kind, 'language': code})}", "current": code == chosen}
        for code, name in [("", _("The shop’s own")), *settings.LANGUAGES]
    ]


def _words_now(request: MemberRequest, kind: str, language: str) -> dict[str, str]:
    known = resolve.RemedyTemplate.objects.within(request.workspace).filter(kind=kind, language=language).first()
    text = known.text if known else resolve.words_for(request.workspace, kind, language)
    return {"language": language, "text": text}


def _kinds(request: MemberRequest) -> list[dict[str, Any]]:
    rows = list(resolve.RemedyTemplate.objects.within(request.workspace).order_by("language")[:200])
    return [
        {"kind": kind, "name": name, "rows": [row for row in rows if row.kind == kind]}
        for kind, name in _kind_names().items()
    ]


def _kind_names() -> dict[str, str]:
    """What there are words for: each remedy, and asking whether it is right then."""
    return {**{str(kind): str(name) for kind, name in Kind.choices}, resolve.OUTCOME: _("Did it make it right?")}


def _places() -> dict[str, tuple[str, str]]:
    """What {…} stands for, and an example of each."""
    last = formats.date_format(clock.now().date() + timedelta(days=14), "DATE_FORMAT")
    return {
        "name": (_("what they are called"), "Ada"),
        "amount": (_("what they get"), resolve.amount_words(2_500, "EUR")),
        "order": (_("their order’s number"), "T-1042"),
        "number": (_("the number of a return"), "R-7F3K"),
        "code": (_("a voucher’s code"), "SORRY-25"),
        "date": (_("a day: until when, or when"), last),
    }


def _filled(text: str) -> dict[str, str]:
    """The words with an example in each place, as the customer alone reads them and as everybody does; what Makegood
    doesn't know stays as it is, so that it is seen.
    """
    examples = {name: example for name, (_means, example) in _places().items()}
    alone, everybody = (resolve.fill_words(text[:2_000], examples, public=public)[0] for public in (False, True))
    return {"alone": alone, "everybody": everybody}


@require_POST
@needs(Right.SETTINGS)
def words_preview(request: MemberRequest) -> HttpResponse:
    """What a customer would read."""
    shown = _filled(request.POST.get("text", ""))
    return render(request, "resolve_settings/words_preview.html", {"previews": shown})
