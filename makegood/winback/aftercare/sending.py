"""Handing one mail to the mail server, and knowing afterwards whether it took it.

With the headers by which mail programs offer "unsubscribe", in one click: https://www.rfc-editor.org/rfc/rfc8058
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from makegood.accounts.api import mail_works

__all__ = ["Mail", "NotNowError", "RefusedError", "UnreachableError", "UnsureError", "hand_over"]


class NotNowError(Exception):
    """It certainly did not go out; later it may. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnreachableError(NotNowError):
    """The mail server takes nothing just now, whoever it is for."""


class RefusedError(NotNowError):
    """It certainly did not go out, and trying again is no use."""


class UnsureError(NotNowError):
    """Nobody knows whether it went out."""


@dataclass(frozen=True)
class Mail:
    """A mail as it goes out. `stop` is the address of the page where they unsubscribe."""

    key: UUID
    shop: str
    to: str
    subject: str
    body: str
    stop: str


def hand_over(mail: Mail, wanted: Callable[[], bool]) -> bool:
    """Gives a mail to the mail server. `wanted` is asked last of all, when the server is listening: False says that it
    did not want to be sent any more. Raises NotNowError.
    """
    if not mail_works():
        raise UnreachableError(
            _("Mail is not set up. Whoever runs Makegood sets EMAIL_URL; docs/settings.md says how.")
        )
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise UnreachableError(_("The mail server refuses our password. EMAIL_URL is where to look.")) from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnreachableError(_("The mail server cannot be reached. EMAIL_URL is where to look.")) from error
    try:
        if not wanted():
            return False
        message = _message(mail)
        message.connection = connection
        _send(message)
    finally:
        # What it said has been said; how it says goodbye does not matter.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    return True


def _message(mail: Mail) -> EmailMessage:
    _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {
        "Message-ID": f"<{mail.key.hex}@{sender.rpartition('@')[2] or 'localhost'}>",
        "List-Unsubscribe": f"<{mail.stop}>",
    }
    if mail.stop.startswith("https://"):
        # One click asks for https: https://www.rfc-editor.org/rfc/rfc8058#section-3.1
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    shop = " ".join(mail.shop.split())
    subject = " ".join(mail.subject.split())
    return EmailMessage(subject, mail.body, formataddr((shop, sender)), [mail.to], headers=headers)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except smtplib.SMTPServerDisconnected as error:
        raise _unsure() from error
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()), (0, b""))
        raise _answered(code, words) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except ValueError as error:
        raise RefusedError(_("This address cannot be written to.")) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _unsure() from error


def _unsure() -> UnsureError:
    return UnsureError(_("The connection broke while it was sent. It may have arrived, or not."))


def _answered(code: int, words: bytes | str) -> NotNowError:
    """What the server said: from 500 on for good, below for now (https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1)."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    said = " ".join(text.split())[:200]
    if code >= 500:
        return RefusedError(_("The mail server does not take it: %(why)s") % {"why": said})
    return NotNowError(_("The mail server does not take it now: %(why)s") % {"why": said})
