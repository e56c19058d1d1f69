"""The questions of the response assessment, in which order they are asked, and what the answers come to: pure.

After the "Web Posting Response Assessment", version 2, of the US Air Force Public Affairs Agency (January 2009; a work
of the US government, in the public domain),
https://www.davidmeermanscott.com/blog/2009/01/us-air-force-web-posting-response-assessment.html: positive or balanced?
- troll? - rager? - misguided? - unhappy customer? - and five considerations before one writes. For shops it is amended:

- "A customer?" and "True?" come first: they decide how everything after them is to be read. A customer whose
  complaint is true is never asked about as a troll, however loud they are.
- More than one may hold. A customer may rage, be wrong about the date, and have a broken teapot: then it is made good,
  and the facts are set right in the same answer. So one "yes" does not end the questions.
- Who merely asks something lacks a fact, and is answered like who has one wrong.
- "I can't tell" is an answer where the shop may really not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from makegood.triage.reader import Response

__all__ = ["ASKED", "CLASSES", "Answer", "Asked", "Outcome", "Question", "next_question", "outcome", "way"]


class Question(StrEnum):
    """What is asked."""

    CUSTOMER = "customer"
    TRUE = "true"
    POSITIVE = "positive"
    TROLL = "troll"
    RAGER = "rager"
    MISGUIDED = "misguided"
    UNHAPPY = "unhappy"
    SHARE = "share"


class Answer(StrEnum):
    """What can be answered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Asked:
    """A question in words: short for lists, what holds where it is answered with yes, whole, and what to look for.

    `unknowable`: one may really not know.
    """

    short: Any
    holds: Any
    title: Any
    hint: Any
    unknowable: bool = False


Q, A = Question, Answer

ASKED: Final[Mapping[Question, Asked]] = {
    Q.CUSTOMER: Asked(
        _("A customer?"),
        _("customer"),
        _("Have they bought from you?"),
        _("An order, a payment, a name you know. Who has not bought deserves an answer too, but has no order number."),
        unknowable=True,
    ),
    Q.TRUE: Asked(
        _("True?"),
        _("true"),
        _("Is it true, as far as you can see?"),
        _("Look at the order, the parcel, the payment. Don’t ask whether it is fair; ask whether it happened."),
        unknowable=True,
    ),
    Q.POSITIVE: Asked(
        _("Positive or balanced?"),
        _("positive or balanced"),
        _("Is it positive, or at least balanced?"),
        _("Praise, a plain question, or blame and praise weighed against each other."),
    ),
    Q.TROLL: Asked(
        _("Troll?"),
        _("troll"),
        _("Do they only want to provoke?"),
        _("They run others down for sport, here and elsewhere, or sell something. No answer would please them."),
    ),
    Q.RAGER: Asked(
        _("Rager?"),
        _("rager"),
        _("Are they venting: a rant, a joke, mockery?"),
        _("Loud, but is there a problem under it? If there is, say so at “unhappy”: both may hold."),
    ),
    Q.MISGUIDED: Asked(
        _("Misguided, or asking?"),
        _("misguided or asking"),
        _("Do they lack a fact, or have one wrong?"),
        _("A question, a mix-up, a rumour: something that you can set right with facts and a source."),
    ),
    Q.UNHAPPY: Asked(
        _("Unhappy?"),
        _("unhappy"),
        _("Did something go wrong for them with you?"),
        _("A bad experience of their own: late, broken, charged twice, badly treated."),
    ),
    Q.SHARE: Asked(
        _("Worth sharing?"),
        _("worth sharing"),
        _("Is it something to thank them for, and to share?"),
        _("A story that others would like to read. You ask them before you share it."),
    ),
}  # fmt: skip

CLASSES: Final = (Q.POSITIVE, Q.TROLL, Q.RAGER, Q.MISGUIDED, Q.UNHAPPY)
"""What somebody can be; several may hold."""
Answers = Mapping[Question, Answer]


@dataclass(frozen=True)
class Outcome:
    """What the answers come to: one response, what else the same answer should do, what holds, and why."""

    response: Response
    also: tuple[Response, ...]
    classes: tuple[Question, ...]
    why: Any


def way(answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers lead through, in order, the first unanswered one last; all of them when each is
    answered. Answers to questions that are not on the way count nothing.
    """
    asked: list[Question] = []
    for question in Question:
        if not _is_asked(question, answers):
            continue
        asked.append(question)
        if question not in answers:
            break
    return tuple(asked)


def _is_asked(question: Question, answers: Answers) -> bool:
    """Whether it is asked, once all before it are answered."""
    kind = answers.get(Q.POSITIVE) == A.YES
    troll = not kind and _asks_troll(answers) and answers.get(Q.TROLL) == A.YES
    if question is Q.TROLL:
        return not kind and _asks_troll(answers)
    if question is Q.RAGER:
        return not kind and not troll
    if question is Q.UNHAPPY:
        return not (troll and answers.get(Q.CUSTOMER) == A.NO)
    if question is Q.SHARE:
        return kind and A.YES not in (answers.get(Q.MISGUIDED), answers.get(Q.UNHAPPY))
    return True


def _asks_troll(answers: Answers) -> bool:
    return not (answers.get(Q.CUSTOMER) == A.YES and answers.get(Q.TRUE) == A.YES)


def next_question(answers: Answers) -> Question | None:
    """The first question on the way that has no answer; None when all have one."""
    last = way(answers)[-1]
    return last if last not in answers else None


def outcome(answers: Answers) -> Outcome | None:
    """What the answers come to; None while something is still to be asked."""
    if next_question(answers) is not None:
        return None
    on_way = way(answers)
    holds = tuple(each for each in CLASSES if each in on_way and answers[each] == A.YES)
    share = Q.SHARE in on_way and answers[Q.SHARE] == A.YES
    response, why = _response(holds, share, answers)
    return Outcome(response, _also(response, holds), holds, why)


def _response(holds: tuple[Question, ...], share: bool, answers: Answers) -> tuple[Response, Any]:
    if Q.UNHAPPY in holds:
        if answers.get(Q.TRUE) == A.NO:
            return Response.RESTORATION, _("They are unhappy, even if it was not as they say: listen first, then help.")
        return Response.RESTORATION, _("Something went wrong for them: say sorry and make it good.")
    if Q.MISGUIDED in holds:
        if Q.TROLL in holds:
            return Response.FIX_FACTS, _("Don’t argue with them. Set the facts right once, for whoever reads along.")
        return Response.FIX_FACTS, _("They lack a fact or have one wrong: give it, with its source.")
    if Q.TROLL in holds:
        return Response.MONITOR, _("They want a fight: don’t give them one, and watch where it goes.")
    if Q.RAGER in holds:
        return Response.MONITOR, _("There is anger, but no problem to solve: watch it, don’t feed it.")
    if share:
        return Response.SHARE_SUCCESS, _("They are pleased: thank them, and ask whether you may share it.")
    return Response.LET_STAND, _("Nothing is wrong and nothing is asked: it may stand as it is.")


def _also(response: Response, holds: tuple[Question, ...]) -> tuple[Response, ...]:
    also = []
    if response is Response.RESTORATION and Q.MISGUIDED in holds:
        also.append(Response.FIX_FACTS)
    if response in (Response.RESTORATION, Response.FIX_FACTS) and (Q.TROLL in holds or Q.RAGER in holds):
        also.append(Response.MONITOR)
    return tuple(also)
