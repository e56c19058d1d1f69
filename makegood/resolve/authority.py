"""Who may decide how much, from the rows: limits, and what was given before. One lock a workspace while it is decided.

Only the server's clock says which month it is, and what lies ahead of it counts too: a clock that is set back opens no
limit anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, Role, Workspace, allows
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import rules
from makegood.resolve.models import Limit, Remedy
from makegood.resolve.rules import Ceiling, Given, Judgement, ResolveError

__all__ = [
    "Matter",
    "fresh",
    "limits_of",
    "lock",
    "matter_of",
    "remove_limit",
    "set_limit",
    "weigh",
]

Kind = Remedy.Kind


@dataclass(frozen=True)
class Matter:
    """What a remedy is counted with: `case` finds what belongs to the same problem, `person` what the same person got.

    `contact` is whom we know them as; `mark` the key it is kept under.
    """

    case: Q
    person: Q
    contact: identify.Contact | None
    mark: str


def lock(workspace_id: int) -> Workspace:
    """The workspace, locked until the caller's transaction ends: one decision about giving at a time.

    Everybody takes this lock first, as they do who change people's roles.
    """
    return Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)


def fresh(membership: Membership) -> Membership:
    """A member as they stand now: whoever was demoted a moment ago has no more than that. Raises `ResolveError`."""
    rows = Membership.objects.within(membership.workspace_id).filter(user_id=membership.user_id, user__is_active=True)
    found = rows.select_related("user").first()
    if found is None:
        raise ResolveError(_("You do not belong to this workspace any more."))
    return found


def matter_of(
    conversation: desk.Conversation, order: identify.Order | None, charge: identify.Charge | None, case_id: int | None
) -> Matter:
    """What was given in the same case and to the same person, found by every tie there is.

    A case is its conversations, the orders they are linked to, the payments of these, and whatever else is linked to
    those orders; so the same order on another handle, in another conversation or case is the same. 8 queries at most.
    """
    workspace = conversation.workspace_id
    talks = {conversation.pk}
    if case_id is not None:
        talks |= set(desk.Conversation.objects.within(workspace).filter(case_id=case_id).values_list("pk", flat=True))
    links = identify.OrderLink.objects.within(workspace).filter(removed_at__isnull=True)
    orders = set(links.filter(conversation__in=talks).values_list("order_id", flat=True))
    orders |= {key for key in (order and order.pk, charge and charge.order_id) if key}
    charges: set[int] = set()
    if charge is not None:
        same = Q(pk=charge.pk) | Q(double_of=charge.pk) | Q(pk=charge.double_of_id)
        for key, its_order in _charges(workspace).filter(same).values_list("pk", "order_id"):
            charges.add(key)
            orders |= {its_order} if its_order else set()
    if orders:
        charges |= set(_charges(workspace).filter(order__in=orders).values_list("pk", flat=True))
        talks |= set(links.filter(order__in=orders).values_list("conversation_id", flat=True))
    case = Q(conversation__in=talks) | Q(order__in=orders) | Q(charge__in=charges)
    if case_id is not None:
        case |= Q(case_id=case_id)
    return Matter(case, *_person_of(conversation, orders))


def _charges(workspace: int) -> QuerySet[identify.Charge]:
    return identify.Charge.objects.within(workspace)


def _person_of(conversation: desk.Conversation, orders: set[int]) -> tuple[Q, identify.Contact | None, str]:
    contact = identify.contact_of(conversation)
    own = f"author:{conversation.network}:{conversation.author_id}"
    keys = {own, *identify.person_keys(conversation)}
    person = Q(person_key__in=[rules.person_mark(key) for key in keys])
    accounts = [key.split(":", 2)[1:] for key in keys if key.startswith("author:")]
    for network, author in accounts:
        # What they got through this account while it was tied to somebody else is theirs all the same.
        person |= Q(conversation__network=network, conversation__author_id=author)
    if orders:
        buyers = identify.Order.objects.within(conversation.workspace_id).filter(pk__in=orders).values("customer_id")
        person |= Q(order__customer__in=buyers)
    mark = f"contact:{contact.pk}" if contact is not None else own
    return person, contact, rules.person_mark(mark)


def limits_of(workspace: Any) -> list[Limit]:
    """All limits of a workspace, by role and kind; "" comes first."""
    return list(Limit.objects.within(workspace).select_related("changed_by").order_by("role", "kind"))


def weigh(
    workspace: Workspace,
    role: str,
    remedy: Remedy,
    matter: Matter,
    *,
    learning: bool = False,
    at: datetime | None = None,
) -> Judgement:
    """What a member of this role may decide of a remedy, which may be there already or not. 4 queries at most.

    Call it under the workspace's lock where something is to follow from it.
    """
    rows = {row.kind: row for row in Limit.objects.within(workspace).filter(role=role)}
    limit = rows.get(remedy.kind) or rows.get("")
    if limit is None:
        return rules.judge(role, None, Given(), remedy.counted_minor, remedy.currency, learning=learning)
    ceiling = _ceiling(limit)
    given = Given()
    if remedy.counted_minor and ceiling.currency == remedy.currency:
        counted = Remedy.objects.within(workspace).filter(state__in=rules.COUNTED, currency=ceiling.currency)
        counted = counted.filter(kind=limit.kind) if limit.kind else counted.exclude(kind__in=rows)
        if remedy.pk:
            counted = counted.exclude(pk=remedy.pk)
        given = _given(counted, role, matter, workspace.timezone, at or clock.now())
    return rules.judge(role, ceiling, given, remedy.counted_minor, remedy.currency, learning=learning)


def _given(rows: QuerySet[Remedy], role: str, matter: Matter, zone: str, at: datetime) -> Given:
    year, month = rules.year_began(at, zone), rules.month_began(at, zone)
    return Given(
        case=_sum(rows.filter(matter.case)),
        person=_sum(rows.filter(matter.person, decided_at__gte=year)),
        month=_sum(rows.filter(decided_role=role, decided_at__gte=month)),
    )


def _sum(rows: QuerySet[Remedy]) -> int:
    return int(rows.order_by().aggregate(total=Sum("counted_minor"))["total"] or 0)


def _ceiling(row: Limit) -> Ceiling:
    return Ceiling(
        row.currency, row.per_case_minor, row.per_person_year_minor, row.per_month_minor, row.four_eyes_minor
    )


@transaction.atomic
def set_limit(by: Membership, role: str, kind: str, ceiling: Ceiling) -> Limit:
    """Says how much members of a role may decide by themselves; `kind` "" is for all without a limit of their own.

    Raises `ResolveError`.
    """
    member = _may_set(by)
    if role not in (Role.AGENT, Role.MANAGER, Role.OWNER):
        raise ResolveError(_("Only owners, managers and agents decide about remedies."))
    if kind and kind not in Kind.values:
        raise ResolveError(_("Choose what the limit is for from the list."))
    sentence = _ceiling_problem(ceiling)
    if sentence:
        raise ResolveError(sentence)
    row, _new = Limit.objects.update_or_create(
        workspace_id=member.workspace_id,
        role=role,
        kind=kind,
        defaults={
            "currency": ceiling.currency,
            "per_case_minor": ceiling.per_case,
            "per_person_year_minor": ceiling.per_person_year,
            "per_month_minor": ceiling.per_month,
            "four_eyes_minor": ceiling.four_eyes,
            "changed_by": member.user,
            "changed_at": clock.now(),
        },
    )
    facts = {"role": role, "kind": kind, "currency": ceiling.currency}
    journal.record(member.workspace_id, "limit.set", row, actor=member.user, **facts)
    return row


def _ceiling_problem(ceiling: Ceiling) -> str | None:
    if len(ceiling.currency) != 3 or not ceiling.currency.isascii() or not ceiling.currency.isupper():
        return _("A currency has three letters, such as EUR.")
    amounts = (ceiling.per_case, ceiling.per_person_year, ceiling.per_month, ceiling.four_eyes)
    if any(each is not None and not 0 <= each <= rules.MOST_MINOR for each in amounts):
        return _("A limit is nothing or more. Leave it empty where there is none.")
    return None


@transaction.atomic
def remove_limit(by: Membership, limit: Limit) -> None:
    """Takes a limit away: the role's limit for all kinds holds then, or, where there is none, nothing is allowed."""
    member = _may_set(by)
    row = Limit.objects.within(member.workspace_id).filter(pk=limit.pk).first()
    if row is None:
        return
    journal.record(member.workspace_id, "limit.removed", row, actor=member.user, role=row.role, kind=row.kind)
    row.delete()


def _may_set(by: Membership) -> Membership:
    lock(by.workspace_id)
    member = fresh(by)
    if not allows(member.role, Right.SETTINGS):
        raise ResolveError(_("Only owners set limits."))
    return member
