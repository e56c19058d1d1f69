"""Personal data that others would read: addresses, numbers of telephones, orders, cards and accounts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.reply.tone.finding import Code, Draft, Finding

__all__ = ["bare", "card_holds", "iban_holds", "personal"]

_MAIL = re.compile(
    r"(?<![\w@.+-])[\w.+%-]{1,64}(?:@|\s?[(\[](?:at|ät)[)\]]\s?)"
    r"(?:[\w-]{1,63}(?:\.|\s?[(\[](?:dot|punkt)[)\]]\s?)){1,6}[^\W\d_]{2,24}(?![\w@])",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![^\W_])")
_CARD = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?!\w)")
_PHONE = re.compile(r"(?<![\w.,/#@=-])(?:\+|\()?\d[\d \u00a0().\-–/]{4,24}\d(?![\w%€$£])")
_DATE = re.compile(
    r"\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}|\d{1,2}[.:]\d{2} ?[-–] ?\d{1,2}[.:]\d{2}"
)
_CALLED = re.compile(
    r"(?:\btel\b|\btel\.|telefon\w*|\bphone|\bcall\b|\bcalling|\bring\b|\brufen?\b|\bruf\b|\banrufen|hotline|mobile?\b|mobil\w*|handy\w*|"
    r"whatsapp|signal|\bfax|numéro|teléfono|téléphone|llam\w+|appel\w+|durchwahl|number is|nummer ist)[^\n\d+(]{0,24}$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?<!\w)(?:(?:order|invoice|customer|booking|reference|account|membership|ticket)\b|"
    r"(?:bestell|auftrags?|rechnungs?|kunden|buchungs|vorgangs|konto|mitglieds)(?:ung|-)?(?:s?-?(?:nummer|nr\.?|id))?\b|auftrag\b|rechnung\b|"
    r"commande\b|facture\b|pedido\b|factura\b|ordine\b|fattura\b)"
    r"[^\S\n]*(?:(?:number|no\.?|nr\.?|nummer|num\.?|n[°º]|id|code|lautet|is|ist)[^\S\n]*){0,2}[:#]{0,2}[^\S\n]*"
    r"((?=[\w-]*\d)[A-Za-z]{0,5}-?\d[\w-]{2,23})",
    re.IGNORECASE,
)
_HASHED = re.compile(r"(?<![\w&/])#((?!(?:19|20)\d\d\b)\d{4,12})\b")
_CAP = r"[A-ZÄÖÜÉÈÁÓÍÑÇ]"
_STREET = re.compile(
    rf"\b\d{{1,5}}[a-zA-Z]?,? (?:{_CAP}[\w'’-]{{1,30}} ){{1,4}}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Court|Square|Boulevard|Blvd|Terrace|Crescent|Gardens|Way)\b\.?"
    rf"|\b(?:{_CAP}[\wäöüß-]{{1,30}} ){{0,3}}(?:{_CAP}[\wäöüß-]{{1,30}})?"
    r"(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Gg]asse|[Aa]llee|[Pp]latz|[Ww]eg|[Uu]fer|[Dd]amm) \d{1,4}(?: ?[a-z])?\b(?<! )"
    rf"|\b\d{{1,4}}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|allée|impasse|quai) "
    rf"(?:(?:de|du|des|la|le|les|l’|l'|d’|d') ?){{0,3}}{_CAP}[\w-]+"
    rf"|\b(?:[Cc]alle|[Aa]venida|[Pp]aseo|[Vv]ia) "
    rf"(?:(?:de|del|la|las|los) ){{0,3}}{_CAP}\w+(?: {_CAP}\w+)?,? (?:n[.º°] ?)?\d{{1,4}}\b"
    r"|\b(?:P\.? ?O\.? ?Box|Postfach|Boîte postale|Apartado) \d[\d ]{0,9}\d\b"
    rf"|\b(?:D|A|CH|DE|AT)-\d{{4,5}} {_CAP}\w+|(?<=, )\d{{5}} {_CAP}[a-zäöüß]{{2,}}\b"
    r"|\b(?!(?:XL|XS)\b)[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"
)
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
# ISO 13616: how long an IBAN is, by country;
# https://www.swift.com/standards/data-standards/iban-international-bank-account-number
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24,
    "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip


_WHAT = {
    "mail": gettext_lazy("a mail address"),
    "iban": gettext_lazy("a bank account (IBAN)"),
    "card": gettext_lazy("a card number"),
    "phone": gettext_lazy("a telephone number"),
    "order": gettext_lazy("an order or customer number"),
    "address": gettext_lazy("a postal address"),
}


def iban_holds(text: str) -> bool:
    """Whether this is an IBAN: the country's length, and the check digits (ISO 7064, modulus 97) come to 1."""
    plain = re.sub(r"[ -]", "", text).upper()
    if not plain.isascii() or _IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def card_holds(text: str) -> bool:
    """Whether these digits are a card's number (ISO/IEC 7812-1): 13 to 19, a card's first digit, and Luhn's sum."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def bare(words: str) -> str:
    """An address or number by what counts in it, so that two ways to write it are the same: "+49 30 12-34" is
    "00493012 34" without its signs.
    """
    plain = "".join(sign for sign in words.casefold() if sign.isalnum() or sign in "@+")
    if plain.lstrip("+").isdigit():
        plain = re.sub(r"^\+", "00", plain)
    return plain.replace("+", "")


def _spans(
    pattern: re.Pattern[str], text: str, holds: Callable[[re.Match[str]], bool], group: int = 0
) -> Iterator[tuple[int, int]]:
    yield from (match.span(group) for match in pattern.finditer(text) if holds(match))


def _is_phone(match: re.Match[str]) -> bool:
    said = match.group()
    digits = [sign for sign in said if sign.isdigit()]
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(said.strip()) or _DATE.match(said):
        return False
    if said.startswith(("+", "00")):
        return True
    if _CALLED.search(match.string, max(0, match.start() - 48), match.start()):
        return True
    parted = re.fullmatch(r"\(?\d{2,6}\)?[ \u00a0/.–-]{1,3}\d[\d \u00a0.–/-]{4,}", said) is not None
    # National numbers begin with a zero, American ones come in three, three and four.
    american = re.fullmatch(r"(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}", said) is not None
    return american or (said.lstrip("(").startswith("0") and (parted or len(digits) >= 9))


def _found(text: str) -> list[tuple[str, int, int]]:
    """(kind, start, end) of what there is, none over another: the surest kind first."""
    taken: list[tuple[str, int, int]] = []
    wide = text
    bare_of_links = _LINK.sub(lambda match: " " * len(match.group()), text)

    def always(_match: re.Match[str]) -> bool:
        return True

    looks: list[tuple[str, Iterable[tuple[int, int]]]] = [
        ("mail", _spans(_MAIL, wide, always)),
        ("iban", _ibans(wide)),
        ("card", _spans(_CARD, bare_of_links, lambda match: card_holds(match.group()))),
        ("order", _spans(_ORDER, bare_of_links, always, 1)),
        ("order", _spans(_HASHED, bare_of_links, always)),
        ("phone", _spans(_PHONE, bare_of_links, _is_phone)),
        ("address", _spans(_STREET, bare_of_links, always)),
    ]
    for kind, spans in looks:
        for start, end in spans:
            if all(end <= since or start >= to for _kind, since, to in taken):
                taken.append((kind, start, end))
    return sorted(taken, key=lambda one: one[1])


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """IBANs, also where words follow without a comma: as long as the country's are."""
    for match in _IBAN.finditer(text):
        wanted = _IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
        seen = 0
        for at, sign in enumerate(match.group(), 1):
            seen += sign.isalnum()
            if seen == wanted and iban_holds(match.group()[:at]):
                yield match.start(), match.start() + at
                break


def personal(draft: Draft) -> Iterator[Finding]:
    """What is personal in a text that others will read; nothing where only they will.

    An order number that they wrote in public themselves is pointed out, but does not keep the answer from going out.
    """
    if not draft.public:
        return
    own = {bare(one) for one in draft.own if one.strip()}
    said = {bare(draft.said[start:end]) for kind, start, end in _found(draft.said) if kind == "order"}
    for kind, start, end in _found(draft.text):
        words = draft.text[start:end]
        mine, repeated = bare(words) in own, kind == "order" and bare(words) in said
        if mine:
            why = _("It is your shop’s own. Send it all the same if everybody may read it.")
        elif repeated:
            why = _("They wrote this number in public themselves. It is better not repeated.")
        else:
            why = _("This looks like %(what)s, and others can read it here. Ask or tell it in private.") % {
                "what": _WHAT[kind]
            }
        yield Finding(Code.PERSONAL, start, end, words, why, own=mine, repeated=repeated)
