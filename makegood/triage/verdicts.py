"""From what an utterance is to what to do about it: the response assessment, the urgency, and the reasons
in words.
"""

from __future__ import annotations

from collections.abc import Sequence

from makegood.activity import Activity
from makegood.triage.evidence import Evidence
from makegood.triage.reader import Context, Doubt, Intent, Reason, Response, Urgency

__all__ = ["reasons", "response", "urgency"]

FAR_TRAVELLING = 10_000
"""Followers from which a complaint travels far."""
FEW_WORDS = 6
"""A thank you this short, given as a reply, ends a talk."""

_INTENTS = {
    Intent.COMPLAINT: "Somebody is unhappy or something has not worked.",
    Intent.QUESTION: "Somebody wants to know something.",
    Intent.PRAISE: "Somebody is pleased.",
    Intent.SUGGESTION: "Somebody has an idea for you.",
    Intent.OTHER: "Nothing here asks anything of you.",
}
_DOUBTS = {
    Doubt.SARCASM: "The kind words may be meant the other way round.",
    Doubt.MIXED: "There is praise and complaint in it.",
    Doubt.SHORT: "There is very little text to go by.",
    Doubt.LANGUAGE: "We don't know this language well: have a look yourself.",
    Doubt.CLOSE: "It is close to being a complaint.",
}


def followers(activity: Activity, context: Context) -> int:
    """How many people follow the author, 0 when nobody said."""
    known = context.followers if context.followers is not None else activity.author.followers
    return known or 0


def addressed(evidence: Evidence, activity: Activity, context: Context) -> bool:
    """Whether it speaks to the shop, names it, or belongs to a talk in which somebody did."""
    if context.is_direct or activity.rating is not None or activity.parent_id or not context.brand_names:
        return True
    text = evidence.text.casefold()
    return any(name.casefold() in text for name in context.brand_names if name.strip())


def response(
    intent: Intent, evidence: Evidence, activity: Activity, context: Context, flags: Sequence[str] = ()
) -> tuple[Response, str]:
    """What to do about it, and why in a sentence. `flags` are those of `heads.FLAGS` that hold."""
    if activity.author.id in context.own_ids:
        return Response.LET_STAND, "You wrote this yourself."
    if intent is Intent.OTHER:
        if (evidence.of("rant") or "abuse" in flags) and addressed(evidence, activity, context):
            return Response.MONITOR, "Abuse without a problem to solve: watch it, don't feed it."
        if "spam" in flags:
            return Response.LET_STAND, "It looks like spam."
        if evidence.of("noise"):
            return Response.LET_STAND, "It looks like news, an advert or an automatic post."
        return Response.LET_STAND, "It mentions you but asks for nothing."
    if intent is Intent.COMPLAINT:
        return _to_complaint(evidence, activity, context)
    if intent is Intent.QUESTION:
        if evidence.of("rumour"):
            return Response.FIX_FACTS, "Something is being said about you that may not be true: set it right."
        return Response.FIX_FACTS, "It is a question: give the facts."
    if intent is Intent.SUGGESTION:
        return Response.FIX_FACTS, "It is an idea: thank for it and say what you will do with it."
    closing = bool(activity.parent_id) and evidence.of("thanks") > 0 and evidence.words <= FEW_WORDS
    only_thanks = evidence.of("thanks") > 0 and evidence.of("praise") == 0 and not (activity.rating or 0) >= 4
    if closing or only_thanks:
        return Response.LET_STAND, "It is a thank you that closes the talk."
    return (
        Response.SHARE_SUCCESS,
        "Somebody is pleased with you: thank them, and ask whether you may share it.",
    )


def _to_complaint(evidence: Evidence, activity: Activity, context: Context) -> tuple[Response, str]:
    trouble = evidence.of("complaint")
    if evidence.of("rant") and trouble < 2 and not evidence.of("safety"):
        return Response.MONITOR, "Abuse without a problem to solve: watch it, don't feed it."
    if not addressed(evidence, activity, context):
        return Response.MONITOR, "Somebody is cross, but it neither names you nor speaks to you."
    if evidence.of("rumour") and not evidence.of("safety"):
        return Response.FIX_FACTS, "Something is being said about you that may not be true: set it right."
    return Response.RESTORATION, "A customer has a problem: say sorry and make it good."


def urgency(
    intent: Intent,
    assessment: Response,
    evidence: Evidence,
    activity: Activity,
    context: Context,
    pressing: float | None = None,
) -> tuple[Urgency, Reason]:
    """How soon to look, and why. `pressing` is the model's probability that it cannot wait, where that is enough."""
    if intent is Intent.OTHER or assessment is Response.LET_STAND:
        if assessment is Response.MONITOR:
            return Urgency.WHENEVER, Reason("urgency.watch", "Nothing to answer, only to watch.")
        return Urgency.NEVER, Reason("urgency.nothing", "There is nothing to answer.")
    quotes = evidence.quotes
    if evidence.of("safety") and intent in (Intent.COMPLAINT, Intent.QUESTION):
        return Urgency.NOW, Reason(
            "urgency.safety", "Somebody's health or safety is at stake.", quotes.get("safety", "")
        )
    if intent is Intent.COMPLAINT:
        if evidence.of("threat"):
            return Urgency.NOW, Reason("urgency.threat", "They threaten to take it further.", quotes.get("threat", ""))
        if followers(activity, context) >= FAR_TRAVELLING:
            return Urgency.NOW, Reason(
                "urgency.reach", f"{followers(activity, context):,} people follow them: this can travel far."
            )
        if evidence.of("hurry") and assessment is not Response.MONITOR:
            return Urgency.NOW, Reason("urgency.hurry", "They need it soon.", quotes.get("hurry", ""))
        if assessment is Response.MONITOR:
            return Urgency.WHENEVER, Reason("urgency.watch", "Nothing to answer, only to watch.")
        if pressing is not None:
            return Urgency.NOW, _cannot_wait(pressing)
        return Urgency.TODAY, Reason("urgency.complaint", "An unhappy customer should not wait until tomorrow.")
    if intent is Intent.QUESTION:
        if pressing is not None:
            return Urgency.NOW, _cannot_wait(pressing)
        return Urgency.TODAY, Reason("urgency.question", "A question answered tomorrow is often a sale lost.")
    return Urgency.WHENEVER, Reason("urgency.calm", "It keeps: nobody is waiting with a problem.")


def _cannot_wait(pressing: float) -> Reason:
    often = min(99, round(100 * pressing))
    return Reason("urgency.model", f"Reads as if it cannot wait: {often} in 100 such posts cannot.")


def reasons(
    intent: Intent,
    evidence: Evidence,
    activity: Activity,
    context: Context,
    more: Sequence[Reason],
    doubts: Sequence[Doubt],
) -> tuple[Reason, ...]:
    """Why it was judged so, most telling first; `more` are those that the model gives."""
    if activity.author.id in context.own_ids:
        return (Reason("own", "You wrote this yourself."),)
    signals = {
        Intent.COMPLAINT: ("complaint", "upset"),
        Intent.QUESTION: ("question",),
        Intent.PRAISE: ("praise", "thanks"),
        Intent.SUGGESTION: ("suggestion",),
        Intent.OTHER: ("noise",),
    }[intent]
    quotes = list(dict.fromkeys(evidence.quotes[signal] for signal in signals if evidence.quotes.get(signal)))
    found = [Reason(f"intent.{intent}", _INTENTS[intent], quotes[0] if quotes else ""), *more]
    found.extend(Reason("words", "Their own words for it.", quote) for quote in quotes[1:])
    if activity.rating is not None:
        found.append(Reason("rating", f"{activity.rating} of 5 stars."))
    if intent is Intent.QUESTION and evidence.asks:
        found.append(Reason("asks", "It ends in a question mark."))
    for signal, text in (
        ("safety", "It may be about health or safety."),
        ("threat", "They threaten to take it further."),
        ("leaving", "They say that they are leaving."),
        ("rumour", "It passes on hearsay."),
    ):
        if evidence.of(signal):
            found.append(Reason(signal, text, evidence.quotes.get(signal, "")))
    if evidence.shouted:
        found.append(Reason("shouted", "It is written in capitals."))
    if context.complaints_before:
        found.append(Reason("again", "They have complained before."))
    found.extend(Reason(f"doubt.{doubt}", _DOUBTS[doubt]) for doubt in dict.fromkeys(doubts))
    return tuple(found)
