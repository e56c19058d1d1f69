"""Share once, and take down for certain. queued -> sending -> done | refused | unknown; leaving -> removing -> removed
| stuck.

As with answers: the lease is committed before the network hears anything, and whoever finds a row whose lease ran out
asks the network about the key before the same key is written again. Taking down may be done twice without harm, so
there nothing is asked; it is tried for a day, and then a person is told what to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from makegood.amplify.models import Permission, Share
from makegood.amplify.sharing import carrying, rules
from makegood.connectors.contract import Published, Trouble, Verdict
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["queue_age", "send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
MOST_SECONDS = 50.0
MOST_LANES = 8
MOST_TURNS = 200
State = Share.State
WAITS = Q(channel__state=listen.Channel.State.DISCONNECTED)
"""For its account to be connected again."""
_UNKNOWN = gettext_noop("It may have been shared. Look on the network; then try again, or take it down.")
_SLOW = gettext_noop("The network took too long. Makegood asks it how it stands, and tries again.")
_ODD = gettext_noop("Something unexpected came back. Makegood asks the network how it stands, and tries again.")


def _all() -> Any:
    return Share.objects.across("the outbox serves all workspaces")


def _due() -> Q:
    now = clock.now()
    return Q(state=State.QUEUED, send_after__lte=now) | Q(
        state__in=[State.SENDING, State.LEAVING, State.REMOVING], lease_until__lte=now
    )


def send_due() -> int:
    """Part of the step: shares what is due and takes down what is to be down. How many rows it worked on.

    One lane an account, so that a network that hangs holds up nobody else's.
    """
    return async_to_sync(_send_all)()


async def _send_all() -> int:
    done = 0
    for _turn in range(MOST_TURNS):
        rows = await sync_to_async(_next)()
        if not rows:
            break
        done += len(rows)
        await asyncio.gather(*(_work(row) for row in rows))
    return done


def _next() -> list[Share]:
    """One due row of each account, leased."""
    keys: dict[int | None, int] = {}
    found = _all().filter(_due()).exclude(WAITS).order_by("send_after", "pk")
    for key, channel in found.values_list("pk", "channel")[:200]:
        if len(keys) < MOST_LANES:
            keys.setdefault(channel, key)
    rows = [_lease(key) for key in keys.values()]
    return [row for row in rows if row is not None]


@transaction.atomic
def _lease(key: int) -> Share | None:
    """Takes the row for one direction, or None when somebody else has. Committed before anything is sent."""
    now = clock.now()
    mine = _all().filter(_due(), pk=key)
    held = {"lease_until": now + LEASE, "attempt": F("attempt") + 1, "changed_at": now}
    _overtaken(mine)
    down = Q(state__in=[State.LEAVING, State.REMOVING]) | Q(state=State.SENDING, down_wanted_at__isnull=False)
    if mine.filter(down).update(**held, state=State.REMOVING) or mine.exclude(down).update(**held, state=State.SENDING):
        names = ("praise__mention", "praise__conversation__assignee", "channel", "by", "workspace")
        row: Share = _all().select_related(*names).get(pk=key)
        return row
    return None


def _overtaken(mine: Any) -> None:
    """What rests on a permission that was taken back never goes out, however it came to be due."""
    ended = Permission.objects.across("the outbox serves all workspaces").filter(revoked_at__isnull=False)
    facts = {"state": State.WITHDRAWN, "down_wanted_at": clock.now(), "changed_at": clock.now()}
    mine.filter(state=State.QUEUED, permission__in=ended.values("pk")).update(**facts)
    mine.filter(state=State.QUEUED, praise__mention__deleted_at__isnull=False).update(**facts)


async def _work(row: Share) -> None:
    """Tries once, in the direction the row was leased for, and writes down what came of it."""
    attempt = _down if row.state == State.REMOVING else _up
    settle, facts = await attempt(row)
    await sync_to_async(settle)(row, *facts)


Outcome = tuple[Callable[..., None], tuple[Any, ...]]


async def _up(row: Share) -> Outcome:
    if row.channel is None:
        return _refuse, (_("The account it was to go out by was removed. Share it by another one."),)
    try:
        ready = await sync_to_async(carrying.load)(row)
        async with asyncio.timeout(MOST_SECONDS):
            standing = await carrying.standing(ready) if row.attempt > 1 else None
            return _done, (standing or await carrying.send(ready),)
    except Trouble as trouble:
        return _trouble_up, (trouble,)
    except TimeoutError as error:
        return _trouble_up, (Trouble(Verdict.RETRY, _(_SLOW), detail=repr(error)),)
    except Exception as error:
        log.exception("share %s", row.pk)
        return _trouble_up, (Trouble(Verdict.RETRY, _(_ODD), detail=repr(error)),)


async def _down(row: Share) -> Outcome:
    if row.channel is None:
        return _stuck, (_("Its account was removed here. Open the network and take it down there by hand."),)
    try:
        ready = await sync_to_async(carrying.load)(row)
        async with asyncio.timeout(MOST_SECONDS):
            await carrying.remove(ready)
        return _removed, ()
    except Trouble as trouble:
        return _trouble_down, (trouble,)
    except TimeoutError as error:
        return _trouble_down, (Trouble(Verdict.RETRY, _(_SLOW), detail=repr(error)),)
    except Exception as error:
        log.exception("share %s", row.pk)
        return _trouble_down, (Trouble(Verdict.RETRY, _(_ODD), detail=repr(error)),)


def _mine(row: Share) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, state=row.state, attempt=row.attempt)


def _facts(row: Share) -> dict[str, Any]:
    return {"praise": row.praise_id, "share": row.pk, "kind": row.kind}


@transaction.atomic
def _done(row: Share, published: Published) -> None:
    now = clock.now()
    facts = {
        "network_id": published.id,
        "revision": published.revision,
        "url": published.url,
        "done_at": now,
        "changed_at": now,
        "sentence": "",
        "attempt": 0,
    }
    # Taken back while it was being sent: it stands now, and comes down.
    wanted_down = _mine(row).filter(down_wanted_at__isnull=False)
    if wanted_down.update(**facts, state=State.LEAVING, lease_until=now):
        jobs.wake("shares")
    elif not _mine(row).update(**facts, state=State.DONE, lease_until=None):
        return
    if published.credentials is not None and row.channel is not None:
        channels = listen.Channel.objects.within(row.workspace_id).filter(pk=row.channel.pk)
        channels.update(secret=listen.seal(published.credentials))
    talk = row.praise.conversation
    journal.record(row.workspace_id, "share.done", talk, actor=row.by, at=published.id, **_facts(row))


@transaction.atomic
def _trouble_up(row: Share, trouble: Trouble) -> None:
    log.info("share %s: %s %s", row.pk, trouble.verdict, trouble.detail)
    if trouble.verdict is Verdict.DISCONNECT:
        _disconnected(row, trouble)
    if trouble.verdict in (Verdict.REFUSE, Verdict.DISCONNECT):
        _refuse(row, trouble.sentence)
    elif trouble.verdict is not Verdict.WAIT and row.attempt >= rules.MOST_ATTEMPTS:
        if _mine(row).update(state=State.UNKNOWN, lease_until=None, sentence=_(_UNKNOWN), changed_at=clock.now()):
            journal.record(row.workspace_id, "share.unknown", row.praise.conversation, **_facts(row))
    else:
        _postpone(row, trouble)


def _disconnected(row: Share, trouble: Trouble) -> None:
    assert row.channel is not None
    listen.channel_failed(row.channel, trouble.sentence, disconnect=True, due_at=None)


def _postpone(row: Share, trouble: Trouble) -> None:
    """Keeps its state: an attempt may have gone through, so the next one asks first."""
    seconds = trouble.retry_after or rules.back_off(row.attempt)
    if _mine(row).update(lease_until=clock.now() + timedelta(seconds=seconds), sentence=trouble.sentence[:500]):
        jobs.wake("shares", delay=seconds + 0.1)


@transaction.atomic
def _refuse(row: Share, sentence: str) -> None:
    facts = {"lease_until": None, "sentence": sentence[:500], "changed_at": clock.now()}
    if _mine(row).filter(down_wanted_at__isnull=False).update(**facts, state=State.WITHDRAWN):
        return
    if _mine(row).update(**facts, state=State.REFUSED):
        facts = {**_facts(row), "sentence": sentence[:300]}
        journal.record(row.workspace_id, "share.refused", row.praise.conversation, **facts)


@transaction.atomic
def _removed(row: Share) -> None:
    now = clock.now()
    if _mine(row).update(state=State.REMOVED, removed_at=now, lease_until=None, sentence="", changed_at=now):
        journal.record(row.workspace_id, "share.removed", row.praise.conversation, **_facts(row))


@transaction.atomic
def _trouble_down(row: Share, trouble: Trouble) -> None:
    log.info("share %s: %s %s", row.pk, trouble.verdict, trouble.detail)
    if trouble.verdict is Verdict.DISCONNECT:
        _disconnected(row, trouble)
        # It goes on by itself once the account is connected again; whoever can do that knows.
        if _mine(row).update(state=State.LEAVING, lease_until=clock.now(), sentence=trouble.sentence[:500]):
            _tell(row, _("cannot take a reshare down: connect the account again."))
        return
    since = row.down_wanted_at or clock.now()
    over = clock.now() - since >= rules.TAKEN_DOWN_WITHIN
    if trouble.verdict is Verdict.REFUSE or over:
        _stuck(row, trouble.sentence)
    else:
        _postpone(row, trouble)


@transaction.atomic
def _stuck(row: Share, sentence: str) -> None:
    if _mine(row).update(state=State.STUCK, lease_until=None, sentence=sentence[:500], changed_at=clock.now()):
        facts = {**_facts(row), "sentence": sentence[:300]}
        journal.record(row.workspace_id, "share.stuck", row.praise.conversation, **facts)
        words = _("could not take a reshare down. %(why)s Then say so on the page of what was shared.")
        _tell(row, words % {"why": sentence})


def _tell(row: Share, text: str) -> None:
    talk = row.praise.conversation
    people = {one.pk: one for one in (row.by, talk.assignee) if one is not None}
    desk.notify_all(list(people.values()), talk, "praise", text)


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due share, or taking down, has waited; None where nothing waits."""
    rows = Share.objects.across("the operator sees every queue").exclude(WAITS)
    up = rows.filter(state=State.QUEUED, send_after__lte=clock.now()).order_by("send_after")
    down = rows.filter(state__in=[State.LEAVING, State.REMOVING], lease_until__lte=clock.now())
    first = up.values_list("send_after", flat=True).first()
    last = down.order_by("down_wanted_at").values_list("down_wanted_at", flat=True).first()
    oldest = min((each for each in (first, last) if each is not None), default=None)
    return {"praise to share": (clock.now() - oldest).total_seconds() if oldest else None}
