"""HTTP that is safe to point at an address somebody typed: guarded, bounded in size and time, one kind of
error.

Every call goes through `fetch` on a `client`. What it refuses or cannot do comes back as one `NetworkError`
whose sentence can be shown to a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import math
import os
import socket
import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

__all__ = ["NetworkError", "Response", "client", "fetch", "permitted", "resolve", "retry_after"]

USER_AGENT = "Makegood/0.1 (social customer service desk)"
MAX_REDIRECTS = 5
MAX_ADDRESSES = 4
PERMANENT = (301, 308)

# Azure's platform address is public by its number and yet answers only inside a virtual machine:
# https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Special by https://www.iana.org/assignments/iana-ipv4-special-registry/ and its IPv6 twin, yet global to
# Python 3.11.
SPECIAL = tuple(ipaddress.ip_network(block) for block in ("192.0.0.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16"))

# A redirect to another site carries these and nothing that could be a secret.
HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "host",
        "if-modified-since",
        "if-none-match",
        "user-agent",
    }
)


class NetworkError(Exception):
    """A request that brought no answer.

    `kind` is timeout, unreachable, private, too_big, bad_url, tls, protocol or truncated. `sentence` says
    what happened and what to do, for a person. `detail` is for the log.
    """

    def __init__(self, kind: str, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.detail = detail


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status. `body` is already unpacked; `url` is where it was found after
    redirects.

    `moved` is the address to use from now on, set when permanent redirects (301, 308) led there, else "".
    """

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    moved: str = ""


def client(*, timeout: float = 20.0, guard: bool = True, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client for `fetch`; use it with `async with`, one for many calls.

    `timeout` is the longest wait, in seconds, for connecting and for each read or write. With `guard` no
    connection is made to a private address unless MAKEGOOD_PRIVATE_HOSTS names it; leave it on for any URL a
    stranger supplied. Proxies and .netrc are not used: they would bypass the guard or give secrets away.
    """
    transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
    if guard:
        # httpx has no parameter for httpcore's network backend, so the pool is made here.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_GuardedBackend(),
        )
    sent = {"user-agent": USER_AGENT, "accept-encoding": "gzip, deflate", **(headers or {})}
    return httpx.AsyncClient(
        transport=transport, timeout=timeout, headers=sent, trust_env=False, follow_redirects=False
    )


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    max_bytes: int = 10 * 2**20,
    deadline: float = 60.0,
    **kw: Any,
) -> Response:
    """Sends one request, follows up to 5 redirects and reads the body, at most `max_bytes` of it, unpacked.

    `kw` goes to httpx (`headers`, `params`, `content`, `data`, `json`). `deadline` bounds the whole in
    seconds. Any status is an answer; all else raises NetworkError, and nothing else is raised for what the
    network or the URL did. Secret headers and cookies are not sent on to another site, and a body never is.
    """
    site = ""
    try:
        parsed = _parse(url)
        site = parsed.host
        async with asyncio.timeout(deadline):
            return await _follow(client, client.build_request(method, parsed, **kw), max_bytes)
    except NetworkError:
        raise
    except (TimeoutError, httpx.TimeoutException) as error:
        raise NetworkError("timeout", f"{site} took too long to answer.", repr(error)) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise NetworkError("bad_url", "This address cannot be read. Please check it.", repr(error)) from error
    except httpx.HTTPError as error:
        raise _explain(error, site) from error


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host` that may be connected to, for streams that do not go through `client`.

    Connect to one of these and not to the name, which could point elsewhere a moment later. Raises
    NetworkError: unreachable when the name is unknown, private when every address of it is private and not
    allowed.
    """
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        sentence = f"There is no site called {host}. Please check the address."
        if getattr(error, "errno", None) == socket.EAI_AGAIN:
            sentence = f"{host} cannot be looked up right now."
        raise NetworkError("unreachable", sentence, repr(error)) from error
    addresses = permitted(host, port, list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    if not addresses:
        sentence = f"{host} is inside a private network. Makegood only reads public addresses."
        raise NetworkError("private", sentence, f"{host}:{port}; see MAKEGOOD_PRIVATE_HOSTS")
    return addresses[:MAX_ADDRESSES]


def permitted(host: str, port: int, addresses: Iterable[str]) -> list[str]:
    """Those of a host's addresses we may connect to: public ones, or all where MAKEGOOD_PRIVATE_HOSTS names it."""
    return [address for address in addresses if _allowed(host, port) or _is_public(address)]


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds the server asks us to wait, from `now` (aware), or None when it does not say.

    Reads Retry-After (seconds or a date), then RateLimit-Reset and X-RateLimit-Reset, which networks fill
    with seconds to go (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), an epoch time
    (https://docs.bsky.app/docs/advanced-guides/rate-limits), or an ISO date
    (https://docs.joinmastodon.org/api/rate-limits/). Never negative.
    """
    known = {name.lower(): value for name, value in headers.items()}
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        seconds = _seconds_until(known.get(name, "").strip(), now)
        if seconds is not None:
            return max(0.0, seconds)
    return None


def _seconds_until(value: str, now: datetime) -> float | None:
    with contextlib.suppress(ValueError, OverflowError):
        number = float(value)
        if not math.isfinite(number):
            return None
        # A billion seconds is 2001 as a date and thirty years as a wait.
        return number - now.timestamp() if number > 1e9 else number
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            moment = parse(value)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (aware - now).total_seconds()
    return None


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _parse(url: str) -> httpx.URL:
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        sentence = "Please give a full web address that starts with https:// or http://."
        raise NetworkError("bad_url", sentence, url[:200])
    return parsed


async def _follow(http: httpx.AsyncClient, request: httpx.Request, max_bytes: int) -> Response:
    moved, permanent = "", True
    for _ in range(MAX_REDIRECTS + 1):
        response = await http.send(request, stream=True)
        try:
            if response.next_request is None:
                body = await _read(response, request.url.host, max_bytes)
                return Response(response.status_code, response.headers, body, str(request.url), moved)
        finally:
            await response.aclose()
        request = _redirected(request, response.next_request)
        permanent = permanent and response.status_code in PERMANENT
        moved = str(request.url) if permanent else moved
    sentence = f"{request.url.host} redirects too often. Please give the final address."
    raise NetworkError("protocol", sentence, f"more than {MAX_REDIRECTS} redirects")


def _redirected(before: httpx.Request, after: httpx.Request) -> httpx.Request:
    """The next request of a redirect, without anything secret when it leads to another site."""
    _parse(str(after.url))
    if _same_site(before.url, after.url):
        return after
    if after.method not in ("GET", "HEAD"):
        sentence = f"{before.url.host} passed our message on to {after.url.host}; it was not sent there."
        raise NetworkError("protocol", sentence, f"{after.method} redirected to another site")
    headers = {name: value for name, value in after.headers.items() if name in HARMLESS_HEADERS}
    return httpx.Request(after.method, after.url, headers=headers, extensions=after.extensions)


def _same_site(before: httpx.URL, after: httpx.URL) -> bool:
    if before.host != after.host:
        return False
    same = (before.scheme, before.port) == (after.scheme, after.port)
    upgrade = (before.scheme, after.scheme, before.port, after.port) == ("http", "https", None, None)
    return same or upgrade


async def _read(response: httpx.Response, site: str, limit: int) -> bytes:
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit and response.request.method != "HEAD":
        raise _too_big(site, limit)
    raw = bytearray()
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > limit:
            raise _too_big(site, limit)
    body = bytes(raw)
    codings = [c.strip().lower() for c in response.headers.get("content-encoding", "").split(",")]
    for coding in reversed([c for c in codings if c not in ("", "identity")]):
        if body:
            body = _unpack(body, coding, site, limit)
    return body


def _unpack(packed: bytes, coding: str, site: str, limit: int) -> bytes:
    """Unpacks gzip or deflate but never more than `limit` bytes, so that a small bomb stays small."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NetworkError("protocol", f"{site} answered in a packing we cannot open.", f"coding {coding[:40]}")
    raw_deflate = coding == "deflate" and (packed[0] & 0x0F != 8 or int.from_bytes(packed[:2], "big") % 31 != 0)
    bits = -zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS | 32
    out = bytearray()
    try:
        while packed:
            unpacker = zlib.decompressobj(bits)
            out += unpacker.decompress(packed, limit + 1 - len(out))
            if len(out) > limit:
                raise _too_big(site, limit)
            if not unpacker.eof:
                raise NetworkError("truncated", f"The answer of {site} broke off in the middle.", "unpacking")
            # Several gzip members may follow each other; zeros after the last are padding.
            packed = unpacker.unused_data.lstrip(b"\0") if coding != "deflate" else b""
    except zlib.error as error:
        raise NetworkError("protocol", f"The answer of {site} is damaged.", repr(error)) from error
    return bytes(out)


def _too_big(site: str, limit: int) -> NetworkError:
    size = f"{limit / 2**20:.0f} MB" if limit >= 2**20 else f"{limit} bytes"
    return NetworkError("too_big", f"{site} sent more than {size}. That is too much to read.", f"limit {limit}")


def _explain(error: httpx.HTTPError, site: str) -> NetworkError:
    causes = list(_causes(error))
    detail = " < ".join(repr(cause) for cause in causes)[:500]
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        sentence = f"A safe connection to {site} is not possible: its certificate cannot be trusted."
        return NetworkError("tls", sentence, detail)
    if isinstance(error, httpx.RemoteProtocolError) and "without sending complete" in str(error):
        return NetworkError("truncated", f"The answer of {site} broke off in the middle.", detail)
    if isinstance(error, httpx.NetworkError):
        return NetworkError("unreachable", f"{site} cannot be reached right now.", detail)
    return NetworkError("protocol", f"{site} answered in a way we cannot read.", detail)


def _causes(error: BaseException) -> Iterable[BaseException]:
    step: BaseException | None = error
    while step is not None:
        yield step
        step = step.__cause__ or step.__context__


def _allowed(host: str, port: int) -> bool:
    listed = {entry.strip().lower() for entry in os.environ.get("MAKEGOOD_PRIVATE_HOSTS", "").split(",")}
    shown = f"[{host}]" if ":" in host else host
    return "*" in listed or f"{shown.lower().rstrip('.')}:{port}" in listed


def _is_public(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
        if ip.is_site_local:
            return False
    if any(ip in block for block in SPECIAL):
        return False
    # is_global alone lets multicast and a few reserved blocks through.
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in METADATA


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that `resolve` lets through, and to those very numbers, so that a name which
    points elsewhere at its second lookup (DNS rebinding) gains nothing. TLS still checks the name.
    """

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        share = timeout / len(addresses) if timeout else None
        for position, address in enumerate(addresses, start=1):
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses):
                    raise
        raise AssertionError("resolve gives at least one address")

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise NetworkError("private", "Local sockets cannot be read.", path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
