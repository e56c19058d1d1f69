"""What a customer has brought and may still bring, as it is said at the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.identify.models import Customer, MoneySettings, ValueModel
from makegood.identify.spending import Spent, orders_of
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.amounts import amount_words, span_words

__all__ = ["Ahead", "MoneyError", "Worth", "money_of", "save_money", "worth_of"]

LOSING_MONTHS = 24
MOST_MARGIN = 100
MOST_DISCOUNT = 50


class MoneyError(Exception):
    """Something about the shop's money that makes no sense. `sentence` says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Ahead:
    """What a customer may spend within so many months, discounted, in minor units: four times out of five it lies
    between `low_minor` and `high_minor`; `expected_minor` is the mean of many such customers.
    """

    months: int
    low_minor: int
    expected_minor: int
    high_minor: int


@dataclass(frozen=True)
class Worth:
    """What somebody has spent and may still spend. Amounts are minor units of `currency`.

    `spent_minor` has refunds taken off; `kept_minor` is the shop's margin of it, less what remedies cost. `method` is
    model, cohort, average or none (see makegood.identify.value), by `customers` of the shop. `elsewhere` is what they
    spent in other currencies, as (currency, amount, orders).

    The models are about what a purchase brings, so remedies other than refunds (vouchers, replacements, gifts) are no
    part of what they are fitted to, nor of `ahead`. They come off what the shop keeps: of the past in `kept_minor`, of
    what is to come in `losing`, at the rate of `remedies_share`.
    """

    currency: str
    margin_percent: int
    orders: int = 0
    spent_minor: int = 0
    refunded_minor: int = 0
    remedies_minor: int = 0
    kept_minor: int = 0
    method: str = "none"
    customers: int = 0
    ahead: tuple[Ahead, ...] = ()
    elsewhere: tuple[tuple[str, int, int], ...] = ()

    @property
    def remedies_share(self) -> float:
        """What making good costs of each unit they spend, 0 to 1: by their own record, which counts x / (x + 1) after x
        repeat orders, as their spend does where little is known (docs/decisions/0023). Somebody with one order has no
        record: what they are given for it must not make them look worth less.
        """
        if self.remedies_minor <= 0 or self.orders < 2:
            return 0.0
        own = min(1.0, self.remedies_minor / self.spent_minor) if self.spent_minor > 0 else 1.0
        return own * (self.orders - 1) / self.orders

    @property
    def losing(self) -> Ahead | None:
        """What losing them costs: the margin of what they may spend in two years, less what making good costs of it.
        None: there is no saying.
        """
        found = next((each for each in self.ahead if each.months == LOSING_MONTHS), None)
        if found is None:
            return None
        low, mean, high = (
            max(0, amount * self.margin_percent // 100 - round(amount * self.remedies_share))
            for amount in (found.low_minor, found.expected_minor, found.high_minor)
        )
        return Ahead(found.months, low, mean, high)

    @property
    def source(self) -> str:
        """What `losing` was read from, in words."""
        if not self.ahead:
            return str(_("no orders of theirs are known here")) if not self.orders else _not_enough()
        facts = {"margin": self.margin_percent, "basis": self._basis()}
        if self.remedies_share:
            return str(
                _("%(margin)d %% margin of what they may spend in two years, less what making good costs, %(basis)s")
                % facts
            )
        return str(_("%(margin)d %% margin of what they may spend in two years, %(basis)s") % facts)

    def _basis(self) -> str:
        n = number_format(self.customers, use_l10n=True, force_grouping=True)
        words = ngettext("from %(n)s customer of yours", "from %(n)s customers of yours", self.customers)
        return words % {"n": n}

    @property
    def sentence(self) -> str:
        """One sentence that says what they spent and what is to come, and where there is no saying, that."""
        if not self.orders:
            return str(_("No order of theirs is known here, so there is no saying what they are worth to you."))
        spent = ngettext("Has spent %(spent)s in %(n)d order", "Has spent %(spent)s in %(n)d orders", self.orders)
        facts = {"spent": amount_words(self.spent_minor, self.currency, rounded=True), "n": self.orders}
        return str(_("%(spent)s; %(ahead)s.") % {"spent": spent % facts, "ahead": self._to_come()})

    def _to_come(self) -> str:
        found = next((each for each in self.ahead if each.months == LOSING_MONTHS), None)
        if found is None:
            return _not_enough()
        facts = {"span": span_words(found.low_minor, found.high_minor, self.currency), "basis": self._basis()}
        if self.method == "average":
            return str(_("what they will spend is not known, others spend %(span)s in two years (%(basis)s)") % facts)
        if not found.high_minor:
            facts["mean"] = amount_words(found.expected_minor, self.currency, rounded=True)
            return str(
                _("most like them buy nothing more in the next two years, on average %(mean)s (%(basis)s)") % facts
            )
        return str(_("likely to spend %(span)s in the next two years (%(basis)s)") % facts)

    @property
    def more(self) -> list[str]:
        """What they spent in other currencies, in words."""
        found = []
        for currency, amount, orders in self.elsewhere:
            said = ngettext("and %(spent)s in %(n)d order", "and %(spent)s in %(n)d orders", orders)
            found.append(said % {"spent": amount_words(amount, currency, rounded=True), "n": orders})
        return found


def _not_enough() -> str:
    return str(_("you have not had enough orders yet to say what is to come"))


def money_of(workspace: Any) -> MoneySettings:
    """What the shop says of its money; what a new shop starts with (not saved) where it has said nothing. 1 query."""
    found = MoneySettings.objects.within(workspace).first()
    return found or MoneySettings(workspace=workspace)


@transaction.atomic
def save_money(workspace: Any, by: Any, *, currency: str, margin_percent: int, discount_percent: int) -> MoneySettings:
    """Keeps what the shop says of its money. Raises `MoneyError` with a sentence."""
    code = currency.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise MoneyError(_("A currency has three letters, such as EUR."))
    if not 0 <= margin_percent <= MOST_MARGIN:
        raise MoneyError(_("A margin lies between 0 and 100 percent."))
    if not 0 <= discount_percent <= MOST_DISCOUNT:
        raise MoneyError(_("The discount lies between 0 and 50 percent a year."))
    facts = {"currency": code, "margin_percent": margin_percent, "discount_percent": discount_percent}
    changed = {**facts, "changed_by": by, "changed_at": clock.now()}
    row, _new = MoneySettings.objects.update_or_create(workspace=workspace, defaults=changed)
    journal.record(row.workspace_id, "money.changed", row, actor=by, **facts)
    return row


def worth_of(workspace: Any, customers: Iterable[Customer], remedies: Mapping[str, int] | None = None) -> Worth:
    """What these customers, who are one person, have brought and may still bring. 5 queries.

    `remedies` is what was given to them besides refunds, at cost in minor units by currency.
    """
    money = money_of(workspace)
    rows = orders_of(workspace, [each.pk for each in customers], money.margin_percent)
    if not rows:
        return Worth(money.currency, money.margin_percent)
    counts = Counter(row.currency for row in rows)
    currency = money.currency if money.currency in counts else counts.most_common(1)[0][0]
    mine = [row for row in rows if row.currency == currency]
    given = (remedies or {}).get(currency, 0)
    spent = {code: sum(row.net_minor for row in rows if row.currency == code) for code in counts}
    method, known, ahead = _ahead(workspace, currency, mine, money)
    return Worth(
        currency=currency,
        margin_percent=money.margin_percent,
        orders=len(mine),
        spent_minor=spent[currency],
        refunded_minor=sum(row.refunded_minor for row in mine),
        remedies_minor=given,
        kept_minor=sum(row.kept_minor for row in mine) - given,
        method=method,
        customers=known,
        ahead=ahead,
        elsewhere=tuple((code, spent[code], count) for code, count in sorted(counts.items()) if code != currency),
    )


def _ahead(
    workspace: Any, currency: str, rows: list[Spent], money: MoneySettings
) -> tuple[str, int, tuple[Ahead, ...]]:
    kept = ValueModel.objects.within(workspace).filter(currency=currency).order_by("-fitted_at", "-pk").first()
    if kept is None or kept.method == "none":
        return "none", kept.customers if kept else 0, ()
    from makegood.identify.value import HORIZONS, Model, interval, summarise, value

    model = Model.from_dict(kept.model)
    seen = summarise((("one", row.placed_at, row.net_minor) for row in rows), clock.now())
    if not len(seen):
        return "none", kept.customers, ()
    figures = (seen.frequency[0], seen.recency_weeks[0], seen.age_weeks[0], max(seen.mean_contribution_minor[0], 0.0))
    discount = money.discount_percent / 100
    means = value(model, *([figure] for figure in figures), discount_yearly=discount)[0]
    spans = interval(model, *figures, discount_yearly=discount)
    ahead = [
        Ahead(months, low, int(mean), high) for months, mean, (low, high) in zip(HORIZONS, means, spans, strict=True)
    ]
    return kept.method, kept.customers, tuple(ahead)
