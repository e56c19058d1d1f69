"""What customers are written before the shop has words of its own, and the foot that stands under every mail."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FIRST_WORDS", "FOOT"]

FIRST_WORDS: Mapping[str, tuple[str, str]] = {
    "en": (
        "Did it arrive? Your order {order}",
        (
            "Hi {name},\n\ndid your order {order} arrive, and is it as you hoped? Two taps tell us:\n\n{link}\n\n"
            "If something is wrong, we would like to put it right.\n\n{shop}"
        ),
    ),
    "de": (
        "Ist alles angekommen? Ihre Bestellung {order}",
        (
            "Hallo {name},\n\nist Ihre Bestellung {order} angekommen, und ist alles, wie Sie es sich vorgestellt haben?"
            " Zweimal tippen genügt:\n\n{link}\n\nStimmt etwas nicht, möchten wir es in Ordnung bringen.\n\n{shop}"
        ),
    ),
    "fr": (
        "Est-ce bien arrivé ? Votre commande {order}",
        (
            "Bonjour {name},\n\nvotre commande {order} est-elle arrivée, et est-elle comme vous l’espériez ? "
            "Deux gestes suffisent :\n\n{link}\n\nSi quelque chose ne va pas, nous voulons y remédier.\n\n{shop}"
        ),
    ),
    "es": (
        "¿Ha llegado bien? Su pedido {order}",
        (
            "Hola {name}:\n\n¿ha llegado su pedido {order} y es como esperaba? Bastan dos toques:\n\n{link}\n\n"
            "Si algo no está bien, queremos arreglarlo.\n\n{shop}"
        ),
    ),
}
"""Subject and words, by language."""

FOOT: Mapping[str, str] = {
    "en": "You get this mail because you agreed to it. No more mail from {shop}, at once and for good:\n{stop}",
    "de": "Sie erhalten diese Mail, weil Sie zugestimmt haben. Keine Mails mehr von {shop}, sofort und auf Dauer:\n"
    "{stop}",
    "fr": "Vous recevez ce message parce que vous l’avez accepté. Plus aucun message de {shop}, dès maintenant et pour "
    "de bon :\n{stop}",
    "es": "Recibe este mensaje porque lo aceptó. No recibir más mensajes de {shop}, desde ahora y para siempre:\n"
    "{stop}",
}
