"""Each thing that can be wrong with a set-up is said, and only then."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from makegood.site import check
from makegood.site.place import Place
from makegood.site.up import port_problem


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An installation on a home of its own; port 0 is always free."""
    return Place(tmp_path / "home", "127.0.0.1", 0, "http://localhost:8000")


def test_a_home_that_can_be_written(place: Place) -> None:
    assert check.home_problem(place) == ""
    assert list(place.home.iterdir()) == []


def test_a_home_that_cannot_be_written(place: Place) -> None:
    place.home.write_text("a file, where a folder should be")
    assert "set MAKEGOOD_HOME" in check.home_problem(place)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_home_without_the_right_to_write(place: Place) -> None:
    place.home.mkdir(mode=0o500)
    assert "Permission denied" in check.home_problem(place)


@pytest.mark.parametrize(("mode", "wrong"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_key_others_can_read(place: Place, mode: int, wrong: bool) -> None:
    assert check.key_problem(place) == ""
    place.home.mkdir()
    place.key_file.touch(mode)
    place.key_file.chmod(mode)
    assert ("chmod 600" in check.key_problem(place)) is wrong


def test_a_full_disk(place: Place) -> None:
    place.home.mkdir()
    assert check.space_problem(place, least=0) == ""
    assert "make room" in check.space_problem(place, least=10**18)


@pytest.mark.parametrize(("ahead", "wrong"), [(0, False), (-2, False), (60, True), (-3600, True)])
def test_a_clock_that_is_off(tmp_path: Path, ahead: int, wrong: bool) -> None:
    assert bool(check.clock_problem(tmp_path, lambda: time.time() + ahead)) is wrong


@pytest.mark.parametrize(
    ("host", "url", "wrong"),
    [
        ("127.0.0.1", "http://localhost:8000", False),
        ("0.0.0.0", "https://desk.example.com", False),
        ("127.0.0.1", "https://desk.example.com", False),
        ("0.0.0.0", "http://localhost:8000", True),
        ("192.168.1.5", "http://192.168.1.5:8000", True),
        ("127.0.0.1", "http://desk.example.com", True),
    ],
)
def test_passwords_in_the_clear(place: Place, host: str, url: str, wrong: bool) -> None:
    assert bool(check.url_problem(replace(place, host=host, url=url))) is wrong


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data/shop", "nfs4"),
        ("/data/local/shop", ""),
        ("/home/me", ""),
        ("/database", ""),
        ("/win/me", "9p"),
    ],
)
def test_network_file_systems(folder: str, kind: str) -> None:
    mounts = [("/", "ext4"), ("/data", "nfs4"), ("/data/local", "xfs"), ("/win", "9p")]
    assert check.network_file_system(Path(folder), mounts) == kind


def test_a_port_that_is_free_and_one_that_is_taken(place: Place) -> None:
    assert port_problem(place) == ""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert port_problem(replace(place, port=port)) == (
            f"Port {port} is taken by another program. Choose another: PORT={port + 1} make up"
        )


def test_a_host_that_is_not_ours(place: Place) -> None:
    assert "HOST is 'no such name'" in port_problem(replace(place, host="no such name"))
    # An address kept for documentation: https://www.rfc-editor.org/rfc/rfc5737
    assert "cannot listen on 192.0.2.1" in port_problem(replace(place, host="192.0.2.1"))
