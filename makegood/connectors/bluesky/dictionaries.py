"""The dictionary with which the stream's newer protocol packs its frames, fetched from the server that packs them.

https://github.com/bluesky-social/jetstream/blob/main/lexicons/network/bsky/jetstream/getZstdDictionary.json
The older protocol's dictionary is served by nobody, so that one is read unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import zstandard

from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["Dictionary", "dictionary_of", "forget"]

METHOD = "network.bsky.jetstream.getZstdDictionary"
DICTIONARY_BYTES = 2**20
FRAME_BYTES = 2**20
FETCH_SECONDS = 10.0
_MAGIC = b"\x37\xa4\x30\xec"
"""How a dictionary with an id begins; the id follows (RFC 8878, section 5)."""


@dataclass(frozen=True)
class Dictionary:
    """A dictionary and its `id`."""

    id: int
    unpacker: zstandard.ZstdDecompressor = field(repr=False)

    def unpack(self, packed: bytes) -> bytes:
        """A frame as it was before it was packed; one that cannot be unpacked, or would be too long, stays as it is."""
        try:
            if zstandard.frame_content_size(packed) > FRAME_BYTES:
                return packed
            return self.unpacker.decompress(packed, max_output_size=FRAME_BYTES)
        except zstandard.ZstdError:
            return packed


_known: dict[str, Dictionary] = {}


def read(content: bytes) -> Dictionary | None:
    """A dictionary as a server hands it out; None if it is none."""
    number = int.from_bytes(content[4:8], "little")
    if not content.startswith(_MAGIC) or not number:
        return None
    try:
        packing = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_FULLDICT)
        return Dictionary(number, zstandard.ZstdDecompressor(dict_data=packing))
    except zstandard.ZstdError:
        return None


async def dictionary_of(service: str) -> Dictionary | None:
    """The server's current dictionary, asked for once; None where it has none or does not answer: then frames come
    unpacked. `service` is the server's address, https://host.
    """
    if service not in _known:
        try:
            async with http.client(timeout=FETCH_SECONDS, guard=False) as client:
                url = f"{service}/xrpc/{METHOD}"
                answer = await http.fetch(client, "GET", url, max_bytes=DICTIONARY_BYTES, deadline=FETCH_SECONDS)
        except NetworkError:
            return None
        found = read(answer.body) if answer.status == 200 else None
        if found is None:
            return None
        _known[service] = found
    return _known[service]


def forget(service: str) -> None:
    """The server no longer takes the dictionary it gave us: the next call asks anew."""
    _known.pop(service, None)
