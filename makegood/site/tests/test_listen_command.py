"""`makegood listen-worker` says what it lacks; `check` what is wrong; `up` knows how many to start."""

from __future__ import annotations

import pytest

from makegood.site.command import main
from makegood.site.listen_command import listening_problem
from makegood.site.up import CHILDREN, children


def test_a_worker_without_a_place_to_take_posts_from_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NATS_URL", raising=False)
    assert main(["listen-worker"]) == 1
    assert "NATS_URL is not set" in capsys.readouterr().err


@pytest.mark.parametrize("told", ["", "0", "1", "64"])
def test_a_number_of_processes_is_well(told: str) -> None:
    assert listening_problem({"LISTEN_PROCESSES": told}) == ""


@pytest.mark.parametrize("told", ["65", "-1", "two", "1.5", "٣x"])
def test_no_number_of_processes_is_said(told: str) -> None:
    assert listening_problem({"LISTEN_PROCESSES": told}).startswith(f"LISTEN_PROCESSES is {told!r}")


@pytest.mark.parametrize(
    "url", ["nats://h:4222", "tls://a:b@h", "nats://token@10.0.0.5:4222", "nats://a:1,nats://b:2", ""]
)
def test_an_address_of_nats_is_well(url: str) -> None:
    assert listening_problem({"NATS_URL": url}) == ""


@pytest.mark.parametrize("url", ["sesame@h:4222", "redis://u:sesame@h", "nats://u:sesame@h:x", "nats://", "nats://h:0"])
def test_another_address_is_said_without_its_password(url: str) -> None:
    assert listening_problem({"NATS_URL": url}).startswith("NATS_URL names no NATS server")
    assert "sesame" not in listening_problem({"NATS_URL": url})


def test_workers_are_started_only_where_posts_wait_for_them() -> None:
    assert children({}) == children({"LISTEN_PROCESSES": "3"}) == CHILDREN
    assert children({"NATS_URL": "nats://h"}) == {**CHILDREN, "listen-1": "listen-worker"}
    assert children({"NATS_URL": "nats://h", "LISTEN_PROCESSES": "0"}) == CHILDREN
    three = children({"NATS_URL": "nats://h", "LISTEN_PROCESSES": "3"})
    assert [name for name in three if name not in CHILDREN] == ["listen-1", "listen-2", "listen-3"]
