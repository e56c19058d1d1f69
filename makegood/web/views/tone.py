"""The tone guard: what it finds in a draft, and its settings."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.reply import api as reply
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find

__all__ = ["in_draft", "settings"]

SHOWN = 3
FIELDS = ("jargon", "words", "own")


@require_POST
@needs(Right.PROPOSE)
def in_draft(request: MemberRequest, pk: int) -> HttpResponse:
    """What is worth a second look in what is typed so far; 204 where that is what the page shows already."""
    row = find(request, pk)
    wanted = request.POST.get("purpose", "")
    purpose = wanted if wanted in reply.Reply.Purpose.values else reply.Reply.Purpose.ANSWER
    capability = reply.capability_for(row, reply.accounts_for(row))
    checked = reply.look_at_tone(row, request.POST.get("text", ""), purpose, capability)
    context = _shown(checked) | {"c": row, "own_said": bool(request.POST.get("own_data"))}
    if context["seen"] == request.POST.get("tone_seen"):
        return HttpResponse(status=204)
    return render(request, "inbox/tone.html", context)


def _shown(checked: reply.Checked) -> dict[str, Any]:
    rows = [_row(checked, one) for one in checked.findings]
    first = next((row for row in rows if row["offered"]), None)
    if first is not None:
        first["first"] = True
    blocked = [one for one in checked.findings if one.blocks]
    names = {name: [str(reply.TONE_MARKS[mark][0]) for mark in marks] for name, marks in _marks(checked).items()}
    add = [str(reply.TONE_MARKS[mark][1]) for mark in checked.manners.add]
    seen = repr([*((row["what"], row["words"], row["why"], row["better"], row["pin"]) for row in rows), names, add])
    return {
        "rows": rows[:SHOWN],
        "more": rows[SHOWN:],
        "count": len(rows),
        "blocked": len(blocked),
        "own_only": bool(blocked) and all(one.own for one in blocked),
        "good": names["good"],
        "careful": names["careful"],
        "add": add,
        "seen": blake2b(seen.encode("utf-8", "replace"), digest_size=8).hexdigest(),
    }


def _marks(checked: reply.Checked) -> dict[str, tuple[str, ...]]:
    return {"good": checked.manners.good, "careful": checked.manners.careful}


def _row(checked: reply.Checked, one: reply.Finding) -> dict[str, Any]:
    start, end = one.place
    return {
        "code": str(one.code),
        "what": str(reply.TONE_CHECKS[one.code]),
        "words": one.words,
        "start": one.start,
        "why": one.why,
        "blocks": one.blocks,
        "own": one.own,
        "offered": one.better is not None,
        "better": one.better or "",
        "put": checked.text[start:end],
        "put_start": start,
        # What is put in between words has no words of its own to be found again by.
        "pin": start if start == end and one.better is not None else None,
        "first": False,
    }


@require_http_methods(["GET", "POST"])
@needs(Right.PROPOSE)
def settings(request: MemberRequest) -> HttpResponse:
    """Which checks are on, the shop's jargon, its own words, addresses and numbers."""
    if request.method == "GET":
        tone = reply.tone_of(request.workspace.pk)
        jargon = "\n".join(f"{word} = {plain}" if plain else word for word, plain in tone.jargon.items())
        typed = {"jargon": jargon, "words": "\n".join(tone.words), "own": "\n".join(tone.own)}
        return _page(request, {code for code in reply.TONE_CHECKS if code not in tone.off}, typed)
    require(request, Right.APPROVE)
    on = set(request.POST.getlist("on"))
    typed = {name: request.POST.get(name, "")[:50_000] for name in FIELDS}
    try:
        reply.save_tone(request.workspace, request.user, on=on, **typed)
    except reply.ToneError as error:
        return _page(request, on, typed, error.fields, status=422)
    messages.success(request, _("Saved."))
    return redirect("tone")


def _page(
    request: MemberRequest,
    on: set[Any],
    typed: dict[str, str],
    wrong: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    checks = [
        {
            "code": str(code),
            "words": words,
            "on": code in on or code in reply.TONE_ALWAYS,
            "always": code in reply.TONE_ALWAYS,
        }
        for code, words in reply.TONE_CHECKS.items()
    ]
    context = {"section": "settings", "checks": checks, "typed": typed, "wrong": wrong or {}}
    return render(request, "tone/settings.html", context, status=status)
