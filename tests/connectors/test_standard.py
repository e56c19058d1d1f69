"""Every connector of the registry meets every rule of the standard, or is exempt from it for a reason it states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from makegood.connectors.registry import CONNECTORS
from tests.connectors.rules import RULES, Rule
from tests.connectors.sentences import faults_of, secrets_of
from tests.connectors.subject import Subject, exemption
from tests.connectors.subjects import SUBJECTS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
async def test_standard(
    subject: Subject, rule: Rule, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    reason = exemption(subject, rule.name, rule.needs)
    record_property("standard", (subject.network, rule.name, reason or "passed"))
    if reason:
        assert len(reason) > 15, "say why"
        return
    try:
        await rule.check(subject, monkeypatch)
    finally:
        if subject.proxy is not None:
            subject.proxy.lift()
            subject.proxy.come_up()


def test_every_connector_has_a_subject() -> None:
    assert set(SUBJECTS) == set(CONNECTORS)


def test_a_stated_exemption_is_for_a_rule_there_is(subject: Subject) -> None:
    assert set(subject.exempt) <= {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Bluesky has trouble of its own just now. We will try again by ourselves.", ""),
        ("127.0.0.1:80 has nothing here. Please check the address.", ""),
        ("", "letters"),
        ("something broke. Please wait", "not a sentence"),
        ("The post is gone.", "what to do"),
        ("HTTP 500. Please try again.", "machine"),
        ("Please look: KeyError('did').", "machine"),
        ("Please use s3cret-token again.", "secret"),
        ("Please open x?token=1.", "machine"),
        ("Please " + "wait " * 60 + ".", "letters"),
    ],
)
def test_what_is_a_plain_sentence(sentence: str, fault: str) -> None:
    found = " ".join(faults_of(sentence, ["s3cret-token"]))
    assert (fault in found) if fault else not found


def test_what_is_a_secret() -> None:
    credentials = {"service": "https://pds.example", "password": "abcd-efgh", "access": "eyJ0", "did": "did:plc:x"}
    assert secrets_of(credentials) == ["abcd-efgh"]
