"""What the rules make of an utterance, before anybody says what to do about it: weighted cues, and a few rules about
how they combine.

A missed complaint is the worst error, so whenever it is close, it is a complaint.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from makegood.activity import Activity
from makegood.triage.cues import LANGUAGES, book
from makegood.triage.evidence import Evidence, gather
from makegood.triage.heads import FLAGS
from makegood.triage.language import UNDETERMINED, detect
from makegood.triage.reader import Context, Doubt, Intent, Reason, Topic
from makegood.triage.tokens import Token, tokenise

__all__ = [
    "COMPLAINT_FROM",
    "MAX_TOPICS",
    "OTHER_FROM",
    "Found",
    "Reading",
    "by_rules",
    "first_doubts",
    "gathered",
    "text_of",
]

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


@dataclass(slots=True)
class Reading:
    """An utterance and all that the cues found in it."""

    activity: Activity
    context: Context
    language: str
    language_reason: Reason
    evidence: Evidence
    doubts: list[Doubt]

    @property
    def own(self) -> bool:
        """Whether the shop wrote it itself."""
        return self.activity.author.id in self.context.own_ids


@dataclass(slots=True)
class Found:
    """What it is: by the rules, or by rules and model together.

    `pressing` is the model's probability that it cannot wait, where the model is to be believed; `reasons` are those
    that come on top of what the cues say.
    """

    intents: dict[Intent, float]
    intent: Intent
    severity: int
    sentiment: str
    topics: tuple[Topic, ...]
    flags: tuple[str, ...]
    doubts: list[Doubt]
    pressing: float | None = None
    reasons: list[Reason] = field(default_factory=list)


def text_of(activity: Activity) -> str:
    """What is read of an utterance: its title and its text, as far as anybody reads."""
    return f"{activity.title}\n{activity.text}"[:MAX_TEXT] if activity.title else activity.text[:MAX_TEXT]


def gathered(activity: Activity, context: Context) -> Reading:
    """Its language, and what that language's cues find."""
    text = text_of(activity)
    tokens = tokenise(text)
    language, reason = detect(text, tokens, activity.language)
    evidence = _gather(text, tokens, language)
    return Reading(activity, context, language, reason, evidence, first_doubts(evidence, language, tokens))


def by_rules(reading: Reading) -> Found:
    """What it is by the rules alone."""
    activity, context, evidence = reading.activity, reading.context, reading.evidence
    doubts = list(reading.doubts)
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
    if reading.own:
        weights = {**dict.fromkeys(Intent, 0.0), Intent.OTHER: 4.0}
    scores = {intent: round(1 - 2.0 ** -max(0.0, weight), 3) for intent, weight in weights.items()}
    intent = _leading(scores, weights, evidence, activity)
    if intent is Intent.OTHER:
        scores[intent] = max(scores[intent], 0.5)
    if intent in (Intent.COMPLAINT, Intent.PRAISE) and min(complaint, praise) >= 1:
        doubts.append(Doubt.MIXED)
    return Found(
        intents=scores,
        intent=intent,
        severity=_severity(evidence) if scores[Intent.COMPLAINT] >= COMPLAINT_FROM else 0,
        sentiment=_sentiment(scores, intent),
        topics=_topics(evidence) if intent is not Intent.OTHER or not noise else (Topic.OTHER,),
        flags=() if reading.own else _flags(evidence, doubts),
        doubts=list(dict.fromkeys(doubts)),
    )


def _gather(text: str, tokens: list[Token], language: str) -> Evidence:
    if language in LANGUAGES:
        return gather(text, tokens, book(language))
    if language == UNDETERMINED:
        return max((gather(text, tokens, book(each)) for each in LANGUAGES), key=lambda found: found.cues)
    return gather(text, tokens, book(LANGUAGES[0]))


def first_doubts(evidence: Evidence, language: str, tokens: list[Token]) -> list[Doubt]:
    """Why to look twice, before anything is weighed."""
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


def _severity(evidence: Evidence) -> int:
    """From 1 to 4, see `heads.SEVERITIES`: the rules know reproach by its words."""
    if evidence.of("rant") or evidence.of("threat") or evidence.best("upset") >= 2:
        return 4 if evidence.of("rant") else 3
    return 2 if evidence.of("upset") or evidence.of("leaving") or evidence.shouted else 1


def _sentiment(scores: dict[Intent, float], intent: Intent) -> str:
    if intent is Intent.COMPLAINT:
        return "negative"
    if intent is Intent.PRAISE or scores[Intent.PRAISE] >= 0.5 > scores[Intent.COMPLAINT]:
        return "positive"
    return "neutral"


def _flags(evidence: Evidence, doubts: list[Doubt]) -> tuple[str, ...]:
    held = {
        "abuse": evidence.of("rant") >= 1,
        "threat": evidence.of("threat") >= 1,
        "sarcasm": Doubt.SARCASM in doubts,
    }
    return tuple(flag for flag in FLAGS if held.get(flag))
