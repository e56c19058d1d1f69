"""A loopback proxy of our own before localstripe, that behaves as Stripe documents where localstripe does not.

localstripe's: the objects (charges, payment intents, payment methods, customers, refunds), their ids and what they
hold. Ours, in this file: idempotency keys (https://docs.stripe.com/api/idempotent_requests), refusing to give back more
than was paid, lists (newest first, `created`, 100 a page), disputes, /v1/account, what a charge says about its card,
its payer and what was refunded of it, the webhooks, and every fault.

It is a process of its own: `python -m tests.servers.keeping http://127.0.0.1:UPSTREAM`. It prints one line of JSON with
its address when it is ready, and ends with its stdin. It is steered over HTTP under /control;
`tests.servers.localstripe.StripeServer` is a handle for that.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientError, ClientSession, web

from tests.servers.hooks import Hooks
from tests.servers.localstripe import Fault, end_with_stdin

__all__ = ["Keeper", "main"]

ACCOUNT = {
    "id": "acct_1MakegoodTeapot",
    "object": "account",
    "business_profile": {"name": "Teapot & Co", "url": "https://teapot.example"},
    "settings": {"dashboard": {"display_name": "Teapot & Co"}},
    "default_currency": "eur",
    "email": "olga@teapot.example",
}
UPSTREAM_KEY = "Bearer sk_test_upstream"
GONE = {"failed", "canceled"}
EVERY = 1_000_000


@dataclass
class Kept:
    """The first answer under an idempotency key; no `body` while the request is still being worked on."""

    asked: str
    status: int = 0
    body: bytes | None = None


@dataclass
class Keeper:
    """All state of the proxy. `dice` decides which requests a fault with a share meets."""

    upstream: str
    http: ClientSession
    hooks: Hooks
    kept: dict[str, Kept] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    laid_over: dict[str, dict[str, Any]] = field(default_factory=dict)
    disputes: dict[str, dict[str, Any]] = field(default_factory=dict)
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    dice: random.Random = field(default_factory=lambda: random.Random(0))

    def fault_for(self, request: web.Request) -> Fault | None:
        """The first fault that this request meets; it is used up once more."""
        for fault in self.faults:
            fits = fault.method in {"", request.method} and re.search(fault.path, request.path)
            if fits and fault.times != 0 and (fault.share >= 1 or self.dice.random() < fault.share):
                fault.times = None if fault.times is None else fault.times - 1
                self.met[fault.kind] += 1
                return fault
        return None

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, Any]:
        """One request to localstripe: the status and the JSON."""
        headers = {"authorization": UPSTREAM_KEY}
        async with self.http.request(method, f"{self.upstream}{path}", data=form, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def refunds(self, charge: str = "") -> list[dict[str, Any]]:
        """All refunds there are (of a charge), oldest first, as they stand."""
        _, found = await self.ask("GET", f"/v1/refunds?limit={EVERY}")
        told = sorted(found["data"], key=lambda each: int(each["created"]))
        return [self._over(each) for each in told if charge in {"", each["charge"]}]

    def _over(self, found: dict[str, Any]) -> dict[str, Any]:
        return {**found, **self.laid_over.get(found["id"], {})}

    async def charge(self, raw: dict[str, Any], refunds: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """A charge of localstripe with what Stripe's has besides."""
        own = await self.refunds(raw["id"]) if refunds is None else [r for r in refunds if r["charge"] == raw["id"]]
        back = sum(each["amount"] for each in own if each["status"] not in GONE)
        disputed = any(each["charge"] == raw["id"] for each in self.disputes.values())
        more = {
            "amount_captured": raw["amount"] if raw["captured"] and raw["status"] == "succeeded" else 0,
            "amount_refunded": back,
            "refunded": back >= raw["amount"],
            "disputed": disputed,
            "billing_details": {"email": None, "name": None},
            "payment_method_details": await self._method(raw.get("payment_method") or ""),
        }
        kept = {name: value for name, value in raw.items() if name != "refunds"}
        return self._over({**kept, **more})

    async def _method(self, name: str) -> dict[str, Any] | None:
        if name and name not in self.methods:
            status, found = await self.ask("GET", f"/v1/payment_methods/{name}")
            kind = found.get("type", "card")
            self.methods[name] = {"type": kind, kind: found.get(kind)} if status == 200 else {}
        return self.methods.get(name)

    async def listed(self, what: str, query: dict[str, str]) -> dict[str, Any]:
        """/v1/charges, /v1/refunds or /v1/disputes as documented: https://docs.stripe.com/api/pagination"""
        refunds = await self.refunds()
        if what == "disputes":
            found = list(self.disputes.values())
        elif what == "refunds":
            found = refunds
        else:
            _, raw = await self.ask("GET", f"/v1/charges?limit={EVERY}")
            found = [await self.charge(each, refunds) for each in raw["data"]]
        for name in ("charge", "payment_intent", "customer"):
            if name in query:
                found = [each for each in found if each.get(name) == query[name]]
        since = int(query.get("created[gte]", "0"))
        found = [each for each in found if int(each["created"]) >= since]
        newest = sorted(enumerate(found), key=lambda each: (int(each[1]["created"]), each[0]), reverse=True)
        order = [each for _, each in newest]
        after, size = query.get("starting_after", ""), min(int(query.get("limit", "10")), 100)
        start = next((place + 1 for place, each in enumerate(order) if each["id"] == after), 0)
        page = [dict(each) for each in order[start : start + size]]
        if "data.charge" in query.values():
            for each in page:
                _, raw = await self.ask("GET", f"/v1/charges/{each['charge']}")
                each["charge"] = await self.charge(raw, refunds)
        more = len(order) > start + size
        return {"object": "list", "url": f"/v1/{what}", "has_more": more, "data": page}

    async def refund(self, form: dict[str, str]) -> tuple[int, Any]:
        """A new refund, never of more than is left."""
        status, raw = await self.ask("GET", f"/v1/charges/{form.get('charge', 'none')}")
        if status != 200:
            return 404, problem("No such charge", "resource_missing", param="charge")
        async with self.locks[raw["id"]]:
            charge = await self.charge(raw)
            left = charge["amount_captured"] - charge["amount_refunded"]
            if charge["disputed"]:
                return 400, problem("This charge has been charged back.", "charge_disputed")
            if left <= 0:
                return 400, problem(f"Charge {raw['id']} has already been refunded.", "charge_already_refunded")
            form.setdefault("amount", str(left))
            if not form["amount"].isdecimal() or not 0 < int(form["amount"]) <= left:
                return 400, problem("Refund amount is greater than unrefunded amount on charge", param="amount")
            status, made = await self.ask("POST", "/v1/refunds", form)
        if status == 200:
            self.hooks.happened("refund.created", made)
            self.hooks.happened("charge.refunded", await self.charge(raw))
        return status, made

    async def work(self, request: web.Request, form: dict[str, str]) -> tuple[int, Any]:
        """What a request does and is answered, without any fault."""
        path, query = request.path, dict(parse_qsl(request.query_string))
        parts = path.strip("/").split("/")
        if path == "/v1/account":
            return 200, ACCOUNT
        if request.method == "GET" and len(parts) == 2 and parts[1] in {"charges", "refunds", "disputes"}:
            return 200, await self.listed(parts[1], query)
        if (request.method, path) == ("POST", "/v1/refunds"):
            return await self.refund(form)
        asked = f"{path}?{urlencode(query)}" if query else path
        status, found = await self.ask(request.method, asked, form or None)
        if status != 200:
            return status, missing(found) if status == 404 else found
        if parts[1] == "charges":
            found = await self.charge(found)
            if request.method == "POST" and len(parts) == 2:
                self.hooks.happened("charge.succeeded", found)
        elif parts[1] == "refunds":
            found = self._over(found)
        elif parts[1] == "payment_intents" and request.method == "POST" and found.get("status") == "succeeded":
            self.hooks.happened("payment_intent.succeeded", found)
        return 200, found

    async def once(self, request: web.Request, form: dict[str, str]) -> tuple[int, bytes, bool]:
        """As `work`, but the same key is worked once: status, body, and whether it is the kept answer."""
        key = request.headers.get("idempotency-key", "")
        if not key or request.method != "POST":
            status, found = await self.work(request, form)
            return status, json.dumps(found).encode(), False
        asked = f"{request.path} {sorted(form.items())}"
        known = self.kept.get(key)
        if known is not None:
            if known.asked != asked:
                words = "Keys for idempotent requests can only be used with the same parameters"
                return 400, json.dumps(problem(words, kind="idempotency_error")).encode(), False
            if known.body is None:
                words = "There is currently another in-progress request using this key"
                return 409, json.dumps(problem(words, "idempotency_key_in_use")).encode(), False
            return known.status, known.body, True
        mine = self.kept[key] = Kept(asked)
        mine.status, found = await self.work(request, form)
        mine.body = json.dumps(found).encode()
        return mine.status, mine.body, False


def problem(words: str, code: str = "", *, kind: str = "invalid_request_error", param: str = "") -> dict[str, Any]:
    """An error as https://docs.stripe.com/api/errors shows it."""
    told = {"type": kind, "message": words, "code": code, "param": param}
    return {"error": {name: value for name, value in told.items() if value}}


def missing(found: Any) -> dict[str, Any]:
    """localstripe's 404 with the code that Stripe's has."""
    return problem(str(found.get("error", {}).get("message", "No such thing")), "resource_missing")


async def cut(request: web.Request) -> web.Response:
    """Ends the connection at once and without a goodbye (RST)."""
    assert request.transport is not None
    sock = request.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response(status=500)


def told(status: int, body: Any, **headers: str) -> web.Response:
    """An answer in JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(status=status, body=raw, content_type="application/json", headers=headers)


def serve(keeper: Keeper) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What answers every request for /v1."""

    async def handle(request: web.Request) -> web.StreamResponse:
        keeper.asked[f"{request.method} {re.sub(r'/(ch|re|pi)_[^/]+', '/*', request.path)}"] += 1
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        refused = keeper.keys.get(key, 0 if re.match(r"[sr]k_(test|live)_\w+", key) else 401)
        if refused:
            words = (
                "Invalid API Key provided" if refused == 401 else "does not have the required permissions on account"
            )
            return told(refused, problem(f"{words} '{ACCOUNT['id']}'."))
        fault = keeper.fault_for(request) or Fault("none")
        if fault.kind == "cut_before":
            return await cut(request)
        if fault.kind == "busy":
            return told(
                429, problem("Too many requests", "rate_limit"), **{"Retry-After": str(int(fault.seconds or 1))}
            )
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        status, body, again = await keeper.once(request, form)
        if fault.kind == "error_after":
            status, body = 500, json.dumps(problem("An unknown error occurred", kind="api_error")).encode()
            if kept := keeper.kept.get(request.headers.get("idempotency-key", "")):
                kept.status, kept.body = status, body
        if fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "cut_after":
            return await cut(request)
        if fault.kind == "odd":
            return web.Response(text="<html>Welcome to the station’s Wi-Fi</html>", content_type="text/html")
        return told(status, body, **({"Idempotent-Replayed": "true"} if again else {}))

    return handle


def steer(keeper: Keeper) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What answers every request for /control."""

    async def handle(request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        told_us: Any = await request.json() if request.can_read_body else {}
        if what == "faults":
            keeper.faults = [Fault(**each) for each in told_us["faults"]]
            keeper.dice = random.Random(told_us.get("seed", 0))
        elif what == "forget":
            keeper.kept.clear()
        elif what == "lay_over":
            keeper.laid_over.setdefault(told_us.pop("id"), {}).update(told_us)
        elif what == "dispute":
            made = {"id": f"dp_{told_us['charge']}", "object": "dispute", "created": int(time.time()), **told_us}
            keeper.disputes[made["id"]] = made
            keeper.hooks.happened("charge.dispute.created", made)
        elif what == "keys":
            keeper.keys = told_us
        elif what == "hooks":
            keeper.hooks.listen(told_us)
        elif what == "settle":
            return told(200, await keeper.hooks.settle(float(told_us.get("seconds", 30))))
        elif what == "sums":
            return told(200, await sums(keeper))
        else:
            return told(404, {"error": f"nothing to steer is called {what}"})
        return told(200, {})

    return handle


async def sums(keeper: Keeper) -> dict[str, Any]:
    """What went back at the processor, by its own record.

    `amounts` is minor units by currency of all refunds that did not fail, `by_charge` and `by_key` likewise, `refunds`
    all of them, `over` the charges of which more was given back than was paid: there must never be one. `asked` and
    `met` count the requests and the faults that met them, `kept` the idempotency keys.
    """
    found = [each for each in await keeper.refunds() if each["status"] not in GONE]
    _, raw = await keeper.ask("GET", f"/v1/charges?limit={EVERY}")
    amounts, by_charge, by_key = Counter[str](), Counter[str](), Counter[str]()
    for each in found:
        amounts[each["currency"]] += each["amount"]
        by_charge[each["charge"]] += each["amount"]
        by_key[each["metadata"].get("makegood_key", "")] += each["amount"]
    over = [each["id"] for each in raw["data"] if by_charge[each["id"]] > each["amount"]]
    counted = {"count": len(found), "amounts": amounts, "by_charge": by_charge, "by_key": by_key, "over": over}
    return {**counted, "refunds": found, "asked": keeper.asked, "met": keeper.met, "kept": len(keeper.kept)}


async def run(upstream: str) -> None:
    """Serves until the process ends."""
    async with ClientSession() as http:
        hooks = Hooks(http)
        keeper = Keeper(upstream, http, hooks)
        app = web.Application()
        app.router.add_route("*", "/control/{what}", steer(keeper))
        app.router.add_route("*", "/v1/{rest:.*}", serve(keeper))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """The process: its one argument is localstripe's address."""
    end_with_stdin()
    try:
        asyncio.run(run(sys.argv[1]))
    except (KeyboardInterrupt, ClientError):
        sys.exit(1)


if __name__ == "__main__":
    main()
