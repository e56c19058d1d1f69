"""Connecting: an account, by the server's own sign-in page, and a hashtag, which needs no account.

https://docs.joinmastodon.org/client/authorized/ and https://docs.joinmastodon.org/spec/oauth/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from makegood.connectors.contract import Begun, Connected, Trouble, Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.mastodon.api import Server, address_of, open_server
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.facts import carried, read_facts
from makegood.connectors.mastodon.shapes import Account, View, author_of

__all__ = ["SCOPES", "begin", "connect", "finish"]

CLIENT = "Makegood"
SCOPES = "read:accounts read:statuses read:notifications read:search write:statuses write:media"
"""The narrowest that work: https://docs.joinmastodon.org/api/oauth-scopes/"""
WIDE_SCOPES = "read write"
"""For servers that know no narrower ones."""
_TAG = re.compile(r"\w{1,100}")


class _App(msgspec.Struct):
    client_id: str
    client_secret: str


class _Token(msgspec.Struct):
    access_token: str


async def begin(form: Mapping[str, str], back: str) -> Begun:
    """Registers Makegood with the server in `form["instance"]`; the sign-in goes on at `Begun.url`.

    `back` is the address to come back to. Raises `Trouble`: REFUSE for what is no such server.
    """
    base = address_of(form.get("instance", ""))
    async with open_server({"instance": base}) as server:
        about = await _about_sign_in(server)
        app, scopes = await _register(server, back, about)
    state = secrets.token_urlsafe(32)
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": back,
        "scope": scopes,
        "state": state,
    }
    pending = {
        "instance": base,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "back": back,
        "state": state,
    }
    if "S256" in _words(about, "code_challenge_methods_supported"):
        pending["verifier"] = secrets.token_urlsafe(64)
        digest = hashlib.sha256(pending["verifier"].encode()).digest()
        asked |= {
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
    return Begun(url=f"{_endpoint(server, about)}?{urlencode(asked)}", pending=pending)


async def _about_sign_in(server: Server) -> dict[str, Any]:
    """RFC 8414, which Mastodon has since 4.3; {} where the server does not have it."""
    try:
        return await server.object("/.well-known/oauth-authorization-server")
    except Fault as fault:
        if fault.kind not in {"", "garbled"}:
            raise
        return {}


def _words(about: Mapping[str, Any], name: str) -> list[str]:
    found = about.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []


def _endpoint(server: Server, about: Mapping[str, Any]) -> str:
    """Where the account's owner says yes; never on another host than the one that was named."""
    told = str(about.get("authorization_endpoint") or "")
    if told.startswith(f"{server.base}/") and "?" not in told:
        return told
    return f"{server.base}/oauth/authorize"


async def _register(server: Server, back: str, about: Mapping[str, Any]) -> tuple[_App, str]:
    """https://docs.joinmastodon.org/methods/apps/: the app, and the scopes that it may ask for."""
    known = _words(about, "scopes_supported")
    narrow = not known or set(SCOPES.split()) <= set(known)
    for scopes in (SCOPES, WIDE_SCOPES) if narrow else (WIDE_SCOPES,):
        body = {"client_name": CLIENT, "redirect_uris": back, "scopes": scopes}
        try:
            made = (await server.call("POST", "/api/v1/apps", json=body)).data
            return msgspec.convert(made, _App), scopes
        except Fault as fault:
            if fault.status in {404, 405, 410, 501} or fault.kind == "garbled":
                raise Trouble(Verdict.REFUSE, _no_such_server(server.host), detail=fault.detail) from fault
            if fault.status not in {400, 422} or scopes == WIDE_SCOPES:
                raise
        except msgspec.ValidationError as error:
            raise errors.no_sense(server.host, f"apps: {error}") from error
    raise AssertionError("the loop ends with an app or a fault")


def _no_such_server(host: str) -> str:
    return f"{host} is not a Mastodon server, or none that lets apps in. Please check its name."


async def finish(pending: Mapping[str, Any], answer: Mapping[str, str]) -> Connected:
    """Ends a sign-in: `answer` are the parameters that the server sent the person back with.

    The credentials hold `instance`, `token`, `account`, the app's id and secret, and what reading and answering need to
    know of the server. Raises `Trouble` with a sentence.
    """
    host = str(pending["instance"]).partition("://")[2]
    if not hmac.compare_digest(answer.get("state", "").encode(), str(pending["state"]).encode()):
        raise Trouble(Verdict.REFUSE, "This sign-in was not begun here. Please start it again.")
    if answer.get("error") == "access_denied":
        raise Trouble(
            Verdict.REFUSE, f"You did not let Makegood in at {host}, so nothing was connected. You can start again."
        )
    code = answer.get("code", "")
    if not code:
        told = answer.get("error_description") or answer.get("error") or "no code"
        sentence = f"{host} did not finish the sign-in. Please start it again."
        raise Trouble(Verdict.REFUSE, sentence, detail=told[:200])
    async with open_server({"instance": pending["instance"]}) as server:
        account = await _signed_in(server, pending, code)
        facts = await read_facts(server)
    view = View(host=server.host, domain=facts["domain"], software=facts["software"])
    author = author_of(account, view)
    return Connected(
        id=author.id,
        handle=author.handle,
        name=author.name,
        url=author.url,
        credentials={
            "instance": server.base,
            "token": server.token,
            "account": account.id,
            "client_id": pending["client_id"],
            "client_secret": pending["client_secret"],
            **carried(facts),
        },
        facts=facts,
    )


async def _signed_in(server: Server, pending: Mapping[str, Any], code: str) -> Account:
    """Exchanges the code for a token, which the server keeps from now on, and says whose it is.

    https://docs.joinmastodon.org/methods/oauth/#token and
    https://docs.joinmastodon.org/methods/accounts/#verify_credentials. snac gives a token for any code; only the second
    call tells that it is nobody's.
    """
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": pending["client_id"],
        "client_secret": pending["client_secret"],
        "redirect_uri": pending["back"],
    }
    if pending.get("verifier"):
        body["code_verifier"] = pending["verifier"]
    try:
        made = (await server.call("POST", "/oauth/token", data=body)).data
        server.token = msgspec.convert(made, _Token).access_token
        return msgspec.convert(await server.object("/api/v1/accounts/verify_credentials"), Account)
    except Fault as fault:
        if fault.verdict not in {Verdict.REFUSE, Verdict.DISCONNECT}:
            raise
        why = "perhaps because it took too long"
        sentence = f"{server.host} did not accept the sign-in, {why}. Please start it again."
        raise Trouble(Verdict.REFUSE, sentence, detail=fault.detail) from fault
    except msgspec.ValidationError as error:
        raise errors.no_sense(server.host, f"sign-in: {error}") from error


async def connect(form: Mapping[str, str]) -> Connected:
    """The public timeline of the hashtag `form["tag"]` on the server `form["instance"]`: read without an account.

    Raises `Trouble`: REFUSE for what is no hashtag, or where the server shows it to its own people only.
    """
    tag = form.get("tag", "").strip().lstrip("#＃")
    if not _TAG.fullmatch(tag) or tag.isdecimal():
        raise Trouble(Verdict.REFUSE, "Please give one hashtag of letters and figures, such as #teapot.")
    base = address_of(form.get("instance", ""))
    async with open_server({"instance": base}) as server:
        try:
            facts = await read_facts(server)
        except Fault as fault:
            if fault.gone or fault.kind == "garbled":
                raise Trouble(Verdict.REFUSE, _no_such_server(server.host), detail=fault.detail) from fault
            raise
        await server.items(f"/api/v1/timelines/tag/{quote(tag)}", {"limit": 1})
    return Connected(
        id=f"{base}/tags/{tag.lower()}",
        handle="",
        name=f"#{tag} on {urlsplit(base).netloc}",
        url=f"{base}/tags/{quote(tag)}",
        credentials={"instance": base, "tag": tag, **carried(facts)},
        kind="feed",
        facts=facts,
    )
