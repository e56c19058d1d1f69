"""Finds personal data in plain text by its shape: mail and IP addresses, phone, card and account numbers, street
addresses, order numbers, handles, links. Pure; linear in the text; names of people are not found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["KINDS", "Found", "find"]

KINDS: Final = ("secret_link", "mail", "iban", "card", "phone", "ip", "address", "order", "handle", "link", "number")
"""Surest first. "secret_link" opens something for whoever has it; "number" is 6 digits or more that are none of the
others."""


class Found(NamedTuple):
    """Personal data from `start` up to `end` of the text."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Found]:
    """What in `text` looks like personal data, in order and without overlaps.

    Where two kinds overlap, one is given that covers both, under the surer kind. Dates and amounts are not found.
    """
    found: list[Found] = []
    for each in sorted((hit for finder in _FINDERS for hit in finder(text)), key=lambda hit: (hit.start, hit.end)):
        if found and each.start < found[-1].end:
            last = found[-1]
            kind = min(last.kind, each.kind, key=KINDS.index)
            found[-1] = Found(kind, last.start, max(last.end, each.end))
        else:
            found.append(each)
    return found


_LOCAL = frozenset("!#$%&'*+/=?^_`{|}~.-")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})*")
# "anna (at) example (dot) com", "anna[at]example.com", "anna @ example.com"
_SPOKEN_MAIL = re.compile(
    r"(?<!@)[\w.+-]{1,64}(?: ?[\[({<] ?(?:at|@|ät|arroba|chez) ?[\])}>] ?| @ ?|@ )[\w-]{1,63}"
    r"(?: ?(?:\.|[\[({<] ?(?:dot|punkt|punto|point|\.) ?[\])}>]) ?[\w-]{2,63}){1,3}",
    re.IGNORECASE,
)
_WORDED_MAIL = re.compile(r"[\w.+-]{1,64} at [\w-]{1,63}(?: dot [\w-]{2,63}){1,3}", re.IGNORECASE)


def _ats(text: str) -> Iterator[Found]:
    """Mail addresses and handles: what stands on both sides of an @."""
    for sign in re.finditer("@", text):
        start = at = sign.start()
        while start and at - start < 64 and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
            start -= 1
        domain = _DOMAIN.match(text, at + 1)
        if domain is None:
            continue
        handle = start == at or (start and text[start - 1] == "@")
        end = domain.end()
        yield Found("handle" if handle else "mail", start - (1 if start and text[start - 1] == "@" else 0), end)
    for pattern in (_SPOKEN_MAIL, _WORDED_MAIL):
        for match in pattern.finditer(text):
            yield Found("mail", *match.span())


_DIGITS = re.compile(r"(?:\+ ?|\()?\d(?:[ \t\u00a0\u202f().\-/\u2010-\u2013·_]{0,3}\d){5,}")
_DATE = re.compile(
    r"(?:\d{4}([-/. ])\d{1,2}\1\d{1,2}|\d{1,2}([-/. ])\d{1,2}\2(?:\d{4}|\d{2}))(?: {1,2}\d{1,2})?"
    r"|(?:19|20)\d\d ?[-/\u2013] ?(?:19|20)\d\d"
)
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_GROUPED = re.compile(r"\d{3}[ .\-/\u2010-\u2013]\d{3}[ .\-\u2010-\u2013]\d{4}|\d{3}[ .\-]\d{4}")
_CALL = re.compile(
    r"(?:phone|tel|telephone|telefon|t[ée]l[ée]phone|tel[ée]fono|call|ring|text|mobile|cell|handy|whats ?app|sms|fax"
    r"|number is|nummer ist|m[óo]vil|portable|cellulare)\W{0,4}(?:me |us |at |on |is |no |nr |ist |unter |au )*$",
    re.IGNORECASE,
)


def _numbers(text: str) -> Iterator[Found]:
    """Phone and card numbers, and every other long number that is no date and no amount."""
    for match in _DIGITS.finditer(text):
        said = match.group()
        if _DATE.fullmatch(said) or _AMOUNT.fullmatch(said):
            continue
        yield Found(_kind_of(said, text[max(0, match.start() - 24) : match.start()]), *match.span())


def _kind_of(said: str, before: str) -> str:
    digits = "".join(str(int(sign)) for sign in said if sign.isdecimal())
    if 13 <= len(digits) <= 19 and said[0] != "+" and _luhn(digits):
        return "card"
    if 7 <= len(digits) <= 15:
        leads = said[0] == "+" or digits[0] == "0" or (said[0] == "(" and ")" in said)
        if leads or _GROUPED.fullmatch(said) or _CALL.search(before):
            return "phone"
    return "number"


def _luhn(digits: str) -> bool:
    """The check digit of cards: https://www.iso.org/standard/70484.html (ISO/IEC 7812-1, annex B)."""
    total = sum(int(sign) for sign in digits[::-2])
    total += sum(sum(divmod(2 * int(sign), 10)) for sign in digits[-2::-2])
    return total % 10 == 0


# Lengths by country: https://www.swift.com/standards/data-standards/iban-international-bank-account-number
_IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
}
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[ -]?[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")


def _ibans(text: str) -> Iterator[Found]:
    """Account numbers whose length fits their country, with a right check number."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group(1).upper(), 0)
        taken, end = "", match.start()
        while end < match.end() and len(taken) < length:
            taken += text[end].upper() if text[end] not in " -" else ""
            end += 1
        # ISO 7064 MOD 97-10, as https://www.ecbs.org/iban.htm tells it.
        if (
            length
            and len(taken) == length
            and int("".join(str(int(sign, 36)) for sign in taken[4:] + taken[:4])) % 97 == 1
        ):
            yield Found("iban", match.start(), end)


_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|(?<![\w@.-])(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}/[^\s<>\"']+", re.IGNORECASE
)
_SECRET = re.compile(
    r"[?&#;](?:[\w.-]{0,30}(?:token|key|sig|signature|auth|secret|password|pass|pwd|session|sid|hash|jwt|otp)|code|email|mail|e|u|t|s)="
    r"|//[^/\s]*:[^/\s]*@|/(?:reset|verify|confirm|unsubscribe|magic|login|invite)[/?]|(?:^|[/=_-])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{20,}",
    re.IGNORECASE,
)


def _links(text: str) -> Iterator[Found]:
    for match in _LINK.finditer(text):
        said = match.group().rstrip(".,;:!?)]}»”’…")
        yield Found("secret_link" if _SECRET.search(said[:2_000]) else "link", match.start(), match.start() + len(said))


_IP = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::|[0-9a-f]{1,4})(?![\w:])",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:order|bestell(?:ung|nummer)?|auftrag(?:snummer)?|commande|pedido|ordine|bestelling|invoice|rechnung(?:snummer)?"
    r"|facture|factura|fattura|tracking|track|parcel|paket|sendung(?:snummer)?|colis|paquete|reference|ref|referenz|case"
    r"|customer|kunden(?:nummer|nr)|booking|reservation|receipt|voucher|account|konto(?:nummer)?)"
    r"(?:[ .:#\u00a0]|no\b|nr\b|num(?:ber|mer|éro|ero)?\b|n[°ºo]|id\b|is\b|ist\b|code\b){0,5}"
    r"(?P<number>[\w][\w/-]{2,40})",
    re.IGNORECASE,
)
_HASH_NUMBER = re.compile(r"#\d[\w-]{2,40}")
_CODE = re.compile(r"(?<![\w@#-])[\w-]{6,64}(?![\w-])")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:T\d\d)?|\d{1,2}-\d{1,2}-\d{2,4}|\d{4}-\d{2,4}")


def _orders(text: str) -> Iterator[Found]:
    """Numbers of orders, parcels, customers: told by the word before, a # or letters among digits."""
    for match in _ORDER.finditer(text):
        start, end = match.span("number")
        if sum(sign.isdecimal() for sign in text[start:end]) >= 3 and not _DAY.fullmatch(text, start, end):
            yield Found("order", start, end)
    for match in _HASH_NUMBER.finditer(text):
        yield Found("order", *match.span())
    for match in _CODE.finditer(text):
        said = match.group()
        if sum(sign.isdecimal() for sign in said) >= 4 and not said.isdecimal() and not _DAY.fullmatch(said):
            yield Found("order", *match.span())


_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30}"
_STREETS: Final = (
    # 221b Baker Street; 5 St. James's Square
    (
        rf"\b\d{{1,5}} ?[a-zA-Z]?,? (?:{_NAME} ){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Way|Court|Ct"
        r"|Close|Place|Pl|Square|Sq|Boulevard|Blvd|Terrace|Crescent|Gardens|Grove|Hill|Highway|Hwy|Parkway|Circle|Row|Mews)\b\.?"
    ),
    # Hauptstraße 12a; Lange Str. 5; Kerkstraat 9; Storgatan 3
    (
        r"\b[A-ZÀ-ÖØ-Þ][\w-]{0,30}(?: ?[Ss]tra(?:ße|sse)| ?[Ss]tr\.| ?[Ww]eg| ?[Pp]latz|gasse| ?[Aa]llee| ?[Rr]ing|damm"
        r"|ufer|chaussee|straat|laan|plein|kade|gracht|gatan|vägen|gade|vej|gata|veien|katu|tie),?"
        r" \d{1,4}(?: ?[a-zA-Z])?\b"
    ),
    # 12 rue de la Paix; 3 bis, avenue Foch
    (
        rf"\b\d{{1,4}} ?(?:bis|ter)?,? (?:rue|avenue|boulevard|bd|place|chemin|impasse|all[ée]e|quai|route|cours)"
        rf" (?:(?:de|du|des|la|le|les|l['’]|d['’]) ?){{0,3}}{_NAME}(?: {_NAME}){{0,3}}"
    ),
    # calle Mayor 5; via Roma, 12; C/ de Alcalá 30
    (
        rf"\b(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Rr]ua|[Uu]l\.)"
        rf" ?(?:(?:de|del|della|di|da|do|dei|la|las|los|el) ){{0,3}}{_NAME}(?: {_NAME}){{0,3}},?"
        r" (?:n[ºo°.]{0,2} ?)?\d{1,4}\b"
    ),
)
_POSTCODES: Final = (
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b",
    r"\b(?:[A-Z]{1,2}-)?\d{5},? [A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{2,30}\b",
    r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b",
    r"\b\d{4} ?(?!GB|MB|KB|TB|KM|KG|CM|MM|ML|KW|AM|PM|PS|PC|HD|TV|OK)[A-Z]{2}\b(?: [A-Z][a-z]{2,30})?",
    r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b",
    r"\b[Pp]\.? ?[Oo]\.? ?[Bb]ox \d{1,6}\b|\b[Pp]ostfach \d{2,6}\b",
)
_ADDRESS = re.compile("|".join((*_STREETS, *_POSTCODES)))


def _addresses(text: str) -> Iterator[Found]:
    for match in _IP.finditer(text):
        yield Found("ip", *match.span())
    for match in _ADDRESS.finditer(text):
        yield Found("address", *match.span())


_FINDERS: Final = (_ats, _numbers, _ibans, _links, _orders, _addresses)
