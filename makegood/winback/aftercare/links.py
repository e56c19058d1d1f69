"""The links in the mails: signed, and only a hash of each is kept. They have no end, as unsubscribing has none."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from makegood.winback.models import AftercareLink, AftercareMessage

__all__ = ["find_link", "make_link"]

BYTES = 16


def make_link(message: AftercareMessage) -> tuple[str, str]:
    """The addresses of a mail's two pages: where they answer, and where they unsubscribe."""
    secret = _signer().sign(secrets.token_urlsafe(BYTES))
    AftercareLink.objects.create(workspace_id=message.workspace_id, message=message, secret_hash=_hash(secret))
    pages = (reverse("after", args=[secret]), reverse("after-stop", args=[secret]))
    return f"{settings.PUBLIC_URL}{pages[0]}", f"{settings.PUBLIC_URL}{pages[1]}"


def find_link(secret: str) -> AftercareLink | None:
    """The link with this secret; None where there is none. At most 1 query."""
    try:
        _signer().unsign(secret)
    except BadSignature:
        return None
    rows = AftercareLink.objects.across("the secret names the workspace").filter(secret_hash=_hash(secret))
    return rows.select_related("workspace", "message").first()


def _signer() -> Signer:
    return Signer(salt="makegood.winback.aftercare", sep=".")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
