"""What templates say of money, orders and remedies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.identify import api as identify
from makegood.kit.amounts import amount_words, span_words

register = template.Library()

ICONS = {
    "refund": "undo",
    "replacement": "refresh",
    "return": "reply",
    "voucher": "star",
    "gift": "sample",
    "call": "mega",
    "courier": "send",
    "apology": "note",
}
PAYERS = {
    "card": gettext_lazy("by the same card"),
    "email": gettext_lazy("with the same address"),
    "account": gettext_lazy("from the same account"),
}
WIDTH, ROW, LEFT, RIGHT = 240, 26, 62, 8
WEEK = 6


@register.filter
def money(minor: int | None, currency: str) -> str:
    """An amount in minor units, as people read it: `order.total_minor|money:order.currency`."""
    return "" if minor is None else amount_words(minor, currency)


@register.filter
def remedy_icon(kind: str) -> str:
    """The id of the icon of a kind of remedy."""
    return ICONS.get(kind, "star")


@register.filter
def outcome_icon(answer: str) -> str:
    """The id of the icon of what they said of it."""
    return {"made_right": "ok", "not_yet": "restore"}.get(answer, "quiet")


def _day(moment: datetime) -> str:
    """A day in the shop's time: "Friday" where it is near, else "3 May"."""
    here, now = timezone.localtime(moment), timezone.localtime()
    if abs((here.date() - now.date()).days) <= WEEK:
        return str(date_format(here, "l"))
    return str(date_format(here, "j F" if here.year == now.year else "j F Y"))


@register.filter
def promise_words(view: identify.OrderView) -> str:
    """What was promised of an order's delivery and how it stands; "" where nothing was."""
    order = view.order
    if order.promised_at is None or order.state == identify.Order.State.CANCELLED:
        return ""
    late = view.days_late
    facts = {"day": _day(order.promised_at), "n": late}
    if order.delivered_at is not None:
        if not late:
            return _("promised for %(day)s, delivered in time") % facts
        words = ngettext(
            "promised for %(day)s, delivered %(n)d day late", "promised for %(day)s, delivered %(n)d days late", late
        )
        return words % facts
    if order.promised_at > view.now:
        return _("promised for %(day)s") % facts
    if not late:
        return _("promised for %(day)s, not delivered yet") % facts
    words = ngettext(
        "promised for %(day)s, not delivered: %(n)d day late",
        "promised for %(day)s, not delivered: %(n)d days late",
        late,
    )
    return words % facts


@register.filter
def link_words(link: identify.OrderLink) -> str:
    """Why a conversation is about an order."""
    if link.how == "number":
        return _("they wrote “%(words)s”") % {"words": link.words}
    return _("linked by %(who)s") % {"who": link.by} if link.by else _("linked by hand")


@register.filter
def double_words(found: identify.DoubleCharge) -> str:
    """Both payments in a sentence: "Charged twice: 49.90 EUR on 3 May 10:02 and again 10:04"."""
    first, second = sorted((found.of.at, found.charge.at))
    here, again = timezone.localtime(first), timezone.localtime(second)
    same_day = here.date() == again.date()
    facts = {
        "amount": amount_words(found.charge.amount_minor, found.charge.currency),
        "first": f"{date_format(here, 'j F')} {date_format(here, 'TIME_FORMAT')}",
        "second": ("" if same_day else f"{date_format(again, 'j F')} ") + date_format(again, "TIME_FORMAT"),
    }
    return _("Charged twice: %(amount)s on %(first)s and again %(second)s") % facts


@register.filter
def double_reasons(found: identify.DoubleCharge) -> list[str]:
    """Why the two look like one payment, in words, the strongest first."""
    return [words for kind, said in found.reasons if (words := _reason(kind, said))]


def _reason(kind: str, said: str) -> str:
    if kind == "same_payer":
        return str(PAYERS.get(said, ""))
    if kind == "same_amount":
        return _("the same amount")
    if kind == "apart":
        return _apart(int(said)) if said.isdigit() else ""
    if kind == "same_order":
        return _("for one order, %(number)s") % {"number": said}
    return _("no second order") if kind == "no_second_order" else ""


def _apart(minutes: int) -> str:
    if minutes < 1:
        return _("within a minute")
    if minutes < 120:
        return ngettext("%(n)d minute apart", "%(n)d minutes apart", minutes) % {"n": minutes}
    return ngettext("%(n)d hour apart", "%(n)d hours apart", minutes // 60) % {"n": minutes // 60}


@register.inclusion_tag("orders/worth_chart.html")
def worth_chart(ahead: Sequence[identify.Ahead], currency: str) -> dict[str, Any]:
    """The ranges of what may come within 12, 24 and 36 months as bars, each with its mean; and the same as a table."""
    most = max((max(each.high_minor, each.expected_minor) for each in ahead), default=0) or 1
    room = WIDTH - LEFT - RIGHT

    def place(minor: int) -> int:
        return LEFT + round(room * minor / most)

    rows = [
        {
            "months": each.months,
            "span": span_words(each.low_minor, each.high_minor, currency),
            "mean": amount_words(each.expected_minor, currency, rounded=True),
            "text_y": number * ROW + 17,
            "bar_y": number * ROW + 8,
            "x": place(each.low_minor),
            "width": max(3, place(each.high_minor) - place(each.low_minor)),
            "mean_x": place(each.expected_minor),
            "mean_y": number * ROW + 4,
        }
        for number, each in enumerate(ahead)
    ]
    return {"rows": rows, "width": WIDTH, "height": len(rows) * ROW, "left": LEFT}
