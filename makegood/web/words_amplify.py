"""What the journal says of praise, of permission, and of what was shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.amplify.api import Scope, Share

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "praise.found": gettext_lazy("found praise"),
    "praise.thanked": gettext_lazy("thanked for the praise"),
    "praise.passed": gettext_lazy("let the praise stand"),
    "praise.taken_up": gettext_lazy("took the praise up again"),
    "sharing.rules_saved": gettext_lazy("changed how praise is shared"),
}


def _scopes(data: Data) -> str:
    names = dict(Scope.choices)
    known = [str(names[scope]) for scope in data.get("scopes") or [data.get("scope", "")] if scope in names]
    return ", ".join(known) or _("show it")


def _how(data: Data) -> str:
    return str(dict(Share.Kind.choices).get(data.get("kind", ""), _("in some way")))


def _removed(data: Data) -> str:
    if data.get("by_hand"):
        return _("took down by hand what was shared (%(how)s)") % {"how": _how(data)}
    return _("took down what was shared (%(how)s)") % {"how": _how(data)}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "permission.asked": lambda data: _("asked for permission to %(what)s") % {"what": _scopes(data)},
    "permission.granted": lambda data: _("noted their permission to %(what)s") % {"what": _scopes(data)},
    "permission.declined": lambda data: _("noted that they do not let us %(what)s") % {"what": _scopes(data)},
    "permission.revoked": lambda data: _("ended the permission to %(what)s") % {"what": _scopes(data)},
    "permission.undone": lambda data: (
        _("noted that nothing is shown any more that rested on the permission to %(what)s") % {"what": _scopes(data)}
    ),
    "share.queued": lambda data: _("planned to share the praise: %(how)s") % {"how": _how(data)},
    "share.withdrawn": lambda data: _("took a planned reshare back: %(how)s") % {"how": _how(data)},
    "share.done": lambda data: _("shared the praise: %(how)s") % {"how": _how(data)},
    "share.refused": lambda data: _("could not share the praise: %(why)s") % {"why": data.get("sentence", "")},
    "share.unknown": lambda data: _("does not know whether the praise was shared: %(how)s") % {"how": _how(data)},
    "share.removed": _removed,
    "share.stuck": lambda data: _("could not take a reshare down: %(why)s") % {"why": data.get("sentence", "")},
}
