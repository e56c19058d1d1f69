"""A second reading of docs/queries.md: slow and plain, with nothing of the engine but the parsed tree.

It cuts text with Python's own character table, one character at a time, and tries every place.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from makegood.activity import Activity
from makegood.listen.query import Query
from makegood.listen.query.tree import And, Fact, Mark, Near, Node, Not, Or, Words

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
INVISIBLE = "\u00ad\u061c\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff"
TONES = "🏻🏼🏽🏾🏿"

Place = tuple[int, int, int]
"""Segment, first word, last word."""


def reference_matches(query: Query, activity: Activity) -> bool:
    """Whether the activity fits the query."""
    return holds(query.ast, activity)


def holds(node: Node, activity: Activity) -> bool:
    if isinstance(node, And):
        return all(holds(part, activity) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, activity) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, activity)
    if isinstance(node, Near):
        return any(
            beside(one, other, node.distance)
            for one in stands(node.left, activity)
            for other in stands(node.right, activity)
        )
    if isinstance(node, Fact):
        return is_fact(node.text, activity)
    if isinstance(node, Mark) and node.text.startswith("@") and declared(node.text[1:], activity):
        return True
    return bool(stands(node, activity))


def beside(one: Place, other: Place, distance: int) -> bool:
    first, second = sorted((one, other))
    if first[0] != second[0]:
        return False
    between = second[1] - first[2] - 1
    return 0 <= between <= distance


def stands(node: Node, activity: Activity) -> list[Place]:
    if isinstance(node, Or):
        return [place for part in node.parts for place in stands(part, activity)]
    assert isinstance(node, Words | Mark)
    segments = [activity.title, activity.text, *activity.tags]
    if isinstance(node, Mark):
        every = [(index, marked(node.text, text, index > 1)) for index, text in enumerate(segments)]
        return [(index, *span) for index, spans in every for span in spans]
    wanted = [keys[0] for keys in cut(node.text.removeprefix("title:").strip('"').rstrip("*"))]
    places = []
    for index, text in enumerate(segments[:1] if node.title else segments):
        words = cut(text)
        for first in range(len(words) - len(wanted) + 1):
            if node.prefix:
                fits = any(key.startswith(wanted[0]) for key in words[first])
            else:
                fits = all(key in words[first + offset] for offset, key in enumerate(wanted))
            if fits:
                places.append((index, first, first + len(wanted) - 1))
    return places


def fold(text: str) -> str:
    for apostrophe in "’‘ʼ":
        text = text.replace(apostrophe, "'")
    for sign in "™®©":
        text = text.replace(sign, " ")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def kind(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LN":
        named = unicodedata.name(character, "")
        return "single" if named.startswith(NAMES) else "letter"
    if category[0] == "M" or character in INVISIBLE:
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
            word = "".join(c for c in folded[place:end] if c not in INVISIBLE and c not in TONES)
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


def marked(term: str, text: str, is_tag: bool) -> list[tuple[int, int]]:
    """The first and last word of every place where the #tag or @handle stands."""
    sign, wanted = term[0], fold(term[1:])
    folded = fold(text)
    words = cut_at(folded)
    spans = []
    for place, character in enumerate(folded):
        before = folded[place - 1] if place else " "
        if character != sign or kind(before) == "letter" or before in ("_&/#" if sign == "#" else "_.+@/-"):
            continue
        end = place + 1
        if sign == "#":
            while end < len(folded) and kind(folded[end]) in ("single", "letter", "mark", "_"):
                end += 1
            names = ["".join(c for c in folded[place + 1 : end] if c not in INVISIBLE)]
        else:
            end = handle_end(folded, end)
            name = folded[place + 1 : end]
            names = [name, name.split("@")[0], name.split("@")[0].split(".")[0]]
        inside = [index for index, (_, start) in enumerate(words) if place <= start < end]
        if wanted in names and inside:
            spans.append((inside[0], inside[-1]))
    if is_tag and sign == "#":
        name = "".join(c for c in folded if kind(c) in ("single", "letter", "mark", "_") and c not in INVISIBLE)
        if name == wanted and words:
            spans.append((0, len(words) - 1))
    return spans


def handle_end(folded: str, place: int) -> int:
    hosted, start = False, place
    while place < len(folded):
        here = folded[place]
        inside = place > start
        next_is_letter = place + 1 < len(folded) and kind(folded[place + 1]) == "letter"
        if inside and here == "@" and not hosted and next_is_letter:
            hosted = True
        elif kind(here) != "letter" and not (
            inside and (here == "-" or (here == "." and next_is_letter) or (here == "_" and not hosted))
        ):
            break
        place += 1
    return place


def called(handle: str) -> list[str]:
    name = fold(handle).strip().lstrip("@")
    if name.startswith("http"):
        name = name.rstrip("/").split("/")[-1].lstrip("@") + "@" + str(urlsplit(name).hostname)
    if ":" in name:
        return [name]
    return [name, name.split("@")[0], name.split("@")[0].split(".")[0]]


def declared(name: str, activity: Activity) -> bool:
    return any(fold(name) in called(mention) for mention in activity.mentions)


def is_fact(text: str, activity: Activity) -> bool:
    name, value = text.lower().split(":", 1)
    if name == "author" and value.startswith('"'):
        return [k[0] for k in cut(value)] == [k[0] for k in cut(activity.author.name)]
    if name == "author":
        return fold(value) in called(activity.author.handle) + called(activity.author.id)
    if name == "lang":
        return (activity.language.lower() + "-").startswith(value + "-")
    if name in ("network", "has"):
        held = {activity.network: True, "media": activity.media, "link": links(activity)}
        return bool(held.get(value))
    assert name == "site"
    hosts = [host_of(link) for link in links(activity)]
    return any(host == value or host.endswith("." + value) for host in hosts)


def links(activity: Activity) -> list[str]:
    text = activity.text.lower().replace("https://", "http://")
    starts = [place for place in range(len(text)) if text.startswith("http://", place)]
    written = [text[place:].split()[0] for place in starts]
    return [*activity.links, *(link for link in written if host_of(link))]


def host_of(link: str) -> str:
    rest = link.split("://")[1].split("/")[0].split("@", 1)[-1]
    host = ""
    for character in rest:
        if kind(character) not in ("single", "letter", "mark") and character not in "_-.":
            break
        host += character
    return host.strip(".").removeprefix("www.")
