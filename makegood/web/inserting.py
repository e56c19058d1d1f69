"""Answers to htmx that put words into the composer, or say something in passing."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from makegood.desk import api as desk

__all__ = ["insert", "toast"]


def insert(row: desk.Conversation, words: str, left: Sequence[str] = ()) -> HttpResponse:
    """Nothing to show: the words go into this conversation's answer. `left` names the places a person has to fill."""
    response = HttpResponse(status=204)
    # Aimed at the body: the part with the button may have been drawn anew meanwhile, and what is triggered on an
    # element that is gone reaches nobody (https://htmx.org/headers/hx-trigger/).
    what = {"conversation": row.pk, "text": words, "open": list(left), "target": "body"}
    response["HX-Trigger"] = json.dumps({"mg:insert": what})
    return response


def toast(request: HttpRequest, response: HttpResponse, text: str, level: str = "success") -> HttpResponse:
    """The same answer, and a sentence that shows for a while."""
    shown = render_to_string("components/toast.html", {"text": text, "level": level}, request)
    response.content += f'<div hx-swap-oob="beforeend:#toasts">{shown}</div>'.encode()
    return response
