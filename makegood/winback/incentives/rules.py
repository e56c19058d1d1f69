"""What an offer may not be, by law and by our own word; pure. A refusal names its rule and where the rule stands.

The law is stricter in one place than in another; Makegood keeps to the strictest, for everybody. This is care, not
legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from makegood.winback.incentives import wordings

__all__ = ["AFTER_DAYS", "BETWEEN_DAYS", "GOOD_MOMENTS", "RULES", "Ask", "Offer", "Rule", "breaches", "breaches_in"]

AFTER_DAYS = 365
"""For how long what somebody says of the shop has to say that they were given something."""
BETWEEN_DAYS = 90
GOOD_MOMENTS = ("resolved", "satisfied", "returned", "advocate", "lost")
"""States of a journey in which nothing of theirs is open."""


class Ask(StrEnum):
    """What somebody would have to do for it."""

    NOTHING = "nothing"
    REVIEW = "review"
    GOOD_WORD = "good_word"
    TAKE_BACK = "take_back"
    SILENCE = "silence"
    PERMISSION = "permission"


@dataclass(frozen=True)
class Rule:
    """A rule: why an offer is refused and what to do instead, and where the rule stands."""

    code: str
    sentence: Promise | str
    source: str
    link: str


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(
            "sentiment",
            _("An offer may not depend on kind words. Give it without a condition, or leave it."),
            "16 CFR 465.4",
            "https://www.ecfr.gov/current/title-16/section-465.4",
        ),
        Rule(
            "review",
            _("Nothing is given for a review, kind or not: whoever reads it could not tell. Ask for one another time."),
            "16 CFR 255.5; Digital Markets, Competition and Consumers Act 2024, Schedule 20, paragraph 13 (UK)",
            "https://www.legislation.gov.uk/ukpga/2024/13/schedule/20",
        ),
        Rule(
            "take_back",
            _("Nothing is given for deleting or changing what they said. Make it good, and let them speak."),
            "16 CFR 465.7; Directive 2005/29/EC, Annex I, point 23c (EU)",
            "https://www.ecfr.gov/current/title-16/section-465.7",
        ),
        Rule(
            "silence",
            _("Nothing is given for silence: an agreement not to speak of a purchase is void, and rightly so."),
            "15 U.S.C. 45b (Consumer Review Fairness Act)",
            "https://www.law.cornell.edu/uscode/text/15/45b",
        ),
        Rule(
            "permission",
            _("Permission to show their words is asked for by itself. Paid for, it would be advertising."),
            "16 CFR 255.5",
            "https://www.ecfr.gov/current/title-16/section-255.5",
        ),
        Rule(
            "open",
            _("Their complaint is still open. Make it good first: a gift before that reads as hush money."),
            "Makegood",
            "docs/decisions/0048-incentives.md",
        ),
        Rule(
            "again",
            _("They were offered something in the last three months. What comes too often stops being a gift."),
            "Makegood",
            "docs/decisions/0048-incentives.md",
        ),
    )
}

_OF_ASK = {
    Ask.REVIEW: "review",
    Ask.GOOD_WORD: "sentiment",
    Ask.TAKE_BACK: "take_back",
    Ask.SILENCE: "silence",
    Ask.PERMISSION: "permission",
}


@dataclass(frozen=True)
class Offer:
    """What somebody is about to offer: what for, in which words, and how things stand with the customer.

    `state` is the state of their journey, "" where there is none; `days_since` how long ago they were last offered
    something, None for never.
    """

    ask: str = Ask.NOTHING
    words: str = ""
    state: str = ""
    days_since: int | None = None


def breaches(offer: Offer) -> list[Rule]:
    """The rules that this offer would break, the law first; [] when it may be made."""
    found = {_OF_ASK[Ask(offer.ask)]} if offer.ask in _OF_ASK else set()
    found |= {rule.code for rule in breaches_in(offer.words)}
    if offer.state not in GOOD_MOMENTS:
        found.add("open")
    if offer.days_since is not None and offer.days_since < BETWEEN_DAYS:
        found.add("again")
    return [rule for code, rule in RULES.items() if code in found]


def breaches_in(words: str) -> list[Rule]:
    """The rules that the words of a gift, a voucher or a refund would break by what they ask for in return."""
    found: set[str] = set()
    for sentence in wordings.SENTENCES.split(words.casefold()):
        if wordings.SILENCE.search(sentence):
            found.add("silence")
        traded = bool(wordings.TRADE.search(sentence))
        if not traded and not (wordings.SAID.search(sentence) and wordings.ASKED.search(sentence)):
            continue
        if wordings.TAKE_BACK.search(sentence):
            found.add("take_back")
        elif traded or wordings.GIVE.search(sentence):
            found.add("sentiment" if wordings.KIND.search(sentence) else "review")
    return [rule for code, rule in RULES.items() if code in found]
