"""What a server says about itself: never guessed, always read.

https://docs.joinmastodon.org/methods/instance/ (v2, and v1 where that is not there) and NodeInfo
(https://nodeinfo.diaspora.software/protocol) for the name of the software.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.mastodon.api import Server
from makegood.connectors.mastodon.errors import Fault

__all__ = ["QUOTES_SINCE", "STREAMLESS", "carried", "facts_of", "read_facts"]

QUOTES_SINCE = 7
"""The `mastodon` API version that brought quotes (Mastodon 4.5): https://docs.joinmastodon.org/methods/statuses/"""
STREAMLESS = frozenset({"snac"})
"""Software that names a streaming address and has no stream. Asking snac 2.75 for one ends its process."""


async def read_facts(server: Server) -> dict[str, Any]:
    """Asks the server about itself. Raises `Fault` when it does not speak the Mastodon API, or can't be asked."""
    try:
        told = await server.object("/api/v2/instance")
    except Fault as fault:
        if fault.verdict is Verdict.WAIT or fault.status == 0 or fault.status >= 500:
            raise
        told = await server.object("/api/v1/instance")
    try:
        return facts_of(told, await _software(server))
    except msgspec.ValidationError as error:
        raise errors.no_sense(server.host, f"instance: {error}") from error


async def _software(server: Server) -> dict[str, Any]:
    """`name` and `version` of the software by NodeInfo; {} where the server does not tell."""
    try:
        links: Any = (await server.object("/.well-known/nodeinfo")).get("links")
        address = next((urlsplit(str(link["href"])) for link in links if "/ns/schema/2." in str(link.get("rel"))), None)
        if address is None:
            return {}
        found = (await server.object(address.path)).get("software") if address.netloc == server.host else None
    except Fault as fault:
        if fault.verdict is Verdict.WAIT:
            raise
        return {}
    except (TypeError, KeyError, AttributeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class _Statuses(msgspec.Struct):
    max_characters: int = 500
    max_media_attachments: int = 4
    characters_reserved_per_url: int = 23


class _Media(msgspec.Struct):
    supported_mime_types: list[str] = []
    image_size_limit: int = 0
    video_size_limit: int = 0
    description_limit: int = 1500


class _Urls(msgspec.Struct):
    streaming: str | None = None
    streaming_api: str | None = None


class _Configuration(msgspec.Struct):
    statuses: _Statuses = msgspec.field(default_factory=_Statuses)
    media_attachments: _Media = msgspec.field(default_factory=_Media)
    urls: _Urls = msgspec.field(default_factory=_Urls)


class _Instance(msgspec.Struct):
    """Both versions in one: what only one of them has is empty with the other."""

    domain: str = ""
    uri: str = ""
    title: str = ""
    version: str = ""
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)
    urls: _Urls = msgspec.field(default_factory=_Urls)
    api_versions: dict[str, int] = {}
    max_toot_chars: int | None = None
    """Pleroma's and old forks' name for the limit: https://docs.pleroma.social/backend/development/API/differences_in_mastoapi_responses/"""


def facts_of(told: Mapping[str, Any], software: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in an instance's answer, whichever version. Raises `msgspec.ValidationError`."""
    found = msgspec.convert(told, _Instance)
    statuses, media = found.configuration.statuses, found.configuration.media_attachments
    name = str(software.get("name", "")).lower()
    domain = found.domain or found.uri
    stream = found.configuration.urls.streaming or found.urls.streaming_api or ""
    return {
        "software": name,
        "version": str(software.get("version") or found.version)[:100],
        "title": found.title[:200],
        "domain": urlsplit(domain).netloc or domain,
        "max_characters": found.max_toot_chars or statuses.max_characters,
        "url_length": statuses.characters_reserved_per_url,
        "media_most": statuses.max_media_attachments,
        "media_types": media.supported_mime_types[:100],
        "media_bytes": media.image_size_limit,
        "alt_limit": media.description_limit,
        "streaming": "" if name in STREAMLESS else stream,
        "quotes": found.api_versions.get("mastodon", 0) >= QUOTES_SINCE,
    }


def carried(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that reading and answering need: they travel with the credentials."""
    return {name: facts[name] for name in ("software", "domain", "streaming", "quotes")}
