"""Order numbers in what customers write: pure.

Found here is only what may be one. Whether it is, the shop's orders say: what no order bears is left alone. How it was
written decides how much it must look like a number:

- named: a word for an order stands before it: "order #1042", "Bestellung Nr. 1042", "commande n° 1042".
- shaped: it looks as the numbers of a connected shop do (`ShopCapability.order_number`) and has a letter in it.
- marked: "#1042", "no. 1042", "Nr. 1042" without such a word.
- bare: nothing but the number, if it is long enough to be no year, price or house number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["MOST", "Said", "number_key", "read_numbers"]

MOST = 8
"""What one message may name; a list of numbers is no question about an order."""
MOST_TEXT = 5_000
LONGEST = 100
LEAST_NAMED = 3
LEAST_MARKED = 4
LEAST_BARE = 6

# Words for an order, or its number, as customers of European shops write them; longest first within each language.
_WORDS = """
    orders order purchase invoice confirmation
    bestellnummer bestellungen bestellung bestellnr bestell auftragsnummer auftrag rechnungsnummer rechnung
    commandes commande facture achat
    pedidos pedido compra factura
    ordini ordine fattura acquisto
    bestelnummer bestelling factuurnummer factuur ordernummer
    encomenda fatura
    ordrenummer ordre beställningsnummer beställning faktura bestilling
    tilausnumero tilaus tilaukseni tilauksen
    zamówienie zamówienia zamówieniu zamówieniem
    objednávka objednávky objednávku objednávce
    rendelés rendelésszám comanda comenzii comandă
    sipariş siparişim
    παραγγελία παραγγελίας заказ заказа замовлення поръчка
"""
_MARKS = r"n\.|number|numéro|numero|número|nummer|numer|numeri|číslo|számú|szám|num|no|nr|núm|id|code|n°|nº|№|αρ|ref|#"
_BETWEEN = r"is|was|ist|war|lautet|est|es|è|er|är|on|mit der|with the|with|avec le|con|met|der|the|le|la|el|il|my|mein"
_NUMBER = r"#?\s?([a-z0-9](?:[a-z0-9]|[-_/.](?=[a-z0-9])){0,39})"
_NAMED = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(_WORDS.split())})s?(?![^\W\d_])"
    rf"[\s:.,\-–(]{{0,3}}(?:(?:{_BETWEEN})\s{{1,2}}){{0,2}}(?P<mark>(?:(?:{_MARKS})[\s:.]{{0,3}}){{0,2}})"
    rf"(?:(?:{_BETWEEN})[\s:]{{1,2}})?{_NUMBER.replace('(', '(?P<number>', 1)}",
    re.IGNORECASE,
)
_MARKED = re.compile(
    rf"(?<![\w&/#])(?:#|№|(?:n°|nº|\b(?:no|nr|núm|num)\.)\s?){_NUMBER.removeprefix('#?')}", re.IGNORECASE
)
_MORE = re.compile(
    rf"\s{{0,2}}(?:[,;&+/]|\b(?:and|or|und|oder|et|ou|y|e|o|en|of|och|og|ja|i|oraz)\b)\s{{0,2}}{_NUMBER}", re.IGNORECASE
)
_TOKEN = re.compile(r"(?<![\w@#./:+-])[a-z0-9][a-z0-9_-]{2,39}(?![\w@])", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w.-]+|@[\w.-]+", re.IGNORECASE)
_MONEY = re.compile(r"(?:[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:€|\$|£|eur|usd|gbp|euros?|dollars?|%)(?!\w))", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d\d(?:[-/.]?\d\d){0,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d){1,2}")
_PHONE = re.compile(r"\+\d[\d\s()/-]{6,18}\d|(?<!\d)0\d{2,4}[\s/-]\d[\d\s/-]{4,12}\d")


@dataclass(frozen=True)
class Said:
    """What may be an order's number: as it is looked up, as it was written, and how (named, shaped, marked, bare)."""

    key: str
    words: str
    why: str


def number_key(number: str) -> str:
    """A number as it is looked up: capitals and digits, without signs. "#DE-1042" is DE1042; "" for none."""
    plain = unicodedata.normalize("NFKC", number).upper()
    return "".join(letter for letter in plain if letter.isalnum())[:LONGEST]


def read_numbers(text: str, shapes: Iterable[str] = ()) -> list[Said]:
    """What in a message may be an order's number, the surest first, each once, at most `MOST`.

    `shapes` are the regular expressions of what the connected shops' numbers look like.
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_TEXT])
    # A digit in a link, an address or a price is not said as a number.
    plain = _MONEY.sub(" ", _LINK.sub(" ", plain))
    found: dict[str, Said] = {}
    for each in [*_named(plain), *_shaped(plain, shapes), *_marked(plain), *_bare(_PHONE.sub(" ", plain))]:
        found.setdefault(each.key, each)
    return list(found.values())[:MOST]


def _named(text: str) -> Iterator[Said]:
    for match in _NAMED.finditer(text):
        # "order 12 teapots" is no number, "order #12" is.
        if not _is_number(match["number"], 1 if match["mark"] or "#" in match[0] else LEAST_NAMED):
            continue
        if _DATE.fullmatch(match["number"]) and not match["number"].isdigit():
            continue
        yield _said(match["number"], "named")
        more = _MORE.match(text, match.end())
        while more is not None and _is_number(more[1], LEAST_NAMED):
            yield _said(more[1], "named")
            more = _MORE.match(text, more.end())


def _shaped(text: str, shapes: Iterable[str]) -> Iterator[Said]:
    known = [re.compile(shape) for shape in shapes if shape]
    for match in _TOKEN.finditer(text):
        word = match[0]
        both = any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
        capitals = len(word) >= LEAST_BARE and word.isalpha() and word.isupper()
        if (both or capitals) and any(shape.fullmatch(word) for shape in known):
            yield _said(word, "shaped")


def _marked(text: str) -> Iterator[Said]:
    for match in _MARKED.finditer(text):
        if _is_number(match[1], LEAST_MARKED) and not _DATE.fullmatch(match[1]):
            yield _said(match[1], "marked")


def _bare(text: str) -> Iterator[Said]:
    for match in _TOKEN.finditer(text):
        if _is_number(match[0], LEAST_BARE) and not _DATE.fullmatch(match[0]):
            yield _said(match[0], "bare")


def _is_number(word: str, least: int) -> bool:
    """Whether it has so many digits, and is mostly made of them or of capitals."""
    digits = sum(letter.isdigit() for letter in word)
    small = sum(letter.islower() for letter in word)
    return digits >= least and small <= digits


def _said(words: str, why: str) -> Said:
    return Said(number_key(words), words[:LONGEST], why)
