"""The front door of alerts: rules, destinations, and telling the team."""

from __future__ import annotations

from makegood.alerts.finding import find_new, watch_channels
from makegood.alerts.flow import (
    PROPOSED,
    AlertError,
    Wish,
    add_mail,
    add_service,
    ask_test,
    propose,
    remove_destination,
    remove_rule,
    save_rule,
    switch,
)
from makegood.alerts.models import Alert, AlertDestination, AlertRule, PersonalDestination, PersonalMessage
from makegood.alerts.outbox import queue_age, send_due
from makegood.alerts.personal import (
    Said,
    add_own_service,
    add_push,
    remove_way,
    switch_mail,
    tell,
    tell_test,
    was_told,
    ways_of,
)
from makegood.alerts.personal_outbox import queue_age as personal_age
from makegood.alerts.personal_outbox import send_due as send_personal
from makegood.alerts.push import public_key
from makegood.alerts.reading import (
    Preview,
    RuleRow,
    destination,
    destinations,
    failed,
    preview,
    rule,
    rules,
    test_of,
)
from makegood.alerts.rules import TRIGGERS
from makegood.alerts.services import EXAMPLES, SERVICES

__all__ = [
    "EXAMPLES",
    "PROPOSED",
    "SERVICES",
    "TRIGGERS",
    "Alert",
    "AlertDestination",
    "AlertError",
    "AlertRule",
    "PersonalDestination",
    "PersonalMessage",
    "Preview",
    "RuleRow",
    "Said",
    "Wish",
    "add_mail",
    "add_own_service",
    "add_push",
    "add_service",
    "ask_test",
    "destination",
    "destinations",
    "failed",
    "find_and_send",
    "personal_age",
    "preview",
    "propose",
    "public_key",
    "queue_age",
    "remove_destination",
    "remove_rule",
    "remove_way",
    "rule",
    "rules",
    "save_rule",
    "send_due",
    "send_personal",
    "switch",
    "switch_mail",
    "tell",
    "tell_test",
    "test_of",
    "was_told",
    "watch_and_send",
    "watch_channels",
    "ways_of",
]


def find_and_send() -> None:
    """The step: finds what the team should know and sends what is due."""
    find_new()
    send_due()


def watch_and_send() -> None:
    """The step of each minute: looks at the channels too."""
    watch_channels()
    send_due()
