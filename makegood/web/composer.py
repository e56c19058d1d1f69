"""What the composer shows, known before anyone types."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from makegood.accounts.api import Right, allows
from makegood.connectors.contract import Capability, RouteKind
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.web.request import MemberRequest

__all__ = ["composer_context", "media_context", "preview_context"]

Purpose = reply.Reply.Purpose


def composer_context(request: MemberRequest, row: desk.Conversation, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    """Everything the composer's template needs. A bounded number of queries."""
    member = request.membership
    accounts = reply.accounts_for(row)
    capability = reply.capability_for(row, accounts)
    route = reply.route_of(row, accounts)
    rule = route.text
    mode = "send" if reply.may_send(member) else "propose" if reply.may_propose(member) else ""
    draft = reply.draft_of(row, request.user) if mode else None
    purpose = draft.purpose if draft else Purpose.ANSWER
    heard = reply.answered(row, purpose)
    by_api = route.kind is RouteKind.API
    return {
        "c": row,
        "can_answer": allows(member.role, Right.ANSWER),
        "mode": mode,
        "may_approve": reply.may_approve(member),
        "route": {
            "kind": str(route.kind),
            "reason": route.reason,
            "handoff_url": route.handoff_url,
            "source": rule.source if rule else "",
        },
        "channel": accounts[0] if accounts else None,
        "channels": accounts,
        "draft": draft,
        "purpose": str(purpose),
        "visibility": heard.visibility,
        "warning": (row.latest.activity or {}).get("warning", "") if by_api else "",
        "price": capability.price if by_api else None,
        "window_end": _window_end(capability, row) if by_api else None,
        "network_rules": reply.rules_of(capability),
        "can_quote": by_api and bool(mode) and not reply.no_quote(capability, "public"),
        "quoted": reply.quotable(row, draft.quoted_id) if draft and draft.quoted_id else None,
        "private": _private(row, capability, by_api=by_api),
        "asking": resolve.asking_of(row) if resolve.may_ask(member) else None,
        "closing_due": bool(row.private_at and not row.closing_line_at),
        "presets": reply.presets(row.workspace.timezone) if by_api else [],
        "zone": row.workspace.timezone,
        "replies_pending": reply.pending(row),
        "declined": reply.declined_for(row, request.user) if mode else None,
        "amended": {one.network_id: one for one in reply.amended(row)},
        "problems": problems,
        **media_context(row, draft, capability, by_api=by_api),
        **preview_context(row, draft, capability),
    }


def preview_context(row: desk.Conversation, draft: reply.Reply | None, capability: Capability) -> dict[str, Any]:
    """How the draft would go out: its length, its parts, what is wrong with it."""
    counters = draft.counters if draft else True
    return {
        "preview": reply.preview(row, draft.text if draft else "", capability, counters=counters),
        "counters": counters,
    }


def media_context(
    row: desk.Conversation, draft: reply.Reply | None, capability: Capability, *, by_api: bool
) -> dict[str, Any]:
    """The draft's pictures, and whether there may be one more."""
    files = list(draft.media.order_by("position", "id")) if draft and draft.pk else []
    return {
        "c": row,
        "files": files,
        "media_rule": capability.media if by_api else None,
        "media_problem": reply.no_media(capability, len(files)) if by_api else "",
    }


def _window_end(capability: Capability, row: desk.Conversation) -> datetime | None:
    return reply.window_end(capability, row.latest.posted_at)


def _private(row: desk.Conversation, capability: Capability, *, by_api: bool) -> dict[str, str]:
    """How the conversation can go on in private: by which route, with which words, and where."""
    rule = capability.private
    nothing = {"kind": "not_allowed", "source": "", "url": ""}
    if rule is None:
        text = _("Makegood knows no private messages on %(network)s.") % {"network": capability.title}
        return nothing | {"text": text}
    if rule.route is RouteKind.API and not by_api:
        return nothing | {"text": _("Connect an account first; then a private message can go out from here.")}
    url = reply.private_link(row) if rule.route is RouteKind.HANDOFF else ""
    if rule.route is RouteKind.HANDOFF and not url:
        return nothing | {"text": rule.text, "source": rule.source}
    return {"kind": str(rule.route), "text": rule.text, "source": rule.source, "url": url}
