"""Telling one member something, by every way they are reached: kept here, sent by `makegood.alerts.personal_outbox`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import membership_of
from makegood.alerts import push
from makegood.alerts.flow import AlertError
from makegood.alerts.models import PersonalDestination, PersonalMessage
from makegood.alerts.services import AddressError, service_of
from makegood.jobs import api as jobs
from makegood.kit import clock, crypto

__all__ = [
    "Said",
    "add_own_service",
    "add_push",
    "opened",
    "remove_way",
    "switch_mail",
    "tell",
    "tell_test",
    "was_told",
    "ways_of",
]

MOST_WAYS = 10
Kind = PersonalDestination.Kind


@dataclass(frozen=True)
class Said:
    """What a message says. `url` is where its button leads, "" for none."""

    title: str
    lines: tuple[str, ...] = ()
    url: str = ""
    button: str = ""


@transaction.atomic
def tell(
    workspace: Any, user: Any, *, key: str, title: str, lines: Sequence[str] = (), url: str = "", button: str = ""
) -> int:
    """Tells a member something by every way they are reached, in the caller's transaction; to how many it goes.

    The same `key` again tells nothing anew. Who does not belong to the workspace is told nothing.
    """
    if not user.is_active or membership_of(user, workspace) is None:
        return 0
    sealed = _sealed(Said(" ".join(title.split()), tuple(lines), url, button))
    count = 0
    for way in _ways(workspace, user).filter(active=True):
        _row, new = PersonalMessage.objects.get_or_create(
            workspace_id=way.workspace_id, destination=way, key=key, defaults={"sealed": sealed}
        )
        count += new
    if count:
        jobs.wake("personal")
    return count


def was_told(workspace: Any, user: Any, key: str) -> bool:
    """Whether a member was told this already, or is about to be."""
    rows = PersonalMessage.objects.within(workspace).filter(destination__user=user, key=key)
    return rows.exists()


def _sealed(said: Said) -> str:
    return crypto.encrypt(json.dumps(asdict(said)).encode(), settings.MASTER_KEY)


def opened(message: PersonalMessage) -> Said:
    """What a message says. Raises `crypto.DecryptError`."""
    found = json.loads(crypto.decrypt(message.sealed, settings.MASTER_KEY))
    return Said(found["title"], tuple(found["lines"]), found["url"], found["button"])


def _ways(workspace: Any, user: Any) -> Any:
    """The ways to a member. Their own mail address is always one of them."""
    rows = PersonalDestination.objects.within(workspace).filter(user=user).order_by("pk")
    if not rows.filter(kind=Kind.MAIL).exists():
        key = workspace if isinstance(workspace, int) else workspace.pk
        PersonalDestination.objects.get_or_create(
            workspace_id=key, user=user, kind=Kind.MAIL, mark="", defaults={"name": str(_("Mail"))}
        )
    return rows


def ways_of(workspace: Any, user: Any) -> list[PersonalDestination]:
    """The ways to a member, mail first, each with `newest`: its last message, or None. 3 queries at most."""
    found = sorted(_ways(workspace, user)[: MOST_WAYS + 1], key=lambda way: way.kind != Kind.MAIL)
    newest: dict[int, PersonalMessage] = {}
    rows = PersonalMessage.objects.within(workspace).filter(destination__in=[each.pk for each in found])
    for row in rows.order_by("-at", "-pk")[:200]:
        newest.setdefault(row.destination_id, row)
    for each in found:
        vars(each)["newest"] = newest.get(each.pk)
    return found


def switch_mail(workspace: Any, user: Any, active: bool) -> None:
    """Says whether a member is told by mail."""
    way = _ways(workspace, user).get(kind=Kind.MAIL)
    PersonalDestination.objects.within(workspace).filter(pk=way.pk).update(active=active)


@transaction.atomic
def add_own_service(workspace: Any, user: Any, address: str, name: str = "") -> PersonalDestination:
    """A service by which this member alone is told, by its Apprise address, kept encrypted. Raises AlertError."""
    found = address.strip()
    try:
        service = service_of(found)
    except AddressError as error:
        raise AlertError(str(error)) from error
    return _add(workspace, user, Kind.SERVICE, found, " ".join(name.split())[:80] or service, found)


@transaction.atomic
def add_push(workspace: Any, user: Any, subscription: Mapping[str, Any], name: str) -> PersonalDestination:
    """A browser that this member lets Makegood write to: its push subscription as the browser gave it
    (https://www.w3.org/TR/push-api/#pushsubscription-interface). Raises AlertError.
    """
    kept = push.checked(subscription)
    return _add(workspace, user, Kind.PUSH, kept["endpoint"], " ".join(name.split())[:80], json.dumps(kept))


def _add(workspace: Any, user: Any, kind: str, address: str, name: str, secret: str) -> PersonalDestination:
    mark = hashlib.sha256(address.encode()).hexdigest()
    rows = PersonalDestination.objects.within(workspace).filter(user=user)
    known = rows.filter(kind=kind, mark=mark).first()
    if known is None and rows.exclude(kind=Kind.MAIL).count() >= MOST_WAYS:
        raise AlertError(_("%(n)d ways are the most. Remove one you no longer need.") % {"n": MOST_WAYS})
    row: PersonalDestination
    row, _new = PersonalDestination.objects.update_or_create(
        workspace_id=workspace.pk,
        user=user,
        kind=kind,
        mark=mark,
        defaults={
            "name": name or str(_("A browser")),
            "secret": crypto.encrypt(secret.encode(), settings.MASTER_KEY),
            "last_error": "",
            "last_error_at": None,
        },
    )
    return row


def remove_way(way: PersonalDestination) -> None:
    """Forgets a way with its secret and what was told by it. Mail is switched off instead."""
    if way.kind == Kind.MAIL:
        switch_mail(way.workspace_id, way.user, False)
    else:
        PersonalDestination.objects.within(way.workspace_id).filter(pk=way.pk).delete()


@transaction.atomic
def tell_test(way: PersonalDestination, url: str) -> PersonalMessage:
    """A message by this one way that says that it works; `url` is where its button leads."""
    said = Said(
        _("[%(shop)s] A test") % {"shop": way.workspace.name},
        (_("This is how Makegood reaches you here. Nothing has happened; you pressed “Send a test”."),),
        url,
        _("Open Makegood"),
    )
    row: PersonalMessage = PersonalMessage.objects.create(
        workspace_id=way.workspace_id, destination=way, key=f"test:{clock.now().timestamp()}", sealed=_sealed(said)
    )
    jobs.wake("personal")
    return row
