"""Following a short link: where it leads, and that somebody came. No cookie, and nothing that says who.

A day (UTC) has a random key. A browser is known for that day by a hash of its address and name under that key and the
link; key and hashes are deleted when the day is over, and then nobody, we neither, can say who came.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from datetime import date

from django.db import DatabaseError, transaction
from django.db.models import F

from makegood.amplify.models import ClickDay, DaySalt, SeenToday, ShortLink
from makegood.amplify.referring.rules import host_of, not_a_visit, source_of
from makegood.kit import clock

__all__ = ["follow", "forget_days", "note_visit"]

log = logging.getLogger(__name__)


def follow(code: str) -> ShortLink | None:
    """The link with this code, also one that was ended; None where there is none. 1 query."""
    if not code.isprintable():
        # PostgreSQL refuses to look for NUL.
        return None
    return ShortLink.objects.across("the code names the workspace").filter(code=code).first()


def note_visit(link: ShortLink, method: str, headers: Mapping[str, str], address: str) -> bool:
    """Counts a visit, if it is one; `headers` by their names in lower case. Whether it was counted.

    Never raises for the database's sake: a visitor must arrive, whatever becomes of the count. At most 8 queries.
    """
    if not_a_visit(method, headers):
        return False
    try:
        with transaction.atomic():
            _count(link, headers, address)
    except DatabaseError:
        log.exception("a visit of short link %s was not counted", link.pk)
        return False
    return True


def _count(link: ShortLink, headers: Mapping[str, str], address: str) -> None:
    today = clock.now().date()
    facts = (address, headers.get("user-agent", ""), headers.get("accept-language", ""))
    mark = hashlib.blake2b("\n".join(facts).encode(), key=_salt(today), digest_size=16).hexdigest()
    seen = SeenToday.objects.within(link.workspace_id)
    _row, first = seen.get_or_create(link=link, day=today, mark=mark, defaults={"workspace_id": link.workspace_id})
    source = source_of(headers.get("referer", ""), host_of(link.target))
    rows = ClickDay.objects.within(link.workspace_id).filter(link=link, day=today, source=source)
    more = {"clicks": F("clicks") + 1, "visitors": F("visitors") + int(first)}
    if not rows.update(**more):
        fresh = ClickDay(workspace_id=link.workspace_id, link=link, day=today, source=source)
        ClickDay.objects.within(link.workspace_id).bulk_create([fresh], ignore_conflicts=True)
        rows.update(**more)


def _salt(day: date) -> bytes:
    row, _made = DaySalt.objects.get_or_create(day=day, defaults={"salt": secrets.token_bytes(32)})
    return bytes(row.salt)


def forget_days() -> int:
    """Throws away the keys and hashes of the days that are over. How many hashes that were."""
    today = clock.now().date()
    DaySalt.objects.filter(day__lt=today).delete()
    return SeenToday.objects.across("hashes of all workspaces go with their day").filter(day__lt=today).delete()[0]
