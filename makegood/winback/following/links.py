"""The links that lead to the page where they answer: signed, and only a hash of each is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from makegood.kit import clock
from makegood.winback.following.rules import OPEN_FOR
from makegood.winback.models import FollowUp, FollowUpLink

__all__ = ["find_link", "forget_old_links", "hashes_in", "make_link"]

KEPT = timedelta(days=30)
"""How long it is still known that a link ran out."""
BYTES = 12
"""Of chance in a link. It is short, as networks count its characters, and cannot be guessed: the signature is checked
before anything is looked for."""
_SAID = re.compile(r"/said/([\w-]+\.[\w-]+)")


def make_link(followup: FollowUp) -> str:
    """The address of a page where this follow-up is answered, by whoever has it."""
    secret = _signer().sign(secrets.token_urlsafe(BYTES))
    now = clock.now()
    FollowUpLink.objects.create(
        workspace_id=followup.workspace_id,
        followup=followup,
        secret_hash=_hash(secret),
        made_at=now,
        expires_at=now + OPEN_FOR,
    )
    return f"{settings.PUBLIC_URL}{reverse('said', args=[secret])}"


def find_link(secret: str) -> FollowUpLink | None:
    """The link with this secret, whether it has run out or not; None where there is none."""
    try:
        _signer().unsign(secret)
    except BadSignature:
        return None
    rows = FollowUpLink.objects.across("the secret names the workspace").filter(secret_hash=_hash(secret))
    return rows.select_related("workspace", "followup__conversation").first()


def hashes_in(text: str) -> set[str]:
    """The hashes of the links that stand in a text."""
    return {_hash(secret) for secret in _SAID.findall(text)}


def forget_old_links() -> int:
    """Deletes links that ran out a month ago. How many."""
    rows = FollowUpLink.objects.across("old links of all workspaces go").filter(expires_at__lt=clock.now() - KEPT)
    return rows.delete()[0]


def _signer() -> Signer:
    return Signer(salt="makegood.winback.links", sep=".")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
