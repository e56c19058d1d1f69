"""Names in notes: found, tied to people, and shown with the names of today."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.desk.naming import Nameable, named, parts, plain, tie

MALIK = Nameable("u1", "Malik Doe")
MARA = Nameable("u2", "Mara Lind")
MAR = Nameable("u3", "Mar")
TEAM = Nameable("t1", "Returns")
ALL = [MALIK, MARA, MAR, TEAM]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@Malik Doe please look", {"u1"}),
        ("please look, @malik doe.", {"u1"}),
        ("@Malik please look", {"u1"}),
        ("@Mara Lind and @Returns", {"u2", "t1"}),
        ("@Mar", {"u3"}),
        ("(@Returns)", {"t1"}),
        ("@Marathon", set()),
        ("mail@Malik", set()),
        ("@@Malik", set()),
        ("@nobody", set()),
        ("@", set()),
        ("", set()),
    ],
)
def test_who_is_named(text: str, keys: set[str]) -> None:
    assert named([tie(text, ALL)]) == keys


def test_a_new_name_shows_in_an_old_note() -> None:
    kept = tie("Ask @Malik Doe", ALL)
    assert plain(kept, {"u1": "Malik Berg"}) == "Ask @Malik Berg"
    assert plain(kept) == "Ask @Malik Doe", "the name of then, once nobody knows the number"
    assert [(part.text, part.key) for part in parts(kept, {})] == [("Ask ", ""), ("@Malik Doe", "u1")]


def test_of_two_with_one_name_the_chosen_one_is_meant() -> None:
    both = [Nameable("u1", "Kim"), Nameable("u2", "Kim")]
    assert named([tie("@Kim", both)]) == {"u1"}
    assert named([tie("@Kim", both, ["u2"])]) == {"u2"}
    assert named([tie("@Kim", both, ["u9"])]) == {"u1"}


def test_a_shared_first_name_names_nobody() -> None:
    both = [Nameable("u1", "Kim Berg"), Nameable("u2", "Kim Dahl")]
    assert named([tie("@Kim", both)]) == set()
    assert named([tie("@Kim Dahl", both)]) == {"u2"}


def test_a_number_that_somebody_writes_out_names_nobody() -> None:
    """Else one could learn the name of anybody on this Makegood, or tell strangers."""
    assert tie("see @[x](u99) and @[Malik Doe](u99)", [MARA]) == "see @x and @Malik Doe"
    assert named([tie("@[Mara Lind](u99)", ALL)]) == {"u2"}


def test_brackets_in_a_name_do_no_harm() -> None:
    odd = Nameable("u7", "Zoe [QA] (x)")
    kept = tie("@Zoe [QA] (x) look", [odd])
    assert named([kept]) == {"u7"}
    assert plain(kept, {"u7": odd.name}) == "@Zoe [QA] (x) look"


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=5))
def test_no_text_and_no_name_breaks_it(text: str, names: list[str]) -> None:
    everybody = [Nameable(f"u{number}", name) for number, name in enumerate(names)]
    kept = tie(text, everybody)
    assert named([kept]) <= {each.key for each in everybody}
    assert "".join(part.text for part in parts(kept, {})) == plain(kept)
    assert tie(plain(kept), everybody).count("](") >= 0


@given(st.text(max_size=200))
def test_words_without_names_stay_as_they_are(text: str) -> None:
    assert plain(tie(text, [])) == plain(text)
