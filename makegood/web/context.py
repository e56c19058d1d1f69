"""What every page knows: the workspace, the person's rights, and what stands in the navigation."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from makegood.accounts.api import Right, allows, mail_works
from makegood.desk.api import count_notices, count_unanswered
from makegood.listen.api import has_sample
from makegood.reply.api import count_proposed
from makegood.resolve.api import count_waiting

__all__ = ["shell"]


def shell(request: HttpRequest) -> dict[str, Any]:
    """For templates: `workspace`, `member` (`name`, `role_name`), `membership`, `memberships`, `rights`
    (names of Right), `mail_works`, and the lazily looked up `unanswered`, `unread_notices`, `to_approve`,
    `to_decide` (how many) and `has_sample`.
    """
    workspace = getattr(request, "workspace", None)
    member = getattr(request, "membership", None)
    return {
        "workspace": workspace,
        "member": {"name": str(member.user), "role_name": member.get_role_display()} if member else None,
        "membership": member,
        "memberships": getattr(request, "memberships", []),
        "rights": {str(right) for right in Right if member and allows(member.role, right)},
        "mail_works": mail_works(),
        # Templates call these; a page that shows neither asks the database for neither.
        "unanswered": cache(lambda: count_unanswered(member) if member else 0),
        "unread_notices": cache(lambda: count_notices(member) if member else 0),
        "to_approve": cache(lambda: count_proposed(member) if member else 0),
        "to_decide": cache(lambda: count_waiting(member) if member else 0),
        "has_sample": cache(lambda: has_sample(workspace) if workspace else False),
    }
