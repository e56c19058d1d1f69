from datetime import UTC, datetime, timedelta

import pytest

from makegood.accounts.models import Invitation, Role
from makegood.accounts.rules import (
    Right,
    allows,
    invitation_problem,
    may_change,
    may_give,
    workspace_problem,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FINE = {
    "name": "Teapot & Co",
    "brand": "",
    "timezone": "Europe/Berlin",
    "answer_now": 60,
    "answer_today": 240,
    "answer_whenever": 1440,
    "undo_seconds": 8,
    "outcome_days": 3,
}
TABLE = {
    Role.VIEWER: {Right.SEE, Right.READ},
    Role.COLLABORATOR: {Right.SEE, Right.NOTE, Right.PROPOSE},
    Role.AGENT: {Right.SEE, Right.READ, Right.NOTE, Right.PROPOSE, Right.WORK, Right.ANSWER},
    Role.MANAGER: set(Right) - {Right.SETTINGS},
    Role.OWNER: set(Right),
}


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("right", list(Right))
def test_each_role_has_exactly_its_rights(role: str, right: Right) -> None:
    assert allows(role, right) == (right in TABLE[Role(role)])


@pytest.mark.parametrize("role", ["", "OWNER", "admin"])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(allows(role, right) for right in Right)


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ("owner", {"owner", "manager", "agent", "collaborator", "viewer"}),
        ("manager", {"agent", "collaborator", "viewer"}),
        ("agent", set()),
        ("collaborator", set()),
        ("viewer", set()),
    ],
)
def test_which_roles_one_may_give(own: str, given: set[str]) -> None:
    assert {role for role in Role.values if may_give(own, role)} == given


def test_a_manager_neither_raises_to_nor_lowers_from_their_own_rank() -> None:
    assert may_change("manager", "agent", "viewer")
    assert not may_change("manager", "agent", "manager")
    assert not may_change("manager", "manager", "agent")
    assert not may_change("manager", "owner", "viewer")


def test_an_open_invitation_has_no_problem() -> None:
    assert invitation_problem(Invitation(expires_at=NOW + timedelta(seconds=1)), NOW) is None


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"expires_at": NOW}, "run out"),
        ({"expires_at": NOW + timedelta(1), "revoked_at": NOW}, "taken back"),
        ({"expires_at": NOW + timedelta(1), "accepted_at": NOW}, "used already"),
        ({"expires_at": NOW - timedelta(1), "accepted_at": NOW}, "used already"),
    ],
)
def test_every_closed_invitation_says_why(fields: dict[str, datetime], word: str) -> None:
    assert word in (invitation_problem(Invitation(**fields), NOW) or "")


def test_fine_settings() -> None:
    assert workspace_problem(FINE) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "  "}, "name"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"answer_now": 0}, "between one minute"),
        ({"answer_whenever": 30 * 1440 + 1}, "30 days"),
        ({"answer_now": 300}, "more urgent"),
        ({"answer_today": 2000}, "more urgent"),
        ({"undo_seconds": 121}, "120"),
        ({"undo_seconds": -1}, "between 0"),
        ({"outcome_days": 0}, "between 1 and 60 days"),
        ({"outcome_days": 61}, "between 1 and 60 days"),
    ],
)
def test_settings_that_cannot_be(change: dict[str, object], word: str) -> None:
    assert word in (workspace_problem(FINE | change) or "")
