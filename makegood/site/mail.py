"""`EMAIL_URL`: the mail server by which invitations and links to a new password go out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from makegood.site.place import PlaceError

__all__ = ["mail_settings"]

SHAPE = "smtp://user:password@mail.example.com:587?tls=start&from=desk@example.com"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Submission with STARTTLS and with TLS from the first byte: https://www.rfc-editor.org/rfc/rfc8314#section-3.3
PORTS = {"start": 587, "yes": 465, "no": 25}
SECONDS = 15


def mail_settings(url: str, host: str = "localhost") -> dict[str, Any]:
    """Django's mail settings for an EMAIL_URL; for "" those of a Makegood that sends no mail.

    The URL is `smtp://user:password@host:port?tls=...&from=...`, everything but the host left out at will. `tls` is
    `start` (begin in the clear, then encrypt; the usual), `yes` (encrypted from the first byte; the usual on port
    465) or `no`. `from` is the address mail comes from: without it the user, when that is an address, or makegood at
    `host`. Signs that mean something in a URL are written as %40 and the like.

    Raises PlaceError, without the password, when it cannot be read.
    """
    if not url.strip():
        return {"EMAIL_BACKEND": CONSOLE}
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError as error:
        raise _wrong("cannot be read") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise _wrong("does not name a mail server")
    if unknown := sorted(set(options) - {"tls", "from"}):
        raise _wrong(f"has an option nobody knows ({unknown[0]})")
    usual = "yes" if parts.scheme == "smtps" or port == PORTS["yes"] else "start"
    tls = options.get("tls", [usual])[-1]
    if tls not in PORTS:
        raise _wrong("says something else for tls than start, yes or no")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = options.get("from", [user if "@" in user else f"makegood@{host}"])[-1]
    if "@" not in sender or any(sign in sender for sign in "\r\n"):
        raise _wrong("says something else for from than an e-mail address")
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or PORTS[tls],
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_TLS": tls == "start",
        "EMAIL_USE_SSL": tls == "yes",
        "EMAIL_TIMEOUT": SECONDS,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
    }


def _wrong(what: str) -> PlaceError:
    return PlaceError(f"EMAIL_URL {what}. It looks like this: {SHAPE}")
