"""What a shop settles: when it asks after a purchase, and with which words. One transaction a function."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.aftercare import rules
from makegood.winback.aftercare.first_words import FIRST_WORDS
from makegood.winback.aftercare.members import still_a_member
from makegood.winback.aftercare.rules import AftercareError, Plan
from makegood.winback.models import AftercareSettings, AftercareWords

__all__ = ["fill", "plan_of", "save_plan", "save_words", "texts_of", "words_in"]


def plan_of(workspace: Any) -> Plan:
    """When this shop asks; without settings it does not. 1 query."""
    row = AftercareSettings.objects.within(workspace).first()
    return plan_from(row) if row is not None else Plan()


def plan_from(row: AftercareSettings) -> Plan:
    """The plan that is in the row."""
    return Plan(row.active, row.after_delivery, row.after_shipping, row.after_order, row.quiet_days, row.language)


@transaction.atomic
def save_plan(member: Membership, plan: Plan) -> None:
    """Saves when the shop asks. What lies ready already stays. Raises AftercareError."""
    still_a_member(member, Right.APPROVE)
    if problem := rules.plan_problem(plan, dict(settings.LANGUAGES)):
        raise AftercareError(problem)
    now = clock.now()
    values = asdict(plan) | {"look_at": now, "after": ""}
    values |= {"changed_by": member.user, "changed_at": now}
    row, _new = AftercareSettings.objects.update_or_create(workspace_id=member.workspace_id, defaults=values)
    journal.record(member.workspace_id, "aftercare.settings_saved", row, actor=member.user, active=plan.active)
    jobs.wake("aftercare")


def texts_of(workspace: Any) -> dict[str, tuple[str, str]]:
    """Subject and words by language: the shop's own, else those a new shop begins with. 1 query."""
    rows = AftercareWords.objects.within(workspace).values_list("language", "subject", "body")
    return {**FIRST_WORDS, **{language: (subject, body) for language, subject, body in rows}}


def words_in(texts: Mapping[str, tuple[str, str]], language: str) -> tuple[str, str]:
    """Those of a language, else the English ones."""
    return texts.get(language) or texts["en"]


@transaction.atomic
def save_words(member: Membership, language: str, subject: str, body: str) -> None:
    """Saves the words of a language; both empty takes the shop's own back. Raises AftercareError."""
    still_a_member(member, Right.APPROVE)
    if language not in dict(settings.LANGUAGES):
        raise AftercareError(_("Choose a language from the list."))
    title, words = subject.strip(), body.replace("\r\n", "\n").strip()
    if not title and not words:
        AftercareWords.objects.within(member.workspace_id).filter(language=language).delete()
    else:
        if problem := rules.words_problem(title, words):
            raise AftercareError(problem)
        values = {"subject": title, "body": words, "changed_by": member.user, "changed_at": clock.now()}
        AftercareWords.objects.update_or_create(workspace_id=member.workspace_id, language=language, defaults=values)
    facts = {"language": language, "words": True}
    journal.record(member.workspace_id, "aftercare.settings_saved", member.workspace, actor=member.user, **facts)


def fill(text: str, *, name: str, order: str, shop: str) -> str:
    """The words with what is known in them; {link} stays. A name that is not known is left out: "Hi {name}" is "Hi"."""
    said = text if name else re.sub(r" ?\{name\}", "", text)
    known = {"name": name, "order": order, "shop": shop}
    return re.sub(r"\{(name|order|shop)\}", lambda place: known[place[1]], said)
