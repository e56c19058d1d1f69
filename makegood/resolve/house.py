"""What an owner settles beforehand: return policies, reasons, the shop's own words. One transaction a function."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import authority, defaults
from makegood.resolve.models import ReasonCode, Remedy, RemedyTemplate, ReturnPolicy
from makegood.resolve.rules import ResolveError

__all__ = ["OUTCOME", "PLACES", "policies", "reasons", "save_policy", "save_reason", "save_words", "words_for"]

MOST = 50
LONGEST_NAME = 80
LONGEST_WORDS = 2_000
LONGEST_WINDOW = 3_650
OUTCOME = "outcome"
"""The kind of the words that ask whether it is right now."""
PLACES = ("name", "amount", "order", "number", "code", "date")
"""What {…} in the shop's words may stand for."""


def policies(workspace: Any) -> list[ReturnPolicy]:
    """A workspace's return policies, those that rest too, in the order in which they are tried."""
    defaults.ensure(workspace)
    return list(ReturnPolicy.objects.within(workspace).order_by("position", "pk")[:MOST])


def reasons(workspace: Any) -> list[ReasonCode]:
    """The reasons that can be chosen, by name."""
    defaults.ensure(workspace)
    return list(ReasonCode.objects.within(workspace).filter(active=True).order_by("name")[:MOST])


def words_for(workspace: Any, kind: str, language: str = "") -> str:
    """What the customer is told of a remedy, or asked, of `OUTCOME`: in their language, else in the shop's; or ""."""
    defaults.ensure(workspace)
    rows = RemedyTemplate.objects.within(workspace).filter(kind=kind, language__in=["", language.split("-")[0]])
    found = rows.order_by("-language").first()
    return found.text if found else ""


def _may_settle(by: Membership) -> Membership:
    authority.lock(by.workspace_id)
    member = authority.fresh(by)
    if not allows(member.role, Right.SETTINGS):
        raise ResolveError(_("Only owners change this."))
    defaults.ensure(member.workspace)
    return member


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not words or len(words) > LONGEST_NAME:
        raise ResolveError(_("Give it a name of at most 80 characters."))
    return words


def _matches(matches: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    kept = {key: [" ".join(each.split()) for each in matches.get(key, ())] for key in ("category", "sku")}
    return {key: [each for each in values if each][:100] for key, values in kept.items() if any(values)}


@transaction.atomic
def save_policy(
    by: Membership,
    policy: ReturnPolicy | None,
    *,
    name: str,
    window_days: int,
    counts_from: str = ReturnPolicy.From.DELIVERED,
    matches: Mapping[str, Sequence[str]] | None = None,
    conditions: str = "",
    customer_pays_return: bool = False,
    returnable: bool = True,
    active: bool = True,
    position: int = 0,
) -> ReturnPolicy:
    """Saves a return policy, a new one where `policy` is None. Lower positions are tried first.

    `matches` is {"category": [...], "sku": [...]}, article numbers by how they begin; none for every product. Raises
    `ResolveError`.
    """
    member = _may_settle(by)
    words = _name(name)
    if not 0 <= window_days <= LONGEST_WINDOW:
        raise ResolveError(_("A window lies between 0 days and ten years."))
    if counts_from not in ReturnPolicy.From.values:
        raise ResolveError(_("Choose whether it counts from delivery or from the order."))
    rows = ReturnPolicy.objects.within(member.workspace_id)
    row = rows.filter(pk=policy.pk).first() if policy else ReturnPolicy(workspace_id=member.workspace_id)
    if row is None:
        raise ResolveError(_("This policy is not there any more."))
    if rows.filter(name=words).exclude(pk=row.pk).exists():
        raise ResolveError(_("There is a policy of this name already."))
    if policy is None and rows.count() >= MOST:
        raise ResolveError(_("%(n)d policies are the most.") % {"n": MOST})
    row.name, row.window_days, row.counts_from = words, window_days, counts_from
    row.matches, row.conditions = _matches(matches or {}), conditions.strip()[:LONGEST_WORDS]
    row.customer_pays_return, row.returnable, row.active = customer_pays_return, returnable, active
    row.position, row.changed_by, row.changed_at = position, member.user, clock.now()
    row.save()
    journal.record(member.workspace_id, "policy.return_saved", row, actor=member.user, name=words)
    return row


@transaction.atomic
def save_reason(
    by: Membership, reason: ReasonCode | None, *, name: str, cause: str = "", active: bool = True
) -> ReasonCode:
    """Saves a reason, a new one where `reason` is None. It is never deleted: what was given for it keeps it.

    Raises `ResolveError`.
    """
    member = _may_settle(by)
    words = _name(name)
    rows = ReasonCode.objects.within(member.workspace_id)
    row = rows.filter(pk=reason.pk).first() if reason else ReasonCode(workspace_id=member.workspace_id)
    if row is None:
        raise ResolveError(_("This reason is not there any more."))
    if rows.filter(name=words).exclude(pk=row.pk).exists():
        raise ResolveError(_("There is a reason of this name already."))
    if reason is None and rows.filter(active=True).count() >= MOST:
        raise ResolveError(_("%(n)d reasons are the most.") % {"n": MOST})
    row.name, row.cause, row.active = words, " ".join(cause.split())[:LONGEST_NAME], active
    row.save()
    journal.record(member.workspace_id, "reason.saved", row, actor=member.user, name=words)
    return row


@transaction.atomic
def save_words(by: Membership, kind: str, language: str, text: str) -> RemedyTemplate:
    """Saves what customers are told of a kind of remedy, or asked, of `OUTCOME`; `language` is "" for the shop's own.

    Raises `ResolveError`.
    """
    member = _may_settle(by)
    if kind not in (*Remedy.Kind.values, OUTCOME):
        raise ResolveError(_("Choose a remedy from the list."))
    words = text.strip()
    if not words or len(words) > LONGEST_WORDS:
        raise ResolveError(_("Write something, of at most 2,000 characters."))
    unknown = [place for place in re.findall(r"\{([^{}]*)\}", words) if place not in PLACES]
    if unknown:
        known = ", ".join(f"{{{place}}}" for place in PLACES)
        facts = {"name": f"{{{unknown[0]}}}", "known": known}
        raise ResolveError(_("Makegood doesn’t know %(name)s. It knows %(known)s.") % facts)
    row, _new = RemedyTemplate.objects.update_or_create(
        workspace_id=member.workspace_id,
        kind=kind,
        language=language.split("-")[0].lower(),
        defaults={"text": words, "changed_by": member.user, "changed_at": clock.now()},
    )
    journal.record(member.workspace_id, "remedy.words_saved", row, actor=member.user, kind=kind)
    return row
