"""What a workspace starts with: limits, reasons, words and a return policy. Made when it is first looked for."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from makegood.accounts.api import Role, Workspace, members
from makegood.identify import api as identify
from makegood.resolve.authority import lock
from makegood.resolve.first_words import FIRST_WORDS, FirstWords
from makegood.resolve.models import Limit, ReasonCode, RemedyTemplate, ReturnPolicy

__all__ = ["FIRST_LIMITS", "ensure"]

FIRST_LIMITS = {
    (Role.AGENT, ""): (5_000, 15_000, 100_000),
    (Role.MANAGER, ""): (25_000, 75_000, 500_000),
}
"""A case, a person and year, a month; minor units of the shop's currency. Owners have none: they decide all."""
WINDOW_DAYS = 14
"""The right of withdrawal in the European Union: Directive 2011/83/EU, article 9
(https://eur-lex.europa.eu/eli/dir/2011/83/oj)."""


def ensure(workspace: Workspace) -> None:
    """Gives a workspace what it starts with, once. 1 query where it has it.

    Reasons are never deleted, so that they tell whether it has been there: what an owner takes away stays away.
    """
    if ReasonCode.objects.within(workspace).exists():
        return
    with transaction.atomic():
        lock(workspace.pk)
        if not ReasonCode.objects.within(workspace).exists():
            _make(workspace)


def _make(workspace: Workspace) -> None:
    words = _words_of(workspace)
    money = identify.MoneySettings.objects.within(workspace).first()
    currency = money.currency if money else "EUR"
    ReasonCode.objects.bulk_create(
        [ReasonCode(workspace=workspace, name=name, cause=cause) for name, cause in words.reasons]
    )
    Limit.objects.bulk_create(
        [
            Limit(
                workspace=workspace,
                role=role,
                kind=kind,
                currency=currency,
                per_case_minor=case,
                per_person_year_minor=year,
                per_month_minor=month,
            )
            for (role, kind), (case, year, month) in FIRST_LIMITS.items()
        ],
        ignore_conflicts=True,
    )
    RemedyTemplate.objects.bulk_create(
        [RemedyTemplate(workspace=workspace, kind=kind, text=text) for kind, text in words.templates.items()],
        ignore_conflicts=True,
    )
    if not ReturnPolicy.objects.within(workspace).exists():
        ReturnPolicy.objects.create(
            workspace=workspace, name=words.policy, window_days=WINDOW_DAYS, conditions=words.conditions
        )


def _words_of(workspace: Workspace) -> FirstWords:
    """In the language of its first owner, else in the one that is active."""
    owner = members(workspace).filter(role=Role.OWNER).first()
    for language in (owner.user.language if owner else "", translation.get_language() or ""):
        found = FIRST_WORDS.get(language.split("-")[0])
        if found is not None:
            return found
    return FIRST_WORDS["en"]
