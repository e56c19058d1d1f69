"""Rules and model together.

The model was made for English: there its calibrated probabilities decide. Where we have cues of our own (German,
French, Spanish) they lead, and elsewhere both have their say. Stars and own posts are what the rules have of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from makegood.triage.cues import LANGUAGES
from makegood.triage.heads import FLAGS, SENTIMENTS, SEVERITIES
from makegood.triage.reader import Doubt, Intent, Reason, Topic, Urgency
from makegood.triage.scoring import Scores
from makegood.triage.weighing import COMPLAINT_FROM, MAX_TOPICS, OTHER_FROM, Found, Reading, by_rules

__all__ = ["joined", "trust"]

WELL_READ = "en"
TRUST_BESIDE_CUES, TRUST_ELSEWHERE = 0.2, 0.5
"""What the model's word weighs, of 1, in a language whose cues we have, and in any other but its own."""
BELIEVED = 0.5
"""From this trust on what only the model says counts by itself."""
THRESHOLD = 0.5
"""Where nobody chose one."""
CUES_BESIDE_MODEL = 0.35
"""What the cues' topics weigh beside a model that is to be believed."""
SERIOUS = 3
"""The severity, of 4, that danger and threats have at the least."""
CLOSE = 0.7
"""A share of the threshold: from there to the threshold it is all but a complaint."""
_READS = {
    Intent.COMPLAINT: "Reads like a complaint: {} in 100 such posts are.",
    Intent.QUESTION: "Reads like a question: {} in 100 such posts are.",
    Intent.PRAISE: "Reads like praise: {} in 100 such posts are.",
    Intent.SUGGESTION: "Reads like an idea: {} in 100 such posts are.",
    Intent.OTHER: "Reads as if it asked for nothing: {} in 100 such posts do not.",
}
_FLAGGED = {
    "abuse": "Reads like abuse: {} in 100 such posts are.",
    "threat": "Reads like a threat: {} in 100 such posts are.",
    "spam": "Reads like spam: {} in 100 such posts are.",
    "sarcasm": "Reads as if it meant the opposite: {} in 100 such posts do.",
    "person": "They seem to ask for a person: {} in 100 such posts do.",
}


def trust(language: str, cues: int) -> float:
    """What the model's word weighs in a language, from 0 to 1; `cues` is how many were found."""
    if language in LANGUAGES and language != WELL_READ:
        return TRUST_BESIDE_CUES
    # Where no cue was found in a language without cues, that they are silent says nothing.
    return 1.0 if language == WELL_READ or not cues else TRUST_ELSEWHERE


def joined(reading: Reading, scores: Scores, thresholds: Mapping[str, float]) -> Found:
    """What it is, by rules and model. `thresholds` are by label; those it lacks are 0.5."""
    rules = by_rules(reading)
    if reading.own:
        return rules
    weight = trust(reading.language, reading.evidence.cues)
    believed = weight >= BELIEVED
    intents = {intent: _intent(intent, reading, rules, scores, thresholds, weight) for intent in Intent}
    held = {intent for intent, chance in intents.items() if chance >= _from(thresholds, f"intent.{intent}")}
    rated = reading.activity.rating is not None
    intent = _leading(intents, held, thresholds) if believed and not rated else rules.intent
    unkind = (reading.activity.rating or 5) <= 3 and Intent.COMPLAINT in held
    # Whoever may have been hurt is heard, whatever a model says.
    if unkind or (rules.intent is Intent.COMPLAINT and reading.evidence.of("safety") >= 1):
        intent = Intent.COMPLAINT
    complains = intent is Intent.COMPLAINT or Intent.COMPLAINT in held
    flags = tuple(flag for flag in FLAGS if flag in rules.flags or _flagged(flag, scores, thresholds, believed))
    return Found(
        intents={each: round(chance, 3) for each, chance in intents.items()},
        intent=intent,
        severity=_severity(reading, rules, scores, believed) if complains else 0,
        sentiment=_sentiment(rules, scores, believed and not rated),
        topics=_topics(reading, rules, scores, thresholds, weight),
        flags=flags,
        doubts=_doubts(rules, intents, held, flags, thresholds),
        pressing=_pressing(scores, thresholds) if believed else None,
        reasons=_reasons(intent, flags, scores, thresholds),
    )


def _from(thresholds: Mapping[str, float], label: str) -> float:
    return min(0.99, max(0.01, thresholds.get(label, THRESHOLD)))


def _intent(
    intent: Intent, reading: Reading, rules: Found, scores: Scores, thresholds: Mapping[str, float], weight: float
) -> float:
    """A probability; what the rules say is moved so that their threshold falls on the model's."""
    label = f"intent.{intent}"
    said, felt = scores.of(label), rules.intents[intent]
    if weight == 1 and reading.activity.rating is None:
        return said
    own = COMPLAINT_FROM if intent is Intent.COMPLAINT else OTHER_FROM
    moved = _logistic(_logit(felt) - _logit(own) + _logit(_from(thresholds, label)))
    if reading.activity.rating is not None:
        return max(said * weight, moved) if intent is not Intent.OTHER else moved
    return _logistic(weight * _logit(said) + (1 - weight) * _logit(moved))


def _logit(chance: float) -> float:
    kept = min(0.98, max(0.02, chance))
    return math.log(kept / (1 - kept))


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _leading(intents: Mapping[Intent, float], held: set[Intent], thresholds: Mapping[str, float]) -> Intent:
    """The complaint where there is one, unless kind words or an idea are far likelier; else what is likeliest."""
    complaint = intents[Intent.COMPLAINT]
    if Intent.COMPLAINT in held:
        others = [intents[each] for each in held & {Intent.PRAISE, Intent.SUGGESTION}]
        if not others or complaint >= 0.5 or complaint >= max(others):
            return Intent.COMPLAINT
    open_ones = (held - {Intent.COMPLAINT, Intent.OTHER}) or {Intent.OTHER}
    order = list(Intent)
    return max(open_ones, key=lambda each: (_margin(each, intents, thresholds), -order.index(each)))


def _margin(intent: Intent, intents: Mapping[Intent, float], thresholds: Mapping[str, float]) -> float:
    return _logit(intents[intent]) - _logit(_from(thresholds, f"intent.{intent}"))


def _severity(reading: Reading, rules: Found, scores: Scores, believed: bool) -> int:
    """1 to 4: the likeliest, given that it is a complaint; danger and threats are serious whatever the tone."""
    likeliest = max(SEVERITIES[1:], key=lambda each: scores.of(f"severity.{each}"))
    found = int(likeliest) if believed else max(1, rules.severity)
    danger = reading.evidence.of("safety") >= 1 or reading.evidence.of("threat") >= 1
    return max(found, SERIOUS) if danger else found


def _sentiment(rules: Found, scores: Scores, believed: bool) -> str:
    if not believed:
        return rules.sentiment
    return max(SENTIMENTS, key=lambda each: scores.of(f"sentiment.{each}"))


def _flagged(flag: str, scores: Scores, thresholds: Mapping[str, float], believed: bool) -> bool:
    return believed and scores.of(f"flag.{flag}") >= _from(thresholds, f"flag.{flag}")


def _topics(
    reading: Reading, rules: Found, scores: Scores, thresholds: Mapping[str, float], weight: float
) -> tuple[Topic, ...]:
    told = min(weight, 1 - CUES_BESIDE_MODEL)
    chances: dict[Topic, float] = {}
    for topic in Topic:
        if topic is not Topic.OTHER:
            cues = 1 - 2.0 ** -reading.evidence.topics.get(topic, 0.0)
            chances[topic] = told * scores.of(f"topic.{topic}") + (1 - told) * cues
    # Beside a model that knows the language a cue alone is enough where it is a plain one.
    held = {
        topic: chance
        for topic, chance in chances.items()
        if (weight >= BELIEVED and scores.of(f"topic.{topic}") >= _from(thresholds, f"topic.{topic}"))
        or (weight < BELIEVED and topic in rules.topics)
        or reading.evidence.topics.get(topic, 0.0) >= 1
    }
    ranked = sorted(held, key=lambda topic: (-held[topic], list(Topic).index(topic)))
    return tuple(ranked[:MAX_TOPICS]) or (Topic.OTHER,)


def _doubts(
    rules: Found,
    intents: Mapping[Intent, float],
    held: set[Intent],
    flags: tuple[str, ...],
    thresholds: Mapping[str, float],
) -> list[Doubt]:
    doubts: list[Doubt] = [doubt for doubt in rules.doubts if doubt != Doubt.MIXED]
    if "sarcasm" in flags:
        doubts.append(Doubt.SARCASM)
    if {Intent.COMPLAINT, Intent.PRAISE} <= held:
        doubts.append(Doubt.MIXED)
    line = _from(thresholds, f"intent.{Intent.COMPLAINT}")
    if CLOSE * line <= intents[Intent.COMPLAINT] < line:
        doubts.append(Doubt.CLOSE)
    return list(dict.fromkeys(doubts))


def _pressing(scores: Scores, thresholds: Mapping[str, float]) -> float | None:
    label = f"urgency.{Urgency.NOW}"
    return scores.of(label) if scores.of(label) >= _from(thresholds, label) else None


def _reasons(intent: Intent, flags: tuple[str, ...], scores: Scores, thresholds: Mapping[str, float]) -> list[Reason]:
    found = []
    label = f"intent.{intent}"
    if scores.of(label) >= _from(thresholds, label):
        found.append(Reason(f"model.{intent}", _READS[intent].format(_in_100(scores.of(label)))))
    for flag in flags:
        label = f"flag.{flag}"
        if scores.of(label) >= _from(thresholds, label):
            found.append(Reason(f"model.{flag}", _FLAGGED[flag].format(_in_100(scores.of(label)))))
    return found


def _in_100(chance: float) -> int:
    # Nothing is ever wholly sure.
    return min(99, max(1, round(100 * chance)))
