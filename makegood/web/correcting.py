"""What the conversation page shows of corrections: who said what, and the choices of the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from makegood.triage import api as triage
from makegood.web.words_learning import FLAG_WORDS, HEAD_WORDS, SEVERITY_WORDS, label_words

__all__ = ["correcting_context", "said_words"]

INTENTS = ("complaint", "question", "praise", "suggestion", "other")
URGENCIES = ("now", "today", "whenever", "never")


def correcting_context(workspace: Any, assessment: triage.Assessment) -> dict[str, Any]:
    """For the part about what it is: `topics_shown`, `corrections`, and `choices` for each head. 2 queries."""
    topics = triage.topic_words(workspace)
    now = {head: triage.truth_of(assessment, head) for head in triage.CORRECTED_HEADS}
    made = triage.corrections_of(workspace, assessment.mention_id)
    offered = {
        "intent": [(slug, label_words("intent", slug)) for slug in INTENTS],
        "severity": [(slug, str(words)) for slug, words in SEVERITY_WORDS.items()],
        "urgency": [(slug, label_words("urgency", slug)) for slug in URGENCIES],
        "topic": list(topics.items()),
        "flag": [(slug, str(words)) for slug, words in FLAG_WORDS.items()],
    }
    choices = {
        head: [
            {"slug": slug, "words": words, "on": slug in now[head], "leads": slug in now[head][:1]}
            for slug, words in each
        ]
        for head, each in offered.items()
    }
    return {
        "topics_shown": [topics[slug] for slug in assessment.topics if slug in topics],
        "corrections": [
            {"key": one.pk, "by": one.by, "at": one.at, "words": said_words([one], topics)}
            for one in made
            if one.before != one.after
        ],
        "confirmed": next((one for one in made if one.before == one.after), None),
        "choices": choices,
    }


def said_words(made: Sequence[triage.Correction], topics: Mapping[str, str]) -> str:
    """What was corrected: "it is a question; topics: delivery"."""
    return "; ".join(_one(each, topics) for each in made)


def _one(made: triage.Correction, topics: Mapping[str, str]) -> str:
    words = ", ".join(label_words(made.head, str(label), topics) for label in made.after)
    if made.head == "intent":
        return _("it is %(what)s") % {"what": words}
    facts = {"head": str(HEAD_WORDS[made.head]).lower(), "what": words or _("none")}
    return _("%(head)s: %(what)s") % facts
