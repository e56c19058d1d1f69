"""Webhooks as Stripe sends them, from tests/servers/keeping.py: signed, and as often, late and out of order as told."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

__all__ = ["Hooks", "signature"]


def signature(body: bytes, secrets: Sequence[str], moment: float) -> str:
    """The Stripe-Signature header for a body: https://docs.stripe.com/webhooks#verify-manually"""
    signed = b"%d." % int(moment) + body
    made = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={int(moment)}", *(f"v1={each}" for each in made)])


class Hooks:
    """Who listens, what happened, and what was delivered to whom."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http
        self._listeners: list[dict[str, Any]] = []
        self._dice = random.Random(0)
        self._under_way: set[asyncio.Task[None]] = set()
        self.events: list[dict[str, Any]] = []
        self.deliveries: list[dict[str, Any]] = []

    def listen(self, told: dict[str, Any]) -> None:
        """From now on delivers to `listeners`: each a `url`, `secrets`, and how.

        `copies` of each event (1), each after a time by dice between `soonest` and `latest` seconds (0, 0), which puts
        them out of order, and up to `tries` times (8), half a second apart, until the answer is a 2xx. `seed` is the
        dice's.
        """
        self._listeners = told["listeners"]
        self._dice = random.Random(told.get("seed", 0))

    def happened(self, kind: str, thing: dict[str, Any]) -> None:
        """An event, delivered as told."""
        event = {
            "id": f"evt_{len(self.events):06d}{self._dice.randrange(10**8):08d}",
            "object": "event",
            "api_version": "2025-01-27.acacia",
            "type": kind,
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": thing},
        }
        self.events.append(event)
        for listener in self._listeners:
            for _ in range(listener.get("copies", 1)):
                after = self._dice.uniform(listener.get("soonest", 0.0), listener.get("latest", 0.0))
                task = asyncio.create_task(self._deliver(event, listener, after))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _deliver(self, event: dict[str, Any], listener: dict[str, Any], after: float) -> None:
        await asyncio.sleep(after)
        body = json.dumps(event, indent=2).encode()
        for _ in range(listener.get("tries", 8)):
            headers = {
                "content-type": "application/json; charset=utf-8",
                "stripe-signature": signature(body, listener["secrets"], time.time()),
            }
            status = 0
            try:
                limit = ClientTimeout(total=10)
                async with self._http.post(listener["url"], data=body, headers=headers, timeout=limit) as answer:
                    status = answer.status
            except (ClientError, TimeoutError, OSError):
                pass
            self.deliveries.append({"event": event["id"], "type": event["type"], "status": status})
            if 200 <= status < 300:
                return
            await asyncio.sleep(0.5)

    async def settle(self, seconds: float) -> dict[str, Any]:
        """Waits until nothing is under way any more, at most `seconds`; all events and deliveries so far."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=seconds)
        return {"events": self.events, "deliveries": self.deliveries, "under_way": len(self._under_way)}
