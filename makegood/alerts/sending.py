"""Handing one message to one destination. What goes wrong is a `NotSentError` with a sentence."""

from __future__ import annotations

import json
import os
import re
import smtplib
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from makegood.accounts.api import mail_works
from makegood.alerts.models import AlertDestination
from makegood.kit import crypto

__all__ = ["NotSentError", "address_of", "in_a_fence", "kept_inside", "seal", "send", "send_mail", "send_service"]

SECONDS = 45
"""The longest a service may take, several requests included."""
PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "MAKEGOOD_PRIVATE_HOSTS",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)
"""Neither keys nor proxies: a proxy would connect to where we may not."""
_STATUS = re.compile(r"error=(\d{3})\b")
FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 422})


class NotSentError(Exception):
    """A message that did not arrive. `sentence` says why and what to do; `for_good` that trying again is no use."""

    def __init__(self, sentence: str, *, for_good: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.for_good = for_good


def seal(address: str) -> str:
    """A service's address as it is stored."""
    return crypto.encrypt(address.encode(), settings.MASTER_KEY)


def address_of(row: AlertDestination) -> str:
    """The address that was sealed. Raises `crypto.DecryptError`."""
    return crypto.decrypt(row.secret, settings.MASTER_KEY).decode()


def send(row: AlertDestination, title: str, body: str, key: str) -> None:
    """Hands a message over. `key` names it: a mail sent twice has it twice, so that mail programs show it once.

    Raises `NotSentError`. After a crash in here nobody knows whether it arrived: none of them can be asked.
    """
    if row.kind == AlertDestination.Kind.MAIL:
        send_mail(row.address, title, body, key)
        return
    try:
        address = address_of(row)
    except crypto.DecryptError as error:
        raise NotSentError(error.sentence, for_good=True) from error
    send_service(row.service, address, title, body)


def send_mail(address: str, title: str, body: str, key: str) -> None:
    """Hands a mail to the mail server. Raises `NotSentError`."""
    if not mail_works():
        raise NotSentError(
            _("Mail is not set up. Whoever runs Makegood sets EMAIL_URL; docs/settings.md says how."), for_good=True
        )
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    message = EmailMessage(
        subject=" ".join(title.split())[:200],
        body=body,
        to=[address],
        headers={"Message-ID": f"<{key}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        why = next((_said(said) for _code, said in error.recipients.values()), "")
        raise NotSentError(
            _("The mail server does not take mail for this address. %(why)s") % {"why": why}, for_good=True
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSentError(
            _("The mail server refuses our password. EMAIL_URL is where to look."), for_good=True
        ) from error
    except smtplib.SMTPResponseException as error:
        raise NotSentError(_("The mail server did not take it. %(why)s") % {"why": _said(error.smtp_error)}) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSentError(_("The mail server cannot be reached. EMAIL_URL is where to look.")) from error


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:200]


def send_service(name: str, address: str, title: str, body: str) -> None:
    """Hands a message to the service at an Apprise address, by a process of its own. Raises `NotSentError`."""
    told = in_a_fence("makegood.alerts.messenger", {"address": address, "title": title, "body": body}, name)
    if not told["sent"]:
        raise _refusal(name, address, told)


def in_a_fence(module: str, asked: dict[str, object], name: str) -> dict[str, object]:
    """Runs `module` in a process of its own that is told `asked` and has `SECONDS`; what it answers, as JSON both ways.

    `name` is what to call who is written to. Raises `NotSentError` where no answer came.
    """
    try:
        done = subprocess.run(  # noqa: S603 - one of our own modules
            [sys.executable, "-m", module],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            cwd=settings.BASE_DIR,
            env={name: value for name, value in os.environ.items() if name in PASSED_ON},
        )
        told: dict[str, object] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        sentence = _("%(service)s took too long to answer. It may have arrived.") % {"service": name}
        raise NotSentError(sentence) from error
    except (OSError, ValueError) as error:
        raise NotSentError(_("Alerts can’t be sent just now: this machine is short of something.")) from error
    return told


def kept_inside(host: str) -> NotSentError:
    """Why nothing goes to a host of a private network."""
    sentence = _(
        "%(host)s is inside a private network, where alerts don’t go. MAKEGOOD_PRIVATE_HOSTS can name it, as host:port."
    )
    return NotSentError(sentence % {"host": host}, for_good=True)


def _refusal(name: str, address: str, told: dict[str, object]) -> NotSentError:
    if host := str(told["kept_from"]):
        return kept_inside(host)
    if not told["known"]:
        return NotSentError(
            _("This is no address that %(service)s understands. Remove it and add it again.") % {"service": name},
            for_good=True,
        )
    said = told["said"]
    last = _scrubbed(str(said[-1]) if isinstance(said, list) and said else "", address)
    status = _STATUS.search(last)
    for_good = status is not None and int(status[1]) in FOR_GOOD
    if not last:
        return NotSentError(_("%(service)s did not take it, and did not say why.") % {"service": name})
    return NotSentError(
        _("%(service)s did not take it: %(why)s") % {"service": name, "why": last[:300]}, for_good=for_good
    )


def _scrubbed(text: str, address: str) -> str:
    """`text` without any part of the address that could be a token."""
    for part in sorted(_parts(address), key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def _parts(address: str) -> Sequence[str]:
    return [part for part in re.split(r"[/:@?&=#]+", address.partition("://")[2]) if len(part) >= 6]
