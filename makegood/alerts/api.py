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
from makegood.alerts.models import Alert, AlertDestination, AlertRule
from makegood.alerts.outbox import queue_age, send_due
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
    "Preview",
    "RuleRow",
    "Wish",
    "add_mail",
    "add_service",
    "ask_test",
    "destination",
    "destinations",
    "failed",
    "find_and_send",
    "preview",
    "propose",
    "queue_age",
    "remove_destination",
    "remove_rule",
    "rule",
    "rules",
    "save_rule",
    "send_due",
    "switch",
    "test_of",
    "watch_and_send",
    "watch_channels",
]


def find_and_send() -> None:
    """The step: finds what the team should know and sends what is due."""
    find_new()
    send_due()


def watch_and_send() -> None:
    """The step of each minute: looks at the channels too."""
    watch_channels()
    send_due()
