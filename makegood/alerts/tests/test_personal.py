"""Telling one member, by mail, by a service and by a browser, at a real mail server and a real receiver on loopback."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import http_ece
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from makegood.accounts.models import Membership
from makegood.alerts import api as alerts
from makegood.alerts import personal, push
from makegood.alerts.api import AlertError, PersonalDestination, PersonalMessage
from makegood.alerts.tests.places import Letters, Receiver
from makegood.alerts.tests.telling import body_of, subject_of
from makegood.kit import clock
from makegood.kit.tests.loopback import Request, answer

pytestmark = pytest.mark.django_db


def say(workspace: Any, user: Any, key: str = "approval:1:asked", **more: Any) -> int:
    given = {"title": "Malik asks you", "lines": ["One", "Two"], "url": "http://desk.example/d/abc", "button": "Decide"}
    return alerts.tell(workspace, user, key=key, **(given | more))


def states(workspace: Any) -> list[str]:
    return list(PersonalMessage.objects.within(workspace).order_by("pk").values_list("state", flat=True))


class Browser:
    """A browser's side of a subscription (RFC 8291): its keys, and reading what comes."""

    def __init__(self, web: Receiver, path: str = "push/1") -> None:
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.endpoint = f"http://127.0.0.1:{web.port}/{path}"

    def subscription(self) -> dict[str, Any]:
        def text(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        keys = {"p256dh": text(self.point), "auth": text(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, request: Request) -> dict[str, Any]:
        plain = http_ece.decrypt(request.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found


def test_a_member_is_told_by_mail_at_their_own_address(workspace: Any, malik: Any, post: Letters) -> None:
    assert say(workspace, malik) == 1
    assert alerts.send_personal() == 1
    (letter,) = post.got
    assert post.to == [malik.email]
    assert subject_of(letter) == "Malik asks you"
    body = body_of(letter).replace("\r\n", "\n")
    assert [part in body for part in ("One\nTwo", "Decide", "http://desk.example/d/abc")] == [True] * 3
    row = PersonalMessage.objects.within(workspace).get()
    assert (row.state, row.sealed) == ("sent", "")


def test_the_same_key_is_told_once(workspace: Any, malik: Any, post: Letters) -> None:
    assert [say(workspace, malik) for _ in range(3)] == [1, 0, 0]
    alerts.send_personal()
    assert say(workspace, malik) == 0
    alerts.send_personal()
    assert len(post.got) == 1
    assert alerts.was_told(workspace, malik, "approval:1:asked")
    assert not alerts.was_told(workspace, malik, "approval:2:asked")
    assert say(workspace, malik, "approval:2:asked") == 1


def test_a_link_that_decides_is_not_kept_in_the_clear(workspace: Any, malik: Any) -> None:
    say(workspace, malik)
    assert "abc" not in PersonalMessage.objects.within(workspace).get().sealed


def test_who_does_not_belong_hears_nothing(workspace: Any, malik: Any, sten: Any, post: Letters) -> None:
    assert say(workspace, sten) == 0
    say(workspace, malik)
    Membership.objects.within(workspace).filter(user=malik).delete()
    alerts.send_personal()
    assert post.got == []
    assert states(workspace) == ["failed"]


def test_mail_can_be_switched_off_and_stays_off(workspace: Any, malik: Any) -> None:
    alerts.switch_mail(workspace, malik, False)
    assert say(workspace, malik) == 0
    assert [(way.kind, way.active) for way in alerts.ways_of(workspace, malik)] == [("mail", False)]
    alerts.switch_mail(workspace, malik, True)
    assert say(workspace, malik) == 1


def test_a_service_is_told_too(workspace: Any, malik: Any, mona: Any, web: Receiver, post: Letters) -> None:
    alerts.add_own_service(workspace, malik, f"json://127.0.0.1:{web.port}/hook-token-abcdef", "Phone")
    assert say(workspace, malik) == 2
    assert say(workspace, mona) == 1, "another member's service is theirs alone"
    alerts.send_personal()
    (body,) = web.bodies()
    assert body["title"] == "Malik asks you"
    assert "http://desk.example/d/abc" in body["message"]
    assert states(workspace) == ["sent"] * 3


def test_an_address_that_is_none_is_refused(workspace: Any, malik: Any) -> None:
    for address in ("", "nonsense", "syslog://", "mailto://a:b@c.example"):
        with pytest.raises(AlertError):
            alerts.add_own_service(workspace, malik, address)


def test_a_browser_is_told_and_only_it_can_read(workspace: Any, malik: Any, web: Receiver) -> None:
    alerts.switch_mail(workspace, malik, False)
    browser = Browser(web)
    way = alerts.add_push(workspace, malik, browser.subscription(), "Firefox")
    assert browser.endpoint not in way.secret
    say(workspace, malik)
    assert alerts.send_personal() == 1
    (request,) = web.got
    assert b"Malik" not in request.body
    said = browser.read(request)
    assert said["title"] == "Malik asks you"
    assert said["body"] == "One\nTwo"
    assert said["url"] == "http://desk.example/d/abc"
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["ttl"] == str(push.LIVES_SECONDS)
    assert headers["authorization"].startswith("vapid t=")
    assert f"k={alerts.public_key()}" in headers["authorization"].replace(" ", "")
    assert headers["topic"] == said["tag"]
    with pytest.raises((http_ece.ECEException, InvalidTag)):
        Browser(web).read(request)


def test_a_long_message_fits_a_push(workspace: Any, malik: Any, web: Receiver) -> None:
    alerts.switch_mail(workspace, malik, False)
    browser = Browser(web)
    alerts.add_push(workspace, malik, browser.subscription(), "")
    say(workspace, malik, lines=["ü" * 5000], title="ü" * 500)
    say(workspace, malik, "approval:2:asked", lines=['"\n' * 5000])
    assert alerts.send_personal() == 2
    assert [2500 < len(request.body) <= 4096 for request in web.got] == [True, True]
    assert browser.read(web.got[0])["body"].startswith("üü")


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_took_it_back_is_forgotten(workspace: Any, malik: Any, web: Receiver, status: int) -> None:
    alerts.switch_mail(workspace, malik, False)
    web.reply = lambda _request: answer(status)
    alerts.add_push(workspace, malik, Browser(web).subscription(), "Firefox")
    say(workspace, malik)
    assert alerts.send_personal() == 0
    assert not PersonalDestination.objects.within(workspace).filter(kind="push").exists()
    assert states(workspace) == []


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (413, "failed"), (429, "due"), (500, "due")])
def test_what_may_pass_is_tried_again(workspace: Any, malik: Any, web: Receiver, status: int, state: str) -> None:
    alerts.switch_mail(workspace, malik, False)
    web.reply = lambda _request: answer(status)
    alerts.add_push(workspace, malik, Browser(web).subscription(), "Firefox")
    say(workspace, malik)
    alerts.send_personal()
    row = PersonalMessage.objects.within(workspace).get()
    assert row.state == state
    assert str(status) in row.sentence
    assert bool(row.sealed) == (state == "due")
    if state == "due":
        assert row.send_after > clock.now()
        web.reply = lambda _request: answer(201)
        PersonalMessage.objects.within(workspace).update(send_after=clock.now())
        assert alerts.send_personal() == 1


def test_a_browser_inside_our_network_is_not_written_to(
    workspace: Any, malik: Any, web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts.switch_mail(workspace, malik, False)
    alerts.add_push(workspace, malik, Browser(web).subscription(), "Firefox")
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "")
    say(workspace, malik)
    alerts.send_personal()
    assert web.got == []
    assert "private network" in PersonalMessage.objects.within(workspace).get().sentence


def test_only_a_subscription_is_kept(workspace: Any, malik: Any, web: Receiver) -> None:
    good = Browser(web).subscription()
    for wrong in (
        {},
        {**good, "endpoint": "http://example.com/x"},
        {**good, "endpoint": "javascript:alert(1)"},
        {**good, "endpoint": "https://"},
        {**good, "keys": {**good["keys"], "p256dh": "AAAA"}},
        {**good, "keys": {**good["keys"], "auth": "AAAA"}},
        {**good, "keys": "x"},
    ):
        with pytest.raises(AlertError, match="This browser gave nothing"):
            alerts.add_push(workspace, malik, wrong, "")
    first = alerts.add_push(workspace, malik, good, "Firefox")
    assert alerts.add_push(workspace, malik, good, "Firefox again").pk == first.pk


def test_the_installations_key_stays_and_is_on_the_curve(settings: Any) -> None:
    key = alerts.public_key()
    assert key == alerts.public_key()
    point = base64.urlsafe_b64decode(key + "=")
    assert len(point) == 65
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    settings.MASTER_KEY = base64.urlsafe_b64encode(b"x" * 32)
    assert alerts.public_key() != key


def test_ten_ways_are_the_most(workspace: Any, malik: Any, django_assert_num_queries: Any) -> None:
    for number in range(personal.MOST_WAYS):
        alerts.add_own_service(workspace, malik, f"ntfys://topic-number-{number}")
    with pytest.raises(AlertError, match="10 ways are the most"):
        alerts.add_own_service(workspace, malik, "ntfys://one-too-many")
    alerts.ways_of(workspace, malik)
    with django_assert_num_queries(3):
        assert len(alerts.ways_of(workspace, malik)) == 11


def test_after_a_crash_it_is_sent_again(workspace: Any, malik: Any, post: Letters) -> None:
    say(workspace, malik)
    PersonalMessage.objects.within(workspace).update(state="sending", attempt=1, lease_until=clock.now())
    assert alerts.send_personal() == 1
    assert len(post.got) == 1


def test_a_test_that_fails_is_not_repeated(workspace: Any, malik: Any, post: Letters) -> None:
    (way,) = alerts.ways_of(workspace, malik)
    post.refuse = "550 unknown"
    alerts.tell_test(way, "http://desk.example/")
    alerts.send_personal()
    assert states(workspace) == ["failed"]
    way.refresh_from_db()
    assert "does not take mail" in way.last_error
    post.refuse = ""
    alerts.tell_test(way, "http://desk.example/")
    alerts.send_personal()
    way.refresh_from_db()
    assert way.last_error == ""
