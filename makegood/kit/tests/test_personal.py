"""Personal data is found by its shape, and ordinary words and figures are not."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from makegood.kit.personal import KINDS, Found, find


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("Write to anna.b+x@example.co.uk.", "mail", "anna.b+x@example.co.uk"),
        ("Write to anna (at) example (dot) com", "mail", "anna (at) example (dot) com"),
        ("Write to anna[at]example.com", "mail", "anna[at]example.com"),
        ("Write to anna @ example.com", "mail", "anna @ example.com"),
        ("Write to anna at example dot com", "mail", "anna at example dot com"),
        ("@anna it broke", "handle", "@anna"),
        ("@anna@mastodon.example it broke", "handle", "@anna@mastodon.example"),
        ("Call 0171 1234567 now", "phone", "0171 1234567"),
        ("Call +49 (0)171-123 45 67 now", "phone", "+49 (0)171-123 45 67"),
        ("Call (555) 123-4567 now", "phone", "(555) 123-4567"),
        ("Call 555-123-4567 now", "phone", "555-123-4567"),
        ("Appelez le 01 23 45 67 89", "phone", "01 23 45 67 89"),
        ("My number is 5551234567.", "phone", "5551234567"),
        ("It said 84736251 on it", "number", "84736251"),
        ("DE89 3704 0044 0532 0130 00 is mine", "iban", "DE89 3704 0044 0532 0130 00"),
        ("GB82WEST12345698765432 is mine", "iban", "GB82WEST12345698765432"),
        ("de89370400440532013000 is mine", "iban", "de89370400440532013000"),
        ("4111 1111 1111 1111 was charged", "card", "4111 1111 1111 1111"),
        ("4111-1111-1111-1111 was charged", "card", "4111-1111-1111-1111"),
        ("order #48213 broke", "order", "#48213"),
        ("Order no. MG-10492 broke", "order", "MG-10492"),
        ("Bestellung Nr. 48213 kam nie", "order", "48213"),
        ("tracking 1Z999AA10123456784", "order", "1Z999AA10123456784"),
        ("I live at 221b Baker Street in town", "address", "221b Baker Street"),
        ("Hauptstraße 12a ist meine", "address", "Hauptstraße 12a"),
        ("au 12 rue de la Paix svp", "address", "12 rue de la Paix"),
        ("in 10115 Berlin", "address", "10115 Berlin"),
        ("at NW1 6XE now", "address", "NW1 6XE"),
        ("see https://shop.example/a.", "link", "https://shop.example/a"),
        ("see www.shop.example/a", "link", "www.shop.example/a"),
        ("see https://shop.example/reset?token=abc123", "secret_link", "https://shop.example/reset?token=abc123"),
        ("see https://u:p@shop.example/", "secret_link", "https://u:p@shop.example/"),
        ("from 192.168.1.20 it fails", "ip", "192.168.1.20"),
    ],
)
def test_what_is_found(text: str, kind: str, what: str) -> None:
    assert found(text) == [(kind, what)]


@pytest.mark.parametrize(
    "text",
    [
        "I waited 3 days, then 2 weeks, for 2 of 4 cups.",
        "It was on 2026-11-22 at 16:54, or 22.11.2026, or 11/22/2026.",
        "It cost 1.299 EUR, or 1,299.00, or 1.250.000 in all.",
        "In order to get one I wrote to customer service. Case closed.",
        "Open 24/7, 9-18, since 2019-2024.",
        "The 1000 GB version and the 2500 MB one.",
        "iPhone 15, size 38, model 7.",
        "a @ b, 5 @ 3, me@",
        "Ünïcödé wörds — and “quotes”…",
        "",
    ],
)
def test_what_is_not_found(text: str) -> None:
    assert found(text) == []


def test_overlaps_become_one_of_the_surer_kind() -> None:
    text = "https://shop.example/?mail=anna@example.com"
    assert found(text) == [("secret_link", text)]


words = st.text(string.ascii_letters + " ,.!?äéß\n", max_size=30)
mails = st.builds(
    lambda name, host, top: f"{name}@{host}.{top}",
    st.text(string.ascii_lowercase + string.digits + "._+-", min_size=1, max_size=20),
    st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20),
    st.sampled_from(["com", "de", "co.uk", "shop"]),
)
phones = st.builds(
    lambda lead, digits, gap: gap.join([lead, *(digits[at : at + 3] for at in range(0, len(digits), 3))]),
    st.sampled_from(["+49", "+1", "0", "0044", "+33"]),
    st.text(string.digits, min_size=7, max_size=9),
    st.sampled_from(["", " ", "-", ".", "/"]),
)


@given(words, mails, words)
def test_no_mail_address_hides_among_words(before: str, mail: str, after: str) -> None:
    text = f"{before} {mail} {after}"
    at = text.index(mail, len(before))
    assert any(each.start <= at + mail.index("@") < each.end for each in find(text))
    left = "".join(sign for place, sign in enumerate(text) if not any(e.start <= place < e.end for e in find(text)))
    assert "@" not in left


@given(words, phones, words)
@example("", "0.000.000.000", "")
def test_no_phone_number_hides_among_words(before: str, phone: str, after: str) -> None:
    text = f"{before} {phone} {after}"
    spans = find(text)
    left = "".join(sign for place, sign in enumerate(text) if not any(e.start <= place < e.end for e in spans))
    assert sum(sign.isdigit() for sign in left) < 6, left


@given(st.text(max_size=400))
def test_any_text_gives_spans_in_order(text: str) -> None:
    spans = find(text)
    assert all(isinstance(each, Found) and each.kind in KINDS for each in spans)
    assert all(0 <= each.start < each.end <= len(text) for each in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
