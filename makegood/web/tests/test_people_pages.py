"""People, roles and invitations, as the browser sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from makegood.accounts import api as accounts
from makegood.accounts.api import Invitation, Membership, Role, User
from makegood.kit import clock
from makegood.web.tests.account_pages import PASSWORD, Page, get, text_of

NEW = {"name": "Nia", "email": "nia@example.com", "password": PASSWORD}


def place(user: Any, workspace: Any) -> Membership:
    found = accounts.membership_of(user, workspace)
    assert found
    return found


@pytest.fixture
def link(olga: Any, workspace: Any) -> str:
    """The path of a fresh invitation as agent."""
    _, secret = accounts.invite(workspace, olga, Role.AGENT, "nia@example.com")
    return reverse("invitation", args=[secret])


class TestList:
    def test_shows_everybody(self, as_olga: Client, malik: Any) -> None:
        words = text_of(as_olga.get("/people/"))
        for each in ("Olga (you)", "olga@example.com", "Malik", "malik@example.com", "Password only"):
            assert each in words

    def test_says_who_signs_in_in_two_steps(self, as_olga: Client, malik: Any) -> None:
        from allauth.mfa.models import Authenticator

        assert "Two steps" not in text_of(as_olga.get("/people/"))
        Authenticator.objects.create(user=malik, type=Authenticator.Type.RECOVERY_CODES, data={})
        assert "Two steps" not in text_of(as_olga.get("/people/"))
        Authenticator.objects.create(user=malik, type=Authenticator.Type.TOTP, data={})
        assert text_of(as_olga.get("/people/")).count("Two steps") == 1

    def test_an_agent_is_offered_nothing_they_may_not_do(self, as_malik: Client, olga: Any, link: str) -> None:
        page = get(as_malik, "/people/")
        assert reverse("people-invite") not in page.actions
        assert not [action for action in page.actions if action.startswith("/people/")]
        assert "nia@example.com" not in " ".join(page.words)

    def test_names_are_escaped(self, as_olga: Client, malik: Any) -> None:
        User.objects.filter(pk=malik.pk).update(name="<script>alert(1)</script>")
        assert get(as_olga, "/people/").forbidden == []


class TestInvite:
    def test_shows_the_link_once(self, as_olga: Client) -> None:
        response = as_olga.post(reverse("people-invite"), {"role": "agent", "email": ""})
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        page = Page(response.content.decode())
        assert page.forbidden == []
        start = response.content.decode().index("http://testserver/invitation/")
        secret = response.content.decode()[start:].split("/")[4]
        assert accounts.look_up_invitation(secret).role == Role.AGENT
        assert secret not in as_olga.get("/people/").content.decode()

    def test_is_mailed_where_mail_works(self, as_olga: Client, workspace: Any, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        workspace.name = "Teapot\n& <Co>"
        workspace.save()
        assert "the link is sent there" in text_of(as_olga.get("/people/"))
        response = as_olga.post(reverse("people-invite"), {"role": "agent", "email": "nia@example.com"})
        assert "It is on its way to nia@example.com." in text_of(response)
        [sent] = mail.outbox
        assert sent.to == ["nia@example.com"]
        assert sent.subject == "Olga invites you to Teapot & <Co>"
        secret = sent.body.partition("http://testserver/invitation/")[2].partition("/")[0]
        assert accounts.look_up_invitation(secret).email == "nia@example.com"
        as_olga.post(reverse("people-invite"), {"role": "agent", "email": ""})
        assert len(mail.outbox) == 1

    def test_a_mail_that_cannot_be_sent_costs_no_invitation(self, as_olga: Client, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        response = as_olga.post(reverse("people-invite"), {"role": "agent", "email": "nia@example.com"})
        assert "could not be sent, so please hand the link over yourself" in text_of(response)
        assert "http://testserver/invitation/" in response.content.decode()

    def test_without_mail_nothing_is_claimed(self, as_olga: Client, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
        assert "No mail is sent." in text_of(as_olga.get("/people/"))
        response = as_olga.post(reverse("people-invite"), {"role": "agent", "email": "nia@example.com"})
        assert "on its way" not in text_of(response)

    def test_lists_it_as_open_until_it_is_taken_back(self, as_olga: Client, link: str) -> None:
        made = Invitation.objects.across("test").get()
        assert "nia@example.com" in text_of(as_olga.get("/people/"))
        as_olga.post(reverse("people-revoke", args=[made.pk]))
        assert "nia@example.com" not in text_of(as_olga.get("/people/"))

    @pytest.mark.parametrize("data", [{"role": "king"}, {"role": ""}, {"role": "agent", "email": "nia"}])
    def test_nonsense_is_said(self, as_olga: Client, data: dict[str, str]) -> None:
        response = as_olga.post(reverse("people-invite"), data)
        assert response.status_code == 422
        assert not Invitation.objects.across("test").exists()

    def test_an_agent_cannot(self, as_malik: Client, olga: Any) -> None:
        response = as_malik.post(reverse("people-invite"), {"role": "viewer"})
        assert response.status_code == 403
        assert "As agent you cannot invite people" in text_of(response)
        assert not Invitation.objects.across("test").exists()

    def test_a_manager_cannot_make_owners(self, as_malik: Client, malik: Any, olga: Any, workspace: Any) -> None:
        accounts.change_role(workspace, olga, place(malik, workspace).pk, Role.MANAGER)
        assert as_malik.post(reverse("people-invite"), {"role": "owner"}).status_code == 422
        assert as_malik.post(reverse("people-invite"), {"role": "agent"}).status_code == 200

    def test_nobody_takes_back_what_is_not_theirs(self, as_malik: Client, as_sten: Client, link: str) -> None:
        made = Invitation.objects.across("test").get()
        assert as_sten.post(reverse("people-revoke", args=[made.pk])).status_code == 404
        assert as_malik.post(reverse("people-revoke", args=[made.pk])).status_code == 403
        made.refresh_from_db()
        assert made.revoked_at is None

    def test_the_form_needs_its_token(self, olga: Any) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(olga)
        assert client.post(reverse("people-invite"), {"role": "agent"}).status_code == 403
        assert not Invitation.objects.across("test").exists()


class TestJoin:
    def test_a_new_person_comes_in(self, as_nobody: Client, link: str, workspace: Any) -> None:
        page = get(as_nobody, link)
        assert page.forbidden == []
        assert page.inputs["email"] == "nia@example.com"
        assert "Olga invites you. Your role: Agent." in " ".join(page.words)
        response = as_nobody.post(link, NEW)
        assert response["Location"] == "/"
        assert "Nia (you)" in text_of(as_nobody.get("/people/"))
        assert place(User.objects.get(name="Nia"), workspace).role == Role.AGENT

    def test_can_sign_in_later(self, as_nobody: Client, link: str) -> None:
        as_nobody.post(link, NEW)
        again = Client()
        again.post(reverse("account_login"), {"login": "NIA@example.com", "password": PASSWORD})
        assert again.get("/people/").status_code == 200

    def test_a_signed_in_person_joins_and_is_there(self, as_sten: Client, sten: Any, link: str, workspace: Any) -> None:
        page = get(as_sten, link)
        assert "password" not in page.inputs
        assert page.forbidden == []
        as_sten.post(link)
        assert place(sten, workspace).role == Role.AGENT
        assert "Who works at Teapot & Co" in text_of(as_sten.get("/people/"))

    def test_looking_does_not_join(self, as_sten: Client, sten: Any, link: str, workspace: Any) -> None:
        as_sten.get(link)
        assert accounts.membership_of(sten, workspace) is None

    def test_who_belongs_already_is_told(self, as_malik: Client, link: str) -> None:
        response = as_malik.post(link)
        assert response.status_code == 422
        assert "belong to Teapot & Co already" in text_of(response)

    def test_a_taken_address_leads_to_sign_in(self, as_nobody: Client, sten: Any, link: str) -> None:
        response = as_nobody.post(link, NEW | {"email": "sten@example.com"})
        assert response.status_code == 422
        assert "sign in" in text_of(response)
        assert f"{reverse('account_login')}?next={link}" in Page(response.content.decode()).links

    def test_sign_in_comes_back_to_the_link(self, as_nobody: Client, sten: Any, link: str) -> None:
        response = as_nobody.post(
            reverse("account_login"), {"login": "sten@example.com", "password": PASSWORD, "next": link}
        )
        assert response["Location"] == link

    @pytest.mark.parametrize("change", [{"name": ""}, {"email": "x"}, {"password": "short"}])
    def test_a_wrong_form_uses_nothing_up(self, as_nobody: Client, link: str, change: dict[str, str]) -> None:
        assert as_nobody.post(link, NEW | change).status_code == 422
        assert as_nobody.post(link, NEW).status_code == 302

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"expires_at": clock.now() - timedelta(days=1)}, "This invitation has run out."),
            ({"revoked_at": clock.now()}, "This invitation was taken back."),
            ({"accepted_at": clock.now()}, "This invitation has been used already."),
        ],
    )
    def test_a_closed_link_says_why(self, as_nobody: Client, link: str, fields: dict[str, Any], sentence: str) -> None:
        Invitation.objects.across("test").update(**fields)
        for response in (as_nobody.get(link), as_nobody.post(link, NEW)):
            assert response.status_code == 410
            assert sentence in text_of(response)
        assert not User.objects.filter(name="Nia").exists()

    @pytest.mark.parametrize("secret", ["x", "0" * 43, "%00", "a" * 5000, "ünïcode"])
    def test_a_forged_link_opens_nothing(self, as_nobody: Client, link: str, secret: str) -> None:
        response = as_nobody.get(f"/invitation/{secret}/")
        assert response.status_code == 410
        assert "This link is not right." in text_of(response)
        assert "Teapot" not in text_of(response)


class TestRoles:
    def test_an_owner_changes_one(self, as_olga: Client, malik: Any, workspace: Any) -> None:
        path = reverse("people-role", args=[place(malik, workspace).pk])
        words = text_of(as_olga.post(path, {"role": "manager"}, follow=True))
        assert "Malik is now: Manager." in words

    @pytest.mark.parametrize("role", ["king", "", "OWNER"])
    def test_nonsense_changes_nothing(self, as_olga: Client, malik: Any, workspace: Any, role: str) -> None:
        as_olga.post(reverse("people-role", args=[place(malik, workspace).pk]), {"role": role})
        assert place(malik, workspace).role == Role.AGENT

    def test_the_last_owner_is_told(self, as_olga: Client, olga: Any, workspace: Any) -> None:
        path = reverse("people-role", args=[place(olga, workspace).pk])
        assert "needs an owner" in text_of(as_olga.post(path, {"role": "agent"}, follow=True))
        path = reverse("people-remove", args=[place(olga, workspace).pk])
        assert "needs an owner" in text_of(as_olga.post(path, follow=True))
        assert place(olga, workspace).role == Role.OWNER

    def test_others_cannot(self, as_malik: Client, as_sten: Client, malik: Any, olga: Any, workspace: Any) -> None:
        path = reverse("people-role", args=[place(malik, workspace).pk])
        assert as_malik.post(path, {"role": "owner"}).status_code == 403
        assert as_sten.post(path, {"role": "owner"}).status_code == 404
        assert place(malik, workspace).role == Role.AGENT


class TestRemove:
    def test_asks_first(self, as_olga: Client, malik: Any, workspace: Any) -> None:
        path = reverse("people-remove", args=[place(malik, workspace).pk])
        page = get(as_olga, path)
        assert page.headings == ["Remove Malik?"]
        assert page.forbidden == []
        assert accounts.membership_of(malik, workspace)
        as_olga.post(path)
        assert accounts.membership_of(malik, workspace) is None

    def test_whoever_is_removed_is_out_at_once(
        self, as_olga: Client, as_malik: Client, malik: Any, workspace: Any
    ) -> None:
        assert as_malik.get("/people/").status_code == 200
        as_olga.post(reverse("people-remove", args=[place(malik, workspace).pk]))
        assert as_malik.get("/people/").status_code == 403

    def test_an_agent_may_leave_and_no_more(self, as_malik: Client, malik: Any, olga: Any, workspace: Any) -> None:
        as_malik.post(reverse("people-remove", args=[place(olga, workspace).pk]))
        assert accounts.membership_of(olga, workspace)
        path = reverse("people-remove", args=[place(malik, workspace).pk])
        assert get(as_malik, path).headings == ["Leave Teapot & Co?"]
        as_malik.post(path)
        assert accounts.membership_of(malik, workspace) is None

    def test_a_stranger_finds_nobody(self, as_sten: Client, olga: Any, workspace: Any) -> None:
        path = reverse("people-remove", args=[place(olga, workspace).pk])
        assert as_sten.get(path).status_code == as_sten.post(path).status_code == 404
        assert accounts.membership_of(olga, workspace)
