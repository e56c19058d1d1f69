"""Who may see which page, and that no page needs more than the strict content security policy allows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from makegood.accounts import api as accounts
from makegood.accounts.api import Membership, Role
from makegood.web.tests.account_pages import Page, text_of
from makegood.web.urls_accounts import urlpatterns

PRIVATE = [
    "people",
    "settings",
    "settings-journal",
    "mfa_index",
    "mfa_list_webauthn",
    "account_change_password",
]
AFTER_PROOF = [
    "mfa_activate_totp",
    "mfa_add_webauthn",
]
PUBLIC = ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"]
OWN = ["mfa_index", "mfa_list_webauthn", "account_change_password"]


def check_page(response: Any) -> Page:
    page = Page(response.content.decode())
    assert page.forbidden == []
    assert len([h for h in page.headings if h]) == 1, page.headings
    assert len(page.ids) == len(set(page.ids)), page.ids
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    return page


@pytest.mark.parametrize("name", PRIVATE)
def test_an_owner_sees_every_page(as_olga: Client, name: str) -> None:
    response = as_olga.get(reverse(name))
    assert response.status_code == 200
    check_page(response)


@pytest.mark.parametrize("name", PRIVATE)
def test_an_agent_sees_all_but_the_journal(as_malik: Client, olga: Any, name: str) -> None:
    response = as_malik.get(reverse(name))
    assert response.status_code == (403 if name == "settings-journal" else 200)
    check_page(response)
    if name == "settings-journal":
        assert "As agent you cannot read the journal. An owner of Teapot & Co can" in text_of(response)


@pytest.mark.parametrize("name", PRIVATE)
def test_a_stranger_sees_only_their_own(as_sten: Client, olga: Any, malik: Any, name: str) -> None:
    response = as_sten.get(reverse(name))
    assert response.status_code == 200
    for word in ("Olga", "Malik", "Teapot", "olga@example.com"):
        assert word not in response.content.decode()


@pytest.mark.parametrize("name", PRIVATE + AFTER_PROOF)
def test_nobody_is_sent_to_sign_in(as_nobody: Client, olga: Any, name: str) -> None:
    path = reverse(name)
    response = as_nobody.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={path}"


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_are_open(as_nobody: Client, olga: Any, name: str) -> None:
    response = as_nobody.get(reverse(name))
    assert response.status_code == 200
    check_page(response)


@pytest.mark.parametrize("name", AFTER_PROOF)
def test_changing_how_one_signs_in_asks_for_proof(as_olga: Client, name: str) -> None:
    response = as_olga.get(reverse(name), follow=True)
    assert response.redirect_chain
    assert check_page(response).headings == ["Is it you?"]


def test_every_address_here_is_closed_unless_it_says_so(as_nobody: Client, olga: Any) -> None:
    opened = set()
    for path in _paths(urlpatterns, "/"):
        response = as_nobody.post(path, HTTP_HX_REQUEST="true")
        if "HX-Redirect" not in response.headers or not response["HX-Redirect"].startswith("/account/login/"):
            opened.add(path)
    known = {reverse(name) for name in PUBLIC}
    others = {path for path in opened if not path.startswith(("/account/", "/start/", "/invitation/"))}
    assert not others
    assert known - {reverse("account_reset_password")} <= opened


def _paths(patterns: Any, prefix: str) -> list[str]:
    found = []
    for each in patterns:
        if isinstance(each, URLResolver):
            found += _paths(each.url_patterns, prefix + str(each.pattern))
        elif isinstance(each, URLPattern) and "<" not in str(each.pattern) and "(" not in str(each.pattern):
            found.append(prefix + str(each.pattern))
    return found


def _views(patterns: Any) -> list[Any]:
    found = []
    for each in patterns:
        found += _views(each.url_patterns) if isinstance(each, URLResolver) else [each.callback]
    return found


def test_every_view_of_the_product_says_who_may_see_it() -> None:
    silent = [
        f"{view.__module__}.{view.__name__}"
        for view in _views(get_resolver().url_patterns)
        if not (
            hasattr(view, "right")
            or not getattr(view, "login_required", True)
            or getattr(view, "without_workspace", False)
            or view.__module__.startswith("allauth.")
        )
    ]
    # The redirect to one's own security page shows nothing.
    assert silent == ["django.views.generic.base.view"]


def test_the_walk_finds_the_addresses() -> None:
    paths = _paths(get_resolver().url_patterns, "/")
    assert {"/people/", "/settings/", "/account/security/totp/activate/", "/start/"} <= set(paths)


def test_a_part_of_a_page_moves_the_browser_and_not_itself(as_nobody: Client, olga: Any) -> None:
    response = as_nobody.get(reverse("people"), HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert response["HX-Redirect"] == reverse("account_login")


class TestNowhere:
    @pytest.fixture
    def as_left(self, as_malik: Client, malik: Any, olga: Any) -> Client:
        Membership.objects.across("test").filter(user=malik).delete()
        return as_malik

    @pytest.mark.parametrize("name", ["people", "settings", "settings-journal"])
    def test_somebody_without_a_workspace_is_told(self, as_left: Client, name: str) -> None:
        response = as_left.get(reverse(name))
        assert response.status_code == 403
        assert check_page(response).headings == ["You belong to no workspace"]
        assert "malik@example.com" in text_of(response)

    @pytest.mark.parametrize("name", OWN)
    def test_their_own_security_stays_open(self, as_left: Client, name: str) -> None:
        assert as_left.get(reverse(name)).status_code == 200

    def test_they_can_sign_out(self, as_left: Client) -> None:
        as_left.post(reverse("account_logout"))
        assert as_left.get(reverse("people"))["Location"].startswith(reverse("account_login"))


class TestSwitch:
    @pytest.fixture
    def both(self, sten: Any, workspace: Any) -> Any:
        return Membership.objects.create(workspace=workspace, user=sten, role=Role.VIEWER)

    def test_goes_there_and_stays(self, as_sten: Client, both: Any) -> None:
        assert "Sten's Skis" in text_of(as_sten.get(reverse("people")))
        response = as_sten.post(reverse("workspace-switch"), {"workspace": both.workspace_id})
        assert response["Location"] == "/"
        assert "Who works at Teapot & Co" in text_of(as_sten.get(reverse("people")))

    def test_the_members_menu_offers_the_others_and_no_more(self, as_sten: Client, both: Any, olga: Any) -> None:
        def menu() -> str:
            html: str = as_sten.get(reverse("people")).content.decode()
            return html.partition('id="member-menu"')[2].partition("</section>")[0]

        assert f'name="workspace" value="{both.workspace_id}"' in menu()
        assert "Go to Teapot &amp; Co" in menu()
        assert "Go to Sten" not in menu()
        assert f'action="{reverse("workspace-switch")}"' in menu()
        as_sten.post(reverse("workspace-switch"), {"workspace": both.workspace_id})
        assert "Go to Sten&#x27;s Skis" in menu()
        assert "Go to Teapot" not in menu()
        both.delete()
        assert "Go to" not in menu()

    def test_rights_are_those_of_the_workspace(self, as_sten: Client, both: Any) -> None:
        assert as_sten.get(reverse("settings-journal")).status_code == 200
        as_sten.post(reverse("workspace-switch"), {"workspace": both.workspace_id})
        assert as_sten.get(reverse("settings-journal")).status_code == 403

    @pytest.mark.parametrize("wanted", ["", "0", "x", "-1", "1 OR 1=1"])
    def test_nonsense_is_not_found(self, as_sten: Client, wanted: str) -> None:
        assert as_sten.post(reverse("workspace-switch"), {"workspace": wanted}).status_code == 404

    def test_a_workspace_of_others_is_not_found(self, as_sten: Client, olga: Any, workspace: Any) -> None:
        response = as_sten.post(reverse("workspace-switch"), {"workspace": workspace.pk})
        assert response.status_code == 404
        assert "Sten's Skis" in text_of(as_sten.get(reverse("people")))

    def test_once_removed_the_next_page_is_at_home(self, as_sten: Client, both: Any) -> None:
        as_sten.post(reverse("workspace-switch"), {"workspace": both.workspace_id})
        both.delete()
        assert "Sten's Skis" in text_of(as_sten.get(reverse("people")))


def test_a_page_takes_few_queries(
    as_olga: Client, olga: Any, workspace: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        person = accounts.User.objects.create_user(f"p{number}@example.com", None, name=f"P{number}")
        Membership.objects.create(workspace=workspace, user=person)
        accounts.invite(workspace, olga, Role.AGENT, f"i{number}@example.com")
    for name in ("people", "settings", "settings-journal"):
        with django_assert_max_num_queries(12):
            assert as_olga.get(reverse(name)).status_code == 200
