"""The journal's lines in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from makegood.journal.api import Entry
from makegood.web.words import said

register = template.Library()

VERBS: Mapping[str, Any] = {
    "workspace.created": _("opened the workspace"),
    "workspace.changed": _("changed the workspace's settings"),
    "member.joined": _("joined"),
    "member.invited": _("invited somebody"),
    "member.changed": _("changed their profile"),
    "member.role_changed": _("gave somebody another role"),
    "member.removed": _("removed somebody"),
    "invitation.revoked": _("took an invitation back"),
}


@register.filter
def in_words(line: Entry) -> str:
    """What a journal line says, after its actor; a verb without words of ours is spelled out."""
    words = str(VERBS.get(line.verb) or said(line))
    return words if words != line.verb else words.replace(".", " ").replace("_", " ")
