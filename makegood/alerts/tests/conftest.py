from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.alerts import api as alerts
from makegood.alerts.api import AlertDestination, AlertRule, Wish
from makegood.alerts.finding import find_new
from makegood.alerts.rules import TRIGGERS
from makegood.alerts.tests.places import Letters, Receiver, letterbox, receiver
from makegood.kit import clock


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Letters]:
    """A mail server, and Makegood set up to use it."""
    with letterbox() as letters:
        for name, value in letters.settings.items():
            setattr(settings, name, value)
        yield letters


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An HTTP receiver that may be reached."""
    with receiver(monkeypatch) as found:
        yield found


@pytest.fixture
def mail_place(workspace: Any, olga: Any) -> AlertDestination:
    """Olga's mail address."""
    return alerts.add_mail(workspace, olga, "olga@shop.example", "Olga")


@pytest.fixture
def web_place(workspace: Any, olga: Any, web: Receiver) -> AlertDestination:
    """The HTTP receiver as a webhook."""
    return alerts.add_service(workspace, olga, f"json://127.0.0.1:{web.port}/hook-token-abcdef", "Hook")


@pytest.fixture
def make_rule(workspace: Any, olga: Any) -> Callable[..., AlertRule]:
    """Makes a rule, and reads the journal up to now, as a running Makegood has."""

    def make(trigger: str, place: AlertDestination, **fields: Any) -> AlertRule:
        parameters = TRIGGERS[trigger].usual() | fields.pop("parameters", {})
        fields.setdefault("name", trigger)
        find_new()
        return alerts.save_rule(
            fields.pop("workspace", workspace),
            olga,
            Wish(trigger=trigger, parameters=parameters, destinations=[place.pk], **fields),
        )

    return make


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """Moves the clock on."""
    real = clock.now
    ahead = timedelta()

    def move(**span: float) -> datetime:
        nonlocal ahead
        ahead += timedelta(**span)
        return clock.now()

    monkeypatch.setattr(clock, "now", lambda: real() + ahead)
    return move
