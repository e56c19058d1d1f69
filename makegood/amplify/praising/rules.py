"""How much a praise is worth carrying on, and what an answer to a question for permission says: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10

from makegood.kit.text import squash

__all__ = ["MOST_REASONS", "Facts", "PraiseError", "Reason", "answer_of", "rank_of", "takes_back"]

Reason = tuple[str, str]

FEW_WORDS, MANY_WORDS = 8, 20
MOST_REASONS = 8
SPECIFIC = {"product": 2.0, "person": 2.0, "topic": 1.5, "number": 0.5, "picture": 1.0, "stars": 0.5, "detailed": 1.5}
"""What each sign of a specific praise counts. A thousand followers count 3, as much as a named person and a picture."""
LONG_ENOUGH = 0.5
RESHARED = 2.0
"""What ten reshares count: whoever passes it on has chosen it, whoever follows may not even see it."""


class PraiseError(Exception):
    """Something that cannot be done with a praise, in a sentence that says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Facts:
    """What is known of a praise. `products` and `people` are names that the shop would know again in a text.

    `topics` are what triage found it to be about, as slugs. `followers` and `reposts` are None where the network does
    not say.
    """

    text: str
    followers: int | None = None
    reposts: int | None = None
    topics: Sequence[str] = ()
    products: Iterable[str] = ()
    people: Iterable[str] = ()
    pictures: int = 0
    rating: int | None = None


def rank_of(facts: Facts) -> tuple[float, list[Reason]]:
    """How high it stands in the queue (0 or more, higher first), and why: codes with their values, reach first.

    Reach counts by powers of ten, as a post is not ten times as welcome for ten times the followers.
    """
    reach: list[tuple[float, Reason]] = []
    if facts.followers:
        reach.append((log10(facts.followers + 1), ("followers", str(facts.followers))))
    if facts.reposts:
        reach.append((RESHARED * log10(facts.reposts + 1), ("reposts", str(facts.reposts))))
    found = [*reach, *_specific(facts)]
    return round(sum(weight for weight, _reason in found), 3), [reason for _weight, reason in found][:MOST_REASONS]


def _specific(facts: Facts) -> list[tuple[float, Reason]]:
    signs: list[Reason] = []
    if product := _named(facts.text, facts.products):
        signs.append(("product", product))
    if person := _named(facts.text, facts.people):
        signs.append(("person", person))
    signs += [("topic", slug) for slug in facts.topics if slug != "other"][:1]
    words = len(re.findall(r"\w+", facts.text))
    if words >= MANY_WORDS:
        signs.append(("detailed", str(words)))
    if re.search(r"\d", facts.text):
        signs.append(("number", ""))
    if facts.pictures:
        signs.append(("picture", str(facts.pictures)))
    if facts.rating is not None and facts.rating >= 4:
        signs.append(("stars", str(facts.rating)))
    found = [(SPECIFIC[code], (code, value)) for code, value in signs]
    if FEW_WORDS <= words < MANY_WORDS:
        found.append((LONG_ENOUGH, ("words", str(words))))
    return found


def _named(text: str, names: Iterable[str]) -> str:
    """The longest of these names that stands in the text as whole words; "" when none does."""
    said = squash(text).casefold()
    for name in sorted({squash(each) for each in names}, key=len, reverse=True):
        if len(name) > 2 and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", said):
            return name
    return ""


# What people answer to "may we?", in the languages in which shops are answered most. Only what is clear is proposed,
# and a person decides in any case: what is not recognised here costs a look, never a permission.
_YES = re.compile(
    r"\b(yes|yep|yeah|yup|sure|of course|certainly|absolutely|definitely|please do|go ahead|go for it|feel free"
    r"|by all means|you may|you can|happy to|fine (?:by|with) me|no problem|with pleasure|be my guest|okay|ok|gladly"
    r"|ja|klar|gern|gerne|natürlich|na klar|selbstverständlich|sehr gern|kein problem|macht nur|dürft ihr"
    r"|oui|bien sûr|avec plaisir|volontiers|d'accord|pas de problème|allez-y"
    r"|sí|claro|por supuesto|adelante|vale|con gusto|sin problema"
    r"|certo|volentieri|va bene|nessun problema|con piacere"
    r"|natuurlijk|graag|prima|geen probleem|tuurlijk)(?!\w)",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(no|nope|not|don['’]?t|do not|rather not|never|please stop|cannot|can['’]?t|won['’]?t"
    r"|nein|nicht|kein|keine|lieber nicht|niemals|non|pas|jamais|nunca|tampoco|mai|nee|niet|geen|liever niet)(?!\w)",
    re.IGNORECASE,
)
_HARMLESS_NO = re.compile(
    r"\b(no problem|not a problem|no worries|why not|kein problem|pas de problème|sin problema|nessun problema"
    r"|geen probleem|warum nicht|pourquoi pas|por qué no|perché no|waarom niet)(?!\w)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(but|if|unless|only|except|without|as long as|once|depends|aber|wenn|falls|nur|außer|ohne|sofern|solange"
    r"|mais|si|seulement|sauf|sans|pero|solo|sólo|excepto|sin mi|ma|se|soltanto|tranne|senza"
    r"|maar|als|alleen|behalve)(?!\w)",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(take (?:it|this|that|them|my \w+) down|take down|remove (?:it|this|that|my)|delete (?:it|this|that|my)"
    r"|(?:stop|don['’]?t|do not|no longer|not) (?:\w+ ){0,2}?(?:shar|us|show|post|repost|boost|display)\w*"
    r"|take (?:it|that|this) back|withdraw my|revoke|changed my mind"
    r"|(?:bitte )?(?:lösch|entfern|nehmt|nimm)\w* (?:\w+ ){0,3}?(?:wieder |bitte )?"
    r"(?:runter|raus|weg|weglassen|beitrag|post|das|es)"
    r"|nicht mehr (?:\w+ ){0,2}?(?:teil|zeig|verwend|nutz)\w*|zurückziehen|widerruf\w*"
    r"|(?:retir|supprim|enlev)\w+|ne (?:\w+ ){0,2}plus (?:partag|utilis|montr)\w*"
    r"|(?:borr|elimin|quit|retir)(?:a|e|ad|en|ar)\w*|(?:rimuov|cancell|toglie)\w*|(?:verwijder|haal)\w*)",
    re.IGNORECASE,
)
LONGEST_ANSWER = 300
"""Characters of an answer that is read for yes or no; who writes more says more than that."""


def answer_of(text: str) -> str:
    """What a message says to a question for permission: "yes", "no", or "" where it is not clear.

    Clear is a short yes without a condition or a question of its own, or a short no.
    """
    said = squash(re.sub(r"@[\w.@-]+|https?://\S+", " ", text))
    if not said or len(said) > LONGEST_ANSWER:
        return ""
    rest = _HARMLESS_NO.sub(" yes ", said)
    if _NO.search(rest):
        return "" if _YES.search(rest) else "no"
    unclear = "?" in rest or _CONDITION.search(rest)
    return "yes" if _YES.search(rest) and not unclear else ""


def takes_back(text: str) -> bool:
    """Whether a message may take a permission back. Generous: a person looks at it before anything happens."""
    return _TAKES_BACK.search(squash(text)) is not None
