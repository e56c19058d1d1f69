"""What the journal says of corrections, thresholds, own topics and retraining; and the words of what is corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.triage.api import BUILT_IN

__all__ = ["FLAG_WORDS", "HEAD_WORDS", "PLAIN", "SEVERITY_WORDS", "WITH_FACTS", "label_words"]

Data = dict[str, Any]

HEAD_WORDS: Mapping[str, Any] = {
    "intent": gettext_lazy("What it is"),
    "severity": gettext_lazy("How severe"),
    "urgency": gettext_lazy("How urgent"),
    "sentiment": gettext_lazy("Mood"),
    "topic": gettext_lazy("Topics"),
    "flag": gettext_lazy("Marks"),
}
INTENT_WORDS: Mapping[str, Any] = {
    "complaint": gettext_lazy("a complaint"),
    "question": gettext_lazy("a question"),
    "praise": gettext_lazy("praise"),
    "suggestion": gettext_lazy("a suggestion"),
    "other": gettext_lazy("something else"),
}
SEVERITY_WORDS: Mapping[str, Any] = {
    "0": gettext_lazy("no complaint"),
    "1": gettext_lazy("a problem, told without reproach"),
    "2": gettext_lazy("disapproval"),
    "3": gettext_lazy("an accusation"),
    "4": gettext_lazy("blame"),
}
URGENCY_WORDS: Mapping[str, Any] = {
    "now": gettext_lazy("now"),
    "today": gettext_lazy("today"),
    "whenever": gettext_lazy("whenever"),
    "never": gettext_lazy("no hurry"),
}
SENTIMENT_WORDS: Mapping[str, Any] = {
    "negative": gettext_lazy("negative"),
    "neutral": gettext_lazy("neutral"),
    "positive": gettext_lazy("positive"),
}
FLAG_WORDS: Mapping[str, Any] = {
    "abuse": gettext_lazy("abusive"),
    "threat": gettext_lazy("a threat"),
    "spam": gettext_lazy("spam or a scam"),
    "sarcasm": gettext_lazy("meant the other way round"),
    "person": gettext_lazy("asks for a person"),
}
_LABELS: Mapping[str, Mapping[str, Any]] = {
    "intent": INTENT_WORDS,
    "severity": SEVERITY_WORDS,
    "urgency": URGENCY_WORDS,
    "sentiment": SENTIMENT_WORDS,
    "topic": BUILT_IN,
    "flag": FLAG_WORDS,
}


def label_words(head: str, label: str, topics: Mapping[str, str] | None = None) -> str:
    """What a label of a head is called in the middle of a sentence; `topics` are what the workspace calls its own."""
    if head == "topic" and topics is not None and label in topics:
        return topics[label]
    return str(_LABELS.get(head, {}).get(label, label.removeprefix("own-").replace("-", " ")))


PLAIN = {
    "mention.confirmed": gettext_lazy("said that it was read rightly"),
    "triage.retraining_asked": gettext_lazy("asked for the reading to be retrained"),
    "topic.taught": gettext_lazy("gave an example of a topic"),
    "topic.untaught": gettext_lazy("took an example of a topic away"),
}


def _labels(data: Data, key: str) -> str:
    head = str(data.get("head"))
    words = [label_words(head, str(each)) for each in data.get(key) or []]
    return ", ".join(words) or _("none")


def _corrected(data: Data) -> str:
    facts = {"head": str(HEAD_WORDS.get(str(data.get("head")), "")).lower(), "after": _labels(data, "after")}
    return _("corrected %(head)s: %(after)s") % facts


def _undone(data: Data) -> str:
    return _("took a correction back: %(back)s") % {"back": _labels(data, "back")}


def _thresholds(data: Data) -> str:
    after = data.get("after") or {}
    share = round(100 * float(after.get("intent.complaint", 0)))
    return _("set what counts as a complaint: from %(share)d in 100 on") % {"share": share}


def _read_again(data: Data) -> str:
    looked, moved = int(data.get("looked") or 0), int(data.get("moved") or 0)
    words = ngettext("read %(n)d conversation again", "read %(n)d conversations again", looked) % {"n": looked}
    return _("%(what)s and moved %(moved)d") % {"what": words, "moved": moved}


def _moved(data: Data) -> str:
    return _("moved it, as what counts as a complaint was changed")


def _retrained(data: Data) -> str:
    if data.get("helps"):
        return _("retrained the reading: version %(number)s is in use") % {"number": data.get("number")}
    return _("tried to retrain the reading, and left it as it is, as it would not be better")


def _back(data: Data) -> str:
    if data.get("to"):
        return _("went back to version %(number)s of the retraining") % {"number": data["to"]}
    return _("went back to the model as it comes")


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "mention.corrected": _corrected,
    "mention.correction_undone": _undone,
    "triage.thresholds_set": _thresholds,
    "triage.read_again": _read_again,
    "conversation.read_again": _moved,
    "triage.retrained": _retrained,
    "triage.went_back": _back,
    "topic.added": lambda data: _("added the topic “%(name)s”") % {"name": data.get("name", "")},
    "topic.changed": lambda data: _("changed the topic “%(name)s”") % {"name": data.get("name", "")},
}
