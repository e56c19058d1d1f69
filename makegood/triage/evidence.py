"""What an utterance holds, gathered before anything is decided: signals with their weights and the
author's words.

A term inside a longer one counts for the longer one only ("no problem" hides "problem"). A negation up to
three words before praise or displeasure, in the same clause, turns it round ("not happy", "never
disappointed").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from makegood.triage.cues import Book, Hit
from makegood.triage.reader import Topic
from makegood.triage.tokens import Token

__all__ = ["Evidence", "gather"]

NEGATION_REACH = 3
TURNED_PRAISE = 1.2
"""What "not happy" weighs against "happy": people who deny praise complain."""
TURNED_UPSET = 0.6
INTENSE = 1.3
BEFORE_BUT = 0.4
"""Praise weighs less when a "but" follows."""

_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_PRESSED = re.compile(r"[!?]{2,}")
_SIDE = frozenset(
    "neutral person me elsewhere safety threat leaving hurry rumour sarcasm rant noise".split()  # noqa: SIM905
)
"""Signals that neither hide others nor are turned by a negation, but for `neutral`, which hides."""


@dataclass(slots=True)
class Evidence:
    """Signals' summed weights, topics' summed weights, and for each signal the words of its strongest
    term.
    """

    text: str
    weights: dict[str, float] = field(default_factory=dict)
    topics: dict[Topic, float] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    _best: dict[str, float] = field(default_factory=dict)
    cues: int = 0
    negations: int = 0
    turned: bool = False
    opens_kindly: bool = False
    asks: bool = False
    opens_asking: bool = False
    pressed: bool = False
    shouted: bool = False
    words: int = 0

    def of(self, signal: str) -> float:
        """The summed weight of a signal."""
        return self.weights.get(signal, 0.0)

    def best(self, signal: str) -> float:
        """The weight of a signal's heaviest term."""
        return self._best.get(signal, 0.0)

    def add(self, signal: str, weight: float, quote: str = "") -> None:
        """Count a signal; the words of its heaviest term are kept as the quote."""
        self.weights[signal] = self.weights.get(signal, 0.0) + weight
        if weight > self._best.get(signal, 0.0):
            self._best[signal] = weight
            if quote:
                self.quotes[signal] = quote


def gather(text: str, tokens: list[Token], cues: Book) -> Evidence:
    """All evidence in `text`, whose words are `tokens`, by one language's cues."""
    evidence = Evidence(text=text, words=len(tokens))
    evidence.asks = "?" in text and any(text[t.end : t.end + 3].lstrip(" )\"'”»").startswith("?") for t in tokens)
    evidence.pressed = bool(_PRESSED.search(text))
    shouts = len(_SHOUTED.findall(text))
    evidence.shouted = shouts >= 2 and shouts * 3 >= len(tokens)
    negated = {at for at, token in enumerate(tokens) if cues.is_a(token.word, "not")}
    opening = next((token.word for token in tokens if not cues.is_a(token.word, "greet")), "")
    evidence.opens_asking = cues.is_a(opening, "ask")
    last_but = max((at for at, token in enumerate(tokens) if cues.is_a(token.word, "but")), default=-1)
    hits = cues.find(tokens)
    harmless = {at for hit in hits if hit.signal == "neutral" for at in range(hit.first, hit.last)}
    evidence.negations = len(negated - harmless)
    main = [hit for hit in hits if not hit.signal.startswith("topic.") and hit.signal not in _SIDE]
    for hit in _uncovered(main, hits, len(tokens)):
        _count(evidence, hit, tokens, cues, negated, last_but)
    for hit in hits:
        if hit.signal.startswith("topic."):
            topic = Topic(hit.signal[6:])
            evidence.topics[topic] = evidence.topics.get(topic, 0.0) + hit.weight
        elif hit.signal in _SIDE and hit.signal != "neutral":
            evidence.add(hit.signal, hit.weight, _words(text, tokens, hit))
    return evidence


def _words(text: str, tokens: list[Token], hit: Hit) -> str:
    return text[tokens[hit.first].start : tokens[hit.last - 1].end]


def _uncovered(hits: list[Hit], among: list[Hit], count: int) -> list[Hit]:
    """The hits that no longer term covers, each signal's overlaps counted once, longest first.

    `count` is the number of words. Linear in the hits, so that a text made to be slow is not.
    """
    reach = [0] * count
    for hit in among:
        if hit.signal == "neutral":
            reach[hit.first] = max(reach[hit.first], hit.last)
    for at in range(1, count):
        reach[at] = max(reach[at], reach[at - 1])
    owner: list[Hit | None] = [None] * count
    taken: dict[str, bytearray] = {}
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.first - h.last, -h.weight)):
        hidden = reach[hit.first] >= hit.last and hit.signal != "question"
        over = owner[hit.first]
        inside = over is not None and over is owner[hit.last - 1] and over.last - over.first > hit.last - hit.first
        own = taken.setdefault(hit.signal, bytearray(count))
        if hidden or inside or any(own[hit.first : hit.last]):
            continue
        kept.append(hit)
        for at in range(hit.first, hit.last):
            own[at] = 1
            owner[at] = owner[at] or hit
    return kept


def _count(evidence: Evidence, hit: Hit, tokens: list[Token], cues: Book, negated: set[int], last_but: int) -> None:
    clause = tokens[hit.first].clause
    before = range(max(0, hit.first - NEGATION_REACH), hit.first)
    quote = _words(evidence.text, tokens, hit)
    evidence.cues += 1
    weight = hit.weight
    if hit.signal in ("praise", "upset"):
        if any(at in negated and tokens[at].clause == clause for at in before):
            start = next(at for at in before if at in negated)
            quote = evidence.text[tokens[start].start : tokens[hit.last - 1].end]
            evidence.turned = True
            if hit.signal == "praise":
                evidence.add("complaint", weight * TURNED_PRAISE, quote)
            else:
                evidence.add("praise", weight * TURNED_UPSET, quote)
            return
        if any(cues.is_a(tokens[at].word, "very") for at in before[-2:]):
            weight *= INTENSE
        if hit.signal == "praise":
            evidence.opens_kindly = evidence.opens_kindly or hit.first <= 1
            if hit.first < last_but:
                weight *= BEFORE_BUT
    elif hit.signal == "thanks":
        evidence.opens_kindly = evidence.opens_kindly or hit.first <= 1
    evidence.add(hit.signal, weight, quote)
