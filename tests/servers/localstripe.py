"""A real localstripe on loopback, and before it our own tests/servers/keeping.py, each a process of its own.

localstripe 1.15 (PyPI, a development dependency under GPL-3, never imported by Makegood) keeps charges and refunds. It
gives back more than was paid, knows no idempotency keys, lists oldest first: what of Stripe's documented behaviour is
ours is said in keeping.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from tests.servers.base import ServerUnavailable, ready_line, running

__all__ = ["KEY", "Fault", "StripeServer", "end_with_stdin", "localstripe", "stripe_server"]

ROOT = Path(__file__).parents[2]
KEY = "sk_test_teapot"


@dataclass
class Fault:
    """What goes wrong with requests whose method and path fit, `times` times (for ever when None).

    `kind` is cut_before (the connection ends, nothing was done), cut_after (all was done, then it ends), slow
    (`seconds` pass before anything is done), late (all is done, then `seconds` pass), error_after (all is done, then a
    500, which the key keeps), busy (a 429, nothing is done) or odd (200 with a page instead of JSON, all was done).
    `share` is how many of the requests it meets, 0 to 1, by dice with a seed.
    """

    kind: str
    method: str = ""
    path: str = ""
    times: int | None = 1
    seconds: float = 0.0
    share: float = 1.0


@dataclass
class StripeServer:
    """A running server. `url` is what `stripe` calls (its api_base); `upstream` is localstripe itself."""

    url: str
    upstream: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def credentials(self) -> dict[str, Any]:
        """What the Stripe connector keeps for this account."""
        return {
            "key": KEY,
            "api_base": self.url,
            "webhook_secrets": ["whsec_teapot"],
            "account": "acct_1MakegoodTeapot",
        }

    def call(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> Any:
        """One call as the shop's own software makes it, without a key for repeating. Raises `httpx.HTTPStatusError`."""
        headers = {"authorization": f"Bearer {KEY}"}
        answer = self.http.request(method, f"{self.url}{path}", data=dict(form or {}), headers=headers)
        return answer.raise_for_status().json()

    def charge(self, amount: int, currency: str = "eur", *, card: str = "4242424242424242", **more: Any) -> Any:
        """A payment made now, of `amount` minor units. `more` is put on the charge (email, name, metadata)."""
        method = {"type": "card", "card[number]": card, "card[exp_month]": 12, "card[exp_year]": 2031, "card[cvc]": 123}
        source = self.call("POST", "/v1/payment_methods", method)["id"]
        form: dict[str, Any] = {"amount": amount, "currency": currency, "source": source}
        form |= {f"metadata[{name}]": value for name, value in more.pop("metadata", {}).items()}
        made = self.call("POST", "/v1/charges", form)
        payer = {name: more.pop(name) for name in ("email", "name") if name in more}
        if payer or more:
            self.lay_over(made["id"], billing_details={"email": None, "name": None, **payer}, **more)
        return self.call("GET", f"/v1/charges/{made['id']}")

    def refund(self, charge: str, amount: int, **metadata: str) -> Any:
        """A refund made by hand in the Dashboard."""
        form = {"charge": charge, "amount": amount} | {f"metadata[{name}]": text for name, text in metadata.items()}
        return self.call("POST", "/v1/refunds", form)

    def faults(self, *faults: Fault, seed: int = 0) -> None:
        """From now on these things go wrong, and no others."""
        self._control("faults", {"faults": [asdict(fault) for fault in faults], "seed": seed})

    def fault(self, kind: str, *, method: str = "POST", path: str = "^/v1/refunds$", **more: Any) -> None:
        """From now on this goes wrong, once unless told otherwise, with new refunds unless told otherwise."""
        self.faults(Fault(kind, method, path, **more))

    def forget_keys(self) -> None:
        """A day passes: no idempotency key is known any more."""
        self._control("forget")

    def lay_over(self, name: str, **fields: Any) -> None:
        """From now on the thing with this id says these fields (a refund's `status`, a charge's `created`)."""
        self._control("lay_over", {"id": name, **fields})

    def dispute(self, charge: str, status: str = "needs_response") -> None:
        """The customer's bank asks for the money, or the matter goes on."""
        self._control("dispute", {"charge": charge, "status": status})

    def refuse_keys(self, **statuses: int) -> None:
        """From now on these API keys get 401 or 403; none, without any."""
        self._control("keys", statuses)

    def webhooks(self, *urls: str, secrets: Sequence[str] = ("whsec_teapot",), seed: int = 0, **how: Any) -> None:
        """From now on events go to these addresses; `how` is in `tests.servers.hooks.Hooks.listen`."""
        listeners = [{"url": url, "secrets": list(secrets), **how} for url in urls]
        self._control("hooks", {"listeners": listeners, "seed": seed})

    def settle(self, seconds: float = 30) -> Any:
        """Waits until every webhook is delivered or given up: `events`, `deliveries`, how many are `under_way`."""
        return self._control("settle", {"seconds": seconds})

    def sums(self) -> Any:
        """What went back at the processor: see `tests.servers.keeping.sums`."""
        return self._control("sums")

    def _control(self, what: str, body: Any = None) -> Any:
        return self.http.post(f"{self.url}/control/{what}", json=body or {}).raise_for_status().json()


@contextmanager
def _process(module: str, *words: str) -> Iterator[str]:
    command = [sys.executable, "-m", module, *words]
    with running(command, env={"PYTHONPATH": str(ROOT)}, tied=False) as (process, log):
        yield str(ready_line(process, log)["url"])


@contextmanager
def localstripe() -> Iterator[str]:
    """Starts localstripe alone; its address. Raises `ServerUnavailable`."""
    if find_spec("localstripe") is None:
        raise ServerUnavailable("localstripe is not installed: run uv sync")
    with _process("tests.servers.localstripe") as url:
        yield url


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """Starts localstripe and our proxy before it. Raises `ServerUnavailable`."""
    with localstripe() as upstream, _process("tests.servers.keeping", upstream) as url:
        made = StripeServer(url, upstream)
        try:
            yield made
        finally:
            made.http.close()


def end_with_stdin() -> None:
    """Ends the process when whoever started it is gone."""

    def watch() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


async def _serve() -> None:
    from aiohttp import web

    app, store = import_module("localstripe.server").app, import_module("localstripe.resources").store
    # It writes everything to one file in /tmp with each change, where it would meet others of its kind.
    store.dump_to_disk = lambda: None
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    end_with_stdin()
    asyncio.run(_serve())
