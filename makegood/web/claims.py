"""What the shop's books say to "A customer?" and "True?": evidence that triage, further down, cannot know."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.triage import api as triage

__all__ = ["claims_for"]

Q, A = triage.Question, triage.Answer
DELIVERY = {"delivery", "ordering"}
MONEY = {"billing", "refund"}


def claims_for(member: Membership, row: desk.Conversation, topics: Sequence[str]) -> list[triage.Claim]:
    """What orders and payments say about a conversation on these topics. No names or numbers: the record outlives them.

    At most 14 queries.
    """
    bought = identify.orders_for(member, row)
    found = [*_customer(bought), *_late(bought, topics), *_arrived(bought, topics)]
    if any(each.open_minor for each in bought.doubles):
        strength = 0.92 if MONEY & set(topics) else 0.6
        found.append(triage.Claim(Q.TRUE, A.YES, strength, _("One of their payments looks like it was made twice.")))
    return found


def _customer(bought: identify.Bought) -> list[triage.Claim]:
    own = sum(each.theirs for each in bought.orders)
    if own:
        words = ngettext("%(n)d order is tied to them.", "%(n)d orders are tied to them.", own) % {"n": own}
        return [triage.Claim(Q.CUSTOMER, A.YES, 0.97, words)]
    if bought.customers:
        return [triage.Claim(Q.CUSTOMER, A.YES, 0.9, _("They are tied to a customer of your shop."))]
    if any(each.link for each in bought.orders):
        return [triage.Claim(Q.CUSTOMER, A.YES, 0.8, _("They name an order that exists in your shop."))]
    return []


def _late(bought: identify.Bought, topics: Sequence[str]) -> list[triage.Claim]:
    late = max((each.days_late for each in bought.orders), default=0)
    if not late:
        return []
    words = ngettext(
        "Their parcel is or was %(n)d day behind what was promised.",
        "Their parcel is or was %(n)d days behind what was promised.",
        late,
    ) % {"n": late}
    return [triage.Claim(Q.TRUE, A.YES, 0.92 if DELIVERY & set(topics) else 0.6, words)]


def _arrived(bought: identify.Bought, topics: Sequence[str]) -> list[triage.Claim]:
    """Where delivery is what they speak of, and the newest order they could mean has come in time by the books."""
    newest = bought.orders[0] if bought.orders else None
    if newest is None or not DELIVERY & set(topics) or newest.order.delivered_at is None or newest.days_late:
        return []
    facts = {"day": date_format(newest.order.delivered_at, "DATE_FORMAT")}
    words = _("By the carrier it was delivered on %(day)s. Carriers err, too: ask before you say so.") % facts
    return [triage.Claim(Q.TRUE, A.NO, 0.6, words)]
