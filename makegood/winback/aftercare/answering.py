"""The pages that a mail leads to: what they answer, and unsubscribing. One transaction a function."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, Workspace, allows, membership_of
from makegood.alerts import api as alerts
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.aftercare import rules
from makegood.winback.aftercare.consents import unsubscribe, unsubscribed_among
from makegood.winback.aftercare.links import find_link
from makegood.winback.aftercare.rules import Answered
from makegood.winback.models import AftercareAnswer, AftercareLink, AftercareMessage, Unsubscribed

__all__ = ["AfterPage", "AfterShut", "AfterShutError", "answer", "open_after", "stop_mail", "stop_page"]

MOST_TOLD = 20
EXCERPT = 300


class AfterShut(StrEnum):
    """Why a link opens no page to answer on."""

    WRONG = "wrong"
    EXPIRED = "expired"
    GONE = "gone"
    STANDS = "stands"
    OWN = "own"
    """Who opens it works for the shop."""


class AfterShutError(ValueError):
    """A link that opens nothing, or an answer that cannot be kept. The page says why."""

    def __init__(self, why: AfterShut, workspace: Workspace | None = None, language: str = "") -> None:
        super().__init__(str(why))
        self.why = why
        self.workspace = workspace
        self.language = language


@dataclass(frozen=True)
class AfterPage:
    """What a page needs: the shop, the language, and what was answered so far."""

    shop: str
    language: str
    answer: AftercareAnswer | None = None
    may_change: bool = True
    own: bool = False
    stopped: bool = False


def _link(secret: str) -> AftercareLink:
    link = find_link(secret)
    if link is None:
        raise AfterShutError(AfterShut.WRONG)
    return link


def _opened(secret: str) -> AftercareLink:
    link = _link(secret)
    said = (link.workspace, link.message.language)
    if link.message.erased_at is not None:
        raise AfterShutError(AfterShut.GONE, *said)
    if clock.now() >= link.made_at + rules.OPEN_FOR:
        raise AfterShutError(AfterShut.EXPIRED, *said)
    return link


def _works_for(viewer: Any, workspace: Workspace) -> bool:
    return bool(viewer and viewer.is_authenticated) and membership_of(viewer, workspace) is not None


def _changeable(row: AftercareAnswer) -> bool:
    return rules.may_change(row.given_at, row.changes, clock.now())


def open_after(secret: str, viewer: Any = None) -> AfterPage:
    """What a link leads to; nothing is stored by this. Raises AfterShutError."""
    link = _opened(secret)
    row = AftercareAnswer.objects.within(link.workspace_id).filter(message=link.message_id).first()
    may_change = row is None or _changeable(row)
    own = _works_for(viewer, link.workspace)
    return AfterPage(link.workspace.name, link.message.language, row, may_change, own)


def stop_page(secret: str) -> AfterPage:
    """The page to unsubscribe on, which has no end. Raises AfterShutError for a link that is none of ours."""
    link = _link(secret)
    stopped = bool(unsubscribed_among(link.workspace_id, [link.message.address_hash]))
    return AfterPage(link.workspace.name, link.message.language, stopped=stopped)


def stop_mail(secret: str, *, one_click: bool) -> AfterPage:
    """No mail any more to whom this mail went, at once; their mail program may have asked for it (`one_click`). Again
    does nothing. Raises AfterShutError.
    """
    link = _link(secret)
    how = Unsubscribed.How.MAIL if one_click else Unsubscribed.How.PAGE
    unsubscribe(link.workspace_id, link.message.address_hash, how)
    return AfterPage(link.workspace.name, link.message.language, stopped=True)


@transaction.atomic
def answer(secret: str, said: Answered, viewer: Any = None) -> AftercareAnswer:
    """Keeps an answer, or the change of one; the same once more changes nothing. Raises AfterShutError."""
    link = _opened(secret)
    shut = (link.workspace, link.message.language)
    if _works_for(viewer, link.workspace):
        raise AfterShutError(AfterShut.OWN, *shut)
    messages = AftercareMessage.objects.within(link.workspace_id).select_for_update(of=("self",))
    message = messages.select_related("order__customer").get(pk=link.message_id)
    row = AftercareAnswer.objects.within(link.workspace_id).filter(message=message).first()
    trouble, now = rules.is_trouble(said), clock.now()
    if row is None:
        row = AftercareAnswer(workspace_id=link.workspace_id, message=message, given_at=now, ever_trouble=trouble)
    elif (row.arrived, row.good, row.comment) == (said.arrived, said.good, said.comment):
        return row
    elif not _changeable(row):
        raise AfterShutError(AfterShut.STANDS, *shut)
    else:
        row.changes += 1
    row.arrived, row.good, row.comment, row.trouble = said.arrived, said.good, said.comment, trouble
    row.ever_trouble = row.ever_trouble or trouble
    row.changed_at, row.handled_at = now, None
    row.save()
    facts = {"arrived": said.arrived, "good": said.good, "commented": bool(said.comment)}
    journal.record(row.workspace_id, "aftercare.answered", message, **facts, changed=row.changes > 0)
    if trouble:
        journal.record(row.workspace_id, "aftercare.trouble", message, arrived=said.arrived, good=said.good)
        _tell(link.workspace, message, row)
    return row


def _tell(workspace: Workspace, message: AftercareMessage, row: AftercareAnswer) -> None:
    """Every member who answers customers, by the ways they chose."""
    rows = Membership.objects.within(workspace).select_related("user").order_by("pk")
    people = [one.user for one in rows if allows(one.role, Right.ANSWER)][:MOST_TOLD]
    number = message.order.number if message.order is not None else ""
    for user in people:
        with translation.override(user.language or settings.LANGUAGE_CODE):
            said = _("has not arrived") if row.arrived is False else _("is not as they hoped")
            facts = {"shop": workspace.name, "order": number, "said": said}
            alerts.tell(
                workspace,
                user,
                key=f"aftercare:{row.pk}:{row.changes}",
                title=_("[%(shop)s] Order %(order)s %(said)s") % facts,
                lines=[f"“{row.comment[:EXCERPT]}”"] if row.comment else [],
                url=f"{settings.PUBLIC_URL}{reverse('aftercare')}",
                button=_("See to it"),
            )
