"""Pictures that go out with an answer: kept under names of our own, shown to those who may see the conversation, and
removed some time after they were sent.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Capability
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.reply import rules
from makegood.reply.flow import ReplyError, draft_of, take_draft
from makegood.reply.models import Reply, ReplyMedia
from makegood.reply.pictures import NotAPicture, prepare

__all__ = ["add", "describe", "forget_old", "path_of", "remove"]

FOLDER = "replies"
KEPT = timedelta(days=7)
"""How long a picture is kept once its answer needs it no more: by then what went wrong has been seen."""
ORPHANED = timedelta(days=1)
BATCH = 200


def path_of(row: ReplyMedia) -> Path:
    """Where its file is."""
    return Path(settings.MEDIA_ROOT) / row.path


def add(conversation: desk.Conversation, member: Any, content: bytes, capability: Capability) -> ReplyMedia:
    """Puts a picture to the member's draft, made fit for the network. Raises `ReplyError` with a sentence."""
    mine = draft_of(conversation, member)
    count = mine.media.count() if mine else 0
    if sentence := rules.no_media(capability, count):
        raise ReplyError(sentence)
    assert capability.media is not None
    try:
        packed = prepare(content, capability.media)
    except NotAPicture as error:
        raise ReplyError(str(error)) from error
    name = f"{FOLDER}/{uuid.uuid4().hex}.{packed.ending}"
    place = Path(settings.MEDIA_ROOT) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(packed.content)
    try:
        return _store(conversation, member, name, packed.type, len(packed.content), capability)
    except BaseException:
        place.unlink(missing_ok=True)
        raise


@transaction.atomic
def _store(
    conversation: desk.Conversation, member: Any, name: str, kind: str, size: int, capability: Capability
) -> ReplyMedia:
    draft = take_draft(conversation, member)
    draft.parent_id = conversation.latest.network_id
    draft.save()
    count = draft.media.count()
    if sentence := rules.no_media(capability, count):
        raise ReplyError(sentence)
    return ReplyMedia.objects.create(
        workspace_id=conversation.workspace_id, reply=draft, path=name, type=kind, bytes=size, position=count
    )


@transaction.atomic
def describe(row: ReplyMedia, alt: str, limit: int) -> None:
    """Says what can be seen, for those who can't. Raises `ReplyError` when it is longer than the network takes."""
    words = alt.strip()
    if len(words) > limit:
        facts = {"limit": limit}
        raise ReplyError(_("The description is too long: the network takes %(limit)s characters.") % facts)
    row.alt = words
    row.save(update_fields=["alt"])


@transaction.atomic
def remove(row: ReplyMedia) -> None:
    """Takes a picture off the draft; its file goes with it."""
    place = path_of(row)
    row.delete()
    transaction.on_commit(partial(place.unlink, missing_ok=True))


def forget_old() -> int:
    """The step: removes the pictures of answers that were sent or taken back a week ago, and files that belong to
    nothing. Returns how many.
    """
    count = 0
    before = clock.now() - KEPT
    rows = ReplyMedia.objects.across("one step cleans up for all workspaces").filter(
        reply__state__in=[Reply.State.SENT, Reply.State.WITHDRAWN, Reply.State.DECLINED], reply__changed_at__lt=before
    )
    for row in rows.order_by("id")[:BATCH]:
        # A long answer needs its pictures as long as one of its parts may still be sent.
        if not row.reply.parts.exclude(state__in=[Reply.State.SENT, Reply.State.WITHDRAWN]).exists():
            remove(row)
            count += 1
    return count + _forget_files()


def _forget_files() -> int:
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    if not folder.is_dir():
        return 0
    oldest = (clock.now() - ORPHANED).timestamp()
    old = [each for each in folder.iterdir() if each.is_file() and each.stat().st_mtime < oldest]
    count = 0
    for start in range(0, len(old), BATCH):
        batch = old[start : start + BATCH]
        rows = ReplyMedia.objects.across("a file belongs to whichever workspace names it")
        known = set(rows.filter(path__in=[f"{FOLDER}/{each.name}" for each in batch]).values_list("path", flat=True))
        for each in batch:
            if f"{FOLDER}/{each.name}" not in known:
                each.unlink(missing_ok=True)
                count += 1
    return count
