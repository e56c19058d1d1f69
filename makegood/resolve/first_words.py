"""What a new shop starts with, in the languages that people see Makegood in. It is theirs to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FIRST_WORDS", "FirstWords"]


@dataclass(frozen=True)
class FirstWords:
    """Reasons as (name, cause), what the customer is told by kind of remedy, and the policy's name and conditions.

    "outcome" asks whether it is right now. What is in brackets is said to the customer alone: see
    `makegood.resolve.wording`.
    """

    reasons: tuple[tuple[str, str], ...]
    templates: Mapping[str, str]
    policy: str
    conditions: str


_ENGLISH = FirstWords(
    reasons=(
        ("Charged twice", "payment"),
        ("Came late", "delivery"),
        ("Never arrived", "delivery"),
        ("Arrived damaged", "packing"),
        ("Faulty", "quality"),
        ("Wrong item", "picking"),
        ("Not as described", "description"),
        ("Answered too late", "service"),
        ("Goodwill", "goodwill"),
    ),
    templates={
        "refund": "Hi {name}, we have sent your money back[: {amount}][ for order {order}]. "
        "It takes your bank a few days to show it.",
        "replacement": "Hi {name}, a replacement[ for order {order}] is on its way. Keep the first one, or pass it on.",
        "return": "Hi {name}, you can send it back to us. Your return number is {number}; please send it by {date}.",
        "voucher": "Hi {name}, there is a voucher for you[: {code}, worth {amount} with your next order, "
        "until {date}].",
        "gift": "Hi {name}, we are sending you a little something. We are sorry for the trouble.",
        "call": "Hi {name}, we would like to talk it over with you. Would {date} suit you?",
        "courier": "Hi {name}, a courier brings it to you on {date}.",
        "apology": "Hi {name}, we are sorry. This is what happened, and what we are doing about it:",
        "outcome": "Hi {name}, did this make it right for you? If anything is missing, please tell us.",
    },
    policy="Returns within 14 days",
    conditions="Unused, in its packing. Who sends something back because it is faulty needs to keep to no time.",
)
_GERMAN = FirstWords(
    reasons=(
        ("Doppelt abgebucht", "Zahlung"),
        ("Kam zu spät", "Lieferung"),
        ("Nie angekommen", "Lieferung"),
        ("Beschädigt angekommen", "Verpackung"),
        ("Fehlerhaft", "Qualität"),
        ("Falscher Artikel", "Versand"),
        ("Nicht wie beschrieben", "Beschreibung"),
        ("Zu spät geantwortet", "Service"),
        ("Kulanz", "Kulanz"),
    ),
    templates={
        "refund": "Hallo {name}, Ihr Geld ist auf dem Weg zurück[: {amount}][ für Bestellung {order}]. "
        "Ihre Bank braucht einige Tage.",
        "replacement": "Hallo {name}, Ersatz[ für Bestellung {order}] ist unterwegs. Behalten Sie den ersten gern.",
        "return": "Hallo {name}, Sie können es zurückschicken. Ihre Rücksendenummer ist {number}; bitte bis {date}.",
        "voucher": "Hallo {name}, es gibt einen Gutschein für Sie[: {code}, {amount} wert bei Ihrer nächsten "
        "Bestellung, bis {date}].",
        "gift": "Hallo {name}, wir schicken Ihnen eine Kleinigkeit. Der Ärger tut uns leid.",
        "call": "Hallo {name}, wir würden gern mit Ihnen darüber sprechen. Passt Ihnen {date}?",
        "courier": "Hallo {name}, ein Kurier bringt es Ihnen am {date}.",
        "apology": "Hallo {name}, es tut uns leid. Das ist passiert, und das tun wir dagegen:",
        "outcome": "Hallo {name}, ist es damit für Sie wieder gut? Wenn etwas fehlt, sagen Sie es uns bitte.",
    },
    policy="Rückgabe innerhalb von 14 Tagen",
    conditions="Unbenutzt, in der Verpackung. Für Fehlerhaftes gilt keine Frist.",
)
_FRENCH = FirstWords(
    reasons=(
        ("Débité deux fois", "paiement"),
        ("Arrivé en retard", "livraison"),
        ("Jamais arrivé", "livraison"),
        ("Arrivé abîmé", "emballage"),
        ("Défectueux", "qualité"),
        ("Mauvais article", "préparation"),
        ("Non conforme à la description", "description"),
        ("Réponse trop tardive", "service"),
        ("Geste commercial", "geste commercial"),
    ),
    templates={
        "refund": "Bonjour {name}, votre remboursement est en route[ : {amount}][ pour la commande {order}]. "
        "Votre banque met quelques jours à l’afficher.",
        "replacement": "Bonjour {name}, un remplacement[ pour la commande {order}] est en route. Gardez le premier.",
        "return": "Bonjour {name}, vous pouvez le renvoyer. Votre numéro de retour est {number}, avant le {date}.",
        "voucher": "Bonjour {name}, un bon d’achat vous attend[ : {code}, {amount} sur la prochaine commande, "
        "jusqu’au {date}].",
        "gift": "Bonjour {name}, nous vous envoyons un petit quelque chose. Désolés pour le souci.",
        "call": "Bonjour {name}, nous aimerions en parler avec vous. Est-ce que {date} vous conviendrait ?",
        "courier": "Bonjour {name}, un coursier vous l’apporte le {date}.",
        "apology": "Bonjour {name}, nous sommes désolés. Voici ce qui s’est passé, et ce que nous faisons :",
        "outcome": "Bonjour {name}, est-ce que tout est réglé pour vous ? S’il manque quelque chose, dites-le-nous.",
    },
    policy="Retour sous 14 jours",
    conditions="Non utilisé, dans son emballage. Ce qui est défectueux n’a pas de délai.",
)
_SPANISH = FirstWords(
    reasons=(
        ("Cobrado dos veces", "pago"),
        ("Llegó tarde", "entrega"),
        ("Nunca llegó", "entrega"),
        ("Llegó dañado", "embalaje"),
        ("Defectuoso", "calidad"),
        ("Artículo equivocado", "preparación"),
        ("No es como se describe", "descripción"),
        ("Respuesta tardía", "servicio"),
        ("Cortesía", "cortesía"),
    ),
    templates={
        "refund": "Hola {name}, su reembolso está en camino[: {amount}][ del pedido {order}]. "
        "Su banco tarda unos días en mostrarlo.",
        "replacement": "Hola {name}, un reemplazo[ del pedido {order}] está en camino. Puede quedarse con el primero.",
        "return": "Hola {name}, puede devolverlo. Su número de devolución es {number}; envíelo antes del {date}.",
        "voucher": "Hola {name}, hay un vale para usted[: {code}, {amount} en su próximo pedido, hasta el {date}].",
        "gift": "Hola {name}, le enviamos un pequeño detalle. Sentimos las molestias.",
        "call": "Hola {name}, nos gustaría hablarlo con usted. ¿Le viene bien {date}?",
        "courier": "Hola {name}, un mensajero se lo lleva el {date}.",
        "apology": "Hola {name}, lo sentimos. Esto es lo que pasó, y lo que hacemos al respecto:",
        "outcome": "Hola {name}, ¿ha quedado todo bien para usted? Si falta algo, díganoslo, por favor.",
    },
    policy="Devoluciones en 14 días",
    conditions="Sin usar, en su embalaje. Lo defectuoso no tiene plazo.",
)
FIRST_WORDS: Mapping[str, FirstWords] = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH}
