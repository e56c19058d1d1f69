"""Near copies of what was sent before: known again, counted, not readable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from makegood.reply.tone.finding import Code
from makegood.reply.tone.sketches import KEPT, NEAR, likeness, packed, sketch_of, unpacked
from makegood.reply.tone.tests.test_phrases import of

SENT = (
    "Hi Lena, we are so sorry that your parcel 4711 is late. It was put on the wrong van on Monday; "
    "we have asked the courier for it and you will have it by Friday. Thank you for your patience!"
)
AGAIN = (
    "Hi Malik, we are so sorry that your parcel 4722 is late. It was put on the wrong van on Tuesday; "
    "we have asked the courier for it and you will have it by Friday. Thank you for your patience!"
)
OTHER = (
    "Hello Bo, the blue teapot is back in stock, and we ship to Norway for nine euros. Shall I put one aside for you?"
)


def test_a_near_copy_is_known_and_another_answer_is_not() -> None:
    assert likeness(sketch_of(SENT).sketch, sketch_of(AGAIN).sketch) >= NEAR
    assert likeness(sketch_of(SENT).sketch, sketch_of(OTHER).sketch) == 0.0
    assert likeness(sketch_of(SENT).sketch, sketch_of(SENT).sketch) == 1.0


def test_it_is_counted() -> None:
    found = of(Code.CANNED, AGAIN, earlier=[sketch_of(SENT)] * 14 + [sketch_of(OTHER)] * 9)
    assert [one.why for one in found] == ["Almost the same answer was sent 14 times this month."]
    assert of(Code.CANNED, AGAIN, earlier=[sketch_of(SENT)] * 2) == []


def test_a_single_sentence_is_counted_with_its_place() -> None:
    text = "Dear Ada, the glaze is another one, and we wonder how. Thank you for your patience and your trust in us!"
    before = sketch_of("Something else it was that we wrote here. Thank you for your patience and your trust in us!")
    found = of(Code.CANNED, text, earlier=[before] * 6)
    assert [one.words for one in found] == ["Thank you for your patience and your trust in us"]
    assert "6 times" in found[0].why
    assert of(Code.CANNED, text, earlier=[before] * 4) == []


def test_short_ones_are_anybodys() -> None:
    assert of(Code.CANNED, "Thank you!", earlier=[sketch_of("Thank you!")] * 50) == []


def test_what_is_kept_is_small_and_comes_back() -> None:
    found = sketch_of(" ".join(f"word{number}a b{number}c" for number in range(3000)))
    assert len(packed(found.sketch)) <= 4 * KEPT
    assert unpacked(packed(found.sketch)) == found.sketch


@given(st.frozensets(st.integers(0, 2**32 - 1), max_size=KEPT), st.frozensets(st.integers(0, 2**32 - 1), max_size=KEPT))
def test_likeness_is_between_none_and_all_and_the_same_both_ways(one: frozenset[int], other: frozenset[int]) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)
    assert unpacked(packed(one)) == one
