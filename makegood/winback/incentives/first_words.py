"""What somebody is told of an offer, in the languages that people see Makegood in. The member changes it at will."""

from __future__ import annotations

__all__ = ["offer_words"]

# A voucher is told of in the shop's own words for vouchers, which hold its code.
_WORDS = {
    "en": {
        "gift": "Hi {name}, thank you for bearing with us. We are sending you a little something, just like that.",
        "behind": "Hi {name}, would you like to see how we make it? We would love to show you around, just like that.",
        "founder": "Hi {name}, our founder would like to meet you and hear what we can do better. "
        "Would {date} suit you?",
    },
    "de": {
        "gift": "Hallo {name}, danke für Ihre Geduld mit uns. Wir schicken Ihnen eine Kleinigkeit, einfach so.",
        "behind": "Hallo {name}, möchten Sie sehen, wie wir arbeiten? Wir zeigen es Ihnen gern, einfach so.",
        "founder": "Hallo {name}, wer das hier gegründet hat, möchte Sie gern treffen und hören, "
        "was wir besser machen können. Passt Ihnen {date}?",
    },
    "fr": {
        "gift": "Bonjour {name}, merci de votre patience. Nous vous envoyons une petite attention, comme ça.",
        "behind": "Bonjour {name}, aimeriez-vous voir comment nous travaillons ? Nous vous le montrons volontiers.",
        "founder": "Bonjour {name}, la personne qui a fondé la maison aimerait vous rencontrer et entendre "
        "ce que nous pouvons mieux faire. Le {date} vous irait-il ?",
    },
    "es": {
        "gift": "Hola {name}, gracias por tu paciencia. Te enviamos un detalle, sin más.",
        "behind": "Hola {name}, ¿te gustaría ver cómo lo hacemos? Te lo enseñamos con mucho gusto.",
        "founder": "Hola {name}, quien fundó esta casa quiere conocerte y oír qué podemos hacer mejor. "
        "¿Te va bien el {date}?",
    },
}


def offer_words(kind: str, language: str) -> str:
    """The first words of an offer of this kind, in English where their language is not known; "" for a voucher."""
    return _WORDS.get(language.split("-")[0].lower(), _WORDS["en"]).get(kind, "")
