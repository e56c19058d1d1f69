"""Where Makegood lives and is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from makegood.site.place import Place, PlaceError, is_loopback


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAKEGOOD_HOME", "HOST", "PORT", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set() -> None:
    place = Place.from_env()
    assert (place.host, place.port, place.url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert place.home.name == ".data"


@pytest.mark.parametrize(
    ("host", "url", "dial"),
    [
        ("127.0.0.1", "http://localhost:81", "127.0.0.1"),
        ("localhost", "http://localhost:81", "localhost"),
        ("0.0.0.0", "http://localhost:81", "127.0.0.1"),
        ("::", "http://localhost:81", "::1"),
        ("192.168.1.5", "http://192.168.1.5:81", "192.168.1.5"),
        ("fd00::5", "http://[fd00::5]:81", "fd00::5"),
    ],
)
def test_the_address_people_type(monkeypatch: pytest.MonkeyPatch, host: str, url: str, dial: str) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "81")
    place = Place.from_env()
    assert (place.url, place.dial) == (url, dial)


def test_a_public_address_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://desk.example.com/")
    assert Place.from_env().url == "https://desk.example.com"


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(PlaceError, match="a port is a number from 1 to 65535"):
        Place.from_env()


def test_a_home_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEGOOD_HOME", "shop")
    assert Place.from_env().home == tmp_path / "shop"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MAKEGOOD_HOME", "~/shop")
    assert Place.from_env().home == tmp_path / "shop"


def test_settings_and_place_agree() -> None:
    from django.conf import settings

    place = Place.from_env()
    assert (place.host, place.port, place.url) == (settings.HOST, settings.PORT, settings.PUBLIC_URL)


def test_loopback() -> None:
    assert [
        host for host in ("127.0.0.1", "127.8.8.8", "localhost", "::1", "0.0.0.0", "10.0.0.1") if is_loopback(host)
    ] == [
        "127.0.0.1",
        "127.8.8.8",
        "localhost",
        "::1",
    ]
