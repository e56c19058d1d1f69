"""A model on loopback, which is allowed here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from makegood.triage.remote.tests.model import Model, model


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    with model() as kept:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", kept.url.partition("//")[2])
        yield kept
