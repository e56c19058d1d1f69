"""The address for webhooks, as a sender sees it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from makegood.identify.models import HookEvent, Source
from makegood.identify.tests.scene import connect, known_kinds
from makegood.identify.tests.world import signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A connected shop."""
    known_kinds(monkeypatch)
    return connect(workspace, by=olga)


def post(key: str, body: bytes, headers: dict[str, str]) -> Any:
    # As a sender does: no session, no token of a form.
    return Client(enforce_csrf_checks=True).post(
        f"/hooks/{key}/", data=body, content_type="application/json", headers=headers
    )


def test_it_needs_a_signature_and_nothing_else(shop: Source, django_assert_max_num_queries: Any) -> None:
    headers, body = signed({"id": "e1", "orders": ["o1"]})
    with django_assert_max_num_queries(8):
        got = post(shop.hook, body, headers)
    assert (got.status_code, got.content) == (200, b"Taken in.\n")
    assert "Set-Cookie" not in got.headers
    assert not got.cookies
    assert HookEvent.objects.within(shop.workspace_id).count() == 1
    assert post(shop.hook, body, headers).content == b"Known already.\n"


def test_what_is_not_signed_is_turned_away(shop: Source) -> None:
    assert post(shop.hook, b"{}", {}).status_code == 400
    assert not HookEvent.objects.within(shop.workspace_id).exists()


def test_an_unknown_address_is_not_found(shop: Source) -> None:
    headers, body = signed({"id": "e1"})
    assert post("nobody", body, headers).status_code == 404
    assert post(shop.hook[:-1], body, headers).status_code == 404


def test_ten_megabytes_are_refused_unread(shop: Source) -> None:
    headers, body = signed({"id": "e1", "pad": "x" * 10_000_000})
    assert post(shop.hook, body, headers).status_code == 413
    assert not HookEvent.objects.within(shop.workspace_id).exists()


def test_only_a_post_is_taken(shop: Source) -> None:
    assert Client().get(f"/hooks/{shop.hook}/").status_code == 405


def test_one_shops_signature_opens_no_other_shop(shop: Source, other_workspace: Any) -> None:
    theirs = connect(other_workspace, webhook_secret="another")
    headers, body = signed({"id": "e1", "orders": ["o1"]})
    assert post(theirs.hook, body, headers).status_code == 400
    assert not HookEvent.objects.within(other_workspace).exists()
