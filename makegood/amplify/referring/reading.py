"""What links brought, for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from makegood.amplify.models import ClickDay, ReferralOrder, ShortLink
from makegood.amplify.referring.rules import DAYS_COUNTED, PerShare, per_share
from makegood.kit import clock, keyset

__all__ = [
    "Brought",
    "LinkPage",
    "Week",
    "by_source",
    "link_of",
    "links_page",
    "measured",
    "orders_of",
    "values",
    "weeks",
]

PAGE = 30
MOST_SHARES = 2_000
"""The newest so many are measured."""
MOST_ORDERS_SHOWN = 200
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Brought:
    """A link with what it brought. `value` is a currency's minor units by currency."""

    link: ShortLink
    clicks: int
    visitors: int
    orders: int
    value: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkPage:
    """Links, the newest first; `after` is the key of the next page, "" on the last."""

    rows: list[Brought]
    after: str


@dataclass(frozen=True)
class Week:
    """Seven days from `first` on."""

    first: date
    visitors: int


def links_page(workspace: Any, after: str = "", size: int = PAGE) -> LinkPage:
    """A page of the workspace's links with what they brought. 3 queries."""
    rows = ShortLink.objects.within(workspace).select_related("conversation")
    if key := keyset.read(after):
        rows = rows.filter(Q(made_at__lt=key[0]) | Q(made_at=key[0], pk__lt=key[1]))
    found = list(rows.order_by("-made_at", "-pk")[: size + 1])
    shown = found[:size]
    further = keyset.after_row(shown[-1].made_at, shown[-1].pk) if len(found) > size else ""
    return LinkPage(_brought(workspace, shown), further)


def link_of(workspace: Any, key: int) -> Brought | None:
    """One link with what it brought; None where it is not there. 3 queries."""
    rows = ShortLink.objects.within(workspace).select_related("conversation", "made_by")
    found = list(rows.filter(pk=key))
    return _brought(workspace, found)[0] if found else None


def _brought(workspace: Any, links: Sequence[ShortLink]) -> list[Brought]:
    days = ClickDay.objects.within(workspace).filter(link__in=links).values("link")
    came = {row["link"]: row for row in days.annotate(clicks_=Sum("clicks"), visitors_=Sum("visitors"))}
    bought: dict[int, list[tuple[int, str]]] = defaultdict(list)
    orders = _counting(ReferralOrder.objects.within(workspace).filter(link__in=links))
    for key, minor, currency in orders.values_list("link", _PAID, "order__currency"):
        bought[key].append((minor, currency))
    return [
        Brought(
            link,
            came[link.pk]["clicks_"] if link.pk in came else 0,
            came[link.pk]["visitors_"] if link.pk in came else 0,
            len(bought[link.pk]),
            _sums(bought[link.pk]),
        )
        for link in links
    ]


_PAID = F("order__total_minor") - F("order__refunded_minor")


def _counting(rows: Any) -> Any:
    return rows.exclude(order__state=CANCELLED).filter(order__gone_at__isnull=True)


def _sums(pairs: Iterable[tuple[int, str]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for minor, currency in pairs:
        sums[currency] += minor
    return dict(sums)


def measured(workspace: Any) -> PerShare:
    """How many visitors a share brings: of links handed out at least 28 days ago, in the 28 days after that. 1 query.

    A share is a link that a customer was given: whether and where they passed it on, we don't see.
    """
    until = clock.now() - timedelta(days=DAYS_COUNTED)
    rows = ShortLink.objects.within(workspace).filter(handed_at__lte=until, is_sample=False)
    within = Q(days__day__gte=TruncDate("handed_at"), days__day__lt=F("handed_at") + timedelta(days=DAYS_COUNTED))
    counted = rows.annotate(came=Coalesce(Sum("days__visitors", filter=within), 0))
    return per_share(list(counted.order_by("-handed_at").values_list("came", flat=True)[:MOST_SHARES]))


def values(workspace: Any) -> tuple[int, dict[str, int]]:
    """How many orders came by links, and their value after refunds: minor units by currency. 1 query."""
    rows = _counting(ReferralOrder.objects.within(workspace).filter(link__is_sample=False))
    sums = rows.values("order__currency").annotate(n=Count("pk"), minor=Sum(_PAID)).order_by("order__currency")
    found = [(row["n"], row["order__currency"], row["minor"]) for row in sums]
    return sum(count for count, _currency, _minor in found), {currency: minor for _n, currency, minor in found}


def weeks(workspace: Any, link: ShortLink | None = None, count: int = 12) -> list[Week]:
    """Visitors in each of the last weeks, the oldest first; of one link, or of all. 1 query."""
    today = clock.now().date()
    first = today - timedelta(days=today.weekday() + 7 * (count - 1))
    rows = ClickDay.objects.within(workspace).filter(day__gte=first)
    rows = rows.filter(link=link) if link else rows
    sums: dict[int, int] = defaultdict(int)
    for day, came in rows.values_list("day").annotate(came=Sum("visitors")).order_by("day"):
        sums[(day - first).days // 7] += came
    return [Week(first + timedelta(days=7 * number), sums[number]) for number in range(count)]


def by_source(link: ShortLink) -> list[tuple[str, int, int]]:
    """Where they came from, in words, with clicks and visitors; most first. 1 query."""
    names = dict(ClickDay.Source.choices)
    rows = ClickDay.objects.within(link.workspace_id).filter(link=link).values("source")
    found = rows.annotate(came=Sum("visitors"), clicked=Sum("clicks")).order_by("-came", "source")
    return [(str(names[row["source"]]), row["clicked"], row["came"]) for row in found]


def orders_of(link: ShortLink) -> list[ReferralOrder]:
    """The orders noted for a link, the newest first. 1 query."""
    rows = ReferralOrder.objects.within(link.workspace_id).filter(link=link).select_related("order")
    return list(rows.order_by("-order__placed_at", "-pk")[:MOST_ORDERS_SHOWN])
