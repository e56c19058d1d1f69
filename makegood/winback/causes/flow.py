"""What members do with causes: one transaction a function, each with its line in the journal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows, members
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage
from makegood.winback.causes import rules
from makegood.winback.causes.matching import LIVE, reopen_where_due, seek
from makegood.winback.causes.rules import CauseError
from makegood.winback.models import Cause, CauseMember, Complaint, RiseSettings

__all__ = [
    "Wish",
    "accept",
    "begin",
    "change",
    "decline",
    "fix",
    "merge",
    "move",
    "name",
    "open_again",
    "remove",
    "set_false_alarms",
]

State = Cause.State
In, Suggested, Removed = CauseMember.State.IN, CauseMember.State.SUGGESTED, CauseMember.State.REMOVED
MOST_CAUSES = 200
MOST_AT_ONCE = 500
MOST_FALSE_ALARMS = 30


@dataclass(frozen=True)
class Wish:
    """A cause as a member wants it: what it is called, its rule, who mends it and by when."""

    name: str
    topic: str = ""
    product: str = ""
    place: str = ""
    words: tuple[str, ...] = ()
    joins: bool = False
    owner_id: int | None = None
    fix_by: date | None = None
    again_after: int = 3


def _held(member: Membership, cause: Cause, *states: str) -> Cause:
    """The cause as it stands now, held until the transaction ends. Raises CauseError where it can't be done."""
    if not allows(member.role, Right.WORK):
        raise CauseError(_("Only who works on conversations here can do this."))
    row = Cause.objects.within(member.workspace_id).select_for_update().filter(pk=cause.pk).first()
    if row is None:
        raise CauseError(_("This cause is not there any more."))
    if row.state not in (states or LIVE):
        raise CauseError(_("Somebody was faster: this is %(state)s by now.") % {"state": row.get_state_display()})
    return row


def _checked(member: Membership, wish: Wish) -> dict[str, Any]:
    title = " ".join(wish.name.split())[:120]
    if not title:
        raise CauseError(_("A cause needs a name. Say what goes wrong: “Delivery estimate missing at checkout”."))
    if wish.topic and wish.topic not in {**triage.topic_words(member.workspace)}:
        raise CauseError(_("That topic does not exist any more. Choose another one."))
    if wish.place and wish.place not in rules.PLACES:
        raise CauseError(_("Choose a place in the journey from the list."))
    if not 1 <= wish.again_after <= 100:
        raise CauseError(_("Between 1 and 100 complaints after the fix open a cause again."))
    if wish.owner_id is not None and wish.owner_id not in {each.user_id for each in members(member.workspace)}:
        raise CauseError(_("The owner is somebody who belongs to the workspace."))
    rule = rules.Rule(wish.topic, wish.product.strip()[:300], wish.place, wish.words)
    if wish.joins and (rule.empty or not (rule.product or rule.words)):
        raise CauseError(_("A topic alone is too wide to join by itself: say a product or some words as well."))
    return {
        "name": title,
        "topic": rule.topic,
        "product": rule.product,
        "place": rule.place,
        "words": list(rule.words),
        "joins": wish.joins,
        "owner_id": wish.owner_id,
        "fix_by": wish.fix_by,
        "again_after": wish.again_after,
        "changed_at": clock.now(),
    }


def _write(row: Cause, facts: dict[str, Any]) -> None:
    for field, value in facts.items():
        setattr(row, field, value)
    row.save(update_fields=list(facts))


@transaction.atomic
def name(member: Membership, cause: Cause, wish: Wish, without: Collection[int] = ()) -> Cause:
    """Makes a cause of a proposal, with its complaints but these (ids), which stay out of it. Raises CauseError."""
    row = _held(member, cause, State.PROPOSED)
    _room(member)
    _write(row, _checked(member, wish) | {"state": State.OPEN})
    keys = row.members.filter(state=Suggested).exclude(complaint__in=list(without)[:MOST_AT_ONCE])
    _in_turn(row, list(keys.values_list("complaint_id", flat=True)), member)
    row.members.filter(state=Suggested).update(state=Removed, by=member.user, at=clock.now())
    seek(row)
    journal.record(member.workspace_id, "cause.named", row, actor=member.user, cause=row.pk, name=row.name)
    return row


@transaction.atomic
def begin(member: Membership, wish: Wish) -> Cause:
    """A cause that a member saw before Makegood did. Raises CauseError."""
    if not allows(member.role, Right.WORK):
        raise CauseError(_("Only who works on conversations here can do this."))
    _room(member)
    row = Cause.objects.create(workspace_id=member.workspace_id, **_checked(member, wish), state=State.OPEN)
    seek(row)
    journal.record(member.workspace_id, "cause.named", row, actor=member.user, cause=row.pk, name=row.name)
    return row


def _room(member: Membership) -> None:
    if Cause.objects.within(member.workspace_id).filter(state__in=LIVE).count() >= MOST_CAUSES:
        raise CauseError(_("That is more than 200 causes. Merge some that are the same."))


@transaction.atomic
def change(member: Membership, cause: Cause, wish: Wish) -> Cause:
    """Renames a cause, gives it an owner or a date, or changes its rule; with a new rule, what fits is looked for anew.

    Raises CauseError.
    """
    row = _held(member, cause)
    facts = _checked(member, wish)
    ruled = ("topic", "product", "place", "words", "joins")
    anew = any(getattr(row, field) != facts[field] for field in ruled)
    _write(row, facts)
    if anew:
        seek(row)
    journal.record(member.workspace_id, "cause.changed", row, actor=member.user, cause=row.pk, name=row.name, rule=anew)
    return row


@transaction.atomic
def decline(member: Membership, cause: Cause) -> None:
    """A proposal is no cause: it is not made again. Raises CauseError."""
    row = _held(member, cause, State.PROPOSED)
    row.members.all().delete()
    _write(row, {"state": State.DECLINED, "changed_at": clock.now()})
    journal.record(member.workspace_id, "cause.declined", row, actor=member.user, cause=row.pk)


def _in_turn(row: Cause, complaints: Collection[int], member: Membership) -> int:
    """Puts suggested complaints into the cause, unless they are in another by now. How many."""
    rows = row.members.filter(state=Suggested, complaint__in=list(complaints)[:MOST_AT_ONCE])
    keys = list(rows.values_list("complaint_id", flat=True)[:MOST_AT_ONCE])
    # Whoever puts one of them elsewhere meanwhile waits here: a complaint is in one cause.
    held = Complaint.objects.within(row.workspace_id).select_for_update().filter(pk__in=keys)
    keys = sorted(held.order_by("pk").values_list("pk", flat=True))
    elsewhere = CauseMember.objects.within(row.workspace_id).filter(complaint__in=keys, state=In)
    free = set(keys) - set(elsewhere.values_list("complaint_id", flat=True))
    count = row.members.filter(complaint__in=free, state=Suggested).update(state=In, by=member.user, at=clock.now())
    # What belongs here is suggested nowhere else.
    others = CauseMember.objects.within(row.workspace_id).filter(complaint__in=free, state=Suggested)
    others.exclude(cause=row).delete()
    return count


@transaction.atomic
def accept(member: Membership, cause: Cause, complaints: Collection[int]) -> int:
    """Suggested complaints (ids) belong to it. How many did. Raises CauseError."""
    row = _held(member, cause)
    count = _in_turn(row, complaints, member)
    if count:
        facts = {"cause": row.pk, "name": row.name, "count": count}
        journal.record(member.workspace_id, "cause.filled", row, actor=member.user, **facts)
    reopen_where_due(member.workspace_id, [row])
    return count


@transaction.atomic
def remove(member: Membership, cause: Cause, complaints: Collection[int]) -> int:
    """Complaints (ids) do not belong to it, and are not suggested again. How many. Raises CauseError."""
    row = _held(member, cause)
    rows = row.members.filter(complaint__in=list(complaints)[:MOST_AT_ONCE]).exclude(state=Removed)
    count = rows.update(state=Removed, by=member.user, at=clock.now(), ready_words="", ready_at=None)
    if count:
        facts = {"cause": row.pk, "name": row.name, "count": count}
        journal.record(member.workspace_id, "cause.emptied", row, actor=member.user, **facts)
    return count


@transaction.atomic
def move(member: Membership, complaint: Complaint, cause: Cause) -> CauseMember:
    """Puts a complaint into a cause, out of the one it was in. Raises CauseError."""
    row = _held(member, cause)
    held = Complaint.objects.within(member.workspace_id).select_for_update().filter(pk=complaint.pk).first()
    if held is None:
        raise CauseError(_("This complaint is not there any more."))
    now = clock.now()
    every = CauseMember.objects.within(member.workspace_id).filter(complaint=held)
    every.exclude(cause=row).filter(state=In).update(
        state=Removed, by=member.user, at=now, ready_words="", ready_at=None
    )
    every.exclude(cause=row).filter(state=Suggested).delete()
    facts = {"state": In, "by": member.user, "at": now, "reasons": [["member", str(member.user)]]}
    kept, _made = CauseMember.objects.update_or_create(
        workspace_id=member.workspace_id,
        cause=row,
        complaint=held,
        defaults=facts,
        create_defaults=facts | {"posted_at": held.posted_at},
    )
    journal.record(member.workspace_id, "cause.filled", row, actor=member.user, cause=row.pk, name=row.name, count=1)
    reopen_where_due(member.workspace_id, [row])
    return kept


@transaction.atomic
def merge(member: Membership, gone: Cause, stays: Cause) -> Cause:
    """Two that are one: what belongs to `gone` belongs to `stays`, whose name and rule stand. Raises CauseError."""
    if gone.pk == stays.pk:
        raise CauseError(_("Choose another cause to merge it with."))
    first, second = sorted((gone, stays), key=lambda each: each.pk)
    held = {row.pk: row for row in (_held(member, first), _held(member, second))}
    old, kept = held[gone.pk], held[stays.pk]
    there = dict(kept.members.values_list("complaint_id", "pk"))
    belongs = list(old.members.filter(state=In).values_list("complaint_id", flat=True))
    # One that was suggested there, or taken out, and belongs here: that it belongs holds.
    kept.members.filter(pk__in=[there[key] for key in belongs if key in there]).delete()
    old.members.filter(state=In).update(cause=kept)
    old.members.all().delete()
    _write(old, {"state": State.MERGED, "merged_into": kept, "changed_at": clock.now()})
    _write(kept, {"changed_at": clock.now()})
    facts = {"cause": kept.pk, "name": kept.name, "gone": old.pk, "gone_name": old.name}
    journal.record(member.workspace_id, "cause.merged", kept, actor=member.user, **facts)
    return kept


@transaction.atomic
def fix(member: Membership, cause: Cause, words: str) -> Cause:
    """It is mended; `words` say what was changed, as those who complained may be told. Raises CauseError."""
    row = _held(member, cause, State.OPEN, State.REOPENED)
    said = " ".join(words.split())[:300]
    now = clock.now()
    facts = {"state": State.FIXED, "fixed_at": now, "fixed_by": member.user, "fixed_words": said, "changed_at": now}
    _write(row, facts)
    people = row.members.filter(state=In).count()
    said_of_it = {"cause": row.pk, "name": row.name, "complaints": people, "owner": row.owner_id}
    journal.record(member.workspace_id, "cause.fixed", row, actor=member.user, **said_of_it)
    return row


@transaction.atomic
def open_again(member: Membership, cause: Cause) -> Cause:
    """It was not mended after all, a member says. Raises CauseError."""
    row = _held(member, cause, State.FIXED)
    _write(row, {"state": State.REOPENED, "changed_at": clock.now()})
    journal.record(member.workspace_id, "cause.reopened", row, actor=member.user, cause=row.pk, name=row.name)
    return row


@transaction.atomic
def set_false_alarms(member: Membership, per_quarter: int) -> RiseSettings:
    """How many false alarms about rises the workspace puts up with in three months. Raises CauseError."""
    if not allows(member.role, Right.APPROVE):
        raise CauseError(_("Only managers and owners can change this."))
    if not 1 <= per_quarter <= MOST_FALSE_ALARMS:
        raise CauseError(_("Between 1 and 30 false alarms in three months. Fewer means that small rises are missed."))
    facts = {"per_quarter": per_quarter, "changed_by": member.user, "changed_at": clock.now()}
    row, _new = RiseSettings.objects.update_or_create(workspace_id=member.workspace_id, defaults=facts)
    journal.record(member.workspace_id, "rises.changed", row, actor=member.user, per_quarter=per_quarter)
    return row
