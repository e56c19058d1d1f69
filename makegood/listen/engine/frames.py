"""The rough words of a post: of an activity, and of a raw frame of a public stream without reading it whole.

Frames are those of Bluesky's stream, of either protocol (see makegood/connectors/bluesky/frames.py). What an activity
of such a frame would hold, is taken: text, tags, links, mentions and its author.
"""

from __future__ import annotations

import re

import msgspec

from makegood.activity import Activity
from makegood.kit.text import clean
from makegood.listen.engine.anchors import AUTHOR, AUTHORS, MENTIONS, SINGLES, SITES, TAG, TAGGED
from makegood.listen.engine.rough import CONTROLS, rough_words
from makegood.listen.query.facts import author_keys, links_of
from makegood.listen.query.text import handle_keys, tag_key, tag_words

__all__ = ["activity_words", "frame_words"]

MOST_TAGS = 20_000
"""Hashtags whose words are remembered."""

_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+")
# The signs that are a # once they are folded.
_HASHTAG = re.compile(r"[#＃﹟]([^\s#＃﹟]+)")
_FOREIGN_HOST = re.compile(r"://[^\s/?#]*[^\x00-\x7f]")
_PLAIN_URL = re.compile(r"[!-~]*")


class _Feature(msgspec.Struct, gc=False):
    did: str = ""
    uri: str = ""
    tag: str = ""


class _Facet(msgspec.Struct, gc=False):
    features: list[_Feature] = []


class _Card(msgspec.Struct, gc=False):
    uri: str = ""


class _Media(msgspec.Struct, gc=False):
    external: _Card | None = None


class _Embed(msgspec.Struct, gc=False):
    external: _Card | None = None
    media: _Media | None = None


class _Record(msgspec.Struct, gc=False):
    text: str = ""
    tags: list[str] = []
    facets: list[_Facet] = []
    embed: _Embed | None = None


class _Commit(msgspec.Struct, gc=False):
    record: _Record


class _Payload(msgspec.Struct, gc=False):
    did: str
    record: _Record


class _Frame(msgspec.Struct, gc=False):
    did: str = ""
    commit: _Commit | None = None
    payload: _Payload | None = None


_decode = msgspec.json.Decoder(_Frame).decode
_tags: dict[str, list[bytes]] = {}


def frame_words(frame: bytes, wants: int) -> list[bytes] | None:
    """The rough words of the post that a frame brings, with repetitions; None where that is not certain and the frame
    has to be read. `wants` is what has to be looked for beside words (see makegood/listen/engine/anchors.py).
    """
    try:
        event = _decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if (commit := event.commit) is not None:
        record, did = commit.record, event.did
    elif (payload := event.payload) is not None:
        record, did = payload.record, payload.did
    else:
        return None
    text, tags = record.text, record.tags
    said = text
    if record.facets or tags or record.embed is not None:
        beside = _beside(record, wants)
        if beside is None:
            return None
        tags, more = beside
        said = "\n".join((text, *more))
    words = rough_words(said, dropped=CONTROLS, singles=bool(wants & SINGLES))
    if wants & ~SINGLES:
        if wants & AUTHORS:
            if _DID.fullmatch(did) is None:
                return None
            words.append(AUTHOR + did.lower().encode())
        if wants & SITES and not text.isascii() and _FOREIGN_HOST.search(text):
            return None
        if wants & TAGGED:
            words += _inside_tags(text)
            words += [word for tag in map(clean, tags) for word in (*_inside_tags(tag), *_inside(tag))]
    return words


def activity_words(activity: Activity, wants: int) -> list[bytes]:
    """The rough words of an activity, with repetitions."""
    texts = [activity.title, activity.text, *activity.tags, *map(tag_key, activity.tags)]
    texts += [key for mention in activity.mentions for key in handle_keys(mention)]
    if wants & SITES:
        texts += [link.host for link in links_of(activity)]
    words = [word for text in texts for word in rough_words(text, singles=bool(wants & SINGLES))]
    if wants & AUTHORS:
        words += [key.encode("utf-8", "replace") for key in author_keys(activity)]
    if wants & TAGGED:
        words += _inside_tags(activity.title) + _inside_tags(activity.text)
        words += [word for tag in activity.tags for word in (*_inside_tags(tag), *_inside(tag))]
    return words


def _beside(record: _Record, wants: int) -> tuple[list[str], list[str]] | None:
    """The tags beside the text, and all there is to be cut into words; None where the frame has to be read."""
    tags, links, dids = [*record.tags], [], []
    for facet in record.facets:
        for feature in facet.features:
            if feature.tag:
                tags.append(feature.tag)
            if feature.uri:
                links.append(feature.uri)
            if feature.did:
                dids.append(feature.did)
    # Nobody's id is written otherwise; what is, may be a handle.
    if not all(map(_DID.fullmatch, dids)):
        return None
    texts = [*tags, *(tag_key(clean(tag)) for tag in tags if not (tag.isalnum() and tag.isascii()))]
    if wants & MENTIONS:
        texts += dids
    if wants & SITES:
        if record.embed is not None:
            links += _cards(record.embed)
        # Nobody's host is written otherwise; one that is, is read with all care.
        if not all(map(_PLAIN_URL.fullmatch, links)):
            return None
        texts += links
    return tags, texts


def _cards(embed: _Embed) -> list[str]:
    held = (embed.external, embed.media.external if embed.media is not None else None)
    return [card.uri for card in held if card is not None and card.uri]


def _inside_tags(text: str) -> list[bytes]:
    """The words inside the hashtags of a text."""
    if "#" not in text and text.isascii():
        return []
    return [word for tag in _HASHTAG.findall(text) for word in _inside(tag)]


def _inside(tag: str) -> list[bytes]:
    if (found := _tags.get(tag)) is None:
        if len(_tags) >= MOST_TAGS:
            _tags.clear()
        words = (word for key in tag_words(tag) for word in rough_words(key, singles=True))
        found = _tags[tag] = [TAG + word for word in words]
    return found
