"""Why something is worth a second look: one plain sentence a finding, and the names of checks and of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from makegood.reply.tone.finding import Code

__all__ = ["CHECKS", "MARKS", "WHY"]

CHECKS: Mapping[Code, Any] = {
    Code.PERSONAL: _("Personal data in public"),
    Code.UNFILLED: _("A place not filled in"),
    Code.WRONG: _("“You are wrong”"),
    Code.BLAME: _("Blame"),
    Code.FALSE_APOLOGY: _("An apology that is none"),
    Code.EXCUSE: _("An excuse"),
    Code.SARCASM: _("Sarcasm"),
    Code.ACKNOWLEDGE: _("Nothing acknowledged"),
    Code.THANKS: _("No thanks"),
    Code.PROMISE: _("A promise without a date"),
    Code.SHOUTING: _("Shouting"),
    Code.JARGON: _("Jargon"),
    Code.CANNED: _("Sounds canned"),
    Code.TOO_LONG: _("Too long"),
    Code.READING: _("Hard to read"),
    Code.SPELLING: _("Spelling"),
    Code.GRAMMAR: _("Grammar"),
}
"""What each check is called, in the order in which findings are shown."""

WHY: Mapping[Code, Any] = {
    Code.UNFILLED: _("This was to be filled in. It can’t go out like this."),
    Code.WRONG: _("Who is told to be wrong stops listening. Say what you see instead."),
    Code.BLAME: _("It puts the fault on them. Say what helps now."),
    Code.FALSE_APOLOGY: _("It is sorry for what they feel, not for what went wrong."),
    Code.EXCUSE: _("Reasons sound like excuses. Say what you do about it."),
    Code.SARCASM: _("In writing this may read as mockery."),
    Code.ACKNOWLEDGE: _("They complain, and nothing here says that you see what went wrong for them."),
    Code.THANKS: _("They wrote something kind, and nothing here thanks them."),
    Code.PROMISE: _("Without a day they wait, and ask again. Say by when."),
    Code.JARGON: _("A word of the trade. Say it as you would at the counter."),
    Code.SPELLING: _("This may be misspelled."),
}
"""Those whose reason is always the same sentence; the others say it with their figures."""

MARKS: Mapping[str, tuple[Any, Any]] = {
    "greeting": (_("greets them"), _("a greeting")),
    "gratitude": (_("thanks them"), _("thanks")),
    "apology": (_("says sorry"), _("a word of regret")),
    "deference": (_("gives them credit"), _("credit where they are right")),
    "please": (_("says please"), _("a please")),
    "could_you": (_("asks instead of telling"), _("a “could you”")),
    "we": (_("speaks as “we”"), _("a “we”")),
    "hedge": (_("leaves room"), _("some room")),
    "by_the_way": (_("asks in passing"), ""),
    "please_start": (_("begins a sentence with “please”, which reads as an order"), ""),
    "direct_start": (_("begins abruptly"), ""),
    "direct_question": (_("asks point-blank"), ""),
    "you_start": (_("begins a sentence with “you”, which points at them"), ""),
    "factuality": (_("insists (“really”, “in fact”)"), ""),
}
"""What is shown of the politeness strategies: as something the draft does, and as something it could add."""
