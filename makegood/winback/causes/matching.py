"""Which complaints fit which cause, and what Makegood proposes as one: in the caller's transaction, each with why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.causes import rules
from makegood.winback.models import Cause, CauseMember, Complaint

__all__ = ["LIVE", "item_of", "match", "propose", "reopen_where_due", "rule_of", "seek"]

State = Cause.State
LIVE = (State.OPEN, State.FIXED, State.REOPENED)
LOOKS_BACK = timedelta(days=90)
MOST_LOOSE = 2_000
MOST_CAUSES = 200
MOST_PROPOSED = 10
MOST_KNOWN = 500
In, Suggested, Removed = CauseMember.State.IN, CauseMember.State.SUGGESTED, CauseMember.State.REMOVED


def rule_of(cause: Cause) -> rules.Rule:
    """What fits this cause."""
    return rules.Rule(cause.topic, cause.product, cause.place, tuple(cause.words))


def item_of(row: Complaint) -> rules.Item:
    """A complaint as it is compared; it comes with its conversation."""
    talk = row.conversation
    person = f"{talk.network}:{talk.author_id}"
    return rules.Item(row.pk, person, row.topic, row.product, row.place, frozenset(row.words))


def _causes(workspace_id: int) -> list[Cause]:
    rows = Cause.objects.within(workspace_id).filter(state__in=LIVE)
    return list(rows.order_by("-changed_at", "-pk")[:MOST_CAUSES])


def _loose(workspace_id: int) -> QuerySet[Complaint]:
    rows = Complaint.objects.within(workspace_id).filter(posted_at__gte=clock.now() - LOOKS_BACK)
    taken = CauseMember.objects.within(workspace_id).filter(state=In)
    return rows.exclude(pk__in=taken.values("complaint")).select_related("conversation")


def match(workspace_id: int, complaints: Collection[int]) -> None:
    """Puts each of these complaints (ids) beside the causes it fits; into one whose rule does that by itself.

    Who was taken out of a cause stays out of it.
    """
    causes = _causes(workspace_id)
    if not causes or not complaints:
        return
    rows = list(_loose(workspace_id).filter(pk__in=complaints).order_by("posted_at", "pk"))
    _put(workspace_id, causes, rows)
    reopen_where_due(workspace_id, causes)


def seek(cause: Cause) -> None:
    """Looks once more for what fits a cause whose rule is new: what no longer does is suggested no more."""
    cause.members.filter(state=Suggested).delete()
    rows = list(_loose(cause.workspace_id).order_by("-posted_at", "-pk")[:MOST_LOOSE])
    _put(cause.workspace_id, [cause], rows)


def _put(workspace_id: int, causes: Sequence[Cause], rows: Sequence[Complaint]) -> None:
    keys = [row.pk for row in rows]
    members = CauseMember.objects.within(workspace_id)
    known = set(members.filter(cause__in=causes, complaint__in=keys).values_list("cause_id", "complaint_id"))
    fresh = []
    for row in rows:
        item, joined = item_of(row), False
        for cause in causes:
            why = rules.fits(rule_of(cause), item, row.product_from)
            if why is None or (cause.pk, row.pk) in known:
                continue
            joins = cause.joins and not joined
            joined = joined or joins
            fresh.append(_member(cause, row, In if joins else Suggested, why))
    CauseMember.objects.bulk_create(fresh, batch_size=200)


def _member(cause: Cause, row: Complaint, state: str, why: rules.Reasons) -> CauseMember:
    return CauseMember(
        workspace_id=cause.workspace_id,
        cause=cause,
        complaint=row,
        state=state,
        reasons=why,
        posted_at=row.posted_at,
    )


def reopen_where_due(workspace_id: int, causes: Iterable[Cause]) -> None:
    """Opens fixed causes again of which so many complained after the fix as they were set to bear."""
    for cause in causes:
        if cause.state != State.FIXED or cause.fixed_at is None:
            continue
        since = cause.members.filter(state__in=[In, Suggested], posted_at__gt=cause.fixed_at).count()
        if since < cause.again_after:
            continue
        held = Cause.objects.within(workspace_id).filter(pk=cause.pk, state=State.FIXED)
        if held.update(state=State.REOPENED, changed_at=clock.now()):
            journal.record(workspace_id, "cause.reopened", cause, cause=cause.pk, name=cause.name, again=since)


def propose(workspace_id: int) -> None:
    """Looks what complaints without a cause have in common, and keeps it as proposals in the place of the earlier ones.

    What a member declined is not proposed again.
    """
    rows = list(_loose(workspace_id).order_by("-posted_at", "-pk")[:MOST_LOOSE])
    found = rules.clusters([item_of(row) for row in rows], MOST_PROPOSED * 2)
    by_key = {row.pk: row for row in rows}
    every = Cause.objects.within(workspace_id).exclude(state=State.MERGED)
    known = list(every.order_by("-changed_at", "-pk")[:MOST_KNOWN])
    kept: dict[int, rules.Cluster] = {}
    fresh: list[rules.Cluster] = []
    for each in found:
        same = next((row for row in known if rules.alike(rule_of(row), each.rule)), None)
        if same is None:
            fresh.append(each)
        elif same.state == State.PROPOSED:
            # One that was named is a cause now: what is like it is suggested there. What was declined stays declined.
            kept.setdefault(same.pk, each)
    every.filter(state=State.PROPOSED).exclude(pk__in=kept).delete()
    by_pk = {row.pk: row for row in known}
    for key, each in kept.items():
        _fill(by_pk[key], each, by_key)
    for each in fresh[: max(0, MOST_PROPOSED - len(kept))]:
        row, _new = Cause.objects.get_or_create(workspace_id=workspace_id, key=each.key)
        if row.state == State.PROPOSED:
            _fill(row, each, by_key)


def _fill(kept: Cause, found: rules.Cluster, rows: Mapping[int, Complaint]) -> None:
    rule, workspace_id = found.rule, kept.workspace_id
    members = [rows[key] for key in found.members]
    words = [_as_said(word, members) for word in rule.words]
    facts: dict[str, Any] = {
        "topic": rule.topic,
        "product": rule.product,
        "place": rule.place,
        "words": words,
        "people": found.people,
    }
    there = set(kept.members.values_list("complaint_id", flat=True))
    if there == set(found.members) and all(getattr(kept, name) == value for name, value in facts.items()):
        return
    Cause.objects.within(workspace_id).filter(pk=kept.pk).update(**facts, changed_at=clock.now())
    kept.members.exclude(complaint__in=list(found.members)).delete()
    shown = rules.Rule(rule.topic, rule.product, rule.place, tuple(words))
    CauseMember.objects.bulk_create(
        [
            _member(kept, row, Suggested, rules.fits(shown, item_of(row), row.product_from) or [])
            for row in members
            if row.pk not in there
        ],
        batch_size=200,
    )


def _as_said(stem: str, rows: Iterable[Complaint]) -> str:
    """The word most of them use for a stem."""
    said = Counter(str(row.words[stem]) for row in rows if stem in row.words)
    return max(said, key=lambda word: (said[word], word), default=stem)
