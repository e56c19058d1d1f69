"""EMAIL_URL is read, or refused in a sentence that keeps the password to itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.test import override_settings

from makegood.alerts.tests.places import letterbox
from makegood.site.mail import mail_settings
from makegood.site.place import PlaceError


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, True, False),
        ("smtp://mail.example.com/", "mail.example.com", 587, True, False),
        ("smtp://mail.example.com:2525", "mail.example.com", 2525, True, False),
        ("smtp://mail.example.com:465", "mail.example.com", 465, False, True),
        ("smtps://mail.example.com", "mail.example.com", 465, False, True),
        ("smtp://mail.example.com?tls=yes", "mail.example.com", 465, False, True),
        ("smtp://127.0.0.1:1025?tls=no", "127.0.0.1", 1025, False, False),
        ("smtp://127.0.0.1?tls=no", "127.0.0.1", 25, False, False),
        ("smtp://[::1]:25?tls=no", "::1", 25, False, False),
    ],
)
def test_the_server(url: str, host: str, port: int, tls: bool, ssl: bool) -> None:
    found = mail_settings(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)
    assert found["EMAIL_TIMEOUT"]


@pytest.mark.parametrize(
    ("url", "user", "password", "sender"),
    [
        ("smtp://mail.example.com", "", "", "makegood@desk.example.com"),
        ("smtp://desk:secret@mail.example.com", "desk", "secret", "makegood@desk.example.com"),
        ("smtp://a%40b.example:p%2Fq%3A%40@mail.example.com", "a@b.example", "p/q:@", "a@b.example"),
        ("smtp://desk:secret@mail.example.com?from=hi@shop.example", "desk", "secret", "hi@shop.example"),
    ],
)
def test_who_sends(url: str, user: str, password: str, sender: str) -> None:
    found = mail_settings(url, "desk.example.com")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert found["DEFAULT_FROM_EMAIL"] == sender


@pytest.mark.parametrize("url", ["", "  "])
def test_without_one_no_mail_leaves(url: str) -> None:
    assert mail_settings(url) == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.example.com", "does not name a mail server"),
        ("https://me:hidden@mail.example.com", "does not name a mail server"),
        ("smtp://me:hidden@", "does not name a mail server"),
        ("smtp://me:hidden@mail.example.com/inbox", "does not name a mail server"),
        ("smtp://me:hidden@mail.example.com:many", "cannot be read"),
        ("smtp://me:hidden@mail.example.com:99999", "cannot be read"),
        ("smtp://me:hidden@[::1", "cannot be read"),
        ("smtp://me:hidden@mail.example.com?tls", "cannot be read"),
        ("smtp://me:hidden@mail.example.com?tls=maybe", "start, yes or no"),
        ("smtp://me:hidden@mail.example.com?ssl=1", "nobody knows (ssl)"),
        ("smtp://me:hidden@mail.example.com?from=desk", "for from than an e-mail address"),
        ("smtp://me:hidden@mail.example.com?from=a@b%0ABcc:c@d", "for from than an e-mail address"),
    ],
)
def test_what_cannot_be_is_said_without_the_password(url: str, says: str) -> None:
    with pytest.raises(PlaceError) as caught:
        mail_settings(url)
    assert says in str(caught.value)
    assert "smtp://user:password@" in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("command", ["prepare", "check"])
def test_a_wrong_one_stops_the_start_with_a_sentence(tmp_path: Path, command: str) -> None:
    environment = os.environ | {"MAKEGOOD_HOME": str(tmp_path), "EMAIL_URL": "smtp://me:hidden@mail.example.com?tls=1"}
    done = subprocess.run(
        [sys.executable, "-m", "makegood.site.command", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "EMAIL_URL says something else for tls" in said
    assert "Traceback" not in said
    assert "hidden" not in said


def test_a_mail_arrives_where_the_url_says() -> None:
    with letterbox() as letters, override_settings(**letters.settings):
        assert mail.send_mail("Come in", "The door is open.", None, ["nia@example.com"]) == 1
    [letter] = letters.got
    assert letters.to == ["nia@example.com"]
    assert (letter["From"], letter["Subject"]) == ("desk@shop.example", "Come in")
    assert str(letter.get_payload()).strip() == "The door is open."
