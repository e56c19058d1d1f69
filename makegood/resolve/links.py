"""Links that lead one person to one request: signed, for a day, used once. They let nobody in by themselves.

A link is shown by a GET and used by the POST that decides: mail scanners open every link before a person does.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, membership_of
from makegood.kit import clock
from makegood.resolve.models import ApprovalLink, ApprovalRequest
from makegood.resolve.rules import ResolveError

__all__ = ["LASTS", "LinkError", "decide_by_link", "forget_old_links", "make_link", "open_link"]

LASTS = timedelta(hours=24)
KEPT = timedelta(days=30)
T = TypeVar("T")


class LinkError(ResolveError):
    """A link that leads nowhere, or not for this person: a sentence that says why and what to do."""


@transaction.atomic
def make_link(request: ApprovalRequest, user: Any) -> str:
    """The secret part of an address where this person decides about a request; only its hash is kept.

    Raises `LinkError` for who does not belong to the workspace.
    """
    if membership_of(user, request.workspace) is None:
        raise LinkError(_("This person does not belong to the workspace."))
    secret = _signer().sign(secrets.token_urlsafe(24))
    now = clock.now()
    ApprovalLink.objects.create(
        workspace_id=request.workspace_id,
        request=request,
        user=user,
        secret_hash=_hash(secret),
        made_at=now,
        expires_at=now + LASTS,
    )
    return secret


def open_link(secret: str, user: Any) -> ApprovalRequest:
    """The request that a link leads to, for the person it was made for, who is signed in. It is not used up by this.

    Raises `LinkError` with a sentence.
    """
    return _found(secret, user).request


@transaction.atomic
def decide_by_link(secret: str, user: Any, act: Callable[[ApprovalRequest, Membership], T]) -> T:
    """Uses a link up and decides with it: `act` is given the request and the person's membership.

    Where `act` raises, nothing happened and the link can be used again. Raises `LinkError`.
    """
    link = _found(secret, user)
    member = membership_of(user, link.workspace)
    assert member is not None
    unused = ApprovalLink.objects.within(link.workspace_id).filter(pk=link.pk, used_at__isnull=True)
    if not unused.update(used_at=clock.now()):
        raise _used()
    return act(link.request, member)


def forget_old_links() -> int:
    """Deletes links that ran out a month ago. How many."""
    rows = ApprovalLink.objects.across("old links of all workspaces go").filter(expires_at__lt=clock.now() - KEPT)
    return rows.delete()[0]


def _found(secret: str, user: Any) -> ApprovalLink:
    try:
        _signer().unsign(secret)
    except BadSignature as error:
        raise _wrong() from error
    rows = ApprovalLink.objects.across("the secret names the workspace")
    rows = rows.select_related("workspace", "request__remedy__conversation", "request__workspace")
    link = rows.filter(secret_hash=_hash(secret)).first()
    if link is None:
        raise _wrong()
    if link.user_id != user.pk:
        raise LinkError(_("This link was made for somebody else. Sign in as the person it was sent to."))
    if membership_of(user, link.workspace) is None:
        raise LinkError(_("You do not belong to this workspace any more."))
    if link.used_at is not None:
        raise _used()
    if link.expires_at <= clock.now():
        raise LinkError(_("This link was good for a day and has run out. The request itself stands under Decide."))
    return link


def _wrong() -> LinkError:
    return LinkError(_("This link is not right. Check that you copied all of it, or look under Decide."))


def _used() -> LinkError:
    return LinkError(_("You have decided with this link already. What became of it stands under Decide."))


def _signer() -> Signer:
    return Signer(salt="makegood.resolve.links", sep=".")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
