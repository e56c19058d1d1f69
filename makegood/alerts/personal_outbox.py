"""Sending what members are told: due -> sending (lease, attempt) -> sent | failed. See `makegood.alerts.outbox`."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from makegood.accounts.api import membership_of
from makegood.alerts import rules
from makegood.alerts.models import PersonalDestination, PersonalMessage
from makegood.alerts.personal import Said, opened
from makegood.alerts.push import GoneError, send_push
from makegood.alerts.sending import NotSentError, send_mail, send_service
from makegood.alerts.services import AddressError, service_of
from makegood.jobs import api as jobs
from makegood.kit import clock, crypto

__all__ = ["queue_age", "send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
AT_ONCE = 200
KEPT = timedelta(days=30)
S = PersonalMessage.State
Kind = PersonalDestination.Kind


def _all() -> Any:
    return PersonalMessage.objects.across("one step sends for all workspaces")


def _due() -> Q:
    now = clock.now()
    return Q(state=S.DUE, send_after__lte=now) | Q(state=S.SENDING, lease_until__lte=now)


def send_due() -> int:
    """The step: sends everything whose time has come; returns how many messages were handed over."""
    count = 0
    for key in list(_all().filter(_due()).order_by("send_after", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        row = _lease(key)
        if row is not None:
            count += _deliver(row)
    _all().filter(at__lt=clock.now() - KEPT, state__in=[S.SENT, S.FAILED]).delete()
    return count


@transaction.atomic
def _lease(key: int) -> PersonalMessage | None:
    stranded = _all().filter(pk=key, state=S.SENDING).exists()
    leased = {"state": S.SENDING, "lease_until": clock.now() + LEASE, "attempt": F("attempt") + 1}
    if not _all().filter(_due(), pk=key).update(**leased):
        return None
    if stranded:
        jobs.note_lease_expiry("personal message")
    row: PersonalMessage = _all().select_related("destination__user", "destination__workspace").get(pk=key)
    return row


def _deliver(row: PersonalMessage) -> bool:
    way = row.destination
    with translation.override(way.user.language or settings.LANGUAGE_CODE):
        try:
            if not way.user.is_active or membership_of(way.user, way.workspace) is None:
                raise NotSentError(_("They do not belong to the workspace any more."), for_good=True)
            _hand_over(row, way, opened(row))
        except GoneError as error:
            log.info("push subscription %s is gone: %s", way.pk, error.sentence)
            PersonalDestination.objects.within(way.workspace_id).filter(pk=way.pk).delete()
            return False
        except crypto.DecryptError as error:
            _settle(row, NotSentError(error.sentence, for_good=True))
            return False
        except NotSentError as error:
            _settle(row, error)
            return False
        except Exception:
            log.exception("personal message %s could not be sent", row.pk)
            _settle(row, NotSentError(_("Something unexpected happened while this was sent. Makegood tries again.")))
            return False
    _sent(row)
    return True


def _hand_over(row: PersonalMessage, way: PersonalDestination, said: Said) -> None:
    title, body = said.title, "\n".join(said.lines)
    foot = [f"{said.button}:\n{said.url}" if said.button else said.url] if said.url else []
    if way.kind == Kind.MAIL:
        send_mail(way.user.email, title, "\n\n".join([body, *foot]), f"personal-{row.pk}")
        return
    secret = crypto.decrypt(way.secret, settings.MASTER_KEY).decode()
    if way.kind == Kind.PUSH:
        send_push(way.name, json.loads(secret), title, body, said.url, f"{way.pk}:{row.key}")
        return
    try:
        service = service_of(secret)
    except AddressError as error:
        raise NotSentError(str(error), for_good=True) from error
    send_service(service, secret, title, "\n\n".join([body, *foot]))


def _mine(row: PersonalMessage) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, state=S.SENDING, attempt=row.attempt)


@transaction.atomic
def _sent(row: PersonalMessage) -> None:
    now = clock.now()
    if _mine(row).update(state=S.SENT, sent_at=now, lease_until=None, sentence="", sealed=""):
        _note(row, last_good_at=now, last_error="", last_error_at=None)


@transaction.atomic
def _settle(row: PersonalMessage, error: NotSentError) -> None:
    """Tries again later, or gives up and says so."""
    now = clock.now()
    test = row.key.startswith("test:")
    for_good = error.for_good or test or row.attempt >= rules.MOST_ATTEMPTS
    wait = rules.back_off(row.attempt)
    changes: dict[str, Any] = {"state": S.DUE, "send_after": now + timedelta(seconds=wait)}
    if for_good:
        changes = {"state": S.FAILED, "sealed": ""}
    if not _mine(row).update(lease_until=None, sentence=error.sentence[:500], **changes):
        return
    _note(row, last_error=error.sentence[:500], last_error_at=now)
    if not for_good:
        jobs.wake("personal", delay=wait + 0.1)


def _note(row: PersonalMessage, **changes: Any) -> None:
    PersonalDestination.objects.within(row.workspace_id).filter(pk=row.destination_id).update(**changes)


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest message to a member has waited; None where nothing waits."""
    oldest = _all().filter(_due()).order_by("send_after").values_list("send_after", flat=True).first()
    return {"messages to members": (clock.now() - oldest).total_seconds() if oldest else None}
