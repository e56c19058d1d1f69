"""A PayPal of our own, in the documented shapes. It is no proof that PayPal behaves so: no real one can be had here.

After https://developer.paypal.com/docs/api/: tokens, the list of transactions, captures, orders with their refunds,
refunds once a `PayPal-Request-Id`, payouts once a `sender_batch_id`, cases, and signed webhooks.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

__all__ = ["HOOK", "PayPalServer", "paypal_server"]

HOOK = "1JE4291016473214C"
ID, SECRET = "teapot-client", "teapot-secret-9876"
CERT = "/v1/notifications/certs/CERT-360caa42-fca2a594-5a29e601"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """PayPal's, for the length of the process: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def stamp(moment: datetime, *, listed: bool = False) -> str:
    """As PayPal writes moments; in its list of transactions without a colon."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}+0000" if listed else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def money(value: Any, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": str(value)}


class PayPalServer:
    """A running server. The functions are how the shop's customers and its owner act, past the connector."""

    def __init__(self) -> None:
        self.url = ""
        self.captures: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.orders: set[str] = set()
        self.listed: list[dict[str, Any]] = []
        self.payouts: dict[str, dict[str, Any]] = {}
        self.cases: dict[str, str] = {}
        self.hooks: dict[str, dict[str, Any]] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.lists = True
        """Whether a transaction is listed at once; else not at all."""
        self.short = False
        """Whether the answer to a refund is the short one."""
        self.asked: Counter[str] = Counter()
        self.lock = Lock()
        self.key = signing_key()

    @property
    def form(self) -> dict[str, str]:
        """What the owner types."""
        return {"client_id": ID, "secret": SECRET, "webhook_id": HOOK}

    def pay(self, value: str, currency: str = "EUR", *, invoice: str = "", at: datetime | None = None) -> str:
        """A customer pays; the capture's id."""
        at = at or datetime.now(UTC)
        name = f"{len(self.captures):03d}CAPTURE{len(self.listed):07d}"
        self.captures[name] = {
            "id": name,
            "status": "COMPLETED",
            "amount": money(value, currency),
            "final_capture": True,
            **({"invoice_id": invoice} if invoice else {}),
            "create_time": stamp(at),
            "update_time": stamp(at),
            "supplementary_data": {"related_ids": {"order_id": f"ORDER-{name}"}},
        }
        self.orders.add(f"ORDER-{name}")
        self._list(name, "T0006", value, currency, at, invoice_id=invoice)
        return name

    def _list(self, name: str, code: str, value: str, currency: str, at: datetime, **more: str) -> None:
        if not self.lists:
            return
        info = {
            "transaction_id": name,
            "transaction_event_code": code,
            "transaction_initiation_date": stamp(at, listed=True),
            "transaction_updated_date": stamp(at, listed=True),
            "transaction_amount": money(value, currency),
            "transaction_status": "S",
            **{key: text for key, text in more.items() if text},
        }
        payer = {
            "account_id": "QWERTYPAYER77",
            "email_address": "maya@example.com",
            "payer_name": {"given_name": "Maya", "surname": "Lund", "alternate_full_name": "Maya Lund"},
        }
        self.listed.append({"transaction_info": info, "payer_info": payer})

    def left(self, capture: str) -> Decimal:
        """What is left of a capture."""
        back = [Decimal(each["amount"]["value"]) for each in self.of(capture) if each["status"] != "FAILED"]
        return Decimal(self.captures[capture]["amount"]["value"]) - sum(back)

    def of(self, capture: str) -> list[dict[str, Any]]:
        """The refunds of a capture."""
        return [each for each in self.refunds.values() if each["links"][1]["href"].endswith(f"/{capture}")]

    def give_back(self, capture: str, value: str, custom: str = "") -> dict[str, Any]:
        """A refund, by hand or by the API."""
        now, whole = datetime.now(UTC), self.captures[capture]
        name = f"REFUND{len(self.refunds):011d}"
        currency = whole["amount"]["currency_code"]
        up = f"{self.url}/v2/payments/captures/{capture}"
        made = {
            "id": name,
            "status": "COMPLETED",
            "amount": money(value, currency),
            **({"custom_id": custom} if custom else {}),
            "create_time": stamp(now),
            "links": [{"rel": "self", "href": f"{self.url}/v2/payments/refunds/{name}"}, {"rel": "up", "href": up}],
        }
        self.refunds[name] = made
        whole["status"] = "PARTIALLY_REFUNDED" if self.left(capture) else "REFUNDED"
        whole["update_time"] = stamp(now)
        self._list(name, "T1107", f"-{value}", currency, now, paypal_reference_id=capture, custom_field=custom)
        return made

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Any:
        """Status and JSON for one request."""
        if path == "/v1/oauth2/token":
            return self._token(headers)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": "invalid_token", "error_description": "Token signature verification failed"}
        part = path.strip("/").split("/")
        if path == "/v1/reporting/transactions":
            return 200, self._transactions(query)
        if path == "/v1/notifications/webhooks":
            return self._hook(method, body)
        if path == "/v1/customer/disputes":
            state = self.cases.get(query["disputed_transaction_id"])
            return 200, {"items": [{"dispute_id": "PP-D-1", "status": state}] if state else []}
        if path.startswith("/v2/checkout/orders/"):
            return self._order(part[-1])
        if path.startswith("/v2/payments/refunds/"):
            return (200, self.refunds[part[-1]]) if part[-1] in self.refunds else missing()
        if path.startswith("/v1/payments/payouts"):
            return self._payout(method, part, body)
        if part[3] not in self.captures:
            return missing()
        return self._refund(part[3], body, headers) if method == "POST" else (200, self.captures[part[3]])

    def _token(self, headers: Mapping[str, str]) -> Any:
        right = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {right}":
            return 401, {"error": "invalid_client", "error_description": "Client Authentication failed"}
        self.tokens.append(f"A21AA-token-{len(self.tokens)}")
        return 200, {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": 32400}

    def _hook(self, method: str, body: Any) -> Any:
        if method == "GET":
            return 200, {"webhooks": list(self.hooks.values())}
        if any(each["url"] == body["url"] for each in self.hooks.values()):
            return hook_error("WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists")
        if not body["url"].startswith("https://"):
            return hook_error("VALIDATION_ERROR", "Not a valid webhook URL")
        name = f"HOOK{len(self.hooks):013d}"
        self.hooks[name] = {"id": name, "url": body["url"], "event_types": body["event_types"]}
        return 201, self.hooks[name]

    def _transactions(self, query: Mapping[str, str]) -> dict[str, Any]:
        since, until = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        assert until - since <= timedelta(days=31), "the longest period there is"
        inside = [
            each
            for each in self.listed
            if since
            <= datetime.fromisoformat(each["transaction_info"]["transaction_initiation_date"])
            <= until + timedelta(seconds=1)
            and query.get("transaction_type") in {None, each["transaction_info"]["transaction_event_code"]}
        ]
        size, page = int(query.get("page_size", "100")), int(query.get("page", "1"))
        return {
            "transaction_details": inside[(page - 1) * size : page * size],
            "account_number": "XZXSPECPDZHZU",
            "page": page,
            "total_items": len(inside),
            "total_pages": -(-len(inside) // size),
        }

    def _order(self, name: str) -> Any:
        capture = name.removeprefix("ORDER-")
        if name not in self.orders:
            return missing()
        payer = {
            "email_address": "maya@example.com",
            "payer_id": "QWERTYPAYER77",
            "name": {"given_name": "Maya", "surname": "Lund"},
        }
        payments = {"captures": [self.captures[capture]], "refunds": self.of(capture)}
        return 200, {"id": name, "status": "COMPLETED", "payer": payer, "purchase_units": [{"payments": payments}]}

    def _refund(self, capture: str, body: Any, headers: Mapping[str, str]) -> Any:
        key = headers["paypal-request-id"]
        if key in self.requests:
            return 200, self.requests[key]
        wanted, left = body["amount"], self.left(capture)
        if not left:
            return unprocessable("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded")
        if wanted["currency_code"] != self.captures[capture]["amount"]["currency_code"]:
            return unprocessable(
                "REFUND_CAPTURE_CURRENCY_MISMATCH", "Refund must be in the same currency as the capture"
            )
        if Decimal(wanted["value"]) > left:
            return unprocessable(
                "REFUND_AMOUNT_EXCEEDED", "The refund amount must be less than or equal to the capture"
            )
        if wanted["currency_code"] in {"HUF", "JPY", "TWD"} and "." in wanted["value"]:
            return unprocessable("DECIMALS_NOT_SUPPORTED", "Currency does not support decimals")
        made = self.give_back(capture, wanted["value"], body.get("custom_id", ""))
        self.requests[key] = {"id": made["id"], "status": made["status"]} if self.short else made
        return 201, self.requests[key]

    def _payout(self, method: str, part: list[str], body: Any) -> Any:
        if method == "GET":
            found = next(
                (each for each in self.payouts.values() if each["batch_header"]["payout_batch_id"] == part[3]), 0
            )
            return (200, found) if found else missing()
        key = body["sender_batch_header"]["sender_batch_id"]
        if key in self.payouts:
            name = self.payouts[key]["batch_header"]["payout_batch_id"]
            link = {"href": f"{self.url}/v1/payments/payouts/{name}", "rel": "self"}
            told = {"name": "USER_BUSINESS_ERROR", "message": "User business error.", "links": [link]}
            return 400, {
                **told,
                "details": [{"field": "SENDER_BATCH_ID", "issue": "Batch with given sender_batch_id exists"}],
            }
        header = {
            "payout_batch_id": f"BATCH{len(self.payouts):08d}",
            "batch_status": "PENDING",
            "sender_batch_header": body["sender_batch_header"],
        }
        item = {"transaction_status": "UNCLAIMED", "payout_item": body["items"][0]}
        self.payouts[key] = {"batch_header": {**header, "time_created": stamp(datetime.now(UTC))}, "items": [item]}
        return 201, {"batch_header": header}

    def certificate(self, *, days: int = 30) -> bytes:
        """The certificate (PEM) for the key that signs, valid from yesterday for so many days."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
        begin = datetime.now(UTC) - timedelta(days=1)
        made = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(begin).not_valid_after(begin + timedelta(days=days))
        built = made.sign(self.key, hashes.SHA256())
        return built.public_bytes(serialization.Encoding.PEM)

    def signed(self, body: bytes, *, hook: str = HOOK, at: datetime | None = None, cert: str = "") -> dict[str, str]:
        """The headers of a webhook with this body."""
        told, name = stamp(at or datetime.now(UTC)), "69cd13f0-d67a-11e5-baa3-778b53f4ae55"
        words = f"{name}|{told}|{hook}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(words, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Paypal-Transmission-Id": name,
            "Paypal-Transmission-Time": told,
            "Paypal-Transmission-Sig": base64.b64encode(signature).decode(),
            "Paypal-Cert-Url": cert or f"{self.url}{CERT}",
            "Paypal-Auth-Algo": "SHA256withRSA",
        }


def hook_error(name: str, words: str) -> Any:
    """https://developer.paypal.com/docs/api/webhooks/v1/#errors"""
    return 400, {"name": name, "message": words, "debug_id": "f2"}


def missing() -> Any:
    """https://developer.paypal.com/api/rest/reference/ : a thing that is not there."""
    return 404, {
        "name": "RESOURCE_NOT_FOUND",
        "details": [{"issue": "INVALID_RESOURCE_ID"}],
        "debug_id": "90957fca61718",
    }


def unprocessable(issue: str, words: str) -> Any:
    """A 422 with its issue."""
    return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue, "description": words}], "debug_id": "f1"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _answer(self) -> None:
        paypal: PayPalServer = self.server.paypal
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if url.path == CERT:
            return self._send(200, paypal.certificate(), "application/x-pem-file")
        body = json.loads(raw) if headers.get("content-type", "").startswith("application/json") and raw else None
        with paypal.lock:
            paypal.asked[f"{self.command} {url.path.partition('?')[0]}"] += 1
            status, told = paypal.answer(self.command, url.path, dict(parse_qsl(url.query)), body, headers)
            told = json.dumps(told).encode()
        return self._send(status, told, "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def paypal_server() -> Iterator[PayPalServer]:
    """Serves for the length of the block."""
    made = PayPalServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.paypal = made  # type: ignore[attr-defined]
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
