"""A praise as a picture: the customer's words, their name, and the shop's, big enough to read on a phone.

It is drawn with the font the pages use. What that font has no sign for (Chinese, emoji) is not drawn as boxes: it is
refused with a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from makegood.amplify.praising.rules import PraiseError
from makegood.kit.text import graphemes, squash

__all__ = ["LONGEST", "SIDE", "alt_of", "draw", "excerpt_of", "missing_signs"]

SIDE = 1080
"""Pixels of a side: square pictures are shown whole in every app."""
LONGEST = 320
"""Characters of a praise that can still be read as a picture."""
MARGIN = 96
SIZES = (76, 64, 54, 46, 40)
"""Sizes of the words in pixels: the first in which they fit is taken."""
GROUND, INK, SOFT, MARK = "#f7f4ee", "#1d2733", "#5b6672", "#0f6b62"
FILES = (
    "fonts/bricolage-grotesque-latin-wght-normal.woff2",
    "fonts/bricolage-grotesque-latin-ext-wght-normal.woff2",
)
_NO_SIGN = "\U0010ffff"

Font = ImageFont.FreeTypeFont


@cache
def _fonts(size: int, weight: int) -> tuple[Font, ...]:
    found = []
    for name in FILES:
        font = ImageFont.truetype(str(finders.find(name)), size)
        font.set_variation_by_axes([_axis(axis, weight, size) for axis in font.get_variation_axes()])
        found.append(font)
    return tuple(found)


def _axis(axis: Mapping[str, Any], weight: int, size: int) -> float:
    low, high = float(axis["minimum"]), float(axis["maximum"])
    name = axis["name"]
    said = name.decode() if isinstance(name, bytes) else str(name)
    wanted = {"Weight": weight, "Optical Size": size}.get(said, float(axis["default"]))
    return min(high, max(low, wanted))


@cache
def _has(file: int, sign: str) -> bool:
    font = _fonts(40, 500)[file]
    return bytes(font.getmask(sign)) != bytes(font.getmask(_NO_SIGN))


def _file_for(sign: str) -> int | None:
    """Which of the font's files has a sign; None where neither has."""
    if sign.isspace():
        return 0
    return next((number for number in range(len(FILES)) if _has(number, sign)), None)


def missing_signs(text: str) -> str:
    """The signs of a text that cannot be drawn, each once, in order."""
    return "".join(dict.fromkeys(sign for sign in text if _file_for(sign) is None))


def excerpt_of(text: str, wanted: str) -> str:
    """The part of a praise that a member chose, exactly as it stands there; all of it where they chose nothing.

    Raises `PraiseError` when it is not part of it, or too long: a customer's words are shortened, never changed.
    """
    whole, part = squash(text), squash(wanted)
    if part and part not in whole:
        raise PraiseError(_("Only their own words can stand there: choose a part of what they wrote, unchanged."))
    chosen = part or whole
    if graphemes(chosen) > LONGEST:
        raise PraiseError(
            _("That is too long to be read as a picture: at most %(most)s characters. Choose a part of it.")
            % {"most": LONGEST}
        )
    if not chosen:
        raise PraiseError(_("There are no words to show."))
    return chosen


def alt_of(words: str, author: str, shop: str, limit: int) -> str:
    """The picture's description for those who can't see it: all that stands in it. At most `limit` characters."""
    said = _("“%(words)s” – %(author)s about %(shop)s") % {"words": words, "author": author, "shop": shop}
    if not author:
        said = _("“%(words)s” – a customer of %(shop)s") % {"words": words, "shop": shop}
    return said if len(said) <= limit else f"{said[: limit - 1]}…"


def draw(words: str, author: str, shop: str) -> bytes:
    """The picture (PNG). Raises `PraiseError` when it has signs that can't be drawn, or the words do not fit."""
    missing = missing_signs(words + author + shop)
    if missing:
        raise PraiseError(
            _("The picture cannot show these signs: %(signs)s. Choose a part without them, or share it another way.")
            % {"signs": " ".join(missing[:10])}
        )
    image = Image.new("RGB", (SIDE, SIDE), GROUND)
    pen = ImageDraw.Draw(image)
    _write(pen, (MARGIN, MARGIN - 40), "“", 200, 700, MARK)
    room = SIDE - 2 * MARGIN
    for size in SIZES:
        lines = _broken(words, size, room)
        height = len(lines) * size * 1.3
        if height <= SIDE - 2 * MARGIN - 300 and all(_width(line, size, 500) <= room for line in lines):
            break
    else:
        raise PraiseError(_("These words do not fit into a picture. Choose a shorter part of them."))
    top = MARGIN + 150 + (SIDE - 2 * MARGIN - 300 - height) / 2
    for number, line in enumerate(lines):
        _write(pen, (MARGIN, top + number * size * 1.3), line, size, 500, INK)
    _write(pen, (MARGIN, SIDE - MARGIN - 96), _cut(author, 40, room), 40, 600, INK)
    _write(pen, (MARGIN, SIDE - MARGIN - 40), _cut(shop, 34, room), 34, 500, SOFT)
    kept = BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _runs(text: str) -> list[tuple[int, str]]:
    """The text in runs of signs that come out of the same file."""
    runs: list[tuple[int, str]] = []
    for sign in text:
        file = runs[-1][0] if sign.isspace() and runs else _file_for(sign) or 0
        if runs and runs[-1][0] == file:
            runs[-1] = (file, runs[-1][1] + sign)
        else:
            runs.append((file, sign))
    return runs


def _width(text: str, size: int, weight: int) -> float:
    return sum(_fonts(size, weight)[file].getlength(run) for file, run in _runs(text))


def _broken(text: str, size: int, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or _width(longer, size, 500) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(text: str, size: int, room: int) -> str:
    while text and _width(text, size, 600) > room:
        text = f"{text.rstrip('…')[:-1]}…"
    return text


def _write(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: int, weight: int, colour: str
) -> None:
    left, top = place
    for file, run in _runs(text):
        font = _fonts(size, weight)[file]
        # By the line they stand on: two files need not have the same height.
        pen.text((left, top + size), run, font=font, fill=colour, anchor="ls")
        left += font.getlength(run)
