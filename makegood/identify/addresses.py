"""E-mail addresses and phone numbers in what people write: pure."""

from __future__ import annotations

import re
import unicodedata

from makegood.identify.numbers import Said

__all__ = ["LAST_DIGITS", "phone_key", "read_addresses"]

MOST = 4
"""What one message may give of each; a list of addresses is no customer giving theirs."""
MOST_TEXT = 5_000
LONGEST = 100
LAST_DIGITS = 8
LEAST_DIGITS, MOST_DIGITS = 8, 15  # https://www.itu.int/rec/T-REC-E.164: at most 15

_EMAIL = re.compile(r"(?<![\w@.+%/-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?![\w@-])", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+#-])(?:\+|00|\(?0)\d(?:[\s()/.-]{0,2}\d){6,17}(?![\w-])")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}")


def phone_key(phone: str) -> str:
    """A phone number as it is looked up: its last eight digits, the same with and without the country's code and the
    zero before the area's. "" for what is too short to tell anybody apart.
    """
    digits = "".join(each for each in unicodedata.normalize("NFKC", phone) if each.isascii() and each.isdigit())
    return digits[-LAST_DIGITS:] if LEAST_DIGITS <= len(digits) <= MOST_DIGITS + 2 else ""


def read_addresses(text: str) -> list[Said]:
    """The addresses in a message (`why` is "email", in lower case) and phone numbers ("phone": "tel:" and the key)."""
    plain = _LINK.sub(" ", unicodedata.normalize("NFKC", text[:MOST_TEXT]))
    emails = [each[0].rstrip(".") for each in _EMAIL.finditer(plain)]
    rest = _DATE.sub(" ", _EMAIL.sub(" ", plain))
    phones = [each[0].strip() for each in _PHONE.finditer(rest)]
    found = {each.lower(): Said(each.lower(), each, "email") for each in emails if len(each) <= LONGEST}
    keys = {f"tel:{phone_key(each)}": each[:LONGEST] for each in phones if phone_key(each)}
    known = [Said(key, words, "phone") for key, words in keys.items()]
    return [*list(found.values())[:MOST], *known[:MOST]]
