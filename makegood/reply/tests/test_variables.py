"""Places in canned responses: what is filled, what is refused, and whether an answer is made of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.reply.variables import VARIABLES, fill, first_name, holds, order_in, problems

VALUES = {"first_name": "Lena", "name": "Lena Moor", "shop": "Teapot", "me": "Malik", "order": ""}
CANNED = (
    "Hi {{first_name|there}}, we are so sorry that your parcel is late. "
    "Please tell us your order number, and we find out where it is today.\n\nBest, {{me}}"
)


@pytest.mark.parametrize(
    ("text", "wanted", "left"),
    [
        ("Hi {{first_name}}!", "Hi Lena!", ()),
        ("Hi {{ first_name | there }}!", "Hi Lena!", ()),
        ("Order {{order|that you placed}}", "Order that you placed", ()),
        ("Order {{order}}.", "Order [order].", ("order",)),
        ("{{order}} {{order}} {{first_name}}", "[order] [order] Lena", ("order",)),
        ("{{order|}}", "", ()),
        ("{{me}} of {{shop}} for {{name}}", "Malik of Teapot for Lena Moor", ()),
        ("no places: { } {one}", "no places: { } {one}", ()),
        ("", "", ()),
    ],
)
def test_places_are_filled(text: str, wanted: str, left: tuple[str, ...]) -> None:
    filled = fill(text, VALUES)
    assert (filled.text, filled.open) == (wanted, left)


def test_what_a_customer_calls_themselves_is_only_text() -> None:
    assert fill("Hi {{name}}!", {"name": "{{me}} \\1 {{order}}"}).text == "Hi {{me}} \\1 {{order}}!"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hi {{firstname}}", "doesn’t know {{firstname}}"),
        ("Hi {{First_Name}}", "doesn’t know {{First_Name}}"),
        ("Hi {{}}", "doesn’t know {{}}"),
        ("Hi {{first_name", "two braces on each side"),
        ("Hi first_name}}", "two braces on each side"),
        ("Hi {{first_name}", "two braces on each side"),
        ("Hi {{{{first_name}}}}", "two braces on each side"),
    ],
)
def test_what_cannot_be_filled_is_said(text: str, says: str) -> None:
    assert any(says in sentence for sentence in problems(text)), problems(text)


def test_each_unknown_place_is_said_once() -> None:
    assert len(problems("{{a}} {{a}} {{b}} {{me}}")) == 2


@given(
    st.lists(st.one_of(st.text(alphabet="ab {}|\n", max_size=6), st.sampled_from([f"{{{{{n}}}}}" for n in VARIABLES])))
)
def test_what_is_accepted_is_filled_whole(pieces: list[str]) -> None:
    text = "".join(pieces)
    if problems(text):
        return
    filled = fill(text, dict.fromkeys(VARIABLES, "x"))
    assert "{{" not in filled.text
    assert "}}" not in filled.text
    assert filled.open == ()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Lena Moor", "Lena"),
        ("lena", "lena"),
        ("🌿 Lena 🌿", "Lena"),
        ("~ Anne-Marie O’Hara ~", "Anne-Marie"),
        ("Dr. Lena Moor", "Lena"),
        ("Zoë", "Zoë"),
        ("مريم الخطيب", "مريم"),
        ("李 小龍", ""),
        ("@lena42", ""),
        ("#tea", ""),
        ("lena42", ""),
        ("the_tea_lover", ""),
        ("The Tea Lover", ""),
        ("L.", ""),
        ("🌿", ""),
        ("", ""),
    ],
)
def test_the_first_name_of_a_profile(name: str, wanted: str) -> None:
    assert first_name(name) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Where is my order 4711?", "4711"),
        ("Order no. 4711 is late", "4711"),
        ("order number: TP-20931 please", "TP-20931"),
        ("Meine Bestellung Nr. 88213 fehlt", "88213"),
        ("ma commande n° 5567", "5567"),
        ("#20931 never came", "20931"),
        ("I ordered 2 weeks ago", ""),
        ("I order 20 teapots", ""),
        ("in order to sleep", ""),
        ("tea &#8217; 4711", ""),
        ("It cost 4711 euros", ""),
    ],
)
def test_an_order_number_that_is_called_one(text: str, wanted: str) -> None:
    assert order_in(text) == wanted


def test_an_answer_holds_what_it_is_made_of() -> None:
    filled = fill(CANNED, VALUES).text
    assert holds(filled, CANNED)
    assert holds(f"Oh no!\n{filled}\nAnd thanks for the photo.", CANNED)
    assert holds(filled.upper().replace(" ", "\n"), CANNED)
    # Half of it was rewritten, half stands.
    assert holds("Lena, please tell us your order number, and we find out where it is today.", CANNED)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Best, Malik",
        "Hi Lena, thank you for the kind words!",
        "We are sorry that your parcel is late.",
        "Please tell us more.",
    ],
)
def test_an_answer_of_ones_own_holds_nothing(answer: str) -> None:
    assert not holds(answer, CANNED)


def test_a_short_one_is_held_only_by_itself() -> None:
    assert holds("Thank you!", "Thank you!")
    assert holds(" thank  you! ", "Thank you!")
    assert not holds("Thank you! We look into it.", "Thank you!")
    assert not holds("", "")
    assert not holds("🎉", "🎉")


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_compared(answer: str, canned: str) -> None:
    assert holds(answer, canned) in (True, False)
