"""When a rule speaks, and when what it says goes out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = [
    "MOST_ATTEMPTS",
    "TRIGGERS",
    "Number",
    "Said",
    "Trigger",
    "back_off",
    "growth",
    "is_quiet",
    "problem_of",
    "quiet_end",
    "send_after",
]

MOST_ATTEMPTS = 6
BACK_OFF = (60.0, 120.0, 300.0, 900.0, 3600.0)
KINDS = (
    ("any", gettext_lazy("Any clock, and promises")),
    ("first_answer", gettext_lazy("First answer")),
    ("next_update", gettext_lazy("Next update")),
    ("resolution", gettext_lazy("Resolution")),
    ("promise", gettext_lazy("Promise")),
)


@dataclass(frozen=True)
class Number:
    """A parameter that is a whole number, or one of `choices`."""

    name: str
    label: Any
    usual: Any
    least: int = 0
    most: int = 1_000_000_000
    hint: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Trigger:
    """What a rule can wait for: the journal's verbs that may show it, and its parameters."""

    verbs: tuple[str, ...]
    parameters: tuple[Number, ...]
    text: Any
    """What it does, in a sentence."""
    icon: str
    repeat_minutes: int = 60

    def usual(self) -> dict[str, Any]:
        """The parameters as they are proposed."""
        return {each.name: each.usual for each in self.parameters}


SPOKEN = ("conversation.opened", "conversation.grew")
WHICH = Number("which", gettext_lazy("Which clock"), "any", choices=KINDS)

TRIGGERS: Mapping[str, Trigger] = {
    "urgent": Trigger(
        SPOKEN, (), gettext_lazy("Whenever a complaint comes in that has to be answered now."), "urgent"
    ),
    "followers": Trigger(
        (*SPOKEN, "conversation.thread_read"),
        (Number("followers", gettext_lazy("Followers, more than"), 10_000),),
        gettext_lazy("Whenever somebody complains whom many people follow."),
        "mega",
        repeat_minutes=360,
    ),
    "clock_warned": Trigger(
        ("clock.warned",),
        (WHICH,),
        gettext_lazy("When most of the time for an answer or a promise has gone."),
        "clock",
    ),
    "clock_broken": Trigger(
        ("clock.broken",),
        (WHICH,),
        gettext_lazy("When an answer or a promise is overdue."),
        "late",
    ),
    "channel": Trigger(
        ("channel.trouble",),
        (
            Number(
                "minutes", gettext_lazy("Minutes of trouble before it is told"), 15, most=1440,
                hint=gettext_lazy("Short faults mend themselves. An account that was disconnected is told at once."),
            ),
            Number(
                "silent_hours", gettext_lazy("Hours without anything heard"), 0, most=24 * 60,
                hint=gettext_lazy("0: silence is no reason to worry."),
            ),
        ),
        gettext_lazy("When Makegood can’t hear from a channel, or nothing comes from it for long."),
        "channels",
        repeat_minutes=1440,
    ),
    "source": Trigger(
        ("source.trouble",),
        (
            Number(
                "minutes", gettext_lazy("Minutes of trouble before it is told"), 30, most=1440,
                hint=gettext_lazy("Short faults mend themselves. One that was disconnected is told at once."),
            ),
        ),
        gettext_lazy("When Makegood can’t read a shop, or where you are paid: orders and refunds are not seen then."),
        "shop",
        repeat_minutes=1440,
    ),
    "thread": Trigger(
        (*SPOKEN, "conversation.thread_read"),
        (
            Number("messages", gettext_lazy("Messages"), 10, least=2, most=10_000),
            Number(
                "people", gettext_lazy("or people"), 5, least=2, most=10_000,
                hint=gettext_lazy("Whichever is reached first."),
            ),
            Number("minutes", gettext_lazy("within minutes"), 60, least=1, most=7 * 1440),
        ),
        gettext_lazy("When many people speak in one thread within a short time."),
        "thread",
        repeat_minutes=180,
    ),
    "travelling": Trigger(
        ("conversation.travelling",),
        (),
        gettext_lazy("When something is answered and reshared far more than your other threads were at its age."),
        "mega",
        repeat_minutes=1440,
    ),
    "reply": Trigger(
        ("reply.refused", "reply.unknown"),
        (),
        gettext_lazy("When a network refuses an answer, or nobody can tell whether it stands."),
        "reply",
    ),
    "routed": Trigger(
        ("conversation.routed",),
        (),
        gettext_lazy("Whenever a rule under Settings, Who gets what takes a conversation and is to tell the team."),
        "assign",
    ),
    "rising": Trigger(
        ("cause.rising",),
        (),
        gettext_lazy("When more complain than the pattern of the week explains: of a cause, of a topic, or in all."),
        "up",
        repeat_minutes=1440,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A message of a thread, as far as its growth goes."""

    network_id: str
    author_id: str
    at: datetime


def growth(said: Sequence[Said], at: datetime, minutes: int) -> tuple[int, int]:
    """How many messages and people there were in the `minutes` before the moment `at`, each counted once."""
    since = at - timedelta(minutes=minutes)
    new = {one.network_id: one.author_id for one in said if since < one.at <= at}
    return len(new), len(set(new.values()))


def problem_of(trigger: str, parameters: Mapping[str, Any]) -> str | None:
    """What is wrong with a rule's parameters, as a sentence; None when they are fine."""
    for each in TRIGGERS[trigger].parameters:
        value = parameters.get(each.name)
        if each.choices:
            if value not in dict(each.choices):
                return _("Choose one of the clocks.")
        elif not isinstance(value, int) or not each.least <= value <= each.most:
            facts = {"label": each.label, "least": each.least, "most": each.most}
            return _("“%(label)s” is a whole number from %(least)d to %(most)d.") % facts
    return None


def is_quiet(at: datetime, zone: str, begin: time | None, end: time | None) -> bool:
    """Whether the moment `at` lies in the quiet hours, which go from `begin` to `end` on the clocks of `zone`."""
    if begin is None or end is None or begin == end:
        return False
    local = at.astimezone(ZoneInfo(zone)).time()
    return begin <= local < end if begin < end else local >= begin or local < end


def quiet_end(at: datetime, zone: str, end: time) -> datetime:
    """The next moment after `at` when the clocks of `zone` show `end`; in an hour that a change to summer time skips,
    the first moment after it.
    """
    place = ZoneInfo(zone)
    local = at.astimezone(place)
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    moment = datetime.combine(day, end, place).astimezone(ZoneInfo("UTC"))
    # An hour that comes twice has its quiet end at its first coming; seen from the second that is past.
    return moment if moment > at else moment + timedelta(days=1)


def send_after(
    at: datetime, *, digest_minutes: int, begun: datetime | None, quiet: tuple[time | None, time | None], zone: str
) -> tuple[datetime, bool]:
    """When something found at `at` goes out, and whether quiet hours hold it.

    `begun` is when the digest that is already collecting goes out, None when there is none. `quiet` is (None, None) for
    what is told at night too.
    """
    moment = at
    if digest_minutes:
        moment = begun or at + timedelta(minutes=digest_minutes)
    begin, end = quiet
    if end is not None and is_quiet(moment, zone, begin, end):
        return quiet_end(moment, zone, end), True
    return moment, False


def back_off(attempt: int) -> float:
    """Seconds to wait after this many attempts."""
    return BACK_OFF[min(max(attempt, 1), len(BACK_OFF)) - 1]
