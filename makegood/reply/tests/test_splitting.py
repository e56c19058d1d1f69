"""Where a long answer is cut, and where never."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.connectors.contract import TextRule
from makegood.kit.text import graphemes
from makegood.reply.rules import measured
from makegood.reply.splitting import MOST_PARTS, CannotSplit, counter, split


def cut(text: str, limit: int, *, counters: bool = False) -> list[str]:
    return split(text, limit, len, counters=counters)


def test_what_fits_stays_whole_and_gets_no_counter() -> None:
    assert cut("  We are sorry!\n", 14, counters=True) == ["We are sorry!"]


def test_it_is_cut_at_the_end_of_a_sentence() -> None:
    text = "We are so sorry about this. A new teapot leaves today. Keep the old one."
    assert cut(text, 56) == ["We are so sorry about this.", "A new teapot leaves today. Keep the old one."]


def test_a_paragraph_comes_before_a_sentence() -> None:
    text = "We are so sorry. It was us.\n\nA new one leaves today. It is blue. It arrives tomorrow."
    assert cut(text, 60)[0] == "We are so sorry. It was us."


def test_a_clause_comes_before_a_word() -> None:
    text = "We have looked into your order, and a new teapot will leave the house today"
    assert cut(text, 45) == ["We have looked into your order,", "and a new teapot will leave the house today"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Write to our team, e.g. Malik, and name your order.",
        "Your order Nr. 4711 was sent to the wrong house.",
        "Es gibt z.B. eine blaue Kanne, z. B. mit Deckel.",
        "Dr. Berg looked at it, i.e. She knows what broke.",
        "It costs 3.50 to send, approx. Four days it takes.",
        "Der Brief kam am 3. Mai bei uns im Laden an.",
        "Ask J. R. Tolkien about the ring on your teapot.",
        "Gesendet u.a. Nach Wien und bzw. Nach Graz dazu.",
        "Our shop (est. 1998) is the oldest one in town.",
        "Wait... really, is it broken again this morning?",
    ],
)
def test_a_full_stop_that_ends_no_sentence_is_none(sentence: str) -> None:
    """Behind it the sentence goes on: the cut comes before it, after the sentence that came first."""
    first = "We have read what you wrote to us."
    for room in range(len(sentence), len(first) + len(sentence) + 1):
        assert cut(f"{first} {sentence}", room) in ([first, sentence], [f"{first} {sentence}"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("We sell tea, coffee, etc.", "Our shop opens at nine."),
        ("It leaves at 9 a.m.", "Keep the old teapot."),
        ("Is it broken?", "send us a picture of it"),
        ("„Es ist kaputt.“", "So stand es da im Brief."),
        ("It is broken (very broken.)", "Send it back to us."),
        ("She said “never again!”", "We do understand that."),
        ("Order 4711.", "Your parcel is with us."),
    ],
)
def test_a_sentence_ends_there(first: str, second: str) -> None:
    assert cut(f"{first} {second}", len(second) + len(first)) == [first, second]


def test_counters_are_counted_and_end_each_part() -> None:
    text = "We are so sorry about this. A new teapot leaves today. Keep the old one."
    parts = cut(text, 56, counters=True)
    assert [part[-6:] for part in parts] == [" (1/2)", " (2/2)"]
    assert all(len(part) <= 56 for part in parts)
    assert len(cut("word " * 100, 60, counters=True)) > 9, "two digits count too"


def test_the_last_part_is_no_scrap() -> None:
    text = " ".join(["tea"] * 30)
    parts = cut(text, 110)
    assert len(parts) == 2
    assert abs(len(parts[0]) - len(parts[1])) <= 12


def test_a_link_is_never_cut_and_counts_as_the_network_says() -> None:
    link = "https://teapot.example.com/" + "a" * 120
    text = f"Here is where your parcel is: {link} and we watch it for you every day until it is there."
    rule = TextRule("characters", 80, "", link_length=23)
    parts = split(text, 80, lambda part: measured(part, rule, len), counters=False)
    assert sum(link in part for part in parts) == 1
    assert all(measured(part, rule, len) <= 80 for part in parts)
    with pytest.raises(CannotSplit, match="is longer than one post"):
        cut(text, 80)


def test_the_address_counts_in_every_part() -> None:
    rule = TextRule("characters", 60, "", address=True)
    text = "We are so sorry. " * 10
    parts = split(text, 60, lambda part: measured(part, rule, len, "ada@tea.example"))
    assert all(len(f"@ada@tea.example {part}") <= 60 for part in parts)


def test_scripts_without_spaces_are_cut_after_a_full_stop_and_never_before_one() -> None:
    text = "申し訳ございません。新しい急須を本日お送りします。古いものはお持ちください。"
    assert cut(text, 26) == ["申し訳ございません。新しい急須を本日お送りします。", "古いものはお持ちください。"]
    long = "急須" * 40
    assert "".join(cut(long, 30)) == long
    assert all(not part.startswith("。") for part in cut("急須を。" * 20, 11))


def test_a_family_stays_together() -> None:
    family = "👩‍👩‍👧‍👦"
    text = " ".join([family * 4] * 8)
    parts = split(text, 20, graphemes, counters=False)
    assert all(set(part.replace(" ", "").split(family)) == {""} for part in parts)


def test_a_novel_is_refused_with_a_sentence() -> None:
    with pytest.raises(CannotSplit, match=f"Shorten it to {MOST_PARTS}"):
        cut("word " * 2000, 60)


def test_it_is_quick_enough_to_be_asked_while_somebody_types() -> None:
    asked = 0

    def count(part: str) -> int:
        nonlocal asked
        asked += 1
        return len(part)

    split("Some words that stand for nothing. " * 200, 300, count)
    assert asked < 1500


WORDS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12).filter(
            lambda word: not any(letter.isspace() for letter in word)
        ),
        st.sampled_from(
            [
                "e.g.",
                "Nr.",
                "sorry.",
                "no,",
                "https://example.com/a/b?c=d",
                "@ada.example.com",
                "#tea",
                "👩‍👩‍👧‍👦",
                "急須。",
                "3.5",
            ]
        ),
    ),
    min_size=1,
    max_size=80,
)
GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\t"])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_properties(data: st.DataObject) -> None:
    words = data.draw(WORDS)
    text = words[0] + "".join(data.draw(GAPS) + word for word in words[1:])
    limit = data.draw(st.integers(40, 120))
    counters = data.draw(st.booleans())
    rule = data.draw(
        st.sampled_from(
            [TextRule("g", limit, ""), TextRule("g", limit, "", link_length=23), TextRule("g", limit, "", address=True)]
        )
    )

    def measure(part: str) -> int:
        return measured(part, rule, graphemes, "ada@a.example")

    try:
        parts = split(text, limit, measure, counters=counters)
    except CannotSplit:
        assert len(text) > MOST_PARTS * 10 or any(measure(word) + 8 > limit for word in text.split())
        return
    assert all(0 < measure(part) <= limit for part in parts)
    bare = [part.removesuffix(counter(number, len(parts))) for number, part in enumerate(parts, 1)]
    if len(parts) == 1:
        assert bare == [text.strip()]
    elif counters:
        assert all(part != whole for part, whole in zip(bare, parts, strict=True))
    assert "".join("".join(bare).split()) == "".join(text.split()), "nothing is lost, doubled or moved"
    assert all(part == part.strip() for part in bare)
    for part in bare:
        for word in part.split():
            if not regex.search(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]", word):
                assert word in text.split() or any(word in whole for whole in text.split() if len(whole) > len(word))
    for special in ("https://example.com/a/b?c=d", "@ada.example.com", "👩‍👩‍👧‍👦"):
        assert sum(part.count(special) for part in bare) == text.count(special), "nothing whole was cut"


@given(st.integers(2, 400), st.integers(30, 100))
@settings(max_examples=100, deadline=None)
def test_the_last_part_is_balanced_when_there_is_nothing_but_words(count: int, limit: int) -> None:
    text = " ".join(["tea"] * count)
    if len(text) > limit * MOST_PARTS // 2:
        return
    parts = cut(text, limit)
    if len(parts) > 1:
        assert len(parts[-1]) * 3 >= len(parts[-2])
