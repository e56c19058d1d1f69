"""Passkey sign-in is open to everybody, so what arrives there may be anything."""

from __future__ import annotations

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import LoginWebAuthnForm

__all__ = ["LoginForm"]

# What the parsing of a made-up answer raises, besides the ValidationError that a mere wrong one gets.
MADE_UP = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)


class LoginForm(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey's answer to the sign-in page."""

    def clean_credential(self) -> Any:
        """The passkey's row. An answer that makes no sense is a wrong answer, not a fault of ours."""
        try:
            return super().clean_credential()
        except MADE_UP as error:
            raise get_adapter().validation_error("incorrect_code") from error
