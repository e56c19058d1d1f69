"""Rules and destinations: made, changed and removed by members. One transaction a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import mail_works
from makegood.alerts.models import Alert, AlertDestination, AlertRule
from makegood.alerts.rules import TRIGGERS, problem_of
from makegood.alerts.sending import seal
from makegood.alerts.services import AddressError, service_of
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "PROPOSED",
    "AlertError",
    "Wish",
    "add_mail",
    "add_service",
    "ask_test",
    "propose",
    "remove_destination",
    "remove_rule",
    "save_rule",
    "switch",
]

MOST_RULES = 50
MOST_DESTINATIONS = 30
NIGHT = (time(22), time(7))
WAITING = (Alert.State.DUE, Alert.State.HELD)


class AlertError(ValueError):
    """A rule or destination that can't be kept as it is: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Wish:
    """A rule as a member wants it. `quiet` is from and until, on the shop's clocks; (None, None) for no quiet hours."""

    name: str
    trigger: str
    parameters: Mapping[str, Any]
    destinations: Sequence[int]
    digest_minutes: int = 0
    quiet: tuple[time | None, time | None] = (None, None)
    even_at_night: bool = False
    most_an_hour: int = 10
    repeat_minutes: int = 60


@dataclass(frozen=True)
class Proposed:
    """A rule that is proposed to a shop that has none."""

    name: Any
    trigger: str
    digest_minutes: int = 0
    even_at_night: bool = False


PROPOSED = (
    Proposed(gettext_lazy("Complaints that can’t wait"), "urgent"),
    Proposed(gettext_lazy("Many people follow them"), "followers", even_at_night=True),
    Proposed(gettext_lazy("A thread takes off"), "thread", even_at_night=True),
    Proposed(gettext_lazy("Time is nearly up"), "clock_warned", digest_minutes=15),
    Proposed(gettext_lazy("Answers that did not go out"), "reply"),
    Proposed(gettext_lazy("More complaints than usual"), "rising"),
    Proposed(gettext_lazy("Channels in trouble"), "channel"),
    Proposed(gettext_lazy("Shops and payments in trouble"), "source"),
)


@transaction.atomic
def add_mail(workspace: Any, by: Any, address: str, name: str = "") -> AlertDestination:
    """A mail address alerts can go to. Raises AlertError."""
    found = address.strip().lower()
    try:
        validate_email(found)
    except ValidationError as error:
        raise AlertError(_("This is no mail address. It looks like name@shop.example.")) from error
    _room(workspace)
    return _kept(
        AlertDestination(
            workspace=workspace,
            kind=AlertDestination.Kind.MAIL,
            name=_free_name(workspace, name.strip() or found),
            address=found,
            created_by=by,
        ),
        by,
    )


@transaction.atomic
def add_service(workspace: Any, by: Any, address: str, name: str = "") -> AlertDestination:
    """A service alerts can go to, by its Apprise address, which is kept encrypted. Raises AlertError."""
    found = address.strip()
    try:
        service = service_of(found)
    except AddressError as error:
        raise AlertError(str(error)) from error
    _room(workspace)
    return _kept(
        AlertDestination(
            workspace=workspace,
            kind=AlertDestination.Kind.SERVICE,
            name=_free_name(workspace, name.strip() or service),
            service=service,
            secret=seal(found),
            created_by=by,
        ),
        by,
    )


def _room(workspace: Any) -> None:
    if AlertDestination.objects.within(workspace).count() >= MOST_DESTINATIONS:
        raise AlertError(_("There are %(n)d destinations. Remove one you no longer need.") % {"n": MOST_DESTINATIONS})


def _free_name(workspace: Any, wanted: str) -> str:
    taken = set(AlertDestination.objects.within(workspace).values_list("name", flat=True))
    base = " ".join(wanted.split())[:70]
    return next(name for name in [base, *(f"{base} {n}" for n in range(2, MOST_DESTINATIONS + 3))] if name not in taken)


def _kept(row: AlertDestination, by: Any) -> AlertDestination:
    row.save()
    journal.record(row.workspace_id, "alert.destination_added", row, actor=by, name=row.name)
    return row


@transaction.atomic
def ask_test(row: AlertDestination, by: Any) -> Alert:
    """Puts a test message into the outbox; the worker sends it within seconds."""
    alert = Alert.objects.create(workspace_id=row.workspace_id, destination=row, send_after=clock.now())
    journal.record(row.workspace_id, "alert.tested", row, actor=by, name=row.name)
    jobs.wake("alerts")
    return alert


@transaction.atomic
def remove_destination(row: AlertDestination, by: Any) -> None:
    """Forgets a destination with its secret; rules that told it go on telling the others."""
    journal.record(row.workspace_id, "alert.destination_removed", row, actor=by, name=row.name)
    row.delete()


@transaction.atomic
def save_rule(workspace: Any, by: Any, wish: Wish, rule: AlertRule | None = None) -> AlertRule:
    """Makes a rule, or changes it; its trigger stays. Raises AlertError."""
    name = " ".join(wish.name.split())[:120]
    others = AlertRule.objects.within(workspace).exclude(pk=rule.pk if rule else 0)
    if sentence := _problem(wish, name, others):
        raise AlertError(sentence)
    places = list(AlertDestination.objects.within(workspace).filter(pk__in=list(wish.destinations)))
    if not places:
        raise AlertError(_("Choose at least one destination."))
    row = rule or AlertRule(workspace=workspace, trigger=wish.trigger, created_by=by)
    row.name, row.parameters = name, dict(wish.parameters)
    row.digest_minutes, row.even_at_night = wish.digest_minutes, wish.even_at_night
    row.quiet_from, row.quiet_until = wish.quiet
    row.most_an_hour, row.repeat_minutes, row.since = wish.most_an_hour, wish.repeat_minutes, clock.now()
    row.save()
    row.destinations.set(places)
    journal.record(row.workspace_id, "alert.rule_changed" if rule else "alert.rule_added", row, actor=by, name=row.name)
    return row


def _problem(wish: Wish, name: str, others: Any) -> str | None:
    begin, end = wish.quiet
    if not name:
        return _("A rule needs a name.")
    if others.filter(name=name).exists():
        return _("There is a rule of this name already.")
    if others.count() >= MOST_RULES:
        return _("There are %(n)d rules. Remove one you no longer need.") % {"n": MOST_RULES}
    if wish.trigger not in TRIGGERS:
        return _("Choose what the rule waits for.")
    if (begin is None) != (end is None):
        return _("Quiet hours have a beginning and an end. Leave both empty for none.")
    if begin is not None and begin == end:
        return _("Quiet hours that begin when they end are none. Leave both empty for none.")
    limits = (
        (0 <= wish.digest_minutes <= 1440, _("A digest collects for up to 1,440 minutes, which is a day.")),
        (1 <= wish.most_an_hour <= 1000, _("The limit lies between 1 and 1,000 messages an hour.")),
        (1 <= wish.repeat_minutes <= 43_200, _("The same thing is told again after 1 to 43,200 minutes.")),
    )
    return next((sentence for fine, sentence in limits if not fine), problem_of(wish.trigger, wish.parameters))


@transaction.atomic
def switch(rule: AlertRule, by: Any, active: bool) -> None:
    """Pauses a rule, with what it had not told yet, or lets it go on with what happens from now on."""
    AlertRule.objects.within(rule.workspace_id).filter(pk=rule.pk).update(active=active, since=clock.now())
    if not active:
        Alert.objects.within(rule.workspace_id).filter(rule=rule, state__in=WAITING).delete()
    journal.record(
        rule.workspace_id, "alert.rule_resumed" if active else "alert.rule_paused", rule, actor=by, name=rule.name
    )


@transaction.atomic
def remove_rule(rule: AlertRule, by: Any) -> None:
    """Forgets a rule and what it told."""
    journal.record(rule.workspace_id, "alert.rule_removed", rule, actor=by, name=rule.name)
    rule.delete()


@transaction.atomic
def propose(workspace: Any, by: Any) -> list[AlertRule]:
    """The proposed rules that the shop does not have yet, to all its destinations; without any, to the member's own
    mail address. Raises AlertError when there is nowhere to tell.
    """
    places = list(AlertDestination.objects.within(workspace).values_list("pk", flat=True))
    if not places:
        if not mail_works():
            raise AlertError(_("Add a destination first: mail is not set up, so there is nowhere to send alerts."))
        places = [add_mail(workspace, by, by.email).pk]
    taken = set(AlertRule.objects.within(workspace).values_list("name", flat=True))
    made = []
    for each in PROPOSED:
        if str(each.name) in taken:
            continue
        trigger = TRIGGERS[each.trigger]
        wish = Wish(
            name=str(each.name),
            trigger=each.trigger,
            parameters=trigger.usual(),
            destinations=places,
            digest_minutes=each.digest_minutes,
            quiet=NIGHT,
            even_at_night=each.even_at_night,
            repeat_minutes=trigger.repeat_minutes,
        )
        made.append(save_rule(workspace, by, wish))
    return made
