"""Making links, handing them out, ending them, and noting the orders that came by them. One transaction a function."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.accounts.api import Membership, Right, allows
from makegood.amplify.models import ReferralOrder, ShortLink
from makegood.amplify.referring.rules import ReferralError, clean_target, new_code, with_source
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply

__all__ = [
    "address_of",
    "end_link",
    "lay_link",
    "make_link",
    "note_handed",
    "note_handed_in_answers",
    "note_orders",
    "take_order_out",
]

LOOKS_BACK = timedelta(days=30)
MOST_ORDERS = 200
MOST_NAMED = 5


@dataclass(frozen=True)
class Noted:
    """How many orders were noted, and a sentence about the numbers that were not."""

    count: int
    rest: str


def address_of(link: ShortLink) -> str:
    """The whole short address."""
    return f"{settings.PUBLIC_URL}/r/{link.code}"


def _may(member: Membership, workspace_id: int) -> None:
    if member.workspace_id != workspace_id:
        raise ReferralError(_("This is not there."))
    if not allows(member.role, Right.WORK):
        raise ReferralError(_("Only who works on conversations here can do this."))


@transaction.atomic
def make_link(
    member: Membership, name: str, target: str, coupon: str = "", conversation: desk.Conversation | None = None
) -> ShortLink:
    """A new link to `target` for the customer called `name`, or of that conversation. Raises `ReferralError`."""
    _may(member, conversation.workspace_id if conversation else member.workspace_id)
    called = name.strip() or (conversation.author_label if conversation else "")
    if not called:
        raise ReferralError(_("Say whose link it is: a name that you will know them by."))
    code = new_code()
    address = with_source(clean_target(target), code)
    made = ShortLink.objects.create(
        workspace_id=member.workspace_id,
        code=code,
        name=called[:120],
        contact=identify.contact_of(conversation) if conversation else None,
        conversation=conversation,
        target=address,
        coupon=coupon.strip()[:60],
        made_by=member.user,
        is_sample=bool(conversation and conversation.is_sample),
    )
    journal.record(member.workspace_id, "referral.made", made, actor=member.user, link=made.pk)
    return made


@transaction.atomic
def lay_link(member: Membership, link: ShortLink) -> str:
    """Lays the link with a few words into the member's answer to its customer; a person sends it. The words.

    Raises `ReferralError` where there is no conversation, or an answer has been begun in it.
    """
    _may(member, link.workspace_id)
    talk = link.conversation
    if talk is None or link.ended_at is not None:
        raise ReferralError(_("There is no conversation to hand it over in. Give it to them in your own way."))
    begun = reply.draft_of(talk, member.user)
    if begun is not None and begun.text.strip():
        raise ReferralError(_("You have begun an answer there. Send it or empty it first, then lay the link into it."))
    words = _words(talk, link)
    reply.save_draft(talk, member.user, words)
    link.words, link.ready_at = words, clock.now()
    link.save(update_fields=["words", "ready_at"])
    journal.record(member.workspace_id, "referral.ready", talk, actor=member.user, link=link.pk)
    return words


def _words(talk: desk.Conversation, link: ShortLink) -> str:
    facts = {"name": reply.first_name(talk.author_name), "link": address_of(link), "code": link.coupon}
    words = _("This is your own link to our shop, if you want to pass it on: %(link)s") % facts
    if link.coupon:
        words += " " + _("Friends who use the code %(code)s pay less.") % facts
    return f"{facts['name']}, {words[0].lower()}{words[1:]}" if facts["name"] else words


@transaction.atomic
def note_handed(member: Membership, link: ShortLink) -> None:
    """A member says that the customer has the link now. Twice is once. Raises `ReferralError`."""
    _may(member, link.workspace_id)
    _handed(link, member.user)


def _handed(link: ShortLink, by: Any) -> bool:
    held = ShortLink.objects.within(link.workspace_id).filter(pk=link.pk, handed_at__isnull=True)
    if not held.update(handed_at=clock.now(), words="", ready_at=None):
        return False
    journal.record(link.workspace_id, "referral.handed", link, actor=by, link=link.pk)
    return True


def note_handed_in_answers(conversations: Collection[int]) -> int:
    """Finds the links that stand in answers just sent in these conversations (ids). How many. In a transaction."""
    rows = ShortLink.objects.across("the step looks after the links of all workspaces")
    waiting = rows.filter(conversation__in=conversations, ready_at__gt=clock.now() - LOOKS_BACK)
    found = list(waiting.filter(handed_at__isnull=True))
    if not found:
        return 0
    since = min(row.ready_at for row in found if row.ready_at is not None)
    sent = reply.Reply.objects.across("the step looks at answers of all workspaces").filter(
        conversation__in={row.conversation_id for row in found}
    )
    sent = sent.filter(state=reply.Reply.State.SENT, sent_at__gte=since)
    said = list(sent.values_list("conversation_id", "text", "author"))
    return sum(
        _handed(row, None)
        for row in found
        if any(key == row.conversation_id and f"/r/{row.code}" in text for key, text, _author in said)
    )


@transaction.atomic
def end_link(member: Membership, link: ShortLink) -> None:
    """The link leads nowhere any more; what it brought stays. Twice is once. Raises `ReferralError`."""
    _may(member, link.workspace_id)
    held = ShortLink.objects.within(link.workspace_id).filter(pk=link.pk, ended_at__isnull=True)
    if held.update(ended_at=clock.now(), ready_at=None, words=""):
        journal.record(link.workspace_id, "referral.ended", link, actor=member.user, link=link.pk)


@transaction.atomic
def note_orders(member: Membership, link: ShortLink, said: str) -> Noted:
    """Ties orders to a link by their numbers, as the shop lists them for the link's code. Raises `ReferralError`.

    Orders as we read them name no discount code and no page of arrival, so that nothing else ties them.
    """
    _may(member, link.workspace_id)
    numbers = [each for each in re.split(r"[\s,;]+", said) if each][:MOST_ORDERS]
    keys = {identify.number_key(each): each for each in numbers}
    keys.pop("", None)
    if not keys:
        raise ReferralError(_("Give the numbers of the orders, as your shop lists them for the code."))
    orders = identify.Order.objects.within(link.workspace_id).filter(number_key__in=keys, gone_at__isnull=True)
    found = {order.number_key: order for order in orders.order_by("placed_at", "pk")}
    taken = ReferralOrder.objects.within(link.workspace_id).filter(order__in=found.values())
    held = {row.order_id for row in taken}
    fresh = [order for order in found.values() if order.pk not in held and order.placed_at >= link.made_at]
    ReferralOrder.objects.within(link.workspace_id).bulk_create(
        [ReferralOrder(workspace_id=link.workspace_id, link=link, order=order, by=member.user) for order in fresh]
    )
    if fresh:
        journal.record(link.workspace_id, "referral.orders", link, actor=member.user, link=link.pk, orders=len(fresh))
    noted = {order.number_key for order in fresh}
    return Noted(len(fresh), _left_out([words for key, words in keys.items() if key not in noted]))


def _left_out(numbers: list[str]) -> str:
    if not numbers:
        return ""
    named = ", ".join(each[:30] for each in numbers[:MOST_NAMED]) + ("…" if len(numbers) > MOST_NAMED else "")
    return ngettext(
        "Not noted: %(numbers)s. It is not among your orders, was placed before the link was made, or is noted"
        " already.",
        "Not noted: %(numbers)s. They are not among your orders, were placed before the link was made, or are noted"
        " already.",
        len(numbers),
    ) % {"numbers": named}


@transaction.atomic
def take_order_out(member: Membership, row: ReferralOrder) -> None:
    """An order does not belong to its link after all. Raises `ReferralError`."""
    _may(member, row.workspace_id)
    link = row.link
    row.delete()
    journal.record(link.workspace_id, "referral.order_out", link, actor=member.user, link=link.pk)
