"""Posts for the tests of folding: news that is passed on, and what people do to it on the way."""

from __future__ import annotations

import random
from collections.abc import Callable

SUBJECTS = (
    "Acme recalls",
    "The maker Acme withdraws",
    "Retail group Acme stops selling",
    "Regulators warn of",
    "Shops return",
)
THINGS = (
    "its blue teapots",
    "thousands of enamel kettles",
    "a line of stoneware cups",
    "the popular travel mug",
    "all glass carafes",
)
REASONS = (
    "after laboratory tests found lead in the glaze",
    "because handles came off in several households",
    "as the lid may burst while the water boils",
    "following complaints about a strong smell of solvent",
    "since the coating peels off after a few weeks",
)
WHAT = (
    "Buyers are told to stop using them and to return them to any branch for a full refund",
    "The company says that the fault lies with a supplier in the north and that a new series is on its way",
    "Consumer groups call for stricter controls and ask why the warning took the whole summer",
    "The price of its shares fell on the news while rivals reported a rush for their own products",
    "A hotline was set up and the staff in the branches will be trained over the coming days",
)
ASIDES = (
    "The authority in Bern had warned of it before",
    "Similar cases were seen in Norway and in Wales",
    "Experts doubt that the series was ever tested",
    "The town where it is made hopes for an early solution",
    "Antique dealers meanwhile see rising demand",
)
LINK = "https://news.example/2026/teapots"


def stories(count: int, seed: int = 1) -> list[str]:
    """So many different stories of 30 to 45 words; many share a sentence or two, as stories on one matter do."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        parts = [chance.choice(each) for each in (SUBJECTS, THINGS, REASONS)]
        sentences = [" ".join(parts), *chance.sample(WHAT, 1), chance.choice(ASIDES)]
        found[". ".join(sentences) + "."] = None
    return list(found)


def _typos(text: str, chance: random.Random) -> str:
    words = text.split()
    place = chance.randrange(4, len(words) - 4)
    words[place] += words[place][-1] + chance.choice("aeiou")
    return " ".join(words)


PASSED_ON: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda text, _chance: text,
    "shouted": lambda text, _chance: text.upper(),
    "without marks": lambda text, _chance: text.replace(".", "").replace(",", ""),
    "with an emoji": lambda text, _chance: f"😱😱 {text} 👀",
    "as RT": lambda text, _chance: f"RT @daily.example: {text}",
    "with another link": lambda text, chance: f"{text} https://sho.rt/{chance.randrange(10**6):x}",
    "with tags": lambda text, _chance: f"{text} #teapots #recall",
    "with a remark": lambda text, _chance: f"So it goes: {text}",
    "with breaking": lambda text, _chance: f"BREAKING {text}",
    "with a typing error": _typos,
    "cut a little": lambda text, _chance: " ".join(text.split()[:-4]) + "…",
    "with hidden characters": lambda text, _chance: text.replace(" ", " \u200b"),
}
"""What people and spammers do to a text when they pass it on."""

CHANGED: dict[str, Callable[[str, random.Random], str]] = {
    "a number": lambda text, chance: f"{text} It concerns {chance.randrange(100, 999)} pieces",
    "not": lambda text, _chance: (
        text.replace(" are ", " are not ").replace(" is ", " is not ").replace(" lies ", " not ")
    ),
    "a name": lambda text, _chance: text.replace("Acme", "Zenith"),
    "a thing": lambda text, _chance: text.replace("blue", "red").replace("glass", "steel").replace("mug", "bowl"),
}
"""What makes it say something else, in nearly the same words."""

OWN = (
    "I ordered a blue teapot from Acme three weeks ago and it still has not arrived, nobody answers https://p.example/1",
    "Ordered a blue teapot from Acme three weeks ago, still has not arrived and nobody answers https://p.example/1",
    "My Acme teapot came broken and the shop wants the customer to pay for the return, unbelievable https://p.example/2",
    "We waited for the Acme courier the whole day and then the parcel was sent back to them https://p.example/3",
    "Acme took the money and sent nothing. Still waiting for the parcel after three weeks https://p.example/4",
    "Ich habe bei Acme eine blaue Teekanne bestellt und sie kam zerbrochen an, niemand antwortet https://p.example/5",
    "Bestellt, bezahlt und dann drei Wochen lang nichts mehr von Acme gehört, was soll das https://p.example/6",
    "J'ai commandé une théière chez Acme et elle est arrivée cassée, personne ne répond https://p.example/7",
    "Compré una tetera en Acme y llegó rota, nadie responde desde hace tres semanas https://p.example/8",
    "Mijn theepot van Acme kwam kapot aan en niemand van de klantenservice reageert https://p.example/9",
    "Min tekanna från Acme kom trasig och ingen på kundtjänst svarar på mejl sedan i maj https://p.example/10",
    "O meu bule da Acme chegou partido e ninguém responde há três semanas, que vergonha https://p.example/11",
    "La mia teiera di Acme è arrivata rotta e nessuno risponde da tre settimane https://p.example/12",
)
"""Customers who speak for themselves: never folded, however many of them use the same words."""
