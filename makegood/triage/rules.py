"""The reader: what the rules find and what the model says, joined into one judgement with its reasons.

The rules (`weighing`) gather evidence and the author's own words; the model, where there is one, decides what it is
(`joining`); what to do about it follows from both (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from makegood.activity import Activity
from makegood.triage import verdicts
from makegood.triage.heads import LABELS
from makegood.triage.joining import joined
from makegood.triage.reader import Context, Judgement, Reader
from makegood.triage.scoring import Scores
from makegood.triage.weighing import by_rules, gathered

__all__ = ["RulesReader", "default_reader"]


class RulesReader:
    """Judges by hand-written cues in English, German, French and Spanish, elsewhere by stars, emoji and English; and
    by a model's probabilities, where they are given.
    """

    version = "rules-2"

    def read(
        self,
        activity: Activity,
        context: Context,
        scores: Scores | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> Judgement:
        """Judge one utterance. Never raises for any text.

        `scores` are what a model makes of `weighing.text_of(activity)`, `thresholds` the probabilities from which on
        each label is believed.
        """
        reading = gathered(activity, context)
        found = by_rules(reading) if scores is None else joined(reading, scores, thresholds or {})
        evidence = reading.evidence
        response, response_reason = verdicts.response(found.intent, evidence, activity, context, found.flags)
        urgency, urgency_reason = verdicts.urgency(found.intent, response, evidence, activity, context, found.pressing)
        return Judgement(
            language=reading.language,
            language_reason=reading.language_reason,
            intents=found.intents,
            intent=found.intent,
            severity=found.severity,
            sentiment=found.sentiment,
            flags=found.flags,
            urgency=urgency,
            urgency_reason=urgency_reason,
            topics=found.topics,
            response=response,
            response_reason=response_reason,
            reasons=verdicts.reasons(found.intent, evidence, activity, context, found.reasons, found.doubts),
            doubts=tuple(found.doubts),
            scores={} if scores is None else _rounded(scores),
            version=self.version if scores is None else f"{self.version}+{scores.by}",
        )


def _rounded(scores: Scores) -> dict[str, float]:
    return {label: round(chance, 3) for label, chance in zip(LABELS, scores.probabilities, strict=True)}


@lru_cache(maxsize=1)
def default_reader() -> Reader:
    """The reader the product uses. Building it reads no file; the first judgement does."""
    return RulesReader()
