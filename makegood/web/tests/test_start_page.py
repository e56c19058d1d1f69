"""The first run."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.accounts import api as accounts
from makegood.accounts.api import Role, User, Workspace
from makegood.web.tests.account_pages import PASSWORD, Page, get, text_of

GOOD = {"shop": "Teapot & Co", "name": "Olga", "email": "olga@example.com", "password": PASSWORD}


@pytest.mark.parametrize(
    "path", ["/", "/people/", "/settings/", "/account/login/", "/invitation/abc/", "/account/security/"]
)
def test_until_somebody_exists_every_page_leads_to_the_start(as_nobody: Client, path: str) -> None:
    response = as_nobody.get(path)
    assert (response.status_code, response["Location"]) == (302, "/start/")


def test_the_page_asks_four_things(as_nobody: Client) -> None:
    page = get(as_nobody, "/start/")
    assert set(page.inputs) == {"csrfmiddlewaretoken", "shop", "name", "email", "password"}
    assert page.forbidden == []


def test_makes_the_shop_and_signs_in(as_nobody: Client) -> None:
    response = as_nobody.post("/start/", GOOD)
    assert response.status_code == 302
    user = User.objects.get()
    assert accounts.membership_of(user, Workspace.objects.get()).role == Role.OWNER  # type: ignore[union-attr]
    assert as_nobody.get("/people/").status_code == 200


def test_goes_on_to_the_brand(as_nobody: Client) -> None:
    assert as_nobody.post("/start/", GOOD)["Location"] == reverse("start-brand")


def test_is_closed_for_good(as_nobody: Client, olga: Any) -> None:
    assert as_nobody.get("/start/")["Location"] == "/"
    assert as_nobody.post("/start/", GOOD | {"email": "eve@example.com"})["Location"] == "/"
    assert User.objects.count() == 1


def test_who_comes_second_at_the_same_moment_is_told(as_nobody: Client, olga: Any, monkeypatch: Any) -> None:
    # Both saw an open page; the other was quicker.
    monkeypatch.setattr("makegood.web.views.start.any_user_exists", lambda: False)
    response = as_nobody.post("/start/", GOOD | {"email": "eve@example.com"})
    assert response.status_code == 422
    assert "set up already" in text_of(response)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shop": ""}, "required"),
        ({"shop": "x" * 121}, "at most 120"),
        ({"name": "  "}, "required"),
        ({"email": "olga"}, "valid email"),
        ({"password": "short"}, "at least 10"),
        ({"password": "password1234"}, "too common"),
        ({"password": "olga@example.com"}, "similar"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(as_nobody: Client, change: dict[str, str], words: str) -> None:
    response = as_nobody.post("/start/", GOOD | change)
    assert response.status_code == 422
    assert words in text_of(response)
    page = Page(response.content.decode())
    assert page.inputs["email"] == (GOOD | change)["email"]
    assert page.inputs["password"] == ""
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


class TestCode:
    @pytest.fixture(autouse=True)
    def published(self, settings: Any, db: None) -> None:
        settings.HOST = "0.0.0.0"

    @pytest.mark.parametrize("code", ["", "nope", "ä", "0" * 24])
    def test_without_it_the_page_stays_shut(self, as_nobody: Client, code: str) -> None:
        response = as_nobody.get("/start/", {"code": code})
        assert response.status_code == 403
        assert "shop" not in Page(response.content.decode()).inputs
        assert as_nobody.post("/start/", GOOD | {"code": code}).status_code == 403
        assert not User.objects.exists()

    def test_with_it_the_form_opens_and_keeps_it(self, as_nobody: Client) -> None:
        page = get(as_nobody, f"/start/?code={accounts.setup_code()}")
        assert page.inputs["code"] == accounts.setup_code()
        response = as_nobody.post("/start/", GOOD | {"code": page.inputs["code"], "password": "short"})
        assert Page(response.content.decode()).inputs["code"] == accounts.setup_code()
        assert as_nobody.post("/start/", GOOD | {"code": page.inputs["code"]}).status_code == 302
        assert User.objects.count() == 1
