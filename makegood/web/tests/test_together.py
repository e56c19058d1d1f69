"""Working together, as the browser sees it: sharing, names in notes, giving work, notices, presence, teams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.accounts.models import Membership, Team
from makegood.desk import api as desk
from makegood.desk.models import Conversation, Note, Notice, Presence, Share
from makegood.desk.tests.make import bring, conversation_with
from makegood.listen.tests.make import activity, channel
from makegood.reply.models import Reply
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", network="testnet", name="@teapot")


@pytest.fixture
def talk(account: Any) -> Conversation:
    return conversation_with(account, COMPLAINT, url="https://example.org/post")


def do(client: Client, name: str, pk: int, **data: Any) -> Any:
    return client.post(reverse(name, args=[pk]), data, headers=HTMX)


def show(client: Client, talk: Conversation) -> str:
    return client.get(reverse("conversation", args=[talk.pk])).content.decode()


def place(user: Any) -> Membership:
    return Membership.objects.get(user=user)


class TestSharing:
    def test_there_and_back(self, talk: Conversation, as_mona: Client, as_cora: Client, cora: Any) -> None:
        address = reverse("conversation", args=[talk.pk])
        assert as_cora.get(address).status_code == 404
        assert "Nothing is shared with you yet" in as_cora.get("/inbox/").content.decode()
        html = do(as_mona, "conversation-share", talk.pk, user=cora.pk, word="What do you say?").content.decode()
        assert "No longer share it with Cora" in html
        html = show(as_cora, talk)
        assert COMPLAINT in html
        assert "Mona shared this with you." in html
        assert "What do you say?" in html
        assert COMPLAINT[:30] in as_cora.get("/inbox/").content.decode()
        do(as_mona, "conversation-unshare", talk.pk, user=cora.pk)
        assert as_cora.get(address).status_code == 404
        for name, data in (("presence", {"doing": "reading"}), ("desk-note", {"text": "x"}), ("reply-draft", {})):
            assert do(as_cora, name, talk.pk, **data).status_code == 404, name
        assert COMPLAINT[:30] not in as_cora.get("/inbox/list/").content.decode()

    def test_who_may(
        self, talk: Conversation, as_malik: Client, as_vera: Client, as_sten: Client, as_cora: Client, cora: Any
    ) -> None:
        for client, status in ((as_malik, 403), (as_vera, 403), (as_cora, 403), (as_sten, 404)):
            assert do(client, "conversation-share", talk.pk, user=cora.pk).status_code == status
        assert not Share.objects.exists()

    def test_with_whom_it_makes_no_sense(self, talk: Conversation, as_mona: Client, malik: Any, sten: Any) -> None:
        for user in (malik.pk, sten.pk, "x", ""):
            answer = do(as_mona, "conversation-share", talk.pk, user=user)
            assert answer.status_code == 400
            assert answer.content

    def test_the_shops_own_things_stay_its_own(
        self, talk: Conversation, as_cora: Client, cora: Any, olga: Any, malik: Any
    ) -> None:
        desk.label(talk, "late", olga)
        desk.label(conversation_with(talk.latest.channel, COMPLAINT), "wholesale", olga)
        desk.share(talk, cora, olga)
        html = show(as_cora, talk)
        assert "late" in html
        for private in ("Why you see this", "What happened", "wholesale", "malik@example.com", "Take it", "Malik"):
            assert private not in html, private
        for name in ("people", "queries", "channels"):
            assert as_cora.get(reverse(name)).status_code == 403
            assert f'href="{reverse(name)}"' not in html
        assert as_cora.get("/").headers["Location"] == "/inbox/"


class TestNotes:
    def test_a_name_is_lit_up(self, talk: Conversation, as_olga: Client, as_malik: Client, malik: Any) -> None:
        html = do(as_olga, "desk-note", talk.pk, text="@Malik <b>look</b>\n@Olga too", named="u0").content.decode()
        assert (
            '<span class="named">@Malik</span> &lt;b&gt;look&lt;/b&gt;<br><span class="named is-me">@Olga</span>'
            in html
        )
        assert '<span class="named is-me">@Malik</span>' in show(as_malik, talk)

    def test_sharing_is_offered_never_done(
        self, talk: Conversation, as_malik: Client, as_mona: Client, cora: Any
    ) -> None:
        html = do(as_malik, "desk-note", talk.pk, text="@Cora what do you say?").content.decode()
        assert "Cora is named here but cannot see this conversation" in html
        assert "A manager can share it." in html
        assert not Share.objects.exists()
        assert "Share it with Cora" in show(as_mona, talk)
        do(as_mona, "conversation-share", talk.pk, user=cora.pk)
        assert "Cora is named here" not in show(as_mona, talk)

    def test_a_collaborator_leaves_notes(self, talk: Conversation, as_cora: Client, cora: Any, olga: Any) -> None:
        desk.share(talk, cora, olga)
        assert do(as_cora, "desk-note", talk.pk, text="It is the glaze, @Olga").status_code == 200
        assert Note.objects.get().author == cora
        assert Notice.objects.filter(user=olga).count() == 1

    def test_the_names_to_choose_from(
        self, workspace: Any, talk: Conversation, as_malik: Client, as_vera: Client, olga: Any
    ) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        found = json.loads(as_malik.get(reverse("note-names", args=[talk.pk])).content)["names"]
        assert {each["name"] for each in found} >= {"Olga", "Malik", "Vera", "Returns"}
        assert found[-1] == {"key": f"t{team.pk}", "name": "Returns"}
        assert as_vera.get(reverse("note-names", args=[talk.pk])).status_code == 403


class TestGiving:
    def test_to_a_member_and_a_team_with_a_reason(
        self, workspace: Any, talk: Conversation, as_olga: Client, malik: Any
    ) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        html = do(
            as_olga, "desk-assign", talk.pk, member=malik.pk, team=team.pk, because="knows the courier"
        ).content.decode()
        talk.refresh_from_db()
        assert (talk.assignee, talk.team, talk.assigned_because) == (malik, team, "knows the courier")
        assert "knows the courier" in html
        assert "Returns" in html

    def test_taking_it_leaves_the_team(self, workspace: Any, talk: Conversation, as_malik: Client, malik: Any) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        desk.assign_team(talk, team, None)
        do(as_malik, "desk-assign", talk.pk, member=malik.pk)
        talk.refresh_from_db()
        assert (talk.assignee, talk.team) == (malik, team)

    def test_not_to_those_who_do_not_work_here(
        self, talk: Conversation, as_olga: Client, vera: Any, cora: Any, sten: Any, other_workspace: Any
    ) -> None:
        for member in (vera.pk, cora.pk, sten.pk):
            assert do(as_olga, "desk-assign", talk.pk, member=member).status_code == 400
        team = Team.objects.create(workspace=other_workspace, name="Skis")
        assert do(as_olga, "desk-assign", talk.pk, team=team.pk).status_code == 400
        talk.refresh_from_db()
        assert (talk.assignee, talk.team) == (None, None)


class TestNotices:
    def test_the_bell_and_the_page(self, talk: Conversation, as_olga: Client, as_malik: Client, malik: Any) -> None:
        do(as_olga, "desk-note", talk.pk, text="@Malik look")
        assert ", 1 unread" in as_malik.get(reverse("notices-bell")).content.decode()
        html = as_malik.get("/notices/").content.decode()
        assert "named you in a note: “@Malik look”" in html
        assert reverse("conversation", args=[talk.pk]) in html
        assert ", 1 unread" not in as_olga.get(reverse("notices-bell")).content.decode()
        assert as_malik.post(reverse("notices-read"), {"only": "x"}).status_code == 400
        as_malik.post(reverse("notices-read"))
        assert "unread" not in as_malik.get(reverse("notices-bell")).content.decode()

    def test_opening_the_conversation_reads_it_but_following_it_does_not(
        self, talk: Conversation, as_malik: Client, malik: Any, olga: Any
    ) -> None:
        desk.notify(malik, talk, "test", "did it", olga)
        address = reverse("conversation", args=[talk.pk])
        as_malik.get(address, headers=HTMX | {"HX-Target": "thread"})
        assert desk.count_notices(place(malik)) == 1
        as_malik.get(address, headers=HTMX | {"HX-Target": "conversation"})
        assert desk.count_notices(place(malik)) == 0

    def test_nobody_elses(
        self, talk: Conversation, as_sten: Client, as_vera: Client, as_nobody: Client, malik: Any
    ) -> None:
        notice = desk.notify(malik, talk, "test", "did something secret", None)
        assert notice
        for client in (as_sten, as_vera):
            assert "secret" not in client.get("/notices/").content.decode()
            client.post(reverse("notices-read"), {"only": notice.pk})
        assert desk.count_notices(place(malik)) == 1
        assert as_nobody.get("/notices/").status_code == 302

    @pytest.mark.parametrize("many", [3, 30])
    def test_the_page_takes_the_same_queries(self, account: Any, as_malik: Client, malik: Any, many: int) -> None:
        for row in bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(many)]):
            desk.notify(malik, row, "test", "did it", None)
        as_malik.get("/notices/")
        with CaptureQueriesContext(connection) as asked:
            as_malik.get("/notices/")
        assert len(asked) <= 9


class TestPresence:
    def test_others_are_shown(self, talk: Conversation, as_olga: Client, as_malik: Client) -> None:
        assert do(as_malik, "presence", talk.pk, doing="typing").content.strip() == b""
        assert "Malik is writing an answer" in do(as_olga, "presence", talk.pk, doing="reading").content.decode()
        assert "Olga is reading" in do(as_malik, "presence", talk.pk, doing="typing").content.decode()
        assert do(as_malik, "presence", talk.pk, doing="left").status_code == 204
        assert do(as_olga, "presence", talk.pk, doing="reading").content.strip() == b""
        assert do(as_olga, "presence", talk.pk, doing="dancing").status_code == 400

    def test_who_may(self, talk: Conversation, as_vera: Client, as_cora: Client, as_sten: Client) -> None:
        for client, status in ((as_vera, 200), (as_cora, 404), (as_sten, 404)):
            assert do(client, "presence", talk.pk, doing="reading").status_code == status
        assert Presence.objects.count() == 1


class TestCollision:
    def test_send_warns_keeps_the_words_and_sends_anyway(
        self, talk: Conversation, as_olga: Client, as_malik: Client
    ) -> None:
        seen = desk.newest_message_id(talk)
        assert f'name="seen" value="{seen}" form="compose"' in show(as_olga, talk)
        assert do(as_malik, "reply-send", talk.pk, text="We are sorry!", seen=seen).status_code == 200
        answer = do(as_olga, "reply-send", talk.pk, text="So sorry, Ada!", seen=seen)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Malik has an answer on its way. Read it first." in html
        assert "Send anyway" in html
        assert "So sorry, Ada!" in html
        assert Reply.objects.filter(state="queued").count() == 1
        assert do(as_olga, "reply-send", talk.pk, text="So sorry, Ada!", seen=seen, anyway="1").status_code == 200
        assert Reply.objects.filter(state="queued").count() == 2

    def test_somebody_typing_warns_too(self, talk: Conversation, as_olga: Client, as_malik: Client) -> None:
        do(as_malik, "presence", talk.pk, doing="typing")
        answer = do(as_olga, "reply-send", talk.pk, text="So sorry!", seen=desk.newest_message_id(talk))
        assert answer.status_code == 422
        assert "Malik is writing an answer right now." in answer.content.decode()


class TestTeams:
    def test_made_changed_and_removed(self, workspace: Any, as_mona: Client, malik: Any, mona: Any, sten: Any) -> None:
        as_mona.post(reverse("team-new"), {"name": " The  returns "})
        team = Team.objects.get()
        assert team.name == "The returns"
        data = {"name": "Returns", "member": [malik.pk, mona.pk, sten.pk, "x"]}
        html = as_mona.post(reverse("team-change", args=[team.pk]), data, follow=True).content.decode()
        assert "Mona, Malik" in html
        assert set(team.members.all()) == {malik, mona}
        as_mona.post(reverse("team-remove", args=[team.pk]))
        assert not Team.objects.exists()

    @pytest.mark.parametrize("name", ["", "  ", "x" * 41, "returns"])
    def test_a_name_that_will_not_do(self, workspace: Any, as_mona: Client, name: str) -> None:
        Team.objects.create(workspace=workspace, name="Returns")
        html = as_mona.post(reverse("team-new"), {"name": name}, follow=True).content.decode()
        assert "toast-error" in html
        assert Team.objects.count() == 1

    def test_who_may(self, workspace: Any, as_malik: Client, as_vera: Client, as_sten: Client) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        for client, status in ((as_malik, 403), (as_vera, 403), (as_sten, 404)):
            for name in ("team-change", "team-remove"):
                assert client.post(reverse(name, args=[team.pk]), {"name": "Mine"}).status_code == status
        assert Team.objects.get().name == "Returns"

    def test_learning(self, as_mona: Client, as_malik: Client, malik: Any, mona: Any, cora: Any) -> None:
        address = reverse("people-learning", args=[place(malik).pk])
        assert as_malik.post(address, {"learning": "1"}).status_code == 403
        assert "waits for approval" in as_mona.post(address, {"learning": "1"}, follow=True).content.decode()
        assert place(malik).learning
        as_mona.post(address, {"learning": "0"})
        assert not place(malik).learning
        for other in (mona, cora):
            as_mona.post(reverse("people-learning", args=[place(other).pk]), {"learning": "1"})
            assert not place(other).learning

    def test_whoever_leaves_leaves_the_team(self, workspace: Any, as_olga: Client, malik: Any) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        team.members.add(malik)
        as_olga.post(reverse("people-remove", args=[place(malik).pk]))
        assert not team.members.exists()

    def test_a_collaborator_may_leave_and_take_nobody_along(self, as_cora: Client, cora: Any, malik: Any) -> None:
        assert as_cora.post(reverse("people-remove", args=[place(malik).pk])).status_code == 404
        as_cora.post(reverse("people-remove", args=[place(cora).pk]))
        assert not Membership.objects.filter(user=cora).exists()
