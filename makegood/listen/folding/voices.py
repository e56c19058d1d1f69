"""Whether somebody speaks for themselves, by the small words that say so: pure.

It decides only what is not folded. So the lists lean to one side: a word that is "I" in one language and something else
in another counts as "I".
"""

from __future__ import annotations

import regex

__all__ = ["speaks_for_themselves"]

_WORD = regex.compile(r"[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*")
_QUOTED = regex.compile(r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|「[^」]*」|\"[^\"\n]*\"")


def _these(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_FIRST_PERSON = _these(
    # English
    "i i'm im i've ive i'd i'll me my mine myself we we're we've we'd we'll us our ours ourselves",
    # German
    "ich mich mir mein meine meinem meinen meiner meines wir uns unser unsere unserem unseren unserer unseres",
    # French
    "je j m me moi mon ma mes nous notre nos",
    # Spanish
    "yo mi mí mis mío mía míos mías conmigo nosotros nosotras nuestro nuestra nuestros nuestras",
    # Italian, Portuguese
    "io mio mia miei mie noi nostro nostra nostri nostre eu mim meu minha meus minhas nós nosso nossa comigo",
    # Dutch
    "ik mij mijn wij ons onze",
    # Swedish, Danish, Norwegian
    "jag mig min mitt mina vi oss vår vårt våra jeg meg mit os vores vort",
    # Polish, Czech, Russian, Ukrainian
    "ja mnie mój moja moje mam nam nas nasz já mě můj я мне меня мой моя моё мы нас нам наш мені мене мій ми",
    # Verbs that need no pronoun
    "compré pedí recibí llevo estoy tengo comprei recebi estou tenho kupiłem kupiłam zamówiłem zamówiłam czekam jsem",
    # Turkish
    "ben bana beni benim biz bizim",
)
_SOMETHING_ELSE = {
    "i": _these("it sv da no nb nn pl cs sk hr sr sl ca"),
    "ma": _these("it et ro"),
    "mes": _these("es ca"),
    "min": _these("en de fr"),
    "mit": _these("de"),
    "ja": _these("de nl sv da no nb nn fi"),
    "os": _these("pt es"),
    "nos": _these("pt"),
    "ben": _these("nl it fr"),
    "vi": _these("es it"),
    "je": _these("nl hr cs sl"),
    "m": _these("en de es"),
}
"""In which languages a word of the first person is something else, where the author said which one it is."""
_PLACES = _these("US EU")

_OWN_STORY = _these(
    "ordered bought received paid waiting waited still tried returned been got spent contacted called emailed",
    "bestellt gekauft gewartet warte bezahlt erhalten commandé acheté reçu payé besteld gekocht ontvangen",
    "beställde köpte väntar bestilte købte kjøpte venter ordinato comprato ricevuto",
)
"""Words with which a sentence begins that leaves the I out."""
_SENTENCE = regex.compile(r"(?:^|[.!?:;\n,…–—])[^\p{L}]*(\p{L}+)")


def speaks_for_themselves(text: str, language: str = "") -> bool:
    """Whether a text says I or we, or tells a story of one's own without saying it, outside of quotation marks.

    `language` is what its author declared (BCP 47), or "".
    """
    plain = _QUOTED.sub(" ", text.replace("’", "'"))
    if any(word.casefold() in _OWN_STORY for word in _SENTENCE.findall(plain)):
        return True
    said = language.partition("-")[0].casefold()
    return any(_is_first_person(word, said) for word in _WORD.findall(plain))


def _is_first_person(word: str, language: str) -> bool:
    if word in _PLACES:
        return False
    plain = word.casefold()
    head, apostrophe, _tail = plain.partition("'")
    elided = bool(apostrophe) and head in ("j", "m")
    return elided or (plain in _FIRST_PERSON and language not in _SOMETHING_ELSE.get(plain, ()))
