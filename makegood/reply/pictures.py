"""Uploaded pictures made fit to send: pure. What a file is, its content says, never its name or declared type.

Every picture is decoded and written anew, so that nothing but the picture goes out: no place where it was taken, no
camera, no thumbnail of what was cut off, nothing hidden behind it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from makegood.connectors.contract import MediaRule

__all__ = ["LARGEST_UPLOAD", "NotAPicture", "Prepared", "prepare"]

LARGEST_UPLOAD = 25 * 2**20
"""Bytes; larger than any phone's picture."""
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2000
"""Pixels. Networks show no more: https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts"""
_READ = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


class NotAPicture(ValueError):  # noqa: N818 - the domain's word
    """A file that can't go out: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Prepared:
    """A picture ready to send: its bytes, MIME type, and the ending of its file's name."""

    content: bytes
    type: str
    ending: str
    width: int
    height: int


def prepare(content: bytes, rule: MediaRule) -> Prepared:
    """The picture as this network takes it: upright, without anything but the picture, small enough.

    Raises `NotAPicture` for anything that is not a whole picture.
    """
    if not content:
        raise NotAPicture("This file is empty. Choose another one.")
    if len(content) > LARGEST_UPLOAD:
        raise NotAPicture("This picture is larger than 25 MB. Make it smaller, then add it again.")
    picture = _opened(content)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    transparent = picture.mode == "RGBA" and _see_through(picture)
    if transparent and "image/png" in rule.types:
        packed = _as_png(picture)
        if len(packed.content) <= rule.bytes:
            return packed
    if "image/jpeg" not in rule.types:
        return _shrunk(picture, rule, as_png=True)
    return _shrunk(_on_white(picture), rule, as_png=False)


def _see_through(picture: Image.Image) -> bool:
    return any(picture.getchannel("A").histogram()[:255])


def _opened(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # A picture of too many pixels is an error here, not a warning.
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=_READ) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise NotAPicture(
                        "This picture has more than 60 million pixels. Make it smaller, then add it again."
                    )
                found.load()
                upright = ImageOps.exif_transpose(found)
                profile = upright.info.get("icc_profile")
                plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
                # Pillow writes comments and profiles that it finds here into the new file.
                plain.info.clear()
                return _in_usual_colours(plain, profile)
    except NotAPicture:
        raise
    except UnidentifiedImageError as error:
        raise NotAPicture("This file is not a picture Makegood can read. Use JPEG, PNG, WebP or GIF.") from error
    # Pillow raises whatever the decoder of the format does: OSError, SyntaxError, struct.error, a bomb's warning.
    except Exception as error:
        raise NotAPicture("This picture is damaged or cut off. Choose it again, or save it anew first.") from error


def _in_usual_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, which is what is shown where a file names no profile of its own."""
    if not profile or picture.mode != "RGB":
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, OSError, TypeError):
        # A profile nobody can read, or one of another kind of picture.
        return picture
    picture.info.clear()
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _shrunk(picture: Image.Image, rule: MediaRule, *, as_png: bool) -> Prepared:
    for side in (LONGEST_SIDE, 1600, 1200, 900, 600, 400, 200, 100):
        small = picture.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in (None,) if as_png else (88, 78, 65):
            packed = _as_png(small) if quality is None else _as_jpeg(small, quality)
            if len(packed.content) <= rule.bytes:
                return packed
    raise NotAPicture("This picture can’t be made small enough for the network. Choose another one.")


def _as_png(picture: Image.Image) -> Prepared:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return Prepared(out.getvalue(), "image/png", "png", *picture.size)


def _as_jpeg(picture: Image.Image, quality: int) -> Prepared:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return Prepared(out.getvalue(), "image/jpeg", "jpg", *picture.size)
