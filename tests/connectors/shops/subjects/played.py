"""A shop of our own making behind a web server, so that it answers across the loops of many tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.parser import BytesHeaderParser
from urllib.parse import quote

from makegood.kit.tests.loopback import Request
from tests.servers.scripted import Answer, Asked, Scripted

__all__ = ["played"]


def played(shop: Callable[[Request], bytes]) -> Scripted:
    """A server that answers as `shop` does, which gives whole responses."""

    def handler(asked: Asked) -> Answer | None:
        body = asked.body if isinstance(asked.body, bytes) else b""
        if isinstance(asked.body, str):
            body = asked.body.encode()
        elif asked.body and not body:
            body = json.dumps(asked.body).encode()
        raw = shop(Request(asked.method, quote(asked.target, safe="/?&=%:+,'>"), asked.headers, body))
        head, _, content = raw.partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        return int(status.split()[1]), dict(BytesHeaderParser().parsebytes(fields).items()), content

    return Scripted(handler=handler)
