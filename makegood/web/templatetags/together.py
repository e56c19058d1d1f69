"""What templates say of working together."""

from __future__ import annotations

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.desk import api as desk

register = template.Library()


@register.simple_tag
def newest_seen(conversation: desk.Conversation) -> int:
    """The newest message that a page drawn now shows, for the form to say what its writer has seen."""
    return desk.newest_message_id(conversation)


@register.filter
def collision_words(found: desk.Collision) -> str:
    """A collision as a sentence that says what to do."""
    who = found.who or _("Somebody")
    if found.what == "typing":
        return _("%(who)s is writing an answer right now. Ask them first.") % {"who": who}
    if found.what == "sending":
        return _("%(who)s has an answer on its way. Read it first.") % {"who": who}
    return _("%(who)s answered %(ago)s. Read it first.") % {"who": who, "ago": _ago(found)}


def _ago(found: desk.Collision) -> str:
    seconds = max(1, round((timezone.now() - found.at).total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d second ago", "%(n)d seconds ago", seconds) % {"n": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return _("some days ago")
