"""Macros: several steps by one key. A macro sorts, gives and puts words into the composer; it never sends anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import Membership, Team
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply.canned import fill_for
from makegood.reply.models import CannedResponse, Macro
from makegood.reply.variables import Filled

__all__ = [
    "MOST_MACROS",
    "STEP_KINDS",
    "Known",
    "MacroError",
    "Ran",
    "known_to_macros",
    "macro_list",
    "macro_one",
    "remove_macro",
    "run_macro",
    "save_macro",
    "step_problems",
    "step_words",
]

MOST_MACROS = 100
MOST_STEPS = 12
Steps = Sequence[Mapping[str, str]]

STEP_KINDS: Mapping[str, object] = {
    "label": gettext_lazy("Put a label on"),
    "unlabel": gettext_lazy("Take a label off"),
    "assign": gettext_lazy("Give it to"),
    "assess": gettext_lazy("Say what to do with it"),
    "snooze": gettext_lazy("Put it off"),
    "close": gettext_lazy("Close it"),
    "canned": gettext_lazy("Put a canned response into the answer"),
}


class MacroError(ValueError):
    """What is wrong with a macro. `name` is about its name, `steps` has a sentence (or "") for each step."""

    def __init__(self, sentence: str, *, name: str = "", steps: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.name = name
        self.steps = list(steps)


@dataclass(frozen=True)
class Known:
    """What the steps of macros may point to in one workspace. Keys are what a step keeps as its value."""

    labels: Mapping[str, str]
    people: Mapping[str, str]
    teams: Mapping[str, str]
    canned: Mapping[str, str]


def known_to_macros(workspace: Any) -> Known:
    """The labels, people, teams and canned responses there are now. 4 queries."""
    people = Membership.objects.within(workspace).select_related("user").order_by("user__name", "user_id")
    texts = CannedResponse.objects.within(workspace).order_by("name", "id")
    return Known(
        {row.name: row.name for row in desk.labels(workspace)},
        {f"user:{one.user_id}": str(one.user) for one in people},
        {f"team:{row.pk}": row.name for row in Team.objects.within(workspace).order_by("name")},
        {str(key): name for key, name in texts.values_list("pk", "name")},
    )


def step_problems(steps: Steps, known: Known) -> list[str]:
    """For each step a sentence that says why it can't be done, "" where it can."""
    return [_problem(str(step.get("do", "")), str(step.get("value", "")), known) for step in steps]


def _problem(do: str, value: str, known: Known) -> str:
    if do not in STEP_KINDS:
        return _("Makegood doesn’t know this step. Take it out.")
    if do in ("label", "unlabel"):
        return "" if value in known.labels else _gone(value, _("There is no label “%(what)s” any more."), _LABEL)
    if do == "assign":
        fine = value in ("me", "nobody") or value in known.people or value in known.teams
        return "" if fine else _gone(value, _("Whom it gives this to is not here any more."), _PERSON)
    if do == "assess":
        return "" if value in {one.slug for one in desk.RESPONSES} else _("Choose what to do with it.")
    if do == "snooze":
        return "" if value in desk.SPANS else _("Choose until when.")
    if do == "canned":
        return "" if value in known.canned else _gone(value, _("That canned response was removed."), _CANNED)
    return ""


_LABEL = gettext_lazy("Choose a label.")
_PERSON = gettext_lazy("Choose who.")
_CANNED = gettext_lazy("Choose a canned response.")


def _gone(value: str, sentence: str, choose: object) -> str:
    return f"{sentence % {'what': value}} {choose}" if value else str(choose)


def step_words(step: Mapping[str, str], known: Known) -> str:
    """A step in words: "Put a label on: late"."""
    do, value = str(step.get("do", "")), str(step.get("value", ""))
    title = str(STEP_KINDS.get(do, do))
    if do == "close":
        return title
    responses = {one.slug: one.title for one in desk.RESPONSES}
    places: Mapping[str, Mapping[str, object]] = {
        "assign": {"me": _("whoever runs it"), "nobody": _("nobody"), **known.people, **known.teams},
        "assess": responses,
        "snooze": desk.SPANS,
        "canned": known.canned,
    }
    return f"{title}: {places.get(do, {}).get(value, value) or '–'}"


def macro_list(workspace: Any) -> list[Macro]:
    """The workspace's macros by name. 1 query."""
    return list(Macro.objects.within(workspace).order_by("name", "id")[:MOST_MACROS])


def macro_one(workspace: Any, key: int) -> Macro | None:
    """One of the workspace's macros, or None."""
    return Macro.objects.within(workspace).filter(pk=key).first()


@transaction.atomic
def save_macro(workspace: Any, by: Any, *, name: str, steps: Steps, row: Macro | None = None) -> Macro:
    """Keeps a new macro, or changes `row`. Raises `MacroError` with what is wrong."""
    name = " ".join(name.split())
    kept = [{"do": str(step.get("do", "")), "value": str(step.get("value", ""))} for step in steps]
    wrong = _name_problem(workspace, name, row)
    of_steps = step_problems(kept, known_to_macros(workspace))
    whole = ""
    if not kept:
        whole = _("Add a step: a macro without steps does nothing.")
    elif len(kept) > MOST_STEPS:
        whole = _("That is more than %(most)d steps. Make two macros of it.") % {"most": MOST_STEPS}
    if wrong or whole or any(of_steps):
        raise MacroError(whole, name=wrong, steps=of_steps)
    saved = row or Macro(workspace=workspace, created_by=by)
    saved.name, saved.steps, saved.changed_at = name, kept, clock.now()
    saved.save()
    journal.record(workspace.pk, "macro.saved", saved, actor=by, name=name)
    return saved


def _name_problem(workspace: Any, name: str, row: Macro | None) -> str:
    others = Macro.objects.within(workspace)
    if row is not None:
        others = others.exclude(pk=row.pk)
    if not name:
        return _("Give it a name, so that others find it.")
    if len(name) > 80:
        return _("A name has 80 characters at most.")
    if others.filter(name__iexact=name).exists():
        return _("Another one has this name already.")
    if row is None and others.count() >= MOST_MACROS:
        return _("There are %(most)d already. Remove some.") % {"most": MOST_MACROS}
    return ""


@transaction.atomic
def remove_macro(row: Macro, by: Any) -> None:
    """Takes it away. What it did stays done."""
    journal.record(row.workspace_id, "macro.removed", row, actor=by, name=row.name)
    row.delete()


@dataclass(frozen=True)
class Ran:
    """What a macro did. `action` takes its steps back, None where nothing changed; `insert` goes into the composer."""

    action: desk.BulkAction | None
    insert: Filled | None


@transaction.atomic
def run_macro(conversation: desk.Conversation, macro: Macro, by: Any) -> Ran:
    """Runs the steps in one transaction, with one line in the journal.

    Raises `MacroError`, and nothing is done, where a step points to what is gone. Nothing is ever sent: a canned
    response is handed back for the composer, filled, and a person answers.
    """
    known = known_to_macros(conversation.workspace)
    broken = [sentence for sentence in step_problems(macro.steps, known) if sentence]
    if broken:
        asked = {"name": macro.name, "why": " ".join(broken)}
        raise MacroError(_("“%(name)s” is broken, so nothing was done. %(why)s") % asked)
    steps = [_desk_step(step, conversation, by) for step in macro.steps if step["do"] != "canned"]
    action = None
    if steps:
        action = desk.do_to_all(conversation.workspace, [conversation.pk], steps, by, macro=macro.name)
    wanted = [int(step["value"]) for step in macro.steps if step["do"] == "canned"]
    texts = CannedResponse.objects.within(conversation.workspace_id).in_bulk(wanted)
    words = "\n\n".join(texts[key].text for key in wanted)
    Macro.objects.within(macro.workspace_id).filter(pk=macro.pk).update(uses=F("uses") + 1, last_used_at=clock.now())
    return Ran(action, fill_for(conversation, by, words) if words else None)


def _desk_step(step: Mapping[str, str], conversation: desk.Conversation, by: Any) -> desk.Step:
    do, value = step["do"], step["value"]
    if do == "assign":
        return desk.Step("assign", _whom(value, conversation.workspace_id, by))
    if do == "snooze":
        return desk.Step("snooze", desk.moment_of(value, clock.now(), conversation.workspace.timezone))
    return desk.Step(do, value)


def _whom(value: str, workspace: int, by: Any) -> Any:
    kind, _colon, key = value.partition(":")
    if kind == "me":
        return by
    if kind == "team":
        return Team.objects.within(workspace).get(pk=key)
    if kind == "user":
        return Membership.objects.within(workspace).select_related("user").get(user_id=key).user
    return None
