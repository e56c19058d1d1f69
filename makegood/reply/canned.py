"""Canned responses: words the shop has found good. Put into an answer by a person, and counted when that goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import variables
from makegood.reply.models import CannedResponse, CannedUse, Reply

__all__ = [
    "MOST_CANNED",
    "SAMPLE_VALUES",
    "CannedError",
    "Choice",
    "Used",
    "canned_choices",
    "canned_list",
    "canned_one",
    "count_canned",
    "fill_for",
    "remove_canned",
    "save_canned",
]

MOST_CANNED = 300
LONGEST = 5_000
MONTH = timedelta(days=30)
OFTEN = 14
"""Used so often in a month, a phrase is known to whoever reads a shop's answers: it sounds canned."""
OFTEN_TODAY = 3
COUNTED_STATES = (Reply.State.QUEUED, Reply.State.SENDING, Reply.State.SENT, Reply.State.UNKNOWN)

SAMPLE_VALUES: Mapping[str, str] = {
    "first_name": "Lena",
    "name": "Lena Moor",
    "order": "4711",
}


class CannedError(ValueError):
    """What is wrong with a canned response, by field: {"text": ["..."]}."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for each in fields.values() for sentence in each))
        self.fields = fields


@dataclass(frozen=True)
class Used:
    """How often a canned response went out. `month` in the last 30 days, `people_today` since the shop's midnight."""

    month: int = 0
    people_today: int = 0
    last: datetime | None = None

    @property
    def often(self) -> bool:
        """Whether it may begin to sound canned."""
        return self.month >= OFTEN or self.people_today >= OFTEN_TODAY


@dataclass(frozen=True)
class Choice:
    """A canned response offered for one conversation, with its places filled."""

    row: CannedResponse
    filled: variables.Filled
    used: Used = field(default_factory=Used)


def canned_list(workspace: Any, search: str = "") -> list[tuple[CannedResponse, Used]]:
    """The workspace's canned responses by name, `MOST_CANNED` at most, each with its uses. 2 queries."""
    rows = CannedResponse.objects.within(workspace).order_by("name", "id")
    for word in search.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(shortcut__icontains=word) | Q(text__icontains=word))
    found = list(rows[:MOST_CANNED])
    uses = _uses(workspace, found)
    return [(row, uses.get(row.pk, Used())) for row in found]


def canned_one(workspace: Any, key: int) -> CannedResponse | None:
    """One of the workspace's canned responses, or None."""
    return CannedResponse.objects.within(workspace).filter(pk=key).first()


def _uses(workspace: Any, rows: Iterable[CannedResponse]) -> dict[int, Used]:
    now = clock.now()
    midnight = now.astimezone(ZoneInfo(workspace.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    went_out = CannedUse.objects.within(workspace).filter(
        canned__in=[row.pk for row in rows], reply__state__in=COUNTED_STATES
    )
    counted = went_out.values("canned_id").annotate(
        last=Max("at"),
        month=Count("id", filter=Q(at__gte=now - MONTH)),
        people=Count("reply__conversation__author_id", filter=Q(at__gte=midnight), distinct=True),
    )
    return {one["canned_id"]: Used(one["month"], one["people"], one["last"]) for one in counted.order_by()}


def fill_for(conversation: desk.Conversation, member: Any, text: str) -> variables.Filled:
    """The text with its places filled for this customer and this member."""
    return variables.fill(text, _values(conversation, member))


def _values(conversation: desk.Conversation, member: Any) -> dict[str, str]:
    said = desk.Message.objects.within(conversation.workspace_id).filter(
        conversation=conversation, direction=desk.Message.Direction.IN, deleted_at__isnull=True
    )
    texts = said.order_by("-posted_at", "-id").values_list("text", flat=True)[:20]
    return {
        "first_name": variables.first_name(conversation.author_name),
        "name": conversation.author_name or conversation.author_handle,
        "shop": conversation.workspace.brand or conversation.workspace.name,
        "me": str(member),
        "order": next((number for text in texts if (number := variables.order_in(text))), ""),
    }


def canned_choices(conversation: desk.Conversation, member: Any) -> list[Choice]:
    """All canned responses, filled for this conversation, by name. 3 queries."""
    values = _values(conversation, member)
    found = canned_list(conversation.workspace)
    return [Choice(row, variables.fill(row.text, values), used) for row, used in found]


@transaction.atomic
def save_canned(
    workspace: Any, by: Any, *, name: str, text: str, shortcut: str = "", row: CannedResponse | None = None
) -> CannedResponse:
    """Keeps a new canned response, or changes `row`. Raises `CannedError` with what is wrong, by field."""
    name = " ".join(name.split())
    shortcut = shortcut.strip().lstrip("/").casefold()
    text = text.replace("\r\n", "\n").strip()
    wrong = _problems(workspace, name, shortcut, text, row)
    if wrong:
        raise CannedError(wrong)
    kept = row or CannedResponse(workspace=workspace, created_by=by)
    kept.name, kept.shortcut, kept.text, kept.changed_at = name, shortcut, text, clock.now()
    kept.save()
    journal.record(workspace.pk, "canned.saved", kept, actor=by, name=name)
    return kept


def _problems(workspace: Any, name: str, shortcut: str, text: str, row: CannedResponse | None) -> dict[str, list[str]]:
    others = CannedResponse.objects.within(workspace)
    if row is not None:
        others = others.exclude(pk=row.pk)
    wrong: dict[str, list[str]] = {}

    def say(field_name: str, sentence: str) -> None:
        wrong.setdefault(field_name, []).append(sentence)

    if not name:
        say("name", _("Give it a name, so that others find it."))
    elif len(name) > 80:
        say("name", _("A name has 80 characters at most."))
    elif others.filter(name__iexact=name).exists():
        say("name", _("Another one has this name already."))
    if len(shortcut) > 30 or any(one.isspace() for one in shortcut):
        say("shortcut", _("A shortcut is one word of 30 characters at most."))
    elif shortcut and others.filter(shortcut=shortcut).exists():
        say("shortcut", _("Another one has this shortcut already."))
    if not text:
        say("text", _("Write what it says."))
    elif len(text) > LONGEST:
        say("text", _("That is too long: the most is %(most)d characters.") % {"most": LONGEST})
    for sentence in variables.problems(text):
        say("text", sentence)
    if row is None and others.count() >= MOST_CANNED:
        say(
            "name", _("There are %(most)d already, more than anybody finds again. Remove some.") % {"most": MOST_CANNED}
        )
    return wrong


@transaction.atomic
def remove_canned(row: CannedResponse, by: Any) -> None:
    """Takes it away. Answers that went out with it stay as they are."""
    journal.record(row.workspace_id, "canned.removed", row, actor=by, name=row.name)
    row.delete()


def count_canned(reply: Reply, text: str) -> int:
    """Notes which canned responses an answer holds, in the caller's transaction; once for each answer.

    It is the words that count, not a click: what was put in and written over is no use of it, and what was typed from
    memory is one. Returns how many it holds.
    """
    rows = CannedResponse.objects.within(reply.workspace_id).order_by("id")[:MOST_CANNED]
    held = [row for row in rows if variables.holds(text, row.text)]
    CannedUse.objects.bulk_create(
        [CannedUse(workspace_id=reply.workspace_id, canned=row, reply=reply) for row in held], ignore_conflicts=True
    )
    return len(held)
