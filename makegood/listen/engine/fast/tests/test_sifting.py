"""What the compiled pass lets through, what it holds back, and what it leaves to the core."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

pytest.importorskip("numba", reason="the fast lane is not installed")

from makegood.listen.engine.fast.book import FITS, OUT, UNSURE, WORD
from makegood.listen.engine.fast.cache import load
from makegood.listen.engine.fast.index import FIRST_SETTLING, LEAST
from makegood.listen.engine.fast.sifter import Sifter
from makegood.listen.engine.fast.tests.frames import frame
from makegood.listen.query import parse
from makegood.listen.query.tree import Words


def sifter(*texts: str) -> Sifter[int]:
    compiled = load()
    assert compiled is not None
    made = Sifter[int](compiled)
    for number, text in enumerate(texts):
        made.add(number, parse(text))
    return made


def verdict(query: str, came: bytes) -> int:
    return int(sifter(query).sift([came])[0])


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("acme", "ACME!", FITS),
        ("acme", "acmes", OUT),
        ("acme", "Acme’s", FITS),
        ("acme", "ac\nme", OUT),
        ("acme", "line\nacme", FITS),
        ('"acme corp" AND late', "acme corp is late", FITS),
        ('"acme corp" AND late', "acme corp", OUT),
        ("acme OR (corp late)", "corp, not on time", OUT),
        ("acme -late", "acme late", FITS),
        ("o'neil", "O’Neil", FITS),
        ("o'neil", "neil", OUT),
        ("brok*", "broken", FITS),
        ("brok*", "bro", OUT),
        ("brokenhearted*", "brokenly", OUT),
        ("broke*", "brokz", OUT),
        ("brokenh*", "brokeng", OUT),
        ("brok*", "BROKEN.", FITS),
        ("привет*", "Приветствие!", FITS),
        ("привет*", "прочее", OUT),
        ("თბილის*", "თბილისში", FITS),
        ("東京", "東京都", FITS),
        ("東京", "東 - 京", FITS),
        ("東京", "東の京", OUT),
        ("東", "東", FITS),
        ("straße", "STRASSE", FITS),
        ("naïve", "NAÏVE", FITS),
        ("naïve", "naive", OUT),
        ("🔥", "hot🔥🔥", FITS),
        ("#shoes", "#Shoes", FITS),
        ("tag:fail", "#AcmeFail", FITS),
        ("tag:fail", "#acmefail", OUT),
        ("site:acme.com", "see https://www.acme.com/x", FITS),
        ("site:acme.com", "acme.com", OUT),
        ("author:did:plc:ann", "did:plc:ann", OUT),
        ("acme", "x" * 200 + " acme", FITS),
        ("acme", "x" * 10_000 + " acme", UNSURE),
        ("acme", "é" * 1_000 + " acme", UNSURE),
        ("acme", "word " * 10_000, UNSURE),
        ("acme", "e\u0301", UNSURE),
        ("acme", "𠮷", UNSURE),
        ("tag:fail", "#échec", UNSURE),
        ("𠮷野家", "吉野家", OUT),
        ("𠮷野家", "𠮷野家", UNSURE),
    ],
)
def test_texts(query: str, text: str, expected: int) -> None:
    assert verdict(query, frame(text)) == expected


@pytest.mark.parametrize(
    ("query", "came", "expected"),
    [
        ("#acmex", frame(tags=["Acme X"]), FITS),
        ("site:acme.com", frame(embed={"external": {"uri": "https://shop.acme.com"}}), FITS),
        ("site:acme.com", frame(facets=[{"features": [{"uri": "https://acme.org/acme.com"}]}]), OUT),
        ("author:did:plc:ann", frame(did="did:plc:ann"), FITS),
        ("@did:plc:ann", frame(facets=[{"features": [{"did": "did:plc:ann"}]}]), FITS),
        ("acme", frame(embed={"external": {"title": "acme", "description": '"text":"acme"'}}), OUT),
        ("acme", frame(langs=["acme"]), OUT),
        ("acme", frame("late").replace(b'"text":', b'"text" :  '), OUT),
        ("acme", frame("acme").replace(b'"text":', b'"text"\n:  '), FITS),
        ("acme", frame("acme").replace(b'"text"', b'"te\\u0078t"'), UNSURE),
        ("acme", frame("late")[:-30], OUT),
        ("acme", frame("late").partition(b"late")[0], UNSURE),
        ("acme", frame("late").replace(b"late", b"lat\\u00"), UNSURE),
        ("acme", frame("late").replace(b"late", b"lat\\ud83d"), UNSURE),
        ("acme", frame("late").replace(b"late", b"lat\xc3"), UNSURE),
        ("acme", json.dumps(json.loads(frame("Ⓐcme"))).encode(), FITS),
        ("🔥", json.dumps(json.loads(frame("🔥"))).encode(), FITS),
        ("acme", b"", OUT),
        ("acme", b'"', OUT),
        ("acme", b'"text":"', UNSURE),
        ("acme", b'"tags":["acme', UNSURE),
        ("acme", b'"tags":["late","acme"', FITS),
    ],
)
def test_frames(query: str, came: bytes, expected: int) -> None:
    assert verdict(query, came) == expected


def test_a_query_of_which_nothing_is_known_lets_all_through() -> None:
    made = sifter("acme")
    came = [frame("late"), frame("acme")]
    assert made.sift(came).tolist() == [OUT, FITS]
    made.add(1, replace(parse("acme"), ast=Words(("",), "", 0)))
    assert made.sift(came).tolist() == [FITS, FITS]
    made.remove(1)
    assert made.sift(came).tolist() == [OUT, FITS]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("(acme late) OR (rye broken)", "acme broken", OUT),
        ("(acme late) OR (rye broken)", "rye, broken", FITS),
        ("acme AND (late OR lang:en OR never)", "acme", FITS),
        ("acme AND (lang:en OR late OR never)", "acme", FITS),
        ("acme NOT (late OR never)", "acme", FITS),
        ("acme AND NOT (NOT late)", "acme", OUT),
        ("acme NEAR/3 late", "late", OUT),
    ],
)
def test_what_must_be_there_besides(query: str, text: str, expected: int) -> None:
    assert verdict(query, frame(text)) == expected


def test_many_queries_come_and_go_while_it_runs() -> None:
    made = sifter()
    many = 5 * LEAST
    for number in range(many):
        made.add(number, parse(f"brand{number} late"))
        if number % 500 == 0:
            said = [frame(f"late brand{number}"), frame(f"late brand{number + 1}"), frame(f"brand{number}")]
            assert made.sift(said).tolist() == [FITS, OUT, OUT]
    for number in range(many - 10):
        made.remove(number)
    said = [frame(f"late brand{number}") for number in (0, 7, many - 11, many - 10, many - 1)]
    assert made.sift(said).tolist() == [OUT, OUT, OUT, FITS, FITS]
    made.add(7, parse("brand7"))
    assert made.sift(said).tolist() == [OUT, FITS, OUT, FITS, FITS]


def test_a_query_is_filed_under_the_word_that_is_rare_in_truth() -> None:
    made = sifter("extraordinary zebra")
    common = [frame("what an extraordinary day")] * 8 * FIRST_SETTLING
    assert not made.sift(common).any()
    book = made._index.book
    rarest = book.filed[0]
    assert book.terms[book.starts[rarest] : book.starts[rarest + 1]].tolist() == made._cut("zebra", WORD, 0)
    assert made.sift([frame("an extraordinary zebra")]).tolist() == [FITS]
