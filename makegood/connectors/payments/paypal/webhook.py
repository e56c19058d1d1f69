"""Verifies webhooks by PayPal's certificate: https://developer.paypal.com/api/rest/webhooks/rest/#verify-notifications

The certificate is fetched once from where the message says it is, if that is PayPal, and kept in memory; the rest is
pure. Asking PayPal to verify each message would cost a call a message, and it wants the body exactly as it was.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PayEvent
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.shapes import capture_in
from makegood.kit import clock, http
from makegood.kit.http import NetworkError

__all__ = ["OLDEST", "check", "forget_certificates", "verify_async"]

OLDEST = timedelta(days=4)
"""PayPal tries to deliver for three days; what was caught and sent again later than that is refused."""

_CERTS = "/v1/notifications/certs/"
_PAYPAL = re.compile(r"([a-z0-9-]+\.)*paypal\.com")
_MOST = 50
_certificates: dict[str, bytes] = {}

_NO_ID = (
    "No webhook ID is known for this account. Please copy it from your app at developer.paypal.com to the settings."
)
_FORGED = "This message is not signed by PayPal for this webhook. Please check the webhook’s ID in the settings."
_OLD = "This message was signed days ago. Please check the clock of this machine."
_ODD = "PayPal sent an event that we cannot read. Nothing is lost: please tell us about it."


class _Event(msgspec.Struct):
    """https://developer.paypal.com/docs/api/webhooks/v1/#definition-event"""

    id: str
    event_type: str
    create_time: str = ""
    resource: dict[str, Any] = {}


def forget_certificates() -> None:
    """From now on each certificate is fetched anew."""
    _certificates.clear()


async def verify_async(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> PayEvent:
    """The event in a webhook. `credentials` has `webhook_id`.

    Raises `Trouble`: REFUSE when forged or too old, RETRY when the certificate can't be fetched just now, BUG when
    signed and yet unreadable.
    """
    known = {name.lower(): value for name, value in headers.items()}
    address = known.get("paypal-cert-url", "")
    _check_address(address, str(credentials.get("api_base") or ""))
    if address not in _certificates:
        found = await _fetch(address)
        if len(_certificates) >= _MOST:
            _certificates.clear()
        _certificates[address] = found
    return check(credentials, known, body, _certificates[address])


def _check_address(address: str, own: str) -> None:
    """Only PayPal's own hosts, over TLS, and only where it keeps certificates. Raises `Trouble` (REFUSE)."""
    try:
        url = urlsplit(address)
        named = url.hostname or ""
        port = url.port
    except ValueError:
        raise Trouble(Verdict.REFUSE, _FORGED, detail="no certificate's address") from None
    theirs = url.scheme == "https" and port in {None, 443} and _PAYPAL.fullmatch(named) and url.username is None
    ours = bool(own) and f"{url.scheme}://{url.netloc}" == own
    if not (theirs or ours) or not url.path.startswith(_CERTS) or ".." in url.path:
        raise Trouble(Verdict.REFUSE, _FORGED, detail=f"certificate at {address[:200]}")


async def _fetch(address: str) -> bytes:
    async with http.client() as client:
        try:
            answer = await http.fetch(client, "GET", address, max_bytes=2**16)
        except NetworkError as error:
            raise verdicts.from_network(WHO, error) from error
    # A redirect off PayPal's hosts would be somebody else's certificate.
    if urlsplit(answer.url).netloc != urlsplit(address).netloc:
        raise Trouble(Verdict.REFUSE, _FORGED, detail=f"certificate led to {answer.url[:200]}")
    if answer.status == 404:
        raise Trouble(Verdict.REFUSE, _FORGED, detail="no such certificate")
    if answer.status != 200:
        raise verdicts.from_answer(WHO, answer.status, answer.headers, "certificate")
    return answer.body


def check(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes, certificate: bytes) -> PayEvent:
    """As `verify_async`, with the certificate (PEM) in hand; `headers` in small letters. Pure, but for the clock.

    What is signed: transmission id, its time, the webhook's id, and the CRC32 of the body, with | between.
    """
    hook = str(credentials.get("webhook_id") or "")
    if not hook:
        raise Trouble(Verdict.REFUSE, _NO_ID)
    name, told = headers.get("paypal-transmission-id", ""), headers.get("paypal-transmission-time", "")
    if headers.get("paypal-auth-algo", "").lower() != "sha256withrsa":
        raise Trouble(Verdict.REFUSE, _FORGED, detail="another algorithm")
    signed = f"{name}|{told}|{hook}|{zlib.crc32(body)}".encode()
    try:
        found = load_pem_x509_certificate(certificate)
        key, now = found.public_key(), clock.now()
        if not isinstance(key, RSAPublicKey) or not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            raise Trouble(Verdict.REFUSE, _FORGED, detail="a certificate that is not valid now")
        signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
        key.verify(signature, signed, PKCS1v15(), SHA256())
        moment = clock.to_utc(datetime.fromisoformat(told))
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise Trouble(Verdict.REFUSE, _FORGED, detail=repr(error)[:200]) from error
    if now - moment > OLDEST:
        raise Trouble(Verdict.REFUSE, _OLD, detail=told[:40])
    try:
        event = msgspec.json.decode(body, type=_Event)
        at = clock.to_utc(datetime.fromisoformat(event.create_time)) if event.create_time else None
    except (*verdicts.NOT_JSON, ValueError, TypeError) as error:
        raise Trouble(Verdict.BUG, _ODD, detail=str(error)[:200]) from error
    return PayEvent(event.id, event.event_type, at, _payments(event.event_type, event.resource))


def _payments(kind: str, thing: Mapping[str, Any]) -> tuple[str, ...]:
    """The captures that an event is about: https://developer.paypal.com/api/rest/webhooks/event-names/"""
    if kind.startswith("PAYMENT.CAPTURE."):
        # Of a refund or reversal the resource is the refund, which links up to its capture.
        found = [capture_in(thing) or thing.get("id")]
    elif kind.startswith("PAYMENT.SALE."):
        found = [thing.get("sale_id") or thing.get("id")]
    elif kind.startswith("CUSTOMER.DISPUTE."):
        disputed = [each for each in thing.get("disputed_transactions") or () if isinstance(each, Mapping)]
        found = [each.get("seller_transaction_id") for each in disputed]
    else:
        found = []
    return tuple(each for each in found if isinstance(each, str) and each)
