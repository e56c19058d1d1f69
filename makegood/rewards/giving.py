"""Kudos: one colleague thanks another, with a reason. One transaction a function."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, User, allows
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.rewards import ledger, rules
from makegood.rewards.matters import Matter, matter_of
from makegood.rewards.models import Kudos, PointLine
from makegood.rewards.people import settings_of, taking_part
from makegood.rewards.rules import RewardError, Weighed

__all__ = ["give_kudos", "left_today"]

SAID_BEFORE = 50


def left_today(member: Membership) -> int:
    """How many kudos a member can still give today, in the shop's time zone. 2 queries."""
    day = rules.day_of(clock.now(), member.workspace.timezone)
    given = Kudos.objects.within(member.workspace_id).filter(giver_id=member.user_id, day=day).count()
    return max(0, settings_of(member.workspace_id).kudos_a_day - given)


@transaction.atomic
def give_kudos(
    member: Membership,
    receiver_id: int,
    reason: str,
    *,
    request_key: str,
    value: str = "",
    public: bool = True,
    conversation: desk.Conversation | None = None,
    case: desk.Case | None = None,
) -> Kudos:
    """Thanks a colleague (a user id) in the giver's own words. The same `request_key` again gives the same kudos.

    `conversation` and `case` are what it is about; the giver must see them. Raises RewardError.
    """
    ledger.lock_people(member.workspace_id, [member.user_id, *_known(member, receiver_id)])
    rows = Kudos.objects.within(member.workspace_id)
    if (known := rows.filter(request_key=request_key, giver_id=member.user_id).first()) is not None:
        return known
    words = reason.strip()
    receiver = _receiver(member, receiver_id)
    _check(member, words, value, conversation, case)
    matter = matter_of(conversation, case)
    weighed = _weigh(member, receiver, matter)
    kudos: Kudos = Kudos.objects.create(
        workspace_id=member.workspace_id,
        giver=member.user,
        giver_name=str(member.user),
        receiver=receiver,
        receiver_name=str(receiver),
        reason=words,
        value=value,
        public=public,
        conversation=conversation,
        case=case,
        day=rules.day_of(clock.now(), member.workspace.timezone),
        points=weighed.points,
        weighed=weighed.facts(),
        request_key=request_key,
        at=clock.now(),
    )
    about = conversation.pk if conversation else None
    line = journal.record(
        member.workspace_id, "kudos.given", kudos, actor=member.user, to=receiver.pk, public=public, conversation=about
    )
    if weighed.points:
        facts = {"from": kudos.giver_name, "kudos": kudos.pk, **weighed.facts()}
        ledger.give(
            member.workspace_id,
            receiver,
            PointLine.Kind.KUDOS,
            weighed.points,
            matter.key if matter else f"kudos:{kudos.pk}",
            evidence=line.pk,
            conversation_id=about,
            facts=facts,
        )
    _tell(kudos, receiver, member)
    return kudos


def _known(member: Membership, receiver_id: int) -> list[int]:
    """The receiver, if they are there: nobody else's row is made or held."""
    return [receiver_id] if receiver_id in taking_part(member.workspace_id) else []


def _receiver(member: Membership, receiver_id: int) -> User:
    people = taking_part(member.workspace_id)
    if member.user_id not in people:
        raise RewardError(_("You do not take part in thanking here. A manager can let you."))
    if receiver_id == member.user_id:
        raise RewardError(_("Kudos are for somebody else. A colleague may thank you."))
    if receiver_id not in people:
        raise RewardError(_("Choose a colleague who takes part."))
    if not left_today(member):
        raise RewardError(_("You have given all your kudos for today. Tomorrow you have new ones."))
    return people[receiver_id]


def _check(
    member: Membership, words: str, value: str, conversation: desk.Conversation | None, case: desk.Case | None
) -> None:
    said = Kudos.objects.within(member.workspace_id).filter(giver_id=member.user_id).order_by("-pk")
    if problem := rules.reason_problem(words, list(said.values_list("reason", flat=True)[:SAID_BEFORE])):
        raise RewardError(problem)
    if value and value not in settings_of(member.workspace_id).values:
        raise RewardError(_("Choose one of the shop’s values, or none."))
    if conversation is not None and not desk.visible(member).filter(pk=conversation.pk).exists():
        raise RewardError(_("This conversation is not there."))
    if case is not None and (case.workspace_id != member.workspace_id or not allows(member.role, Right.READ)):
        raise RewardError(_("This case is not there."))


def _weigh(member: Membership, receiver: User, matter: Matter | None) -> Weighed:
    begin, end = rules.month_of(clock.now(), member.workspace.timezone)
    rows = Kudos.objects.within(member.workspace_id).filter(at__gte=begin, at__lt=end)
    before = rows.filter(giver_id=member.user_id, receiver_id=receiver.pk).count()
    mutual = rows.filter(giver_id=receiver.pk, receiver_id=member.user_id).exists()
    again = False
    if matter is not None:
        lines = ledger.in_force(member.workspace_id, [matter.key], matter.conversations)
        again = lines.filter(user_id=receiver.pk, kind=PointLine.Kind.KUDOS).exists()
    points = rules.points_for("kudos", settings_of(member.workspace_id).points)
    return rules.weigh(points, before, mutual, again)


def _tell(kudos: Kudos, receiver: Any, member: Membership) -> None:
    """Under the bell. Without the conversation: who may not see that one is thanked all the same."""
    words = " ".join(kudos.reason.split())
    desk.notify(
        receiver, None, "kudos", _("thanks you: “%(why)s”") % {"why": words}, member.user, workspace=member.workspace
    )
