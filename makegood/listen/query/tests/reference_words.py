"""The second reading of docs/queries.md, its ground: how text is cut into words."""

from __future__ import annotations

import unicodedata

__all__ = ["ARTICLES", "INVISIBLE", "UNWRITTEN", "cut", "cut_at", "fold", "kind"]

NAMES = (
    "CJK ",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "IDEOGRAPHIC",
    "LAO",
    "KHMER",
    "MYANMAR",
    "BOPOMOFO",
)
ARTICLES = ["l", "d", "j", "m", "t", "s", "n", "c", "qu", "un", "dell", "all", "nell", "sull", "dall"]
INVISIBLE = "\u00ad\u0640\u061c\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff"
TONES = "🏻🏼🏽🏾🏿"
ARABIC_VOWELS = [chr(code) for code in [*range(0x64B, 0x653), 0x670]]
HEBREW_POINTS = [chr(code) for code in [*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7]]
UNWRITTEN = [*INVISIBLE, *TONES, *ARABIC_VOWELS, *HEBREW_POINTS]


def fold(text: str) -> str:
    for apostrophe in "’‘ʼ":
        text = text.replace(apostrophe, "'")
    for sign in "™®©":
        text = text.replace(sign, " ")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def kind(character: str) -> str:
    category = unicodedata.category(character)
    if character in INVISIBLE:
        return "mark"
    if category[0] in "LN":
        named = unicodedata.name(character, "")
        return "single" if named.startswith(NAMES) else "letter"
    if category[0] == "M":
        return "mark"
    if character in "_'":
        return character
    if character >= "\U0001f300" and category == "So":
        return "emoji"
    return "other"


def cut_at(folded: str) -> list[tuple[str, int]]:
    """The words of folded text and where each starts."""
    words: list[tuple[str, int]] = []
    place = 0
    while place < len(folded):
        what = kind(folded[place])
        end = place + 1
        if what in ("single", "letter"):
            end = after_marks(folded, end)
            while what == "letter":
                joint = end
                if folded[joint : joint + 1] == "'":
                    joint += 1
                else:
                    while joint < len(folded) and folded[joint] == "_":
                        joint += 1
                if joint >= len(folded) or kind(folded[joint]) != "letter":
                    break
                end = after_marks(folded, joint + 1)
        elif what == "emoji":
            while end < len(folded) and folded[end] in "\ufe0f" + TONES:
                end += 1
        if what in ("single", "letter", "emoji"):
            word = "".join(c for c in folded[place:end] if c not in UNWRITTEN)
            words.append((word, place))
        place = end
    return words


def after_marks(folded: str, place: int) -> int:
    while place < len(folded) and kind(folded[place]) == "mark":
        place += 1
    return place


def cut(text: str) -> list[list[str]]:
    """For each word of `text` everything it is found by, itself first."""
    found = []
    for word, _ in cut_at(fold(text)):
        keys = [word]
        if word.endswith("'s"):
            keys.append(word[:-2])
        elif "'" in word and word[: word.rindex("'")] in ARTICLES:
            keys.append(word[word.rindex("'") + 1 :])
        found.append(keys)
    return found
