"""Where a processor is reached when it is not at its own address: only for tests and for gateways of one's own."""

from __future__ import annotations

import httpx

from makegood.connectors.contract import Trouble, Verdict
from makegood.kit import http

__all__ = ["address_of"]

_NOT_OURS = "This address is not on the list of private addresses. Please leave it empty to reach {who} itself."


def address_of(typed: str, usual: str, who: str) -> str:
    """Scheme, host and port to call; `usual` where nothing was typed.

    A key that moves money goes to the processor, or to a host that whoever runs Makegood has named with its port in
    MAKEGOOD_PRIVATE_HOSTS, and nowhere else. Raises `Trouble` (REFUSE).
    """
    if not typed.strip():
        return usual
    try:
        url = httpx.URL(typed.strip())
    except httpx.InvalidURL as error:
        raise Trouble(Verdict.REFUSE, _NOT_OURS.format(who=who)) from error
    port = url.port or (443 if url.scheme == "https" else 80)
    # A public address is permitted anywhere, so a private one tells whether the host is named.
    if url.scheme not in {"http", "https"} or not url.host or not http.permitted(url.host, port, ["127.0.0.1"]):
        raise Trouble(Verdict.REFUSE, _NOT_OURS.format(who=who))
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
