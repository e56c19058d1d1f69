"""Sign-in with a password, one-time codes, recovery codes; a forgotten password."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from makegood.accounts import api as accounts
from makegood.accounts.adapter import SecondStepAdapter
from makegood.web.tests.account_pages import PASSWORD, Page, get, text_of

LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def fresh_limits() -> Any:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, email: str = "olga@example.com", password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": email, "password": password})


def prove(client: Client) -> None:
    """Olga has just shown that it is she."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_of(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


@pytest.fixture
def secret(as_olga: Client) -> str:
    """The secret of Olga's authenticator app, enrolled through the page."""
    prove(as_olga)
    page = get(as_olga, reverse("mfa_activate_totp"))
    assert page.forbidden == []
    shown = re.search(
        r'id="authenticator_secret" value="(\w+)"', as_olga.get(reverse("mfa_activate_totp")).content.decode()
    )
    assert shown
    response = as_olga.post(reverse("mfa_activate_totp"), {"code": code_of(shown[1])})
    assert response.status_code == 302
    return shown[1]


class TestPassword:
    def test_lets_in(self, as_nobody: Client, olga: Any) -> None:
        page = get(as_nobody, LOGIN)
        assert page.forbidden == []
        assert {"login", "password", "credential"} <= set(page.inputs)
        assert sign_in(as_nobody)["Location"] == "/"
        assert as_nobody.get("/people/").status_code == 200

    def test_offers_no_way_to_sign_up(self, as_nobody: Client, olga: Any) -> None:
        assert "/account/signup/" not in get(as_nobody, LOGIN).links
        response = as_nobody.post("/account/signup/", {"email": "eve@example.com", "password1": PASSWORD})
        assert get(as_nobody, "/account/signup/").headings == ["By invitation"]
        assert response.status_code == 200
        assert accounts.User.objects.count() == 1

    @pytest.mark.parametrize(("email", "password"), [("olga@example.com", "wrong"), ("eve@example.com", PASSWORD)])
    def test_says_the_same_whatever_was_wrong(self, as_nobody: Client, olga: Any, email: str, password: str) -> None:
        words = text_of(sign_in(as_nobody, email, password))
        assert "email address and/or password you specified are not correct" in words

    def test_goes_back_to_where_one_wanted(self, as_nobody: Client, olga: Any) -> None:
        path = as_nobody.get("/people/")["Location"]
        assert get(as_nobody, path).inputs["next"] == "/people/"
        response = as_nobody.post(LOGIN, {"login": "olga@example.com", "password": PASSWORD, "next": "/people/"})
        assert response["Location"] == "/people/"

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_never_leads_elsewhere(self, as_nobody: Client, olga: Any, target: str) -> None:
        response = as_nobody.post(LOGIN, {"login": "olga@example.com", "password": PASSWORD, "next": target})
        assert response["Location"] == "/"

    def test_guessing_is_slowed_down(self, as_nobody: Client, olga: Any) -> None:
        for _ in range(12):
            sign_in(as_nobody, password="wrong")
        assert "Too many failed login attempts" in text_of(sign_in(as_nobody))
        assert as_nobody.get("/people/").status_code == 302

    def test_can_be_changed(self, as_olga: Client, as_nobody: Client) -> None:
        new = "another fine kettle"
        page = get(as_olga, reverse("account_change_password"))
        assert page.forbidden == []
        as_olga.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert as_olga.get("/people/").status_code == 200
        assert sign_in(as_nobody).status_code == 200
        assert sign_in(as_nobody, password=new).status_code == 302

    def test_closed_accounts_stay_out(self, as_nobody: Client, olga: Any) -> None:
        olga.is_active = False
        olga.save()
        assert sign_in(as_nobody)["Location"] == reverse("account_inactive")
        assert as_nobody.get("/people/").status_code == 302

    def test_a_flood_of_requests_is_asked_to_wait(self, as_nobody: Client, olga: Any) -> None:
        for _ in range(40):
            response = as_nobody.post(reverse("mfa_login_webauthn"), {"credential": "{}"})
        assert response.status_code == 429
        assert Page(response.content.decode()).headings == ["Slow down a little"]


class TestSignOut:
    def test_only_by_post(self, as_olga: Client) -> None:
        assert get(as_olga, reverse("account_logout")).headings == ["Sign out?"]
        assert as_olga.get("/people/").status_code == 200
        as_olga.post(reverse("account_logout"))
        assert as_olga.get("/people/").status_code == 302


class TestOneTimeCodes:
    def test_enrolling_gives_recovery_codes(self, as_olga: Client, secret: str, olga: Any) -> None:
        kinds = set(Authenticator.objects.filter(user=olga).values_list("type", flat=True))
        assert kinds == {"totp", "recovery_codes"}
        page = get(as_olga, reverse("mfa_view_recovery_codes"))
        assert page.forbidden == []
        assert len(re.findall(r"\b\d{8}\b", " ".join(page.words))) == 10

    def test_the_picture_is_on_white_for_dark_screens(self) -> None:
        assert 'fill="white"' in SecondStepAdapter().build_totp_svg("otpauth://totp/x?secret=ABC")

    def test_the_seed_is_sealed_at_rest(self, secret: str, olga: Any) -> None:
        stored = str(list(Authenticator.objects.filter(user=olga).values_list("data", flat=True)))
        assert secret not in stored
        assert "gAAAA" in stored

    def test_a_wrong_code_enrols_nothing(self, as_olga: Client, olga: Any) -> None:
        prove(as_olga)
        as_olga.get(reverse("mfa_activate_totp"))
        response = as_olga.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert response.status_code == 200
        assert not Authenticator.objects.filter(user=olga).exists()

    def test_the_password_alone_is_not_enough(self, as_nobody: Client, secret: str) -> None:
        assert sign_in(as_nobody)["Location"] == reverse("mfa_authenticate")
        assert as_nobody.get("/people/").status_code == 302
        page = get(as_nobody, reverse("mfa_authenticate"))
        assert page.headings == ["One more step"]
        assert page.forbidden == []

    def test_with_the_code_one_is_in(self, as_nobody: Client, secret: str) -> None:
        sign_in(as_nobody)
        response = as_nobody.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert response["Location"] == "/"
        assert as_nobody.get("/people/").status_code == 200

    def test_a_code_works_once(self, as_nobody: Client, secret: str) -> None:
        sign_in(as_nobody)
        code = code_of(secret)
        as_nobody.post(reverse("mfa_authenticate"), {"code": code})
        again = Client()
        sign_in(again)
        assert again.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
        assert again.get("/people/").status_code == 302

    def test_a_recovery_code_works_once(self, as_nobody: Client, secret: str, olga: Any) -> None:
        codes = Authenticator.objects.get(user=olga, type="recovery_codes").wrap().get_unused_codes()
        sign_in(as_nobody)
        assert as_nobody.post(reverse("mfa_authenticate"), {"code": codes[0]})["Location"] == "/"
        again = Client()
        sign_in(again)
        assert again.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200
        assert again.post(reverse("mfa_authenticate"), {"code": codes[1]})["Location"] == "/"

    def test_somebody_elses_code_is_no_use(self, as_nobody: Client, secret: str, malik: Any) -> None:
        sign_in(as_nobody)
        assert as_nobody.post(reverse("mfa_authenticate"), {"code": "123456"}).status_code == 200
        assert as_nobody.get("/people/").status_code == 302

    def test_can_be_switched_off(self, as_olga: Client, as_nobody: Client, secret: str) -> None:
        assert get(as_olga, reverse("mfa_deactivate_totp")).forbidden == []
        as_olga.post(reverse("mfa_deactivate_totp"))
        assert sign_in(as_nobody)["Location"] == "/"

    def test_new_recovery_codes_replace_the_old(self, as_olga: Client, secret: str, olga: Any) -> None:
        before = Authenticator.objects.get(user=olga, type="recovery_codes").wrap().get_unused_codes()
        assert get(as_olga, reverse("mfa_generate_recovery_codes")).forbidden == []
        as_olga.post(reverse("mfa_generate_recovery_codes"))
        after = Authenticator.objects.get(user=olga, type="recovery_codes").wrap().get_unused_codes()
        assert not set(before) & set(after)


class TestPasskeyPages:
    def test_every_page_of_them_keeps_to_the_policy(self, as_olga: Client, olga: Any) -> None:
        prove(as_olga)
        for name in ("mfa_list_webauthn", "mfa_add_webauthn"):
            assert get(as_olga, reverse(name)).forbidden == []
        key = Authenticator.objects.create(
            user=olga, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": {}}
        )
        for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
            page = get(as_olga, reverse(name, args=[key.pk]))
            assert page.forbidden == []
            assert len(page.headings) == 1

    def test_keys_of_others_are_not_found(self, as_olga: Client, malik: Any) -> None:
        prove(as_olga)
        key = Authenticator.objects.create(
            user=malik, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": {}}
        )
        for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
            assert as_olga.get(reverse(name, args=[key.pk])).status_code == 404
            assert as_olga.post(reverse(name, args=[key.pk])).status_code == 404
        assert Authenticator.objects.filter(pk=key.pk).exists()

    @pytest.mark.parametrize(
        "credential",
        [
            "",
            "x",
            "{}",
            "[]",
            "null",
            "7",
            '{"type": "public-key", "id": "AA"}',
            '{"type": "public-key", "id": "AA", "rawId": "AA", "response": {}}',
            '{"type": "public-key", "id": "AA", "rawId": "AA", "response": []}',
            (
                '{"type": "public-key", "id": "AA", "rawId": "AA", "response": {"clientDataJSON": "e30", '
                '"authenticatorData": "AAAA", "signature": "AA", "userHandle": "MQ"}}'
            ),
        ],
    )
    def test_a_made_up_answer_opens_nothing(self, as_nobody: Client, olga: Any, credential: str) -> None:
        as_nobody.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest")
        response = as_nobody.post(reverse("mfa_login_webauthn"), {"credential": credential})
        assert response["Location"] == LOGIN
        assert as_nobody.get("/people/").status_code == 302

    def test_the_browser_is_asked_about_makegood(self, as_nobody: Client, olga: Any) -> None:
        response = as_nobody.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest")
        options = response.json()["request_options"]["publicKey"]
        assert options["rpId"] == "testserver"
        assert len(options["challenge"]) >= 40


class TestForgotten:
    RESET = "/account/password/reset/"

    @pytest.fixture
    def with_mail(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def test_without_mail_it_says_so(self, as_nobody: Client, olga: Any, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
        page = get(as_nobody, self.RESET)
        assert "email" not in page.inputs
        assert "cannot send mail" in " ".join(page.words)

    def test_without_mail_no_link_lands_in_the_log(
        self, as_nobody: Client, olga: Any, settings: Any, capsys: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
        as_nobody.post(self.RESET, {"email": "olga@example.com"})
        seen = capsys.readouterr()
        assert "/reset/key/" not in seen.out + seen.err

    def test_a_mail_server_that_is_down_is_no_error_page(self, as_nobody: Client, olga: Any, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        known = as_nobody.post(self.RESET, {"email": "olga@example.com"})
        unknown = as_nobody.post(self.RESET, {"email": "nobody@example.com"})
        assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])

    @pytest.mark.usefixtures("with_mail")
    def test_the_mail_leads_to_a_new_password(self, as_nobody: Client, olga: Any) -> None:
        response = as_nobody.post(self.RESET, {"email": "Olga@example.com"}, follow=True)
        assert Page(response.content.decode()).headings == ["Look into your mail"]
        (letter,) = mail.outbox
        assert letter.to == ["olga@example.com"]
        assert letter.subject == "Choose a new password for Makegood"
        self.choose(as_nobody, str(letter.body).partition("http://testserver")[2].split()[0])

    @pytest.mark.usefixtures("with_mail")
    def test_who_does_not_exist_gets_no_mail_and_the_same_answer(self, as_nobody: Client, olga: Any) -> None:
        response = as_nobody.post(self.RESET, {"email": "eve@example.com"}, follow=True)
        assert Page(response.content.decode()).headings == ["Look into your mail"]
        assert mail.outbox == []

    def test_whoever_runs_it_can_make_a_link(self, as_nobody: Client, olga: Any, settings: Any, capsys: Any) -> None:
        call_command("password_link", "olga@example.com")
        link = capsys.readouterr().out.strip()
        assert link.startswith(settings.PUBLIC_URL)
        self.choose(as_nobody, link.removeprefix(settings.PUBLIC_URL))
        with pytest.raises(CommandError, match="Nobody signs in as eve"):
            call_command("password_link", "eve@example.com")

    def choose(self, client: Client, path: str) -> None:
        new = "another fine kettle"
        response = client.get(path, follow=True)
        page = Page(response.content.decode())
        assert page.headings == ["Choose a new password"]
        assert page.forbidden == []
        client.post(response.redirect_chain[-1][0], {"password1": new, "password2": new})
        assert sign_in(Client(), password=new)["Location"] == "/"
        assert Page(Client().get(path, follow=True).content.decode()).headings == ["This link has run out"]
