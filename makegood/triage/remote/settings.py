"""What an outside model is, as plain data: how it is asked and what its labels mean to us."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

import msgspec

from makegood.triage.heads import HEADS, LABELS

__all__ = ["CHAT", "CLASSIFIER", "KINDS", "TEI", "ZERO_SHOT", "ZERO_SHOT_LABELS", "Config", "suggest"]

CLASSIFIER, TEI, ZERO_SHOT, CHAT = "classifier", "tei", "zero_shot", "chat"
KINDS: Final = (CLASSIFIER, TEI, ZERO_SHOT, CHAT)

ZERO_SHOT_LABELS: Final = {
    "a complaint": "intent.complaint",
    "a question": "intent.question",
    "praise": "intent.praise",
    "a suggestion": "intent.suggestion",
    "a threat": "flag.threat",
    "an insult": "flag.abuse",
    "spam": "flag.spam",
    "wanting to speak to a person": "flag.person",
}
"""What a zero-shot model is asked for, where nobody chose otherwise."""


@dataclass(frozen=True)
class Config:
    """How an outside model is asked. `labels` are its labels with ours, "" for one that means nothing to us.

    `url` is the whole address for a classifier, and the base ("…/v1") for a chat model. `heads` are what a chat model
    is asked about. `leave_out` are parameters that this server does not take. Seconds are of one call of the scorer.
    """

    kind: str
    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    labels: dict[str, str] = field(default_factory=dict)
    heads: tuple[str, ...] = tuple(head.name for head in HEADS)
    leave_out: tuple[str, ...] = ()
    seconds: float = 10.0
    price_in: int = 0
    price_out: int = 0
    price_request: int = 0

    def useful(self) -> dict[str, str]:
        """Its labels that mean something to us."""
        return {theirs: ours for theirs, ours in self.labels.items() if ours in LABELS}

    def ready(self) -> bool:
        """Whether what it says could be understood."""
        return bool(self.heads) if self.kind == CHAT else bool(self.useful())

    def digest(self) -> str:
        """A name for this way of asking: 64 hex digits, other ones after any change that may change an answer."""
        told = [self.kind, self.url, self.model, sorted(self.useful().items()), sorted(self.heads)]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def name(self) -> str:
        """What it is called in records: short, and other for another model; at most 15 characters."""
        called = self.model or self.url.rstrip("/").rpartition("/")[2]
        plain = "".join(sign for sign in called.rpartition("/")[2] if sign.isalnum() or sign in ".-_")
        return f"{plain[:10].rstrip('.-_') or 'outside'}~{self.digest()[:4]}"

    def cost(self, tokens_in: int, tokens_out: int, requests: int) -> int:
        """What that costs, in billionths of the currency's smallest unit."""
        return tokens_in * self.price_in + tokens_out * self.price_out + requests * self.price_request


# Words in labels of well-known models, and what they mean to us; the first that fits holds.
_HINTS: Final = (
    ("not_complaint non_complaint no_complaint not_spam ham not_offensive non_toxic non_irony not_irony not_hate", ""),
    ("complain complaint beschwerde anger annoyance disappointment disapproval grievance", "intent.complaint"),
    ("question curiosity confusion inquiry query asking", "intent.question"),
    ("praise gratitude admiration compliment thanks appreciation", "intent.praise"),
    ("suggest suggestion feature_request idea request", "intent.suggestion"),
    ("threat violence", "flag.threat"),
    (
        "toxic severe_toxic toxicity hate hateful offensive insult obscene abuse abusive identity_hate identity_attack",
        "flag.abuse",
    ),
    ("spam scam phishing smishing fraud", "flag.spam"),
    ("irony ironic sarcasm sarcastic", "flag.sarcasm"),
    ("person human agent speak_to_human human_agent", "flag.person"),
    ("negative neg very_negative 1_star 2_stars", "sentiment.negative"),
    ("neutral neu 3_stars mixed", "sentiment.neutral"),
    ("positive pos very_positive 4_stars 5_stars", "sentiment.positive"),
    ("urgent critical immediate high_urgency", "urgency.now"),
    ("delivery shipping shipment courier late_delivery parcel", "topic.delivery"),
    ("refund return cancellation_fee get_refund", "topic.refund"),
    ("billing payment invoice charge", "topic.billing"),
    ("defect broken damaged quality faulty product_quality", "topic.defect"),
    ("staff employee rude service customer_service", "topic.staff"),
    ("account login password", "topic.account"),
    ("website app checkout", "topic.website"),
    ("order ordering purchase", "topic.ordering"),
)
_OURS: Final = {label.partition(".")[2]: label for label in reversed(LABELS) if not label.startswith("severity.")}


def suggest(theirs: str) -> str:
    """What a label of theirs probably means to us, or ""; a person decides."""
    plain = "_".join("".join(sign if sign.isalnum() else " " for sign in theirs.casefold()).split())
    for words, ours in _HINTS:
        if plain in words.split():
            return ours
    if plain != "other" and plain in _OURS:
        return _OURS[plain]
    parts = set(plain.split("_"))
    if parts & {"not", "no", "non"}:
        return ""
    return next((ours for words, ours in _HINTS if parts & set(words.split())), "")
