"""Sets that serve to measure, and to see what more data would give: no model trained on them is given away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.rows import Row, one_of, read, row

__all__ = ["airline", "complaints", "finance", "offensive", "research_sets", "sentiment", "suggestions"]

_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_SEVERITIES = {"Non-Complaint": "0", "No explicit reproach": "1", "Disapproval": "2", "Accusation": "3", "Blame": "4"}


def research_sets() -> Iterator[Row]:
    """Everything a model may be trained on for measuring; airlines are kept for "a domain it never saw"."""
    yield from complaints()
    yield from finance()
    yield from sentiment()
    yield from offensive()
    yield from suggestions()


def complaints() -> Iterator[Row]:
    """Tweets to brands, and other tweets (Preotiuc-Pietro et al. 2019, https://arxiv.org/abs/1906.03890)."""
    for each in read("complaints_tweets_train"):
        known = {"intent.complaint": float(each["complaint"])}
        if int(each["severity"]) >= 0:
            known |= one_of("severity", str(each["severity"]))
        if each["sentiment"]:
            known |= one_of("sentiment", each["sentiment"])
        if each["domain"] in ("random_reply", "random_tweet"):
            known["flag.person"] = 0.0
        yield row(each["text"], known, f"complaints/{each['domain']}")


def airline() -> Iterator[Row]:
    """Tweets to airlines; those rated negative with a reason count as complaints."""
    for each in read("airline_train"):
        known = one_of("sentiment", each["sentiment"])
        known["intent.complaint"] = float(each["sentiment"] == "negative")
        yield row(each["text"], known, "airline")


def finance() -> Iterator[Row]:
    """Tweets to banks; what complains and what does not was gathered in different ways, so it weighs less."""
    for each in read("finance_tweets_train"):
        known = {"intent.complaint": float(each["complaint"])} | one_of("severity", _SEVERITIES[each["severity"]])
        yield row(each["text"], known | one_of("sentiment", each["sentiment"]), "finance", 0.4)


def sentiment() -> Iterator[Row]:
    """Tweets of SemEval 2013 to 2016, task A."""
    for each in read("sentiment_train"):
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), each["text"])
        yield row(text, one_of("sentiment", each["sentiment"]), "sentiment", 0.7)


def offensive() -> Iterator[Row]:
    """Tweets of OLID (SemEval 2019, task 6)."""
    for each in read("offensive_train"):
        yield row(each["text"], {"flag.abuse": float(each["offensive"])}, "offensive", 0.7)


def suggestions() -> Iterator[Row]:
    """Sentences of a feedback forum (SemEval 2019, task 9)."""
    for name in ("suggestions_train", "suggestions_dev"):
        for each in read(name):
            yield row(each["text"], {"intent.suggestion": float(each["suggestion"])}, name, 0.7)
