"""The middleware and the permissions, sync and async."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import reverse

from makegood.accounts.api import Membership, Right, Role
from makegood.web.middleware import WorkspaceMiddleware
from makegood.web.permissions import needs


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


async def aview(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


def asked(role: str | None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.membership = Membership(role=role) if role else None  # type: ignore[attr-defined]
    return request


class TestNeeds:
    @pytest.mark.parametrize("role", [*Role.values, None])
    @pytest.mark.parametrize("right", list(Right))
    async def test_sync_and_async_agree_with_the_rules(self, role: str | None, right: Right) -> None:
        from makegood.accounts.api import Workspace, allows

        request = asked(role)
        if role:
            request.membership.workspace = Workspace(name="Teapot")  # type: ignore[attr-defined]
        if role and allows(role, right):
            assert needs(right)(view)(request).content == b"in"
            assert (await needs(right)(aview)(request)).status_code == 200
            return
        with pytest.raises(PermissionDenied, match=r"You do not belong|As \w+ you cannot"):
            needs(right)(view)(request)
        with pytest.raises(PermissionDenied, match=r"You do not belong|As \w+ you cannot"):
            await needs(right)(aview)(request)

    def test_stays_async(self) -> None:
        assert iscoroutinefunction(needs(Right.READ)(aview))
        assert not iscoroutinefunction(needs(Right.READ)(view))

    def test_says_which_right_a_view_needs(self) -> None:
        assert needs(Right.CONNECT)(view).right == Right.CONNECT  # type: ignore[attr-defined]


class TestBothWays:
    def test_can_be_either(self) -> None:
        assert WorkspaceMiddleware.sync_capable  # type: ignore[attr-defined]
        assert WorkspaceMiddleware.async_capable  # type: ignore[attr-defined]
        assert iscoroutinefunction(WorkspaceMiddleware(aview))
        assert not iscoroutinefunction(WorkspaceMiddleware(view))


@pytest.mark.django_db(transaction=True)
class TestAsync:
    @pytest.fixture(autouse=True)
    async def closed(self) -> AsyncIterator[None]:
        """Closes the connection that the event loop's helper thread opened, or the database cannot be dropped."""
        yield
        await sync_to_async(connections.close_all)()

    async def test_async_pages_know_the_same(self, olga: Any, malik: Any) -> None:
        client = AsyncClient()
        await client.aforce_login(malik)
        assert (await client.get(reverse("people"))).status_code == 200
        assert (await client.get(reverse("settings-journal"))).status_code == 403

    async def test_async_strangers_are_sent_away(self, olga: Any) -> None:
        response = await AsyncClient().get(reverse("people"))
        assert response["Location"] == f"{reverse('account_login')}?next=/people/"

    async def test_async_first_run(self) -> None:
        response = await AsyncClient().get(reverse("people"))
        assert response["Location"] == "/start/"

    async def test_async_without_a_workspace(self, malik: Any, olga: Any) -> None:
        await Membership.objects.across("test").filter(user=malik).adelete()
        client = AsyncClient()
        await client.aforce_login(malik)
        response = await client.get(reverse("people"))
        assert response.status_code == 403
        assert b"You belong to no workspace" in response.content

    async def test_async_switch(self, sten: Any, workspace: Any) -> None:
        await Membership(workspace=workspace, user=sten, role=Role.VIEWER).asave()
        client = AsyncClient()
        await client.aforce_login(sten)
        await client.post(reverse("workspace-switch"), {"workspace": workspace.pk})
        response = await client.get(reverse("people"))
        assert "Who works at Teapot &amp; Co" in response.content.decode()


class TestLanguageAndZone:
    def test_do_not_leak_into_the_next_request(
        self, as_olga: Client, as_sten: Client, olga: Any, workspace: Any
    ) -> None:
        olga.language = "de"
        olga.save()
        workspace.timezone = "Asia/Tokyo"
        workspace.save()
        assert as_olga.get("/settings/")["Content-Language"] == "de"
        from django.utils import timezone

        assert as_sten.get("/settings/")["Content-Language"] == "en"
        assert timezone.get_current_timezone_name() == "UTC"

    def test_an_unknown_language_is_ignored(self, as_olga: Client, olga: Any) -> None:
        olga.language = "xx"
        olga.save()
        assert as_olga.get("/settings/")["Content-Language"] == "en"

    def test_a_zone_that_no_longer_exists_is_no_trouble(self, as_olga: Client, olga: Any, workspace: Any) -> None:
        workspace.timezone = "Mars/Olympus"
        workspace.save()
        assert as_olga.get("/settings/").status_code == 200


def test_pages_that_do_not_exist_say_so(as_olga: Client, as_nobody: Client) -> None:
    assert as_olga.get("/nothing/here/").status_code == 404
    assert as_nobody.get("/nothing/here/").status_code == 404


def test_the_health_page_is_open_to_everybody(as_nobody: Client) -> None:
    assert as_nobody.get("/healthz").status_code == 200
