"""How somebody is asked to speak well, or not to speak: English, German, French, Spanish, in lower case.

A sentence has to name what is said in public, do something with it, and ask for it: "thank you for your feedback, we
give you a voucher" passes, "please write a review and get a voucher" does not.
"""

from __future__ import annotations

import re

__all__ = ["ASKED", "GIVE", "KIND", "SAID", "SENTENCES", "SILENCE", "TAKE_BACK", "TRADE"]


def _any(*wordings: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(wordings) + r")\b")


SENTENCES = re.compile(r"[.!?\n;。！？]+")
SAID = _any(
    r"reviews?|ratings?|testimonials?|(?:\d|four|five)[- ]stars?|feedback",
    r"your (?:\w+ )?(?:posts?|tweets?|comments?|complaints?)",
    r"bewertung(?:en)?|rezension(?:en)?|(?:\d|vier|fünf) sterne",
    r"(?:dein|ihr)\w* (?:\w+ )?(?:beitr(?:ag|äge)|kommentare?|beschwerden?)",
    r"avis|(?:\d|quatre|cinq) étoiles|(?:votre|ton|vos|tes) (?:commentaires?|publications?|plaintes?)",
    r"reseñas?|opinion(?:es)?|opinión|(?:\d|cuatro|cinco) estrellas|valoraci(?:ón|ones)",
    r"(?:tus?|sus?) (?:comentarios?|publicaci(?:ón|ones)|quejas?)",
)
ASKED = _any(
    r"if you|when you|once you|after you|as soon as|provided|as long as|in (?:return|exchange)",
    r"please|(?:c|w)ould you|can you|will you|all we ask|and (?:get|receive)",
    r"wenn|sobald|falls|nachdem|im gegenzug|dafür|bitte|könn(?:test|ten|t)|würde(?:st|n|t)",
    r"si (?:vous|tu)|quand (?:vous|tu)|dès que|une fois|en (?:échange|retour)|contre",
    r"merci de|pourr(?:iez|ais)|pouvez|peux",
    r"si (?:usted|nos|lo|la|dej\w+|escrib\w+|public\w+|borr\w+|elimin\w+)|cuando|a cambio",
    r"por favor|podr[ií]as?|puedes?",
)
TRADE = re.compile(
    r"\b(?:for|für|pour|contre|por) "
    r"(?:an?|each|every|writing|leaving|posting|eine?n?|jede\w*|une?|chaque|cada|una) (?:\w+ ){0,3}?"
    r"(?:reviews?|ratings?|testimonials?|bewertung|rezension|avis|reseña|opinión|valoración)\b"
)
TAKE_BACK = _any(
    r"delet\w*|remov\w*|tak(?:e|ing) (?:\w+ ){0,4}down|withdraw\w*|retract\w*|chang(?:e|ing)|updat(?:e|ing)",
    r"edit(?:ing)?|revis(?:e|ing)|reconsider\w*",
    r"\w*lösch\w*|entfern\w*|zurück(?:zu)?(?:nehm|zieh)\w*|änder\w*|anpass\w*",
    r"supprim\w*|retir\w*|modifi\w*|borr\w*|elimin\w*|cambi(?:ar|es|as)",
)
GIVE = _any(
    r"leav(?:e|ing)|writ(?:e|ing)|post(?:ing)?|giv(?:e|ing)|shar(?:e|ing)|rat(?:e|ing)|submit\w*|publish\w*",
    r"schreib\w*|hinterl\w*|geben|gebt|gib|gibst|abgeb\w*|abgibst|teil(?:en|st)|veröffentlich\w*|bewerte\w*",
    r"laiss\w*|écri\w*|donn\w*|publi(?:er|ez|es)|partag\w*|mett(?:re|ez|ant)",
    r"dej(?:a|ar|as|es|e)|escrib\w*|dar|das|publi(?:car|cas|ques)|compart\w*|pon(?:er|es|ga|gas)",
)
KIND = _any(
    r"good|great|nice|kind|positive|favou?rable|(?:four|five|[45])[- ]stars?",
    r"gute?[nrs]?|positive[nrs]?|nette?[nrs]?|(?:vier|fünf|[45]) sterne",
    r"bons? avis|bonnes? notes?|positifs?|(?:quatre|cinq|[45]) étoiles",
    r"buen[ao]?s?|positiv[ao]s?|(?:cuatro|cinco|[45]) estrellas",
)
SILENCE = _any(
    r"keep (?:this|it) (?:quiet|between us|to yourself)",
    r"(?:don['’]?t|do not|not to|never) (?:post|tweet|write|talk|speak|mention)",
    r"behalt\w* (?:\w+ ){1,2}für (?:dich|sich|euch)|nichts? (?:darüber|davon) (?:zu )?(?:schreib|erzähl|post)\w*",
    r"gard\w* (?:ça|cela|le) pour (?:vous|toi)|n['’]en parl\w* pas|no (?:lo )?(?:publi|cuent|coment)\w*",
    r"entre nosotros",
)
