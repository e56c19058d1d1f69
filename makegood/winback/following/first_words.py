"""What customers are asked with before the shop writes words of its own, in the languages people see Makegood in."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FIRST_WORDS"]

FIRST_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ask": "Hi {name}, is everything all right now? One tap tells us, and what we could have done better: {link}",
        "remind": "Hi {name}, we would still like to know whether it is all right now: {link} We won’t ask again.",
        "closing": "Glad we could put this right, {name}. Thank you for telling us.",
    },
    "de": {
        "ask": "Hallo {name}, ist jetzt alles in Ordnung? Ein Tippen genügt, und was besser gewesen wäre: {link}",
        "remind": "Hallo {name}, wir wüssten noch gern, ob jetzt alles gut ist: {link} Wir fragen nicht noch einmal.",
        "closing": "Schön, dass wir das in Ordnung bringen konnten, {name}. Danke, dass Sie es uns gesagt haben.",
    },
    "fr": {
        "ask": "Bonjour {name}, tout est-il rentré dans l’ordre ? Un geste suffit pour nous le dire, et ce que "
        "nous aurions pu mieux faire : {link}",
        "remind": "Bonjour {name}, nous aimerions encore savoir si tout va bien : {link} Nous ne redemanderons pas.",
        "closing": "Heureux d’avoir pu arranger cela, {name}. Merci de nous l’avoir dit.",
    },
    "es": {
        "ask": "Hola {name}, ¿está ya todo bien? Basta un toque, y díganos qué podríamos haber hecho mejor: {link}",
        "remind": "Hola {name}, aún nos gustaría saber si ya está todo bien: {link} No volveremos a preguntar.",
        "closing": "Nos alegra haber podido arreglarlo, {name}. Gracias por decírnoslo.",
    },
}
