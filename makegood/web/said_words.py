"""What stands on the page where a customer answers, in the languages we have words for: the only page they see."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import translation

from makegood.winback import api as winback

__all__ = ["SAID_WORDS", "language_of", "shut_words"]

SAID_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "How did we do?",
        "asks": "{shop} asks you",
        "score": "How do you feel about how it was handled?",
        "1": "Very unhappy",
        "2": "Unhappy",
        "3": "So-so",
        "4": "Happy",
        "5": "Very happy",
        "resolved": "Is it resolved?",
        "yes": "Yes",
        "no": "No, not yet",
        "comment": "What would have made it better?",
        "optional": "if you like",
        "send": "Send",
        "who": "Only {shop} reads it. You need no account, and nothing else is asked of you.",
        "choose": "Choose one of the five answers.",
        "long": "That is a little long: 2,000 characters fit.",
        "thanks": "Thank you",
        "kept": "Your answer has reached {shop}.",
        "kept_bad": "Your answer has reached {shop}. It is on their desk again.",
        "yours": "You said: {said}.",
        "change": "Change my answer",
        "stands": "It stays as it is now. If something has changed, write to {shop}.",
        "own": "You work for {shop}: this is what your customer sees. Only they can answer.",
        "shut": "This page is not open",
        "wrong": "The link is not right. It may have been cut off: try the whole of it.",
        "expired": "It was open for two months. If something is still not right, please write to {shop}.",
        "gone": "There is nothing here to answer any more. What was said then has been deleted, as was wished.",
    },
    "de": {
        "title": "Wie war es?",
        "asks": "{shop} fragt Sie",
        "score": "Wie zufrieden sind Sie damit, wie wir es gelöst haben?",
        "1": "Sehr unzufrieden",
        "2": "Unzufrieden",
        "3": "Teils, teils",
        "4": "Zufrieden",
        "5": "Sehr zufrieden",
        "resolved": "Ist es in Ordnung?",
        "yes": "Ja",
        "no": "Nein, noch nicht",
        "comment": "Was hätte es besser gemacht?",
        "optional": "wenn Sie mögen",
        "send": "Senden",
        "who": "Nur {shop} liest es. Sie brauchen kein Konto, und mehr wird nicht gefragt.",
        "choose": "Wählen Sie eine der fünf Antworten.",
        "long": "Das ist etwas lang: 2000 Zeichen passen.",
        "thanks": "Danke",
        "kept": "Ihre Antwort ist bei {shop} angekommen.",
        "kept_bad": "Ihre Antwort ist bei {shop} angekommen. Man kümmert sich wieder darum.",
        "yours": "Sie sagten: {said}.",
        "change": "Antwort ändern",
        "stands": "Sie bleibt nun, wie sie ist. Hat sich etwas geändert, schreiben Sie {shop}.",
        "own": "Sie arbeiten für {shop}: So sieht es Ihr Kunde. Antworten kann nur er.",
        "shut": "Diese Seite ist nicht offen",
        "wrong": "Der Link stimmt nicht. Vielleicht wurde er abgeschnitten: Versuchen Sie ihn ganz.",
        "expired": "Sie war zwei Monate offen. Ist noch etwas nicht in Ordnung, schreiben Sie bitte {shop}.",
        "gone": "Hier gibt es nichts mehr zu beantworten. Was damals gesagt wurde, ist wie gewünscht gelöscht.",
    },
    "fr": {
        "title": "Comment était-ce ?",
        "asks": "{shop} vous demande",
        "score": "Êtes-vous content de la façon dont cela a été réglé ?",
        "1": "Très mécontent",
        "2": "Mécontent",
        "3": "Moyen",
        "4": "Content",
        "5": "Très content",
        "resolved": "Est-ce réglé ?",
        "yes": "Oui",
        "no": "Non, pas encore",
        "comment": "Qu’est-ce qui aurait été mieux ?",
        "optional": "si vous voulez",
        "send": "Envoyer",
        "who": "Seul {shop} le lit. Aucun compte n’est nécessaire, et rien d’autre n’est demandé.",
        "choose": "Choisissez l’une des cinq réponses.",
        "long": "C’est un peu long : 2 000 caractères tiennent.",
        "thanks": "Merci",
        "kept": "Votre réponse est arrivée chez {shop}.",
        "kept_bad": "Votre réponse est arrivée chez {shop}. On s’en occupe de nouveau.",
        "yours": "Vous avez dit : {said}.",
        "change": "Changer ma réponse",
        "stands": "Elle reste maintenant telle quelle. Si quelque chose a changé, écrivez à {shop}.",
        "own": "Vous travaillez pour {shop} : voici ce que voit votre client. Lui seul peut répondre.",
        "shut": "Cette page n’est pas ouverte",
        "wrong": "Le lien n’est pas juste. Il a peut-être été coupé : essayez-le en entier.",
        "expired": "Elle était ouverte deux mois. Si quelque chose ne va toujours pas, écrivez à {shop}.",
        "gone": "Il n’y a plus rien à répondre ici. Ce qui a été dit a été effacé, comme demandé.",
    },
    "es": {
        "title": "¿Qué tal fue?",
        "asks": "{shop} le pregunta",
        "score": "¿Está contento con cómo se resolvió?",
        "1": "Muy descontento",
        "2": "Descontento",
        "3": "Regular",
        "4": "Contento",
        "5": "Muy contento",
        "resolved": "¿Está resuelto?",
        "yes": "Sí",
        "no": "No, todavía no",
        "comment": "¿Qué lo habría hecho mejor?",
        "optional": "si quiere",
        "send": "Enviar",
        "who": "Solo lo lee {shop}. No necesita cuenta, y no se le pide nada más.",
        "choose": "Elija una de las cinco respuestas.",
        "long": "Es un poco largo: caben 2000 caracteres.",
        "thanks": "Gracias",
        "kept": "Su respuesta ha llegado a {shop}.",
        "kept_bad": "Su respuesta ha llegado a {shop}. Vuelven a ocuparse de ello.",
        "yours": "Usted dijo: {said}.",
        "change": "Cambiar mi respuesta",
        "stands": "Ahora queda como está. Si algo ha cambiado, escriba a {shop}.",
        "own": "Usted trabaja para {shop}: esto es lo que ve su cliente. Solo él puede responder.",
        "shut": "Esta página no está abierta",
        "wrong": "El enlace no es correcto. Quizá se cortó: pruébelo entero.",
        "expired": "Estuvo abierta dos meses. Si algo sigue sin estar bien, escriba a {shop}.",
        "gone": "Aquí ya no hay nada que responder. Lo que se dijo se ha borrado, como se pidió.",
    },
}


def language_of(wanted: str) -> str:
    """The language of the page: the one the conversation is in, else the reader's browser's, else English."""
    for each in (wanted, translation.get_language() or ""):
        short = each.split("-")[0].lower()
        if short in SAID_WORDS:
            return short
    return "en"


def shut_words(why: winback.Shut, words: Mapping[str, str], shop: str) -> str:
    """Why the page is not open, in words."""
    # Without a shop nobody can be named: the link was not one of ours.
    return words[str(why)].replace("{shop}", shop)
