"""A text as the models read it: one spelling for what looks alike, nothing that only hides or slows."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LONGEST", "plain"]

LONGEST = 2_000
"""Characters a model reads; a longer text says what it says before that."""
_TAKEN = 4 * LONGEST
# Zero-width and direction marks, other format characters, controls, lone surrogates, variation selectors.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_HANDLE = re.compile(r"(?<![\w@])@[\w-]{1,60}(?:@?[.\w-]{0,120}\w)?")
_SPACES = re.compile(r"\s+")
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)


def plain(text: str) -> str:
    """The text for a model: any `str` in, at most `LONGEST` characters out.

    Handles become "@user", links "http", addresses "@mail"; what is invisible goes, what looks alike becomes one
    (Unicode NFKC), spaces fold, and a character said more than three times is said three times. Linear in what is
    taken, which is the first few thousand characters.
    """
    text = _HIDDEN.sub("", text[:_TAKEN])
    text = unicodedata.normalize("NFKC", text)
    text = _HIDDEN.sub("", text)[:_TAKEN]
    text = _LINK.sub("http", text)
    text = _MAIL.sub("@mail", text)
    text = _HANDLE.sub("@user", text)
    text = _RUN.sub(r"\1\1\1", text)
    return _SPACES.sub(" ", text).strip()[:LONGEST]
