"""The first reader: weighted cues, a few rules about how they combine, and a reason for everything it says.

A missed complaint is the worst error, so whenever it is close, it is a complaint.
"""

from __future__ import annotations

from functools import lru_cache

from makegood.activity import Activity
from makegood.triage import verdicts
from makegood.triage.cues import LANGUAGES, book
from makegood.triage.evidence import Evidence, gather
from makegood.triage.language import UNDETERMINED, detect
from makegood.triage.reader import Context, Doubt, Intent, Judgement, Reader, Topic
from makegood.triage.tokens import Token, tokenise

__all__ = ["RulesReader", "default_reader"]

COMPLAINT_FROM = 0.35
"""From this score on it is a complaint, whatever else it is as well."""
OTHER_FROM = 0.4
KIND_FROM, KIND_OVER = 1.0, 1.2
"""How heavy praise must be, by itself and against the complaint beside it, to lead."""
CUE, FELT = 1.0, 0.9
"""What complaint terms and words of displeasure weigh against the threshold (tuned on labelled posts, for
recall).
"""
NEGATED, OUR_TOPIC, ELSEWHERE = 0.4, 0.3, 0.4
"""Added for a negation by somebody who says "me" or "you", for trouble of our kind; taken off for the
world's.
"""
HINTS_BESIDE_PRAISE, HINTS_IN_QUESTION = 0.4, 0.7
LONG = 60
"""Words from which mere hints are thinned out."""
MAX_TEXT = 20_000
"""Characters looked at; a long article says what it says before that."""
MAX_TOPICS = 3
TROUBLE = (
    Topic.DELIVERY,
    Topic.DEFECT,
    Topic.BILLING,
    Topic.REFUND,
    Topic.STAFF,
    Topic.ACCOUNT,
    Topic.WEBSITE,
)


class RulesReader:
    """Judges by hand-written cues in English, German, French and Spanish; elsewhere by stars, emoji and
    English.
    """

    version = "rules-1"

    def read(self, activity: Activity, context: Context) -> Judgement:
        """Judge one utterance. Never raises for any text."""
        text = f"{activity.title}\n{activity.text}"[:MAX_TEXT] if activity.title else activity.text[:MAX_TEXT]
        tokens = tokenise(text)
        language, language_reason = detect(text, tokens, activity.language)
        evidence = _gather(text, tokens, language)
        doubts = _doubts(evidence, language, tokens)
        complaint = _complaint(evidence, activity, context, doubts)
        praise = _praise(evidence, activity, complaint)
        noise = _noise(evidence, activity, context)
        automatic = noise >= 1
        plain = evidence.best("complaint") >= 2 or evidence.best("upset") >= 2
        weights = {
            Intent.COMPLAINT: complaint * (0.3 if automatic and not plain else 1.0),
            Intent.QUESTION: _question(evidence, noise),
            Intent.PRAISE: praise * (0.2 if automatic else 1.0),
            Intent.SUGGESTION: evidence.of("suggestion") * (0.3 if automatic else 1.0),
            Intent.OTHER: noise,
        }
        if activity.author.id in context.own_ids:
            weights = {**dict.fromkeys(Intent, 0.0), Intent.OTHER: 4.0}
        scores = {intent: round(1 - 2.0 ** -max(0.0, weight), 3) for intent, weight in weights.items()}
        intent = _leading(scores, weights, evidence, activity)
        if intent is Intent.OTHER:
            scores[intent] = max(scores[intent], 0.5)
        if intent in (Intent.COMPLAINT, Intent.PRAISE) and min(complaint, praise) >= 1:
            doubts.append(Doubt.MIXED)
        response, response_reason = verdicts.response(intent, evidence, activity, context)
        urgency, urgency_reason = verdicts.urgency(intent, response, evidence, activity, context)
        return Judgement(
            language=language,
            language_reason=language_reason,
            intents=scores,
            intent=intent,
            urgency=urgency,
            urgency_reason=urgency_reason,
            topics=_topics(evidence) if intent is not Intent.OTHER or not noise else (Topic.OTHER,),
            response=response,
            response_reason=response_reason,
            reasons=verdicts.reasons(intent, evidence, activity, context, tuple(doubts)),
            doubts=tuple(dict.fromkeys(doubts)),
            version=self.version,
        )


def _gather(text: str, tokens: list[Token], language: str) -> Evidence:
    if language in LANGUAGES:
        return gather(text, tokens, book(language))
    if language == UNDETERMINED:
        return max((gather(text, tokens, book(each)) for each in LANGUAGES), key=lambda found: found.cues)
    return gather(text, tokens, book(LANGUAGES[0]))


def _doubts(evidence: Evidence, language: str, tokens: list[Token]) -> list[Doubt]:
    doubts = []
    if language not in LANGUAGES and language != UNDETERMINED:
        doubts.append(Doubt.LANGUAGE)
    if len(tokens) < 3:
        doubts.append(Doubt.SHORT)
    trouble = evidence.of("complaint") + evidence.of("upset")
    kind = evidence.of("praise") + evidence.of("thanks")
    # "Thanks, ..." opens many honest posts about a problem; "Great, ..." before one hardly ever does.
    enough = 1.0 if evidence.opens_kindly and not evidence.of("thanks") else 2.0
    opening = evidence.opens_kindly and trouble >= enough and not evidence.of("question")
    marked = evidence.of("sarcasm") >= 2 and (trouble >= 0.5 or not kind)
    hinted = evidence.of("sarcasm") >= 1 and kind > 0 and trouble >= 0.5
    if (opening and evidence.of("praise") < 2.5) or marked or hinted:
        doubts.append(Doubt.SARCASM)
    return doubts


def _complaint(evidence: Evidence, activity: Activity, context: Context, doubts: list[Doubt]) -> float:
    """The weight of complaint: 1 is enough to believe it."""
    hints_only = evidence.best("complaint") < 1 and not evidence.of("upset")
    asks = evidence.of("question") >= 1
    ours = any(evidence.topics.get(topic, 0) >= 1 for topic in TROUBLE)
    weight = CUE * evidence.of("complaint") + FELT * evidence.of("upset")
    if hints_only:
        # They count for less beside praise or in a plain question, and a long text gathers some whatever
        # it says.
        weight *= HINTS_BESIDE_PRAISE if evidence.of("praise") >= 1 else min(1.0, LONG / max(1, evidence.words))
        weight *= HINTS_IN_QUESTION if asks else 1.0
    if evidence.negations and (evidence.of("person") or ours):
        weight += NEGATED
    if ours and evidence.of("me") and not evidence.of("praise") and not (hints_only and asks):
        weight += OUR_TOPIC
    if weight > 0:
        weight += 0.2 if evidence.shouted or evidence.pressed else 0.0
        weight += 0.3 if context.complaints_before else 0.0
        weight -= ELSEWHERE if evidence.of("elsewhere") and not ours else 0.0
    return weight + _certain(evidence, activity, doubts, asks, ours)


def _certain(evidence: Evidence, activity: Activity, doubts: list[Doubt], asks: bool, ours: bool) -> float:
    """What needs no words of displeasure: stars, leaving, danger, kind words that can't be meant."""
    weight = {None: 0.0, 1: 3.0, 2: 2.5, 3: 1.0}.get(activity.rating, -0.8)
    weight += 1.0 if Doubt.SARCASM in doubts else 0.0
    weight += 0.5 if evidence.of("leaving") else 0.0
    if evidence.of("safety") and not asks and not evidence.of("noise"):
        weight += 1.0 if evidence.of("me") or ours else 0.5
    return weight


def _praise(evidence: Evidence, activity: Activity, complaint: float) -> float:
    weight = evidence.of("praise") + min(0.8, 0.8 * evidence.of("thanks"))
    if activity.rating is not None:
        weight += {4: 1.5, 5: 2.5}.get(activity.rating, 0.0)
    return weight if complaint < 1 or weight > complaint else weight * 0.7


def _question(evidence: Evidence, noise: float) -> float:
    weight = evidence.of("question")
    if evidence.asks:
        weight += 1.0
    if evidence.opens_asking:
        weight += 0.3
    return weight if noise < 1 else weight * 0.3


def _noise(evidence: Evidence, activity: Activity, context: Context) -> float:
    weight = evidence.of("noise")
    if not weight:
        return 0.0
    if evidence.of("person") == 0:
        weight += 0.5
    if context.is_direct or activity.rating is not None:
        weight *= 0.5
    return weight


def _leading(
    scores: dict[Intent, float], weights: dict[Intent, float], evidence: Evidence, activity: Activity
) -> Intent:
    complaint, praise = weights[Intent.COMPLAINT], weights[Intent.PRAISE]
    suggestion = weights[Intent.SUGGESTION]
    if scores[Intent.COMPLAINT] >= COMPLAINT_FROM:
        clearly_kind = praise >= KIND_FROM and praise >= KIND_OVER * complaint and (activity.rating or 5) > 3
        clearly_idea = suggestion >= 2 and complaint < 2
        if not clearly_kind and not clearly_idea:
            return Intent.COMPLAINT
    order = (Intent.SUGGESTION, Intent.QUESTION, Intent.PRAISE, Intent.OTHER)
    best = max(order, key=lambda intent: (scores[intent], -order.index(intent)))
    if scores[Intent.QUESTION] >= OTHER_FROM and best is Intent.PRAISE and evidence.asks:
        best = Intent.QUESTION
    return best if scores[best] >= OTHER_FROM else Intent.OTHER


def _topics(evidence: Evidence) -> tuple[Topic, ...]:
    ranked = sorted(evidence.topics, key=lambda topic: (-evidence.topics[topic], list(Topic).index(topic)))
    kept = [topic for topic in ranked if evidence.topics[topic] >= 0.5][:MAX_TOPICS]
    return tuple(kept) or (Topic.OTHER,)


@lru_cache(maxsize=1)
def default_reader() -> Reader:
    """The reader the product uses. Building it reads no file; the first judgement does."""
    return RulesReader()
