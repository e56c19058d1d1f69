"""The request as the middleware hands it on to a signed-in member's page."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from makegood.accounts.api import Membership, User, Workspace

__all__ = ["MemberRequest"]


class MemberRequest(HttpRequest):
    """Only for annotations: what `WorkspaceMiddleware` and `HtmxMiddleware` have set."""

    workspace: Workspace
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails
    user: User
