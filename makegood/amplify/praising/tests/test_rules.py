"""What ranks a praise, and what an answer to the question says."""

from __future__ import annotations

import pytest

from makegood.amplify.models import Scope
from makegood.amplify.praising.rules import Facts, PraiseError, answer_of, rank_of, takes_back
from makegood.amplify.praising.wording import ask_words, check_words, thanks_words, usual_words


def rank(text: str = "Lovely!", **facts: object) -> float:
    return rank_of(Facts(text=text, **facts))[0]  # type: ignore[arg-type]


def test_a_bare_word_from_nobody_counts_nothing() -> None:
    assert rank_of(Facts("Lovely!")) == (0.0, [])


def test_reach_counts_by_powers_of_ten() -> None:
    few, many, most = rank(followers=9), rank(followers=999), rank(followers=99_999)
    assert (few, many, most) == (1.0, 3.0, 5.0)
    assert rank(reposts=9) == 2.0, "who passes it on has chosen it"
    assert rank(followers=0, reposts=0) == 0.0


@pytest.mark.parametrize(
    ("facts", "code", "value"),
    [
        ({"text": "The blue teapot pours well", "products": ["Blue teapot", "teapot"]}, "product", "Blue teapot"),
        ({"text": "Malik was so kind", "people": ["Olga", "Malik"]}, "person", "Malik"),
        ({"text": "It came so fast", "topics": ["delivery"]}, "topic", "delivery"),
        ({"text": "There in 2 days"}, "number", ""),
        ({"text": "See", "pictures": 2}, "picture", "2"),
        ({"text": "Great", "rating": 5}, "stars", "5"),
        ({"text": " ".join(["word"] * 20)}, "detailed", "20"),
        ({"text": " ".join(["word"] * 8)}, "words", "8"),
        ({"text": "x", "followers": 12}, "followers", "12"),
        ({"text": "x", "reposts": 3}, "reposts", "3"),
    ],
)
def test_each_sign_ranks_and_says_so(facts: dict[str, object], code: str, value: str) -> None:
    found, reasons = rank_of(Facts(**facts))  # type: ignore[arg-type]
    assert found > 0
    assert reasons == [(code, value)]


@pytest.mark.parametrize(
    "facts",
    [
        {"text": "The teapots are nice", "products": ["teapot"]},
        {"text": "Malika wrote", "people": ["Malik"]},
        {"text": "It is ok", "people": ["It", "is"]},
        {"text": "hm", "topics": ["other"]},
        {"text": "hm", "rating": 2},
    ],
)
def test_what_only_looks_like_a_sign_is_none(facts: dict[str, object]) -> None:
    assert rank_of(Facts(**facts))[1] == []  # type: ignore[arg-type]


def test_specific_beats_loud_within_reason() -> None:
    specific = rank("Malik found my blue teapot in 2 days", products=["blue teapot"], people=["Malik"], followers=50)
    assert specific > rank("Great shop!", followers=5_000)
    assert specific < rank("Great shop!", followers=5_000, reposts=200)


@pytest.mark.parametrize(
    "text",
    [
        "Sure, go ahead!",
        "@teapot.example.com yes of course :)",
        "Yes",
        "no problem at all",
        "Why not, sure",
        "Please do!",
        "Ja klar, gerne!",
        "Na klar",
        "Oui, avec plaisir",
        "¡Claro!",
        "Certo, volentieri",
        "Natuurlijk",
        "Kein Problem",
        "Absolutely. https://example.com/x",
    ],
)
def test_a_clear_yes(text: str) -> None:
    assert answer_of(text) == "yes"


@pytest.mark.parametrize("text", ["No thanks", "Please don't", "I'd rather not", "Nein", "Lieber nicht", "Non merci"])
def test_a_clear_no(text: str) -> None:
    assert answer_of(text) == "no"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you!",
        "Yes, but only without my name",
        "Sure, if you blur the picture",
        "Yes? Where would that be?",
        "Yes for the site, but not as a picture",
        "Ja, aber nur ohne Namen",
        "Yes " * 200,
        "Yesterday it rained",
        "Knowing you, fine",
    ],
)
def test_what_is_not_clear_is_left_to_people(text: str) -> None:
    assert answer_of(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Please take it down again",
        "Could you remove my post from your site?",
        "I don't want you to share it any more, don't share it please",
        "Please stop using my words",
        "I changed my mind",
        "Bitte löscht das wieder",
        "Bitte nicht mehr teilen",
        "Pouvez-vous le supprimer ?",
        "Please delete that",
    ],
)
def test_what_may_take_it_back(text: str) -> None:
    assert takes_back(text)


@pytest.mark.parametrize(
    "text", ["Thank you!", "The pot still pours well", "Where can I buy the lid?", "Yes, go ahead"]
)
def test_what_takes_nothing_back(text: str) -> None:
    assert not takes_back(text)


def test_the_question_says_exactly_what_for() -> None:
    words = ask_words({}, "bluesky", "Ada", [Scope.RESHARE, Scope.WALL])
    assert words.startswith("Thank you, Ada! May we repost it from our account here and show your words")
    assert "on our website?" in words
    assert "boost it" in ask_words({}, "mastodon", "", [Scope.RESHARE])
    assert "picture" not in words
    assert "{" not in ask_words({}, "elsewhere", "", list(Scope))


def test_the_question_without_a_name() -> None:
    assert ask_words({}, "bluesky", "", ["wall"]).startswith("Thank you! May we show")


def test_the_shops_own_words_by_network() -> None:
    own = {"": "May we {for}, {name}?", "bluesky": "Hey {name}! {for}?"}
    assert ask_words(own, "bluesky", "Bo", ["reshare"]) == "Hey Bo! repost it from our account here?"
    assert ask_words(own, "mastodon", "", ["reshare"]) == "May we boost it from our account here?"


def test_own_words_must_say_what_for() -> None:
    assert check_words("  May we {for}?  ") == "May we {for}?"
    assert check_words("  ") == ""
    assert check_words(usual_words())
    with pytest.raises(PraiseError, match=r"\{for\}"):
        check_words("May we?")
    with pytest.raises(PraiseError, match="500"):
        check_words("{for}" * 101)


@pytest.mark.parametrize(
    ("reasons", "part"),
    [
        ([["person", "Malik"], ["product", "pot"]], "pass it on to Malik"),
        ([["product", "blue teapot"]], "our blue teapot"),
        ([["topic", "delivery"]], "reached you well"),
        ([["picture", "1"]], "lovely picture"),
        ([], "keep us going"),
    ],
)
def test_thanks_are_personal(reasons: list[list[str]], part: str) -> None:
    assert part in thanks_words("Ada", reasons)
    assert thanks_words("Ada", reasons).startswith("Thank you so much, Ada!")
    assert thanks_words("", reasons).startswith("Thank you so much!")
