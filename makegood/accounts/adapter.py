"""What Makegood asks of django-allauth: nobody signs up by themselves, second steps' secrets are sealed."""

from __future__ import annotations

import io
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from makegood.kit import crypto

__all__ = ["AccountAdapter", "SecondStepAdapter", "mail_works"]

log = logging.getLogger(__name__)

NOWHERE = (
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
)


def mail_works() -> bool:
    """Whether mail leaves this machine."""
    return settings.EMAIL_BACKEND not in NOWHERE


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from the first run and from invitations only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends when mail is set up; a link to a new password must not end up in a log file."""
        if not mail_works():
            return
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            # The page says the same whether there is an account or not, and so whether there was a mail or not.
            log.exception("a mail could not be sent; is EMAIL_URL right?")


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """One-time codes, recovery codes and passkeys."""

    def encrypt(self, text: str) -> str:
        """Seals the seed of one-time and recovery codes."""
        return crypto.encrypt(text.encode(), settings.MASTER_KEY)

    def decrypt(self, encrypted_text: str) -> str:
        """Opens what `encrypt` sealed."""
        return crypto.decrypt(encrypted_text, settings.MASTER_KEY).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code on white, as cameras read it in dark mode too."""
        # Drawn once in a member's life: the drawing libraries (4 MB) need not lie in every process.
        import qrcode
        from qrcode.image.svg import SvgPathFillImage

        drawn = io.BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """What a new passkey is called until its owner says otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1} if count else _("My passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site a passkey is made for, as the browser's dialogue names it."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Makegood"}
