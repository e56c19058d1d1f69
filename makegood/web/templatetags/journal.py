"""The journal's verbs in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

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
def verb_words(verb: str) -> str:
    """What a verb such as "member.role_changed" means; one without words of ours is spelled out."""
    return str(VERBS.get(verb) or verb.replace(".", " ").replace("_", " "))
