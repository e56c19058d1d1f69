"""First queries from a name alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.query import matches, parse, propose, tokens
from makegood.listen.query.tests.post import post


def found(proposal_text: str, text: str, **more: str) -> bool:
    return matches(parse(proposal_text), tokens(post(text, **more))) is not None


def test_a_name_of_two_words() -> None:
    first, trouble, links = propose("Fennel & Rye", "https://www.fennelandrye.com/shop")
    assert first.text == '"Fennel & Rye" OR "Fennel and Rye" OR #FennelAndRye OR #FennelRye OR @fennelandrye'
    assert "guess" in first.why
    for text in ("love Fennel & Rye", "fennel and rye", "#fennelrye", "hi @fennelandrye.example.com"):
        assert found(first.text, text)
    assert found(trouble.text, "Fennel & Rye never arrived")
    assert not found(trouble.text, "Fennel & Rye is lovely")
    assert found(links.text, "", link="http://shop.fennelandrye.com")


def test_given_handles_replace_the_guess() -> None:
    first, *_ = propose("Fennel & Rye", handles=["@rye.example.com", "https://example.social/@rye", "no handle!"])
    assert first.text.endswith("@rye.example.com OR @rye@example.social")
    assert "@fennelandrye" not in first.text
    assert "guess" not in first.why


@pytest.mark.parametrize("brand", ["Apple", "fern", "IKEA", "花", "APPLE"])
def test_a_common_or_short_name_is_asked_for_beside_shopping_words(brand: str) -> None:
    first = propose(brand)[0]
    assert " NEAR/12 (" in first.text
    assert brand in first.why
    assert not found(first.text, f"I ate an {brand}")
    assert found(first.text, f"my {brand} order")


@pytest.mark.parametrize("brand", ["Zapatisto", "Fern & Co", "東京堂", "Kraków Kawa"])
def test_a_telling_name_is_asked_for_alone(brand: str) -> None:
    first = propose(brand)[0]
    assert "NEAR" not in first.text
    assert found(first.text, f"I went to {brand} today")


def test_the_ways_a_name_is_written() -> None:
    assert propose("Café Noir")[0].text == '"Café Noir" OR "Cafe Noir" OR #CaféNoir OR @cafenoir'
    assert propose("Levi's")[0].text == '"Levi\'s" OR Levis OR #Levis OR @levis'
    assert propose("Salt and Straw")[0].text.startswith('"Salt and Straw" OR "Salt & Straw" OR #SaltAndStraw')
    accented = propose("Rosé")[0].text
    assert accented.startswith("(Rosé OR Rose) NEAR/12 (")
    assert not found(accented, "a Rosé")


def test_a_shared_site_is_no_sign_of_the_shop() -> None:
    names = [proposal.text for proposal in propose("Zapatisto", "https://www.etsy.com/shop/zapatisto")]
    assert not any("site:" in text for text in names)
    assert any("site:zapatisto.myshopify.com" in p.text for p in propose("Zapatisto", "zapatisto.myshopify.com"))


@pytest.mark.parametrize("website", ["", "not a site", "http://[bad", "localhost", "https://", "x" * 300 + ".com"])
def test_a_website_that_is_none_is_left_out(website: str) -> None:
    assert not any("site:" in proposal.text for proposal in propose("Zapatisto", website))


def test_with_nothing_there_is_nothing_to_propose() -> None:
    assert propose("") == []
    assert propose(" !? ") == []
    assert [p.text for p in propose("", "acme.com", ["acme"])] == ["@acme", "site:acme.com"]


@pytest.mark.parametrize("handle", ["_", "@_", "__", "_@_", ".", ""])
def test_a_handle_of_nothing_but_strokes_is_left_out(handle: str) -> None:
    assert propose("", handles=[handle]) == []
    assert propose("Zapatisto", handles=[handle]) == propose("Zapatisto")


words = st.sampled_from(
    ["Fern", "&", "and", "AND", "OR", "NEAR/3", '"', "“", "(", "-x", "*", "#", "@a", "’s", "é", "東"]
)
brands = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text(),
    st.lists(words, max_size=40).map(" ".join),
    st.lists(words).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(brands, st.one_of(st.text(), st.just("acme.com")), st.lists(st.text(max_size=80), max_size=20))
@example("AND", "", [])
@example("", "", ["_"])
@example("_", "", ["_._"])
@example("é & " * 30, "a" * 63 + "." + "b" * 63 + ".com", ["a" * 60] * 9)
@example("ΐ’ΐ & " * 30, "", ["did:plc:" + "a" * 50 + str(number) for number in range(9)])
def test_every_proposal_parses(brand: str, website: str, handles: list[str]) -> None:
    proposals = propose(brand, website, handles)
    for proposal in proposals:
        query = parse(proposal.text)
        assert not query.mixes_and_or
        assert proposal.name
        assert proposal.why.endswith(".")
    assert len({proposal.text for proposal in proposals}) == len(proposals)
