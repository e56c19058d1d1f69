"""Nothing that tells who somebody is leaves the machine; what the post says stays."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from makegood.kit.personal import find
from makegood.triage.remote.names import known
from makegood.triage.remote.redacting import LONGEST, redact

NOBODY = known([])
SHOP = known(
    [
        "Olga Winter",
        "Priya Raghunathan",
        "@tea_lover@mastodon.example",
        "@petra.bsky.social",
        "Jo Li",
        "Sad Kettle Fan",
    ],
    keep=["Brightleaf Tea"],
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi, this is John Smith. It broke.", "Hi, this is [name]. It broke."),
        ("I spoke to Priya and OLGA said no.", "I spoke to [name] and [name] said no."),
        ("my kettle on mastodon, example: social", "my kettle on mastodon, example: social"),
        ("Petra.bsky.social said so, says Kettle", "[name] said so, says [name]"),
        ("tea_lover here, jo li too", "[name] here, [name] too"),
        ("My name is Xaver, help!", "My name is [name], help!"),
        ("Guten Tag, mein Name ist Petra Müller.", "Guten Tag, mein Name ist [name]."),
        ("Bonjour, je m’appelle Élodie Dupont.", "Bonjour, je m’appelle [name]."),
        ("Never again!\nRegards,\nBoris K.", "Never again!\nRegards,\n[name]."),
        ("Never again. – Boris", "Never again. – [name]"),
        ("Mrs Patel and Dr. House know", "Mrs [name] and Dr. [name] know"),
        ("the driver Kowalski threw it", "the driver [name] threw it"),
        ("I told Ludmila Petrovna everything", "I told [name] everything"),
        ("i asked for Quincy Adebayo at the door", "i asked for [name] at the door"),
        ("Will you help? Mark my words, May was bad.", "Will you help? Mark my words, May was bad."),
        ("Will Smith told me", "[name] told me"),
        ("Brightleaf Tea broke my Black Friday mood", "Brightleaf Tea broke my Black Friday mood"),
        ("WORST SERVICE EVER", "WORST SERVICE EVER"),
        ("Worst Customer Service Ever", "Worst Customer Service Ever"),
        ("Die Teekanne ist kaputt und der Service antwortet nicht", None),
        ("order #48213, mail a@b.example, call 030 1234567", "order [order], mail [mail], call [phone]"),
        ("pay to DE89 3704 0044 0532 0130 00", "pay to [account]"),
        ("I live at Hauptstraße 5 in 10115 Berlin", "I live at [address] in [address]"),
        ("reset https://x.example/r?token=abc", "reset [link]"),
    ],
)
def test_what_is_left(text: str, left: str | None) -> None:
    assert redact(text, SHOP).text == (text if left is None else left)


@pytest.mark.parametrize(
    "text",
    [
        "an\u200bna@exam\u200dple.com",
        "anna\uff20example.com",
        "０３０ １２３４５６７",
        "0\u20e33\u20e30\u20e3 1\ufe0f2\ufe0f3\ufe0f4\ufe0f5\ufe0f6\ufe0f7",
        "030\u202e 1234567",
        "+49\u00a0171\u00a01234567",
        "D\u00adE89370400440532013000",
    ],
)
def test_nothing_hides_behind_signs_nobody_sees(text: str) -> None:
    left = redact(f"see {text} please", NOBODY).text
    assert "@" not in left
    assert not re.search(r"\d{2}", left), left


def test_what_was_taken_is_counted() -> None:
    assert redact("Olga, Olga: a@b.example", SHOP).taken == {"name": 2, "mail": 1}


def test_long_texts_are_cut_and_lone_surrogates_go() -> None:
    assert len(redact("word " * 5_000, NOBODY).text) <= LONGEST
    assert redact("a\ud800b\x00c", NOBODY).text == "abc"


secrets = st.one_of(
    st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9-]{1,15}\.(com|de|org)", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{1,2}[ ./-]?[0-9]{3}[ ./-]?[0-9]{3,6}", fullmatch=True),
    st.from_regex(r"0[0-9]{2,4}[ /-]?[0-9]{5,8}", fullmatch=True),
    st.sampled_from(
        ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300", "4111 1111 1111 1111"]
    ),
    st.from_regex(r"@[A-Za-z0-9_]{2,20}", fullmatch=True),
    st.from_regex(r"https?://[a-z]{3,10}\.(com|de)/[a-z]{1,8}\?token=[a-z0-9]{4,20}", fullmatch=True),
    st.from_regex(r"#[0-9]{4,9}", fullmatch=True),
)
fill = st.text(string.ascii_letters + string.punctuation + " \n’äöüß😡", max_size=40)


@given(st.lists(st.tuples(fill, secrets), min_size=1, max_size=4), fill)
def test_nothing_that_looks_like_a_secret_survives(parts: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{before} {secret} " for before, secret in parts) + end
    left = redact(text, NOBODY).text
    for place in ("[mail]", "[account]", "[card]", "[phone]", "[link]", "[address]", "[order]", "[handle]", "[number]"):
        left = left.replace(place, " ")
    left = left.replace("[name]", " ")
    assert not re.search(r"\d{5}", left), left
    assert not re.search(r"\w@\w", left), left
    assert "://" not in left or not re.search(r"https?://\S", left), left


@given(st.text(max_size=300))
def test_a_second_time_finds_nothing_more(text: str) -> None:
    once = redact(text, SHOP).text
    again = redact(once, SHOP)
    assert again.taken == {}
    assert again.text == once


names = st.lists(
    st.from_regex(r"[A-ZÄÖÜÉ][a-zäöüéß]{2,10}( [A-ZÄÖÜÉ][a-zäöüéß]{2,12})?", fullmatch=True), min_size=1, max_size=5
)


@given(names, fill, fill, st.sampled_from([str, str.lower, str.upper]))
def test_no_known_name_survives(people: list[str], before: str, after: str, written: object) -> None:
    assert callable(written)
    assume(all(name.casefold() not in PLACES for person in people for name in person.split()))
    text = " ".join([before, *(str(written(name)) for name in people), after])
    left = redact(text, known(people)).text
    words = re.findall(r"\w+", re.sub(r"\[[a-z]+\]", " ", left).casefold())
    for person in people:
        wanted = person.casefold().split()
        assert not any(words[at : at + len(wanted)] == wanted for at in range(len(words))), left


PLACES = {"name", "mail", "account", "card", "phone", "link", "address", "order", "handle", "number"}


@given(st.text(max_size=500))
def test_any_text_is_redacted(text: str) -> None:
    left = redact(text, SHOP)
    left.text.encode()
    assert len(left.text) <= LONGEST
    assert not [each for each in find(left.text) if each.kind in ("mail", "phone", "iban", "card", "handle")]
