"""Advocates with what shows it, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from makegood.amplify.advocates.finding import evidence_of
from makegood.amplify.advocates.rules import reason_words
from makegood.amplify.models import Advocate, AdvocateEvidence
from makegood.identify import api as identify
from makegood.kit import keyset
from makegood.kit.text import excerpt

__all__ = ["AdvocatePage", "Listed", "advocates_page"]

PAGE = 20
MOST_EVIDENCE = 6
LONGEST = 160


@dataclass(frozen=True)
class Said:
    """One piece of evidence as it is shown."""

    row: AdvocateEvidence
    text: str
    url: str


@dataclass(frozen=True)
class Listed:
    """Somebody with why, and what they said (the newest); `more` says how much else there is."""

    row: Advocate
    why: list[str]
    said: list[Said]
    more: int
    accounts: int
    """On how many accounts that are known to be theirs."""


@dataclass(frozen=True)
class AdvocatePage:
    """People; `after` is the key of the next page, "" on the last."""

    rows: list[Listed]
    after: str


def advocates_page(workspace: Any, state: str, after: str = "", size: int = PAGE) -> AdvocatePage:
    """A page of those in this state, who spoke last first. 3 queries."""
    rows = Advocate.objects.within(workspace).filter(state=state).select_related("conversation", "decided_by")
    if key := keyset.read(after):
        rows = rows.filter(Q(last_at__lt=key[0]) | Q(last_at=key[0], pk__lt=key[1]))
    found = list(rows.order_by("-last_at", "-pk")[: size + 1])
    shown = found[:size]
    further = keyset.after_row(shown[-1].last_at, shown[-1].pk) if len(found) > size else ""
    ties = identify.Identity.objects.within(workspace).filter(kind="author", ended_at__isnull=True)
    theirs: dict[int, set[tuple[str, str]]] = {}
    tied = ties.filter(contact__in={row.contact_id for row in shown if row.contact_id})
    for contact, network, value in tied.values_list("contact", "network", "value"):
        theirs.setdefault(contact, set()).add((network, value))
    accounts = {row.pk: theirs.get(row.contact_id or 0, set()) | {(row.network, row.author_id)} for row in shown}
    workspace_id = workspace if isinstance(workspace, int) else workspace.pk
    said = evidence_of(workspace_id, {each for every in accounts.values() for each in every})
    return AdvocatePage([_listed(row, accounts[row.pk], said) for row in shown], further)


def _listed(row: Advocate, accounts: set[tuple[str, str]], said: dict[tuple[str, str], list[Any]]) -> Listed:
    every = sorted((each for account in accounts for each in said.get(account, [])), key=lambda e: e.at, reverse=True)
    shown = [_said(each) for each in every[:MOST_EVIDENCE]]
    return Listed(row, reason_words(row.reasons), shown, len(every) - len(shown), len(accounts))


def _said(row: AdvocateEvidence) -> Said:
    spoken: Any = row.mention or row.message
    url = spoken.url if spoken.url.startswith(("https://", "http://")) else ""
    return Said(row, excerpt(spoken.text, LONGEST), url)
