"""Which addresses are let in, against what Apprise really knows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from makegood.alerts.services import IN_PUBLIC, PAGES, SERVICES, AddressError, service_of

# What Apprise's own plugins say of themselves; it is loaded in a process of its own, as it is heavy.
ASK = """
import json
from apprise.manager_plugins import NotificationManager
manager = NotificationManager()
print(json.dumps({scheme: type(manager[scheme]).__name__ and manager[scheme].__name__ for scheme in manager.schemas()}))
"""


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    import json

    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_service_is_one_apprise_knows(known: dict[str, str]) -> None:
    assert set(SERVICES) - set(known) == set()
    assert set(IN_PUBLIC) - set(known) == set()


def test_what_touches_this_machine_or_speaks_in_public_is_not_among_them(known: dict[str, str]) -> None:
    kept_out = {
        "syslog",
        "rsyslog",
        "dbus",
        "glib",
        "gio",
        "gnome",
        "kde",
        "qt",
        "macosx",
        "windows",
        "blink1",
        "smpp",
        "mqtt",
    }
    assert kept_out <= set(known)
    assert not (kept_out | IN_PUBLIC) & set(SERVICES)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ntfys://topic", "ntfy"),
        ("NTFYS://Topic", "ntfy"),
        ("json://127.0.0.1:8000/x", "Webhook"),
        ("slack://A/B/C", "Slack"),
        ("https://hooks.slack.com/services/A/B/C", "Slack"),
        ("https://Discord.com/api/webhooks/1/2", "Discord"),
    ],
)
def test_what_is_let_in(address: str, name: str) -> None:
    assert service_of(address) == name


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "Paste"),
        ("ntfys://", "looks like"),
        ("hello", "looks like"),
        ("://x", "looks like"),
        ("syslog://", "looks like"),
        ("syslog://local", "can’t go to “syslog”"),
        ("dbus://x", "can’t go to “dbus”"),
        ("file:///etc/passwd", "can’t go to “file”"),
        ("exec://rm", "can’t go to “exec”"),
        ("mastodons://token-hidden@host", "posts in public"),
        ("tweet://hidden", "posts in public"),
        ("mailto://user:hidden@host", "add a mail address instead"),
        ("https://internal.example/hidden", "can’t go to “https”"),
        ("https://hooks.slack.com.evil.example/hidden", "can’t go to “https”"),
        ("https://[::1", "can’t go to “https”"),
        ("ntfys://to pic", "space"),
        ("ntfys://topic\nntfys://other", "line break"),
        (f"ntfys://{'x' * 3000}", "too long"),
    ],
)
def test_what_is_refused_in_a_sentence_that_keeps_the_secret(address: str, says: str) -> None:
    with pytest.raises(AddressError) as caught:
        service_of(address)
    assert says in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_the_pages_are_hosts() -> None:
    assert all("/" not in host and host == host.lower() for host in PAGES)
