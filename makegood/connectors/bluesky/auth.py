"""Connecting a Bluesky account with an app password (https://bsky.app/settings/app-passwords)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from makegood.connectors.bluesky import errors, xrpc
from makegood.connectors.bluesky.capability import DEFAULT_SERVICE
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.bluesky.shapes import profile_url
from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["FORM_HELP", "connect", "home_of", "pds_of"]

FORM_HELP = {
    "identifier": "Your Bluesky name, such as teashop.bsky.social.",
    "password": (
        "An app password, not the password you sign in to Bluesky with. Make one at "
        "https://bsky.app/settings/app-passwords; you can take it back there at any time."
    ),
    "service": "Only if your account lives on a server of its own: its address. Leave it empty otherwise.",
}

_DEFAULT_PLC = "https://plc.directory"
_HANDLE = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


async def connect(form: Mapping[str, str]) -> Connected:
    """Signs in with `identifier`, `password` (an app password) and, optionally, `service` (a server's
    address).

    Without `service` the account's own server is found from its name. The credentials hold `service`, `did`,
    `handle`, `password` and `access`. Raises `Trouble`: REFUSE for a form that cannot work, DISCONNECT for a
    password that is not accepted, RETRY or WAIT when Bluesky is unwell.
    """
    identifier = form.get("identifier", "").strip().lstrip("@").strip().lower()
    password = form.get("password", "").strip()
    if not identifier:
        raise Trouble(Verdict.REFUSE, "Please give your Bluesky name, such as teashop.bsky.social.")
    if not password:
        raise Trouble(Verdict.REFUSE, "Please give an app password of your Bluesky account.")
    given = form.get("service", "").strip()
    async with http.client() as client:
        service = _checked(given) if given else await home_of(client, identifier)
        made = await xrpc.sign_in(client, service, identifier, password)
        try:
            session = msgspec.convert(made, _SignedIn)
        except msgspec.ValidationError as error:
            raise errors.no_sense(f"createSession: {error}") from error
        if not session.active:
            raise errors.from_answer(401, "AccountDeactivated", session.status, {})
        service = pds_of(session.did_doc) or service
        profile = await _profile(client, service, session)
    credentials = {
        "service": service,
        "did": session.did,
        "handle": session.handle,
        "password": password,
        "access": session.access,
    }
    return Connected(
        id=session.did,
        handle=session.handle,
        name=str(profile.get("displayName") or session.handle),
        url=profile_url(session.did),
        credentials=credentials,
    )


class _SignedIn(msgspec.Struct):
    did: str
    handle: str
    access: str = msgspec.field(name="accessJwt")
    did_doc: Any = msgspec.field(name="didDoc", default=None)
    active: bool = True
    status: str = ""


async def _profile(client: httpx.AsyncClient, service: str, session: _SignedIn) -> dict[str, Any]:
    """The account's public profile; {} when it can't be had, which is no reason not to connect."""
    try:
        params = {"actor": session.did}
        return await xrpc.call(client, service, "app.bsky.actor.getProfile", params=params, token=session.access)
    except Fault:
        return {}


async def home_of(client: httpx.AsyncClient, identifier: str) -> str:
    """The server an account lives on, from its handle or DID; Bluesky's own for an e-mail address."""
    if "@" in identifier:
        return DEFAULT_SERVICE
    did = identifier if identifier.startswith("did:") else await _did_of(client, identifier)
    if did.startswith("did:plc:"):
        directory = os.environ.get("MAKEGOOD_PLC_DIRECTORY") or _DEFAULT_PLC
        url = f"{directory.rstrip('/')}/{quote(did, safe=':')}"
    elif did.startswith("did:web:"):
        url = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
    else:
        raise Trouble(Verdict.REFUSE, f"{identifier} is not a Bluesky name or DID. Please check it.")
    found = pds_of(await _document(client, url, identifier))
    if not found:
        raise Trouble(Verdict.REFUSE, f"{identifier} has no server where its posts are kept. Please check the name.")
    return found


async def _did_of(client: httpx.AsyncClient, handle: str) -> str:
    if not _HANDLE.fullmatch(handle):
        sentence = f"{handle[:80]} is not a Bluesky name. It looks like teashop.bsky.social."
        raise Trouble(Verdict.REFUSE, sentence)
    service = os.environ.get("MAKEGOOD_BLUESKY_SERVICE") or DEFAULT_SERVICE
    try:
        method = "com.atproto.identity.resolveHandle"
        return str((await xrpc.call(client, service, method, params={"handle": handle}))["did"])
    except Fault as fault:
        if fault.status == 400:
            raise Trouble(Verdict.REFUSE, f"Bluesky knows nobody called {handle}. Please check the name.") from fault
        raise
    except KeyError as error:
        raise errors.no_sense("resolveHandle without did") from error


async def _document(client: httpx.AsyncClient, url: str, identifier: str) -> Any:
    try:
        answer = await http.fetch(client, "GET", url, max_bytes=2**20)
    except NetworkError as error:
        raise errors.from_network(error) from error
    if answer.status in {404, 410}:
        raise Trouble(Verdict.REFUSE, f"The account {identifier} no longer exists. Please check the name.")
    if answer.status != 200:
        raise errors.from_answer(answer.status, "", "DID document", answer.headers)
    try:
        return msgspec.json.decode(answer.body)
    except NOT_JSON as error:
        raise errors.no_sense(f"DID document: {error}") from error


class _Service(msgspec.Struct):
    id: str = ""
    endpoint: Any = msgspec.field(name="serviceEndpoint", default="")


class _Document(msgspec.Struct):
    service: list[_Service] = []


def pds_of(document: Any) -> str:
    """The PDS address in a DID document (https://atproto.com/specs/did), or "" when it names none that is
    usable.
    """
    try:
        services = msgspec.convert(document, _Document).service
    except msgspec.ValidationError:
        return ""
    for entry in services:
        if entry.id.endswith("#atproto_pds") and isinstance(entry.endpoint, str):
            try:
                return _checked(entry.endpoint)
            except Trouble:
                return ""
    return ""


def _checked(address: str) -> str:
    """A server's address as scheme, host and port; passwords travel over https or not at all."""
    try:
        url = httpx.URL(address if "://" in address else f"https://{address}")
    except httpx.InvalidURL as error:
        raise Trouble(Verdict.REFUSE, "This server address cannot be read. Please check it.") from error
    if not url.host or url.scheme not in {"http", "https"}:
        raise Trouble(Verdict.REFUSE, "This server address cannot be read. It starts with https://.")
    if url.scheme == "http" and url.host not in _LOOPBACK:
        raise Trouble(Verdict.REFUSE, "Please give the server's address with https://, so that the password is safe.")
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
