"""What goodwill cost: balanced entries that only grow, and the sums over them.

Debits are positive, credits negative. What turns out to be wrong is put right by an entry against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from makegood.kit import clock, keyset
from makegood.resolve.models import LedgerEntry, LedgerLine, Remedy

__all__ = [
    "MOST_GROUPS",
    "By",
    "Line",
    "Page",
    "Total",
    "book",
    "book_against",
    "cost_in",
    "costs_by_thread",
    "entries_page",
    "money_back",
    "product_of",
    "totals",
    "unbalanced",
]

Account = LedgerLine.Account
By = Literal["cause", "product", "agent", "month"]
MOST_GROUPS = 100
PAGE = 50
MOST_PRODUCTS = 3


@dataclass(frozen=True)
class Line:
    """One side of an entry: `amount_minor` is positive for a debit, negative for a credit."""

    account: str
    amount_minor: int
    currency: str


def money_back(amount_minor: int, currency: str) -> tuple[Line, Line]:
    """The lines of money that went back to a customer by a processor."""
    return Line(Account.GOODWILL, amount_minor, currency), Line(Account.MONEY_BACK, -amount_minor, currency)


def book(key: str, remedy: Remedy, lines: Sequence[Line], *, words: str = "", at: datetime | None = None) -> bool:
    """Books an entry of a remedy in the caller's transaction; False when `key` ("refund:12:done") is booked already.

    The lines must add up to nothing in each currency: ValueError otherwise. Cause, product, agent and decider are
    taken down as they are now.
    """
    assert transaction.get_connection().in_atomic_block, "an entry belongs in the transaction of what it books"
    _check(lines)
    moment = at or clock.now()
    entry, new = LedgerEntry.objects.get_or_create(
        workspace_id=remedy.workspace_id,
        key=key,
        defaults={
            "at": moment,
            "remedy_id_is": remedy.pk,
            "remedy_kind": remedy.kind,
            "case_id_is": remedy.case_id,
            "conversation_id_is": remedy.conversation_id,
            "cause": _cause(remedy),
            "product": product_of(remedy),
            "agent_id": remedy.asked_by_id,
            "decider_id": remedy.decided_by_id or remedy.asked_by_id,
            "words": words[:300],
        },
    )
    if new:
        _write(entry, lines)
    return bool(new)


def book_against(key: str, of: str, workspace: Any, *, words: str = "", at: datetime | None = None) -> bool:
    """Books the opposite of the entry `of`, as `key`. False when it is booked already, or there is nothing to undo.

    Everything but the moment and the words is taken from that entry, so that each sum comes out as if it had not been.
    """
    assert transaction.get_connection().in_atomic_block, "an entry belongs in the transaction of what it books"
    known = LedgerEntry.objects.within(workspace).filter(key=of).first()
    if known is None:
        return False
    names = ("remedy_id_is", "remedy_kind", "case_id_is", "conversation_id_is", "cause", "product")
    same = {name: getattr(known, name) for name in (*names, "agent_id", "decider_id")}
    more = {**same, "at": at or clock.now(), "words": words[:300]}
    entry, new = LedgerEntry.objects.get_or_create(workspace_id=known.workspace_id, key=key, defaults=more)
    if new:
        there = LedgerLine.objects.within(workspace).filter(entry=known).order_by("id")
        _write(entry, [Line(each.account, -each.amount_minor, each.currency) for each in there])
    return bool(new)


def _check(lines: Sequence[Line]) -> None:
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.currency] += line.amount_minor
    if not lines or any(sums.values()):
        raise ValueError(f"The lines of an entry add up to nothing in each currency; these make {dict(sums)}.")


def _write(entry: LedgerEntry, lines: Iterable[Line]) -> None:
    LedgerLine.objects.bulk_create(
        LedgerLine(
            workspace_id=entry.workspace_id,
            entry=entry,
            account=line.account,
            amount_minor=line.amount_minor,
            currency=line.currency,
            at=entry.at,
        )
        for line in lines
    )


def _cause(remedy: Remedy) -> str:
    reason = remedy.reason
    if reason is None:
        return ""
    return reason.cause or reason.name


def product_of(remedy: Remedy) -> str:
    """What it is about, as the ledger adds it up: the products of its lines, else of its order. 1 query."""
    if remedy.order is None:
        return ""
    rows = remedy.order.lines.order_by("id")
    given = remedy.details.get("lines") or ()
    named = [line[0] for line in given if isinstance(line, list | tuple) and line]
    if named:
        rows = rows.filter(pk__in=named)
    names = list(dict.fromkeys(rows.values_list("name", flat=True)[: MOST_PRODUCTS + 1]))
    more = ["…"] if len(names) > MOST_PRODUCTS else []
    return ", ".join([*names[:MOST_PRODUCTS], *more])[:300]


@dataclass(frozen=True)
class Total:
    """What goodwill cost under one heading, in one currency. `key` is a user's id for agents, a day for months."""

    key: Any
    label: str
    amount_minor: int
    currency: str
    entries: int


def totals(
    workspace: Any, by: By, since: datetime | None = None, until: datetime | None = None, *, most: int = MOST_GROUPS
) -> list[Total]:
    """The sums of goodwill from `since` (included) to `until` (not), aware moments, the costliest first; months in
    their order, in the shop's time zone. At most `most` headings, the latest months. 1 query.
    """
    rows = LedgerLine.objects.within(workspace).filter(account=Account.GOODWILL)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if by == "month":
        zone = ZoneInfo(getattr(workspace, "timezone", "") or "UTC")
        grouped = _summed(rows.annotate(month=TruncMonth("at", tzinfo=zone)), "month").order_by("-month", "currency")
        return [_total(row, row["month"].date(), _month(row["month"].date())) for row in reversed(list(grouped[:most]))]
    if by == "agent":
        grouped = _summed(rows, "entry__agent", "entry__agent__name").order_by("-total", "entry__agent", "currency")
        return [_total(row, row["entry__agent"], row["entry__agent__name"] or "Makegood") for row in grouped[:most]]
    name = f"entry__{by}"
    grouped = _summed(rows, name).order_by("-total", name, "currency")
    return [_total(row, row[name], row[name] or str(_("not said"))) for row in grouped[:most]]


def cost_in(workspace: Any, conversations: Iterable[int]) -> list[Total]:
    """What goodwill cost in these conversations (ids), a sum for each currency, the costliest first. 1 query."""
    rows = LedgerLine.objects.within(workspace).filter(account=Account.GOODWILL)
    rows = rows.filter(entry__conversation_id_is__in=list(conversations))
    return [_total(row, "", "") for row in _summed(rows).order_by("-total", "currency")]


def _summed(rows: QuerySet[Any], *names: str) -> Any:
    return rows.values(*names, "currency").annotate(total=Sum("amount_minor"), entries=Count("entry", distinct=True))


def _total(row: dict[str, Any], key: Any, label: str) -> Total:
    return Total(key, label, row["total"], row["currency"], row["entries"])


def _month(first: date) -> str:
    return f"{first:%Y-%m}"


@dataclass(frozen=True)
class Page:
    """Entries, newest first, each with its `lines`. `after` is the key of the next page, "" on the last."""

    rows: list[LedgerEntry]
    after: str


def entries_page(
    workspace: Any,
    after: str = "",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    remedy: int | None = None,
    cause: str | None = None,
    product: str | None = None,
    agent: int | None = None,
    size: int = PAGE,
) -> Page:
    """One page of the ledger, or of what is under one heading of `totals`. 2 queries."""
    rows = LedgerEntry.objects.within(workspace).select_related("agent", "decider")
    rows = rows.prefetch_related(Prefetch("lines", LedgerLine.objects.within(workspace).order_by("id")))
    named = {"at__gte": since, "at__lt": until, "remedy_id_is": remedy, "cause": cause, "product": product}
    rows = rows.filter(**{name: value for name, value in {**named, "agent": agent}.items() if value is not None})
    if key := keyset.read(after):
        rows = rows.filter(Q(at__lt=key[0]) | Q(at=key[0], id__lt=key[1]))
    found = list(rows.order_by("-at", "-id")[: size + 1])
    page = found[:size]
    return Page(page, keyset.after_row(page[-1].at, page[-1].pk) if len(found) > size else "")


def unbalanced(workspace: Any) -> list[int]:
    """The ids of entries whose lines do not add up to nothing, at most 100: there must be none. 1 query."""
    rows = LedgerLine.objects.within(workspace).values("entry", "currency").annotate(total=Sum("amount_minor"))
    return [int(key) for key in rows.exclude(total=0).order_by("entry").values_list("entry", flat=True)[:100]]


def costs_by_thread(workspace: Any, conversations: Iterable[int]) -> dict[int, dict[str, int]]:
    """What goodwill cost in each of these conversations (ids), in minor units by currency, what was booked back taken
    off; those that cost nothing are not in it. 1 query.
    """
    rows = LedgerLine.objects.within(workspace).filter(account=Account.GOODWILL)
    rows = rows.filter(entry__conversation_id_is__in=list(conversations)).order_by()
    found: dict[int, dict[str, int]] = {}
    for key, currency, total in rows.values_list("entry__conversation_id_is", "currency").annotate(Sum("amount_minor")):
        if total:
            found.setdefault(key, {})[currency] = total
    return found
