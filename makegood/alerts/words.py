"""What an alert says: who, what in a line, why, and where to look. Never a note, never what was said in private."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.alerts.models import Alert, AlertDestination, Firing
from makegood.connectors.registry import CONNECTORS, connector
from makegood.kit import text

__all__ = ["message_of", "test_message"]

LISTED = 20
LINE = 160
OPEN = ("public", "unlisted", "")


def message_of(alerts: Sequence[Alert], *, perhaps_again: bool) -> tuple[str, str]:
    """The title and the body of one message that tells of these alerts of one rule, oldest first.

    They come with their rule, workspace and firing, and what that is about. `perhaps_again`: an earlier attempt ended
    in the middle.
    """
    rule = alerts[0].rule
    assert rule is not None
    firings = [each.firing for each in alerts if each.firing is not None]
    shop = alerts[0].workspace.name
    lines: list[str] = []
    if len(firings) == 1:
        title = f"{rule.name}: {_who(firings[0])}"
        lines += _told(firings[0])
    else:
        title = ngettext("%(rule)s: %(n)d time", "%(rule)s: %(n)d times", len(firings)) % {
            "rule": rule.name, "n": len(firings),
        }  # fmt: skip
        for firing in firings[:LISTED]:
            told = _told(firing)
            lines += [f"• {_who(firing)}", *(f"  {line}" for line in told), ""]
        if len(firings) > LISTED:
            lines.append(_("… and %(n)d more.") % {"n": len(firings) - LISTED})
    if perhaps_again:
        lines += ["", _("Makegood was interrupted while it sent this; you may have got it already.")]
    lines += ["", _("%(shop)s · your alert “%(rule)s”") % {"shop": shop, "rule": rule.name}]
    return f"[{shop}] {title}"[:250], "\n".join(lines)


def test_message(row: AlertDestination) -> tuple[str, str]:
    """What a test says."""
    shop = row.workspace.name
    body = _("This is how alerts of %(shop)s arrive here. Nothing has happened; somebody pressed “Send a test”.")
    return _("[%(shop)s] A test") % {"shop": shop}, body % {"shop": shop}


def _who(firing: Firing) -> str:
    if firing.channel is not None:
        return firing.channel.name
    if firing.source is not None:
        return firing.source.name
    if firing.subject.startswith("rise:"):
        return _("more complaints than usual")
    row = firing.conversation
    if row is None:
        return _("Somebody")
    handle = f" (@{row.author_handle})" if row.author_handle and row.author_handle != row.author_label else ""
    network = connector(row.network).capability.title if row.network in CONNECTORS else row.network
    return _("%(who)s on %(network)s") % {"who": f"{row.author_label}{handle}", "network": network}


def _told(firing: Firing) -> list[str]:
    if firing.channel_id is not None:
        return [firing.reason, _link("channel-detail", firing.channel_id)]
    if firing.source_id is not None:
        return [firing.reason, _link("source-detail", firing.source_id)]
    if firing.subject.startswith("rise:"):
        return [firing.reason, _link("causes")]
    row = firing.conversation
    if row is None:
        return [firing.reason]
    return [_said(row), firing.reason, _link("conversation", row.pk)]


def _said(row: object) -> str:
    latest = getattr(row, "latest")  # noqa: B009 - the row of another stage
    if latest.deleted_at is not None:
        return _("Their post has been deleted since.")
    if latest.activity.get("visibility", "") not in OPEN:
        return _("They wrote in private.")
    words = text.excerpt(str(getattr(row, "excerpt")), LINE)  # noqa: B009
    return f"“{words}”"


def _link(name: str, *keys: int) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=keys)}"
