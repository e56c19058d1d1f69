"""What speaks for two conversations being about one problem, or from one person: pure.

A clue is a kind and a value that is made alike on all networks, so that equal clues are found by an index. How much a
shared clue says depends on how rare it is: an order number says nearly all, the handle "mike" next to nothing. Several
clues add up as independent evidence does: 1 - (1 - a)(1 - b)... It is tuned to be right rather than to find all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["MOST_CLUES", "MOST_PEOPLE", "SAME_ACCOUNT", "THRESHOLD", "Clue", "Facts", "Finding", "clues_of", "weigh"]

THRESHOLD = 0.6
"""From here on it is worth a member's look."""
MOST_CLUES = 20
MOST_PEOPLE = 5
"""What more people than this share says nothing about any two of them."""
SAME_ACCOUNT = 0.65
SAME_ACCOUNT_WITHIN = timedelta(days=30)
PERSON_WITHIN = timedelta(days=90)
SAME_WORDS_WITHIN = timedelta(days=3)
ALIKE = 0.6
"""Share of three-word runs in common from which two texts count as nearly the same."""
FEWEST_WORDS = 8
RUN = 3
SKETCH = 4
MOST_TEXT = 5_000
LONGEST = 200

Clue = tuple[str, str]
Reason = list[str]

_SHARED_HOMES = ("bsky.social", "brid.gy", "bsky.app", "medium.com", "blogspot.com", "wordpress.com", "tumblr.com")
_HERE = Path(__file__).parent
_PLAIN_HANDLES = frozenset((_HERE / "plain_handles.txt").read_text("utf-8").split())
_PLAIN_SURNAMES = frozenset((_HERE / "plain_surnames.txt").read_text("utf-8").split())

_ORDER_WORDS = (
    "order|purchase|invoice|bestellung|bestellnummer|auftrag|auftragsnummer|rechnung|rechnungsnummer|commande|facture|pedido"
    "|factura|ordine|fattura|bestelling|bestelnummer|encomenda|ordernummer|ordrenummer|zamówienie|zamówienia|tilaus|faktura"
)
_MARK = r"number|numero|número|numéro|nummer|num|no|nr|id|n°|nº|#"
_ORDER = re.compile(
    rf"\b(?:{_ORDER_WORDS})\b[\s:.,]{{0,3}}((?:(?:{_MARK})[\s:.]{{0,3}}){{0,2}})(?:is\s)?([a-z0-9][a-z0-9/-]{{2,24}})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# Not what follows an @: "@ann@example.com" is a Mastodon address and no e-mail.
_EMAIL = re.compile(r"(?<![\w@.+%/-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?![\w-])", re.IGNORECASE)
_UPS = re.compile(r"\b1Z[0-9A-Z]{16}\b", re.IGNORECASE)
_POSTAL = re.compile(r"\b([A-Z]{2})(\d{9})([A-Z]{2})\b", re.IGNORECASE)
_NAMED_PARCEL = re.compile(
    r"\b(?:tracking|sendungsnummer|sendungsverfolgung|parcel|paketnummer|colis|suivi|seguimiento|tracciamento)\b"
    rf"[\s:.,]{{0,3}}(?:(?:{_MARK}|code)[\s:.]{{0,3}}){{0,2}}(\d{{10,22}})\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S+|@[\w.@-]+")
_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|:\w+:|\|.*$")


@dataclass(frozen=True)
class Facts:
    """What is known of a conversation that may tie it to another. `texts` are theirs, the newest first."""

    network: str
    author_id: str
    handle: str
    name: str
    url: str
    texts: Sequence[str]
    at: datetime


@dataclass(frozen=True)
class Finding:
    """How much speaks for it, 0 to 1, and why: [[kind, words, network, network], ...], the strongest first."""

    strength: float
    reasons: list[Reason]


def clues_of(facts: Facts) -> list[Clue]:
    """What others may be found by, each once, at most `MOST_CLUES`."""
    said = [each[:MOST_TEXT] for each in facts.texts]
    found = [
        *((kind, value) for each in said for kind, value in _named(each)),
        *_person(facts),
        *(("text", value) for each in said[:2] for value in _sketch(_runs(each))),
    ]
    return [(kind, value[:LONGEST]) for kind, value in dict.fromkeys(found)][:MOST_CLUES]


def weigh(mine: Facts, theirs: Facts, shared: Mapping[Clue, int]) -> Finding:
    """What the clues that two conversations share are worth; `shared` says how many other people have each too."""
    apart = abs(mine.at - theirs.at)
    # Where a feed or a file names nobody, all of it has one author; only a handle is one person's.
    same_account = bool(mine.handle) and (mine.network, mine.author_id) == (theirs.network, theirs.author_id)
    weights: dict[str, tuple[float, str]] = {}
    if same_account and apart <= SAME_ACCOUNT_WITHIN:
        weights["account"] = (SAME_ACCOUNT, mine.handle)
    for (kind, value), people in shared.items():
        if people > MOST_PEOPLE or (kind in _OF_A_PERSON and (mine.network == theirs.network or apart > PERSON_WITHIN)):
            continue
        weight = _alike(mine, theirs) if kind == "text" else _OF_ITSELF[kind](value)
        if weight and (kind != "text" or apart <= SAME_WORDS_WITHIN):
            weight /= 1 + 0.2 * (max(people, 1) - 1)
            words = str(apart.days) if kind == "text" else mine.name if kind == "name" else value
            weights[kind] = max(weights.get(kind, (0.0, "")), (weight, words))
    if weights.keys() & {"address", "domain"}:
        # The handle is a part of it and says nothing more.
        weights.pop("handle", None)
    doubt = 1.0
    for weight, _words in weights.values():
        doubt *= 1 - weight
    order = sorted(weights.items(), key=lambda item: -item[1][0])
    return Finding(round(1 - doubt, 3), [[kind, words, mine.network, theirs.network] for kind, (_w, words) in order])


def _named(said: str) -> Iterator[Clue]:
    for found in _ORDER.finditer(said):
        digits = sum(letter.isdigit() for letter in found[2])
        if digits >= (3 if found[1] else 4) and (found[1] or not _YEAR.fullmatch(found[2])):
            yield "order", re.sub(r"[^A-Z0-9]", "", found[2].upper())
    for found in _EMAIL.finditer(said):
        address = found[0].casefold().rstrip(".")
        if address.partition("@")[0] not in _PLAIN_HANDLES:
            yield "email", address
    for found in _UPS.finditer(said):
        yield "parcel", found[0].upper()
    for found in _POSTAL.finditer(said):
        if _is_postal(found[2]):
            yield "parcel", found[0].upper()
    for found in _NAMED_PARCEL.finditer(said):
        yield "parcel", found[1]


def _is_postal(digits: str) -> bool:
    """Whether the ninth digit is the check digit of UPU standard S10 (https://www.upu.int/en/postal-solutions/
    programmes-services/standards): weights 8 6 4 2 3 5 9 7, 11 less the remainder by 11, with 10 as 0 and 11 as 5.
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=False))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(digits[8])


def _person(facts: Facts) -> Iterator[Clue]:
    local, home, address = _split(facts)
    if address:
        yield "address", address
    own = urlsplit(facts.url).hostname if facts.network == "feed" and facts.url.startswith("http") else home
    if own and "." in own and not own.endswith(_SHARED_HOMES):
        yield "domain", own.removeprefix("www.").casefold()
    if len(plain := re.sub(r"[\W_]", "", local)) > 2:
        yield "handle", plain
    words = _name_words(facts.name)
    if len(words) > 1 and all(len(word) > 1 for word in words):
        yield "name", " ".join(words)


def _split(facts: Facts) -> tuple[str, str, str]:
    """A handle as (the name before the domain, a domain of their own, the whole in the form name.domain).

    A bridged account counts as the one it stands for (https://fed.brid.gy/docs): on Bluesky @ann@example.com is
    ann.example.com.ap.brid.gy, and on Mastodon ann.bsky.social is @ann.bsky.social@bsky.brid.gy.
    """
    handle = facts.handle.strip().lstrip("@").casefold()
    handle = handle.removesuffix(".ap.brid.gy").removesuffix(".web.brid.gy").removesuffix("@bsky.brid.gy")
    local, _at, home = handle.partition("@")
    if home:
        return local, home, f"{local}.{home}"
    if "." in handle and (facts.network == "bluesky" or handle != facts.handle.strip().lstrip("@").casefold()):
        return handle.partition(".")[0], "" if handle.endswith(_SHARED_HOMES) else handle, handle
    return handle, "", ""


def _name_words(name: str) -> list[str]:
    plain = _ASIDE.sub(" ", unicodedata.normalize("NFKC", name)).casefold()
    return _WORD.findall("".join(letter if letter.isalpha() else " " for letter in plain))


def _of_a_handle(value: str) -> float:
    if value.rstrip("0123456789") in _PLAIN_HANDLES:
        return 0.15 if len(value) < 7 else 0.3
    letters = len(value)
    weight = 0.3 if letters < 5 else 0.45 if letters < 7 else 0.62 if letters < 10 else 0.72
    return min(0.8, weight + (0.1 if any(letter.isdigit() for letter in value) else 0))


def _of_a_name(value: str) -> float:
    words = value.split()
    if words[0] in _PLAIN_HANDLES and words[-1] in _PLAIN_SURNAMES:
        return 0.2
    return 0.55 if len(words) < 3 else 0.62


_OF_ITSELF: Mapping[str, Callable[[str], float]] = {
    "address": lambda _value: 0.9,
    "domain": lambda _value: 0.75,
    "handle": _of_a_handle,
    "name": _of_a_name,
    "order": lambda value: 0.9 if len(value) > 5 else 0.75,
    "email": lambda _value: 0.9,
    "parcel": lambda _value: 0.92,
}
_OF_A_PERSON = frozenset({"address", "domain", "handle", "name"})
"""What says something only across networks: on one network, everybody has a handle of their own."""


def _runs(said: str) -> set[str]:
    words = _WORD.findall(_LINK.sub(" ", said).casefold())
    if len(words) < FEWEST_WORDS:
        return set()
    return {" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _sketch(runs: set[str]) -> list[str]:
    """The smallest few hashes: two texts that share most of their runs very likely share one of these."""
    return sorted(blake2b(run.encode(), digest_size=8).hexdigest() for run in runs)[:SKETCH]


def _alike(mine: Facts, theirs: Facts) -> float:
    best = 0.0
    for one in mine.texts[:2]:
        for other in theirs.texts[:2]:
            a, b = _runs(one[:MOST_TEXT]), _runs(other[:MOST_TEXT])
            best = max(best, len(a & b) / len(a | b) if a | b else 0.0)
    return 0.6 + (best - ALIKE) * 0.75 if best >= ALIKE else 0.0
