"""What goes with a reply: pictures, uploaded as blobs, and a quoted post."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from makegood.connectors.bluesky import errors, shapes
from makegood.connectors.bluesky.capability import MAX_IMAGE_BYTES, MAX_IMAGES
from makegood.connectors.bluesky.read import posts_of
from makegood.connectors.bluesky.xrpc import Session
from makegood.connectors.contract import Draft, Trouble, Upload, Verdict

__all__ = ["check_media", "embed_of"]

_IMAGES = "app.bsky.embed.images"
_RECORD = "app.bsky.embed.record"
_BOTH = "app.bsky.embed.recordWithMedia"

_QUOTE_GONE = "The post you quote is no longer on Bluesky. Take the quote off and send it again."
_QUOTE_CLOSED = "The author of the post you quote does not let others quote it. Take the quote off and send it again."


def check_media(files: Sequence[Upload]) -> None:
    """Raises `Trouble` with REFUSE when these files can't go with a post."""
    if len(files) > MAX_IMAGES:
        raise Trouble(
            Verdict.REFUSE, f"Bluesky takes {MAX_IMAGES} pictures with a post. Remove some and send it again."
        )
    for number, file in enumerate(files, 1):
        if not file.type.startswith("image/"):
            raise Trouble(Verdict.REFUSE, f"File {number} is not a picture. Remove it and send it again.")
        if len(file.content) > MAX_IMAGE_BYTES:
            sentence = f"Picture {number} is larger than Bluesky takes (1 MB). Remove it and add it again."
            raise Trouble(Verdict.REFUSE, sentence)


async def embed_of(session: Session, draft: Draft) -> dict[str, Any] | None:
    """The post's embed, after uploading its pictures; None when nothing goes with it.

    A blob that no post names in the end is removed by the server: https://atproto.com/specs/blob. Raises `Trouble`.
    """
    quote = await _quote(session, draft.quoted_id) if draft.quoted_id else None
    images = [await _image(session, file) for file in draft.media]
    pictures = {"$type": _IMAGES, "images": images} if images else None
    if quote and pictures:
        return {"$type": _BOTH, "record": quote, "media": pictures}
    return quote or pictures


async def _image(session: Session, file: Upload) -> dict[str, Any]:
    answer = await session.upload(file.content, file.type)
    blob = answer.get("blob")
    if not isinstance(blob, dict) or "ref" not in blob:
        raise errors.no_sense("uploadBlob without a blob")
    return {"image": blob, "alt": file.alt}


async def _quote(session: Session, uri: str) -> dict[str, Any]:
    try:
        shapes.uri_parts(uri)
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, _QUOTE_GONE, detail=uri[:200]) from error
    view = (await posts_of(session, [uri])).get(uri)
    if view is None:
        raise Trouble(Verdict.REFUSE, _QUOTE_GONE)
    viewer = view.get("viewer")
    if isinstance(viewer, dict) and viewer.get("embeddingDisabled"):
        raise Trouble(Verdict.REFUSE, _QUOTE_CLOSED)
    return {"$type": _RECORD, "record": {"uri": uri, "cid": str(view.get("cid", ""))}}
