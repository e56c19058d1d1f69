"""What the shop's return policy says of an order, and what an exception costs. It never just says no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.accounts.api import Workspace
from makegood.identify import api as identify
from makegood.resolve import costs, defaults
from makegood.resolve.models import ReturnPolicy
from makegood.resolve.rules import amount_words

__all__ = ["Bought", "LineVerdict", "PolicyVerdict", "fits", "judge_line", "policy_says", "verdict"]


@dataclass(frozen=True)
class Bought:
    """One product of an order, or some of its pieces: what was paid for them and what they cost, in minor units.

    `delivered` is None while the shop's record has no delivery of all parcels.
    """

    name: str
    total_minor: int
    cost_minor: int
    placed: date
    delivered: date | None
    sku: str = ""
    category: str = ""


@dataclass(frozen=True)
class LineVerdict:
    """What the policy says of one product. `last_day` is None where no window has begun or there is none.

    `why` is open (within the window), not_begun, over (too late), never (cannot be sent back) or no_policy.
    """

    bought: Bought
    policy: ReturnPolicy | None
    why: str
    last_day: date | None = None
    day: int = 0
    """Which day after delivery, or after the order, it is today."""

    @property
    def allowed(self) -> bool:
        """Whether the policy takes it back."""
        return self.why in ("open", "not_begun")


@dataclass(frozen=True)
class PolicyVerdict:
    """What the policies say of some products of an order.

    `sentence` says it in words, with what an exception costs. `exception_price_minor` is what would be paid back for
    what they don't take back, `exception_cost_minor` what that costs the shop at most: the goods, where they cannot be
    sold again. Both are 0 where no exception is needed.
    """

    lines: tuple[LineVerdict, ...]
    sentence: str
    currency: str
    exception_price_minor: int
    exception_cost_minor: int

    @property
    def allowed(self) -> bool:
        """Whether all of it can be sent back without an exception."""
        return all(each.allowed for each in self.lines)


def policy_says(
    workspace: Workspace, order: identify.Order, lines: Iterable[Sequence[int]], at: datetime
) -> PolicyVerdict:
    """What the shop's policies say when something of an order is sent back at the moment `at`.

    `lines` are [line, count] as in a remedy's details; none means all of the order. Days are those of the shop's time
    zone. 5 queries. Raises `ResolveError` for lines that are not in the order.
    """
    defaults.ensure(workspace)
    zone = ZoneInfo(workspace.timezone)
    wanted = [list(each) for each in lines]
    rows = identify.OrderLine.objects.within(workspace).filter(order=order).order_by("pk")
    chosen = costs.chosen_lines(order, {"lines": wanted}) if wanted else [(row, row.quantity) for row in rows]
    money = identify.MoneySettings.objects.within(workspace).first()
    margin = money.margin_percent if money else costs.DEFAULT_MARGIN
    delivered = _delivered(order)
    bought = [
        Bought(
            name=line.name,
            total_minor=line.total_minor * count // max(line.quantity, 1),
            cost_minor=costs.cost_of(line, count, margin),
            placed=order.placed_at.astimezone(zone).date(),
            delivered=delivered.astimezone(zone).date() if delivered else None,
            sku=line.sku,
            category=line.category,
        )
        for line, count in chosen
    ]
    policies = list(ReturnPolicy.objects.within(workspace).filter(active=True).order_by("position", "pk"))
    return verdict(policies, bought, at.astimezone(zone).date(), order.currency)


def _delivered(order: identify.Order) -> datetime | None:
    """When the last parcel came: until then no window has begun."""
    parcels = list(
        identify.Fulfilment.objects.within(order.workspace_id)
        .filter(order=order)
        .values_list("delivered_at", flat=True)
    )
    known = [moment for moment in parcels if moment is not None]
    if parcels and len(known) == len(parcels):
        return max(known)
    return order.delivered_at


def fits(matches: Mapping[str, Any], bought: Bought) -> bool:
    """Whether a policy is for this product: by its category, or by what its article number begins with."""
    categories = [str(each).casefold() for each in matches.get("category", ())]
    beginnings = tuple(str(each).casefold() for each in matches.get("sku", ()) if each)
    if not categories and not beginnings:
        return True
    if bought.category.casefold() in categories:
        return True
    return bool(beginnings) and bought.sku.casefold().startswith(beginnings)


def judge_line(policies: Sequence[ReturnPolicy], bought: Bought, today: date) -> LineVerdict:
    """What the first policy that fits says of one product on a day. The window's last day is in it."""
    policy = next((each for each in policies if fits(each.matches, bought)), None)
    if policy is None:
        return LineVerdict(bought, None, "no_policy")
    if not policy.returnable:
        return LineVerdict(bought, policy, "never")
    began = bought.placed if policy.counts_from == ReturnPolicy.From.PLACED else bought.delivered
    if began is None:
        return LineVerdict(bought, policy, "not_begun")
    last = began + timedelta(days=policy.window_days)
    return LineVerdict(bought, policy, "open" if today <= last else "over", last, max((today - began).days, 0))


def verdict(policies: Sequence[ReturnPolicy], bought: Sequence[Bought], today: date, currency: str) -> PolicyVerdict:
    """What the policies say of all these products: one sentence a policy and outcome, and what exceptions cost."""
    lines = tuple(judge_line(policies, each, today) for each in bought)
    outside = [each for each in lines if not each.allowed]
    price = sum(each.bought.total_minor for each in outside)
    cost = sum(each.bought.cost_minor for each in outside)
    said = [_sentence(group, mixed=len(lines) > 1) for group in _grouped(lines)]
    if outside:
        facts = {"price": amount_words(price, currency), "cost": amount_words(cost, currency)}
        words = _("An exception pays %(price)s back and costs you %(cost)s if it can’t be sold again, less if it can.")
        said.append(words % facts)
    return PolicyVerdict(lines, " ".join(said), currency, price, cost)


def _grouped(lines: Sequence[LineVerdict]) -> list[list[LineVerdict]]:
    groups: dict[tuple[Any, str, date | None], list[LineVerdict]] = {}
    for each in lines:
        groups.setdefault((each.policy.pk if each.policy else None, each.why, each.last_day), []).append(each)
    return list(groups.values())


def _sentence(group: Sequence[LineVerdict], *, mixed: bool) -> str:
    first = group[0]
    what = _("%(names)s: ") % {"names": ", ".join(each.bought.name for each in group)} if mixed else ""
    return f"{what}{_said(first)}"


def _said(line: LineVerdict) -> str:
    policy = line.policy
    if policy is None:
        return _("No policy says anything about this, so it is yours to decide.")
    days = ngettext("%(n)d day", "%(n)d days", policy.window_days) % {"n": policy.window_days}
    facts = {
        "name": policy.name,
        "days": days,
        "from": policy.get_counts_from_display(),
        "last": formats.date_format(line.last_day, "SHORT_DATE_FORMAT", use_l10n=True) if line.last_day else "",
        "day": line.day,
    }
    if line.why == "never":
        return _("“%(name)s” takes nothing back as a rule.") % facts
    if line.why == "not_begun":
        return _("“%(name)s” gives %(days)s from %(from)s, and no delivery is on record: they have not begun.") % facts
    if line.why == "open":
        return _("“%(name)s” gives %(days)s from %(from)s: until %(last)s, and today is day %(day)d.") % facts
    return _("“%(name)s” gives %(days)s from %(from)s: they ended on %(last)s, and today is day %(day)d.") % facts
