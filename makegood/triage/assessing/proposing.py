"""What Makegood would answer to each question of the response assessment, why, and how sure it is: pure.

It goes by what was read in the text, and by what the caller knows besides (`Claim`): whether they have bought, and what
the order says, is known further up than here. A confidence is the probability that the proposed answer is right. Where
a model read the text, its calibrated probabilities are the ground; where only rules did, nothing is surer than
`RULES_AT_MOST`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from makegood.triage.assessing.questions import Answer, Question, way
from makegood.triage.reader import Doubt, Intent, Response, Topic

__all__ = ["Claim", "Proposal", "Reading", "propose", "proposed_way"]

RULES_AT_MOST = 0.85
MODEL_AT_MOST = 0.98
LEAST = 0.5
HALF = 0.5
ORDERED = frozenset({Topic.DELIVERY, Topic.DEFECT, Topic.REFUND, Topic.BILLING})
"""What one writes about who has ordered."""


@dataclass(frozen=True)
class Claim:
    """Something that is known besides the text and speaks for an answer: how strongly (0 to 1), and in a sentence."""

    question: Question
    answer: Answer
    strength: float
    text: str


@dataclass(frozen=True)
class Proposal:
    """An answer that Makegood would give: how likely it is right (0.5 to 1), and why."""

    answer: Answer
    confidence: float
    reason: str


@dataclass(frozen=True)
class Reading:
    """What was read in the text: an assessment's fields of the same names."""

    intent: str = ""
    intents: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    flags: Sequence[str] = ()
    doubts: Sequence[str] = ()
    topics: Sequence[str] = ()
    severity: int = 0
    sentiment: str = ""
    response: str = ""
    response_reason: str = ""

    @classmethod
    def of(cls, assessment: Any) -> Reading:
        """Of an assessment's row."""
        names = cls.__dataclass_fields__
        return cls(**{name: getattr(assessment, name) for name in names})

    def intent_is(self, intent: Intent) -> float:
        """The probability of an intent."""
        known = self.scores.get(f"intent.{intent}", self.intents.get(intent))
        return float(known) if known is not None else (0.75 if self.intent == intent else 0.1)

    def flag_is(self, flag: str) -> float:
        """The probability of a flag."""
        known = self.scores.get(f"flag.{flag}")
        return float(known) if known is not None else (0.75 if flag in self.flags else 0.08)


def propose(reading: Reading, claims: Sequence[Claim] = ()) -> dict[Question, Proposal]:
    """A proposal for every question, whether or not it will be asked."""
    customer = _claimed(Question.CUSTOMER, claims) or _customer(reading)
    true = _claimed(Question.TRUE, claims) or Proposal(
        Answer.UNKNOWN, LEAST, _("There is nothing here to check it against.")
    )
    found = {
        Question.CUSTOMER: customer,
        Question.TRUE: true,
        Question.POSITIVE: _positive(reading),
        Question.TROLL: _troll(reading),
        Question.RAGER: _rager(reading),
        Question.MISGUIDED: _misguided(reading, true),
        Question.UNHAPPY: _unhappy(reading, customer),
        Question.SHARE: _share(reading),
    }
    return found | {each: proposal for each in found if (proposal := _claimed(each, claims)) is not None}


def proposed_way(proposals: Mapping[Question, Proposal]) -> tuple[Question, ...]:
    """The questions that would be asked if every proposal were right."""
    return way({question: each.answer for question, each in proposals.items()})


def _claimed(question: Question, claims: Sequence[Claim]) -> Proposal | None:
    mine = sorted((each for each in claims if each.question is question), key=lambda each: -each.strength)
    if not mine:
        return None
    best = mine[0]
    same = [each.text for each in mine if each.answer == best.answer]
    return Proposal(best.answer, min(max(best.strength, LEAST), MODEL_AT_MOST), " ".join(same))


def _said(reading: Reading, yes: float, if_yes: str, if_no: str) -> Proposal:
    """The likelier of yes and no, by the probability of yes."""
    most = MODEL_AT_MOST if reading.scores else RULES_AT_MOST
    if yes >= HALF:
        return Proposal(Answer.YES, round(min(yes, most), 2), if_yes)
    return Proposal(Answer.NO, round(min(1 - yes, most), 2), if_no)


def _customer(reading: Reading) -> Proposal:
    about = [topic for topic in reading.topics if topic in ORDERED]
    if about and reading.intent_is(Intent.COMPLAINT) >= HALF:
        return Proposal(
            Answer.YES, 0.65, _("They write of what only somebody has who ordered; no order of theirs is known yet.")
        )
    return Proposal(Answer.UNKNOWN, LEAST, _("Nothing ties them to an order yet."))


def _positive(reading: Reading) -> Proposal:
    complaint = reading.intent_is(Intent.COMPLAINT)
    negative = float(reading.scores.get("sentiment.negative", 0.8 if reading.sentiment == "negative" else 0.0))
    yes = 1 - max(complaint, 0.7 * negative)
    if Doubt.SARCASM in reading.doubts:
        return _said(reading, min(yes, 0.35), "", _("The kind words may be meant the other way round."))
    praise = reading.intent_is(Intent.PRAISE)
    if Doubt.MIXED in reading.doubts:
        words = _("There is praise and complaint in it.")
        return _said(reading, max(0.4, min(0.6, praise)), words, words)
    if praise >= HALF:
        return _said(reading, yes, _("Somebody is pleased."), _("There is praise in it, but more complaint."))
    return _said(reading, yes, _("It is neither praise nor blame."), _("It reads as a complaint."))


def _troll(reading: Reading) -> Proposal:
    problem = reading.intent_is(Intent.COMPLAINT)
    spam, abuse = reading.flag_is("spam"), reading.flag_is("abuse")
    # Who has a problem may be rude about it; that makes no troll.
    yes = max(spam, abuse * (1 - 0.8 * problem))
    why = _("It looks like spam or a scam.") if spam >= abuse else _("Abuse, and no problem of their own in it.")
    calm = _("It is rude, but there is a problem in it.") if abuse >= HALF else _("Nothing in it is meant to provoke.")
    return _said(reading, yes, why, calm)


def _rager(reading: Reading) -> Proposal:
    abuse, threat = reading.flag_is("abuse"), reading.flag_is("threat")
    blame = float(reading.scores.get("severity.4", 0.5 if reading.severity >= 4 else 0.05))
    mockery = max(0.9 * reading.flag_is("sarcasm"), 0.6 if Doubt.SARCASM in reading.doubts else 0.0)
    yes = 1 - (1 - abuse) * (1 - 0.5 * blame) * (1 - 0.5 * threat) * (1 - mockery)
    why = _("It may be meant as mockery.") if mockery > max(abuse, blame) else _("It is written in anger.")
    return _said(reading, yes, why, _("It is calm enough."))


def _misguided(reading: Reading, true: Proposal) -> Proposal:
    if true.answer == Answer.NO:
        return Proposal(Answer.YES, round(max(0.6, 0.9 * true.confidence), 2), true.reason)
    question, idea = reading.intent_is(Intent.QUESTION), reading.intent_is(Intent.SUGGESTION)
    yes = max(question, 0.6 * idea)
    if reading.response == Response.FIX_FACTS and yes < HALF:
        return _said(reading, 0.6, reading.response_reason or _("Facts would help here."), "")
    why = _("It is a question.") if question >= 0.6 * idea else _("It is an idea: say what you will do with it.")
    return _said(reading, yes, why, _("They ask nothing, and nothing in it is known to be wrong."))


def _unhappy(reading: Reading, customer: Proposal) -> Proposal:
    yes = reading.intent_is(Intent.COMPLAINT)
    if customer.answer == Answer.NO:
        yes *= 0.8
    words = {
        1: _("They tell of a problem, without reproach."),
        2: _("They are displeased."),
        3: _("They accuse you of something."),
        4: _("They hold you to blame."),
    }
    why = words.get(reading.severity, _("They complain."))
    return _said(reading, yes, why, _("They tell of nothing that went wrong."))


def _share(reading: Reading) -> Proposal:
    yes = reading.intent_is(Intent.PRAISE)
    if reading.response == Response.LET_STAND:
        yes = min(yes, 0.45)
    return _said(reading, yes, _("Somebody is pleased, and says so."), _("There is little in it to share."))
