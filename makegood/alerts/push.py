"""Web push: the installation's own key, what a browser's subscription has to look like, and handing a message over.

The message is encrypted for that browser alone (RFC 8291, https://www.rfc-editor.org/rfc/rfc8291) and signed with the
installation's key (RFC 8292, https://www.rfc-editor.org/rfc/rfc8292); both by pywebpush, in a fenced process.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _

from makegood.alerts.flow import AlertError
from makegood.alerts.sending import NotSentError, in_a_fence, kept_inside

__all__ = ["GoneError", "checked", "public_key", "send_push"]

LIVES_SECONDS = 24 * 3600
"""How long a push service keeps it for a browser that is away: as long as a link that decides is good for."""
MOST_BYTES = 3_800
"""Of what is encrypted: a push service need not take more than 4096 bytes with all that comes around it
(https://www.rfc-editor.org/rfc/rfc8030#section-7.2)."""
LONGEST_TITLE = 150
LONGEST_ENDPOINT = 1000
# The order of the group of P-256 (https://csrc.nist.gov/pubs/sp/800/186/final, section 3.2.1.3).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
POINT, SECRET = 65, 16


class GoneError(NotSentError):
    """The browser has taken the permission back, or is no more."""


def _key() -> ec.EllipticCurvePrivateKey:
    """The installation's key, from its secret key: made once with it, kept with it, and gone with it."""
    master = settings.MASTER_KEY if isinstance(settings.MASTER_KEY, bytes) else settings.MASTER_KEY[0]
    return _key_of(master)


@cache
def _key_of(master: bytes) -> ec.EllipticCurvePrivateKey:
    # 48 bytes, so that what is left of them below the order is as good as even.
    drawn = HKDF(hashes.SHA256(), 48, salt=None, info=b"makegood web push").derive(master)
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """The key that a browser subscribes with, as unpadded base64url of the uncompressed point."""
    point = _key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _base64(point)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def checked(subscription: Mapping[str, Any]) -> dict[str, Any]:
    """A subscription with nothing in it but what is needed. Raises AlertError for what is none."""
    keys = subscription.get("keys")
    found = {name: str(keys.get(name, "")) if isinstance(keys, Mapping) else "" for name in ("p256dh", "auth")}
    endpoint = str(subscription.get("endpoint", ""))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(found["p256dh"], POINT))
        _bytes(found["auth"], SECRET)
        fine = len(endpoint) <= LONGEST_ENDPOINT and _reachable(endpoint)
    except (ValueError, binascii.Error):
        fine = False
    if not fine:
        raise AlertError(
            _("This browser gave nothing that Makegood could write to. Allow notifications and try again.")
        )
    return {"endpoint": endpoint, "keys": found}


def _bytes(text: str, length: int) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != length:
        raise ValueError("another length")
    return data


def _reachable(endpoint: str) -> bool:
    """Push services are reached by https; plain http only where MAKEGOOD_PRIVATE_HOSTS names the host."""
    parts = urlsplit(endpoint)
    if parts.scheme == "https":
        return bool(parts.hostname)
    named = os.environ.get("MAKEGOOD_PRIVATE_HOSTS", "").replace(",", " ").split()
    return parts.scheme == "http" and f"{parts.hostname}:{parts.port}" in named


def _payload(title: str, body: str, url: str, topic: str) -> str:
    """What the browser's worker reads, with as much of the body as fits."""
    while True:
        said = {"title": title[:LONGEST_TITLE], "body": body, "url": url, "tag": topic}
        found = json.dumps(said, ensure_ascii=False)
        if len(found.encode()) <= MOST_BYTES or not body:
            return found
        body = body[: len(body) * 3 // 4]


def send_push(name: str, subscription: Mapping[str, Any], title: str, body: str, url: str, key: str) -> None:
    """Hands a message to the push service of a browser. `key` names it: a second one takes the place of the first
    where that was not shown yet. Raises `NotSentError`, `GoneError` among them.
    """
    topic = _base64(hashlib.sha256(key.encode()).digest())[:32]
    told = in_a_fence(
        "makegood.alerts.pusher",
        {
            "subscription": dict(subscription),
            "data": _payload(title, body, url, topic),
            "key": _base64(_key().private_numbers().private_value.to_bytes(32, "big")),
            "subject": f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].strip('> ') or 'desk@localhost'}",
            "ttl": LIVES_SECONDS,
            "topic": topic,
        },
        name,
    )
    if host := str(told["kept_from"]):
        raise kept_inside(host)
    status = int(str(told["status"]))
    if status in (404, 410):
        # https://www.rfc-editor.org/rfc/rfc8030#section-7.3
        raise GoneError(_("This browser takes no messages from Makegood any more."), for_good=True)
    if status == 0:
        raise NotSentError(_("The push service of %(name)s could not be reached.") % {"name": name})
    if not 200 <= status < 300:
        sentence = _("The push service of %(name)s did not take it (%(status)d).")
        raise NotSentError(
            sentence % {"name": name, "status": status}, for_good=400 <= status < 500 and status not in (408, 429)
        )
