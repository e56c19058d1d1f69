from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from makegood.accounts import api
from makegood.accounts.api import AccountError, Invitation, Membership, Role, User, Workspace
from makegood.journal.models import Entry
from makegood.kit import clock
from tests.at_once import at_once


def verbs(workspace: Workspace) -> list[str]:
    return list(Entry.objects.within(workspace).order_by("id").values_list("verb", flat=True))


def newest(workspace: Workspace) -> Entry:
    entry = Entry.objects.within(workspace).order_by("-id").first()
    assert entry
    return entry


def person(name: str, workspace: Workspace | None = None, role: str = Role.AGENT) -> User:
    made = User.objects.create_user(f"{name}@example.com", "correct horse battery", name=name)
    if workspace:
        Membership(workspace=workspace, user=made, role=role).save()
    return made


def member(workspace: Workspace, user: User) -> Membership:
    found = api.membership_of(user, workspace)
    assert found
    return found


class TestFirstRun:
    def test_makes_the_owner_and_the_workspace(self, db: None) -> None:
        user, workspace = api.first_run(" Teapot ", " Olga ", "Olga@Example.com ", "correct horse battery")
        assert (user.name, user.email, workspace.name) == ("Olga", "olga@example.com", "Teapot")
        assert member(workspace, user).role == Role.OWNER
        assert user.check_password("correct horse battery")
        assert verbs(workspace) == ["workspace.created", "member.joined"]
        assert newest(workspace).actor == "Olga"

    def test_happens_once(self, olga: User) -> None:
        with pytest.raises(AccountError, match="set up already"):
            api.first_run("Other", "Eve", "eve@example.com", "correct horse battery")
        assert not User.objects.filter(email="eve@example.com").exists()

    @pytest.mark.django_db(transaction=True)
    def test_of_several_at_once_one_wins(self) -> None:
        outcomes = at_once(
            *(
                partial(api.first_run, f"Shop {n}", "Eve", f"eve{n}@example.com", "correct horse battery")
                for n in range(6)
            )
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccountError"] * 5 + ["tuple"]
        assert (User.objects.count(), Workspace.objects.count()) == (1, 1)


class TestInvitations:
    def test_keeps_only_a_hash_of_the_secret(self, olga: User, workspace: Workspace) -> None:
        made, secret = api.invite(workspace, olga, Role.AGENT, "New@Example.com")
        assert len(secret) >= 40
        stored = Invitation.objects.within(workspace).values().get()
        assert secret not in str(stored)
        assert stored["email"] == "new@example.com"
        assert secret not in str(Entry.objects.within(workspace).values_list("data", flat=True))
        assert abs(made.expires_at - clock.now() - timedelta(days=7)) < timedelta(minutes=1)

    def test_a_new_person_joins(self, olga: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.VIEWER)
        joined = api.join(secret, "Nia", "nia@example.com", "correct horse battery")
        assert (joined.workspace, joined.role, joined.user.name) == (workspace, Role.VIEWER, "Nia")
        assert verbs(workspace) == ["member.invited", "member.joined"]

    def test_somebody_from_elsewhere_joins_too(self, olga: User, sten: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.MANAGER)
        api.accept_invitation(secret, sten)
        assert workspace in api.workspaces_of(sten)
        assert len(api.workspaces_of(sten)) == 2

    def test_works_once(self, olga: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.AGENT)
        api.join(secret, "Nia", "nia@example.com", "correct horse battery")
        with pytest.raises(AccountError, match="used already"):
            api.join(secret, "Eve", "eve@example.com", "correct horse battery")
        assert not User.objects.filter(email="eve@example.com").exists()

    @pytest.mark.django_db(transaction=True)
    def test_works_once_even_for_two_at_the_same_moment(self, olga: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.AGENT)
        outcomes = at_once(
            *(partial(api.join, secret, "Eve", f"eve{n}@example.com", "correct horse battery") for n in range(5))
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["AccountError"] * 4 + ["Membership"]
        assert User.objects.count() == 2

    def test_runs_out(self, olga: User, workspace: Workspace) -> None:
        made, secret = api.invite(workspace, olga, Role.AGENT)
        made.expires_at = clock.now() - timedelta(seconds=1)
        made.save()
        with pytest.raises(AccountError, match="run out"):
            api.look_up_invitation(secret)
        assert not api.open_invitations(workspace)

    def test_can_be_taken_back(self, olga: User, workspace: Workspace) -> None:
        made, secret = api.invite(workspace, olga, Role.AGENT)
        api.revoke(workspace, olga, made.pk)
        with pytest.raises(AccountError, match="taken back"):
            api.accept_invitation(secret, person("Nia"))
        api.revoke(workspace, olga, made.pk)
        assert verbs(workspace) == ["member.invited", "invitation.revoked"]

    def test_a_used_one_stays_used_when_taken_back(self, olga: User, workspace: Workspace) -> None:
        made, secret = api.invite(workspace, olga, Role.AGENT)
        api.accept_invitation(secret, person("Nia"))
        api.revoke(workspace, olga, made.pk)
        made.refresh_from_db()
        assert made.revoked_at is None

    @pytest.mark.parametrize("secret", ["", "x", "ä" * 50, "0" * 64, "\x00"])
    def test_a_forged_secret_opens_nothing(self, olga: User, workspace: Workspace, secret: str) -> None:
        api.invite(workspace, olga, Role.AGENT)
        with pytest.raises(AccountError, match="not right"):
            api.look_up_invitation(secret)

    def test_the_stored_hash_is_no_secret(self, olga: User, workspace: Workspace) -> None:
        made, secret = api.invite(workspace, olga, Role.OWNER)
        for forged in (made.secret_hash, secret.swapcase(), secret + "=", secret[:-1]):
            with pytest.raises(AccountError, match="not right"):
                api.look_up_invitation(forged)

    def test_is_left_for_others_by_who_belongs_already(self, olga: User, malik: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.OWNER)
        with pytest.raises(AccountError, match="belong to Teapot & Co already"):
            api.accept_invitation(secret, malik)
        assert member(workspace, malik).role == Role.AGENT
        assert api.look_up_invitation(secret)

    def test_a_taken_address_loses_nothing(self, olga: User, sten: User, workspace: Workspace) -> None:
        _, secret = api.invite(workspace, olga, Role.AGENT)
        with pytest.raises(AccountError, match="sign in"):
            api.join(secret, "Sten", "STEN@example.com", "correct horse battery")
        assert api.look_up_invitation(secret)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER, "king"])
    def test_a_manager_invites_only_below(self, olga: User, workspace: Workspace, role: str) -> None:
        boss = person("Mona", workspace, Role.MANAGER)
        api.invite(workspace, boss, Role.AGENT)
        with pytest.raises(AccountError):
            api.invite(workspace, boss, role)
        owners, _ = api.invite(workspace, olga, Role.OWNER)
        with pytest.raises(AccountError):
            api.revoke(workspace, boss, owners.pk)

    def test_a_stranger_can_do_nothing(self, olga: User, sten: User, workspace: Workspace) -> None:
        made, _ = api.invite(workspace, olga, Role.AGENT)
        with pytest.raises(AccountError, match="do not belong"):
            api.invite(workspace, sten, Role.VIEWER)
        with pytest.raises(AccountError, match="do not belong"):
            api.revoke(workspace, sten, made.pk)
        own = api.workspaces_of(sten)[0]
        with pytest.raises(AccountError, match="does not exist"):
            api.revoke(own, sten, made.pk)


class TestMembers:
    def test_a_role_changes(self, olga: User, malik: User, workspace: Workspace) -> None:
        api.change_role(workspace, olga, member(workspace, malik).pk, Role.MANAGER)
        assert member(workspace, malik).role == Role.MANAGER
        entry = newest(workspace)
        assert entry.verb == "member.role_changed"
        assert entry.data == {"user": malik.pk, "before": "agent", "after": "manager"}

    def test_no_change_writes_no_line(self, olga: User, malik: User, workspace: Workspace) -> None:
        api.change_role(workspace, olga, member(workspace, malik).pk, Role.AGENT)
        assert verbs(workspace) == []

    def test_the_last_owner_stays(self, olga: User, malik: User, workspace: Workspace) -> None:
        own = member(workspace, olga)
        with pytest.raises(AccountError, match="needs an owner"):
            api.change_role(workspace, olga, own.pk, Role.AGENT)
        with pytest.raises(AccountError, match="needs an owner"):
            api.remove_member(workspace, olga, own.pk)
        api.change_role(workspace, olga, member(workspace, malik).pk, Role.OWNER)
        api.remove_member(workspace, olga, own.pk)
        assert api.membership_of(olga, workspace) is None

    @pytest.mark.django_db(transaction=True)
    def test_two_owners_cannot_demote_each_other_at_once(self, olga: User, workspace: Workspace) -> None:
        other = person("Otto", workspace, Role.OWNER)
        mine, theirs = member(workspace, olga).pk, member(workspace, other).pk
        at_once(
            lambda: api.change_role(workspace, olga, theirs, Role.VIEWER),
            lambda: api.change_role(workspace, other, mine, Role.VIEWER),
        )
        assert Membership.objects.within(workspace).filter(role=Role.OWNER).count() == 1

    def test_an_agent_changes_nobody_but_may_leave(self, olga: User, malik: User, workspace: Workspace) -> None:
        with pytest.raises(AccountError):
            api.change_role(workspace, malik, member(workspace, malik).pk, Role.OWNER)
        with pytest.raises(AccountError):
            api.remove_member(workspace, malik, member(workspace, olga).pk)
        api.remove_member(workspace, malik, member(workspace, malik).pk)
        assert newest(workspace).verb == "member.removed"
        assert User.objects.filter(pk=malik.pk).exists()

    def test_a_manager_cannot_touch_owners_or_other_managers(self, olga: User, workspace: Workspace) -> None:
        one, two = (
            person("Mona", workspace, Role.MANAGER),
            person("Milo", workspace, Role.MANAGER),
        )
        for target in (olga, two):
            with pytest.raises(AccountError):
                api.change_role(workspace, one, member(workspace, target).pk, Role.VIEWER)
            with pytest.raises(AccountError):
                api.remove_member(workspace, one, member(workspace, target).pk)
        with pytest.raises(AccountError):
            api.change_role(workspace, one, member(workspace, one).pk, Role.OWNER)

    def test_rows_of_another_workspace_are_out_of_reach(
        self, olga: User, sten: User, workspace: Workspace, other_workspace: Workspace
    ) -> None:
        theirs = member(other_workspace, sten).pk
        with pytest.raises(AccountError, match="any more"):
            api.remove_member(workspace, olga, theirs)
        with pytest.raises(AccountError, match="any more"):
            api.change_role(workspace, olga, theirs, Role.VIEWER)
        with pytest.raises(AccountError, match="do not belong"):
            api.remove_member(other_workspace, olga, theirs)


class TestSettings:
    def test_changes_and_says_what(self, olga: User, workspace: Workspace) -> None:
        api.change_workspace(workspace, olga, brand="Teapot", answer_now=30)
        workspace.refresh_from_db()
        assert workspace.answer_now == 30
        assert newest(workspace).data == {"changed": {"answer_now": [60, 30]}}

    def test_the_same_again_writes_no_line(self, olga: User, workspace: Workspace) -> None:
        api.change_workspace(workspace, olga, name=workspace.name)
        assert verbs(workspace) == []

    def test_a_wrong_value_changes_nothing(self, olga: User, workspace: Workspace) -> None:
        with pytest.raises(AccountError, match="more urgent"):
            api.change_workspace(workspace, olga, name="New", answer_now=1000)
        workspace.refresh_from_db()
        assert workspace.name == "Teapot & Co"

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, Role.VIEWER])
    def test_only_owners(self, workspace: Workspace, role: str) -> None:
        with pytest.raises(AccountError, match="Only an owner"):
            api.change_workspace(workspace, person("Mo", workspace, role), name="Mine")

    def test_not_by_strangers(self, sten: User, workspace: Workspace) -> None:
        with pytest.raises(AccountError, match="do not belong"):
            api.change_workspace(workspace, sten, name="Mine")

    def test_a_profile_is_told_to_every_workspace(
        self, sten: User, workspace: Workspace, other_workspace: Workspace
    ) -> None:
        Membership(workspace=workspace, user=sten).save()
        api.change_profile(sten, name="Sten S.", language="de")
        assert verbs(workspace) == verbs(other_workspace) == ["member.changed"]
        api.change_profile(sten, name="Sten S.", language="de")
        assert verbs(workspace) == ["member.changed"]


class TestSetupCode:
    def test_is_steady_and_not_the_key(self, settings: Any) -> None:
        code = api.setup_code()
        assert code == api.setup_code()
        assert len(code) == 24
        assert code not in settings.MASTER_KEY.decode()
        settings.MASTER_KEY = b"another"
        assert api.setup_code() != code

    @pytest.mark.parametrize(
        ("host", "url", "needed"),
        [
            ("127.0.0.1", "http://localhost:8000", False),
            ("::1", "http://[::1]:8000", False),
            ("127.0.0.5", "http://127.0.0.5:8000", False),
            ("0.0.0.0", "http://localhost:8000", True),
            ("127.0.0.1", "https://desk.example.com", True),
            ("localhost.example.com", "http://localhost:8000", True),
            ("", "http://localhost:8000", True),
        ],
    )
    def test_is_needed_where_others_can_come(self, settings: Any, host: str, url: str, needed: bool) -> None:
        settings.HOST, settings.PUBLIC_URL = host, url
        assert api.setup_code_needed() == needed
        assert (api.setup_code() in api.setup_link()) == needed
