"""Working together: who sees what, who is told what, who is there, and who was faster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.accounts import api as accounts
from makegood.accounts.models import Membership, Team
from makegood.desk import api as desk
from makegood.desk.models import Conversation, Message, Notice, Presence, Share
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel never arrived and nobody answers, I want a refund"


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account")


@pytest.fixture
def talk(account: Any) -> Conversation:
    return conversation_with(account, COMPLAINT)


def place(user: Any) -> Membership:
    return Membership.objects.get(user=user)


def told(user: Any) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("id").values_list("text", flat=True))


def words(note: Any) -> str:
    return desk.plain(note.text, desk.names_in(note.workspace_id, [note.text]))


class TestSharing:
    def test_a_collaborator_sees_what_is_shared_and_nothing_else(
        self, account: Any, talk: Conversation, olga: Any, cora: Any
    ) -> None:
        other = conversation_with(account, COMPLAINT)
        viewer = place(cora)
        assert not desk.visible(viewer).exists()
        assert desk.conversation(viewer, talk.pk) is None
        desk.share(talk, cora, olga, "  Please  look ")
        assert list(desk.visible(viewer)) == [talk]
        assert desk.conversation(viewer, other.pk) is None
        assert [row.pk for row in desk.list_view(viewer, "shared").rows] == [talk.pk]
        assert {slug: desk.count_view(viewer, slug) for slug in ("shared", "needs-answer", "mine")} == {
            "shared": 1,
            "needs-answer": 1,
            "mine": 0,
        }
        assert desk.count_unanswered(viewer) == 1
        assert list(desk.views_of(viewer)) == ["shared"]
        assert told(cora) == ["shared this conversation with you: “Please look”"]

    def test_taken_away_it_is_gone_at_once(self, talk: Conversation, olga: Any, cora: Any) -> None:
        desk.share(talk, cora, olga)
        desk.be_there(talk, cora, "reading")
        assert desk.count_notices(place(cora)) == 1
        desk.unshare(talk, cora, olga)
        assert desk.conversation(place(cora), talk.pk) is None
        assert desk.count_notices(place(cora)) == 0, "a notice would tell of what is not theirs to see"
        assert not Presence.objects.exists()
        desk.unshare(talk, cora, olga)
        verbs = list(Entry.objects.filter(verb__contains="shared").order_by("id").values_list("verb", flat=True))
        assert verbs == ["conversation.shared", "conversation.unshared"]

    def test_whoever_comes_back_starts_with_nothing(
        self, workspace: Any, talk: Conversation, olga: Any, cora: Any
    ) -> None:
        desk.share(talk, cora, olga)
        accounts.remove_member(workspace, olga, place(cora).pk)
        back = Membership.objects.create(workspace=workspace, user=cora, role="collaborator")
        assert not desk.visible(back).exists()
        assert desk.shares_of(talk) == []
        desk.share(talk, cora, olga)
        assert desk.visible(back).exists()
        assert Share.objects.count() == 1

    def test_only_collaborators_need_it(self, talk: Conversation, olga: Any, malik: Any, sten: Any) -> None:
        for user in (malik, sten):
            with pytest.raises(ValueError, match="collaborators"):
                desk.share(talk, user, olga)
        assert not Share.objects.exists()

    def test_shared_twice_is_shared_once(self, talk: Conversation, olga: Any, cora: Any) -> None:
        first = desk.share(talk, cora, olga)
        assert desk.share(talk, cora, olga) == first
        assert len(told(cora)) == 1

    def test_what_was_said_among_colleagues_stays_there(self, talk: Conversation, olga: Any, cora: Any) -> None:
        desk.add_note(talk, "She is always difficult.", olga)
        naming = desk.add_note(talk, "@Cora knows about glaze", olga)
        desk.share(talk, cora, olga)
        after = desk.add_note(talk, "Please look at the glaze.", olga)
        own = desk.add_note(talk, "I will.", cora)
        assert desk.notes_of(talk, place(cora)) == [naming, after, own]
        assert len(desk.notes_of(talk, place(olga))) == 4

    def test_a_stranger_sees_nothing(self, talk: Conversation, sten: Any, cora: Any, olga: Any) -> None:
        desk.share(talk, cora, olga)
        assert not desk.visible(place(sten)).exists()
        assert desk.notes_of(talk, place(sten)) == []


class TestNaming:
    def test_who_is_named_is_told(self, talk: Conversation, olga: Any, malik: Any) -> None:
        note = desk.add_note(talk, "@Malik please ask the courier", olga)
        assert told(malik) == ["named you in a note: “@Malik please ask the courier”"]
        assert told(olga) == []
        malik.name = "Malik Berg"
        malik.save()
        assert words(note) == "@Malik Berg please ask the courier"

    def test_a_team_names_its_people_each_once(
        self, workspace: Any, talk: Conversation, olga: Any, malik: Any, vera: Any
    ) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        team.members.set([olga, malik, vera])
        desk.add_note(talk, "@Returns and @Malik: look", olga)
        assert [len(told(each)) for each in (olga, malik, vera)] == [0, 1, 1]

    def test_a_collaborator_who_cannot_see_it_is_not_told(self, talk: Conversation, olga: Any, cora: Any) -> None:
        note = desk.add_note(talk, "@Cora what do you think?", olga)
        assert told(cora) == []
        assert desk.shut_out(talk, [note]) == [cora]
        desk.share(talk, cora, olga)
        assert desk.shut_out(talk, [note]) == []
        desk.add_note(talk, "@Cora now?", olga)
        assert len(told(cora)) == 2

    def test_strangers_cannot_be_named(self, talk: Conversation, olga: Any, sten: Any) -> None:
        note = desk.add_note(talk, f"@Sten and @[Sten](u{sten.pk})", olga)
        assert told(sten) == []
        assert words(note) == "@Sten and @Sten"

    def test_a_collaborator_can_name_whom_they_meet(
        self, talk: Conversation, olga: Any, malik: Any, vera: Any, cora: Any
    ) -> None:
        desk.share(talk, cora, olga)
        assert [each.name for each in desk.nameable(talk, place(cora))] == ["Olga"]
        desk.assign(talk, malik, olga)
        talk.refresh_from_db()
        assert {each.name for each in desk.nameable(talk, place(cora))} == {"Olga", "Malik"}
        desk.add_note(talk, "@Malik and @Vera", cora)
        assert len(told(vera)) == 0
        assert told(malik)[-1].startswith("named you")

    @pytest.mark.parametrize("many", [3, 30])
    def test_reading_the_names_takes_two_queries(
        self, workspace: Any, talk: Conversation, olga: Any, malik: Any, many: int
    ) -> None:
        Team.objects.create(workspace=workspace, name="Returns")
        notes = [desk.add_note(talk, f"@Malik @Returns {n}", olga) for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            desk.names_in(workspace, [note.text for note in notes])
        assert len(asked) == 2


class TestAssigning:
    def test_with_a_reason(self, talk: Conversation, olga: Any, malik: Any) -> None:
        row = desk.assign(talk, malik, olga, "  knows the\ncourier ")
        assert (row.assignee, row.assigned_because) == (malik, "knows the courier")
        assert told(malik) == ["gave you this conversation: “knows the courier”"]
        line = Entry.objects.get(verb="conversation.assigned")
        assert (line.data["to"], line.data["because"]) == ("Malik", "knows the courier")

    def test_taking_it_oneself_tells_nobody(self, talk: Conversation, malik: Any) -> None:
        desk.assign(talk, malik, malik)
        assert not Notice.objects.exists()

    def test_to_a_team(self, workspace: Any, talk: Conversation, olga: Any, malik: Any, vera: Any) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        team.members.set([malik, olga])
        desk.assign(talk, vera, olga)
        row = desk.assign_team(talk, team, olga, "a return")
        assert (row.team, row.assignee) == (team, vera)
        assert told(malik) == ["gave Returns this conversation: “a return”"]
        assert [each.pk for each in desk.list_view(place(malik), "my-team").rows] == [talk.pk]
        assert "my-team" in desk.views_of(place(malik))
        assert "my-team" not in desk.views_of(place(vera))
        assert desk.count_view(place(vera), "my-team") == 0
        assert desk.assign_team(talk, None, olga).team is None

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
    def test_the_teams_list_is_read_off_an_index(self, malik: Any) -> None:
        rows = desk.VIEWS["my-team"].narrow(desk.visible(place(malik)), place(malik)).order_by("due_at", "id")
        plan = rows[:40].explain()
        assert "USING INDEX conversation_" in plan
        assert "SCAN desk_conversation" not in plan


class TestNotices:
    def test_they_come_newest_first_page_by_page(self, workspace: Any, olga: Any, malik: Any) -> None:
        for number in range(7):
            desk.notify(malik, None, "test", f"did {number}", olga, workspace=workspace)
        seen, after = [], ""
        while True:
            page = desk.list_notices(place(malik), after, 3)
            seen += [row.text for row in page.rows]
            after = page.after
            if not after:
                break
        assert seen == [f"did {number}" for number in reversed(range(7))]
        assert len(desk.list_notices(place(malik), "nonsense").rows) == 7

    def test_reading(self, workspace: Any, talk: Conversation, olga: Any, malik: Any) -> None:
        about = desk.notify(malik, talk, "test", "did it", olga)
        one = desk.notify(malik, None, "test", "did that", olga, workspace=workspace)
        desk.notify(malik, None, "test", "did more", None, workspace=workspace.pk)
        assert about
        assert one
        assert desk.count_notices(place(malik)) == 3
        assert desk.read_notices(place(olga), only=one.pk) is False, "somebody else's"
        assert desk.read_notices(place(malik), only=one.pk) is True
        assert desk.read_notices(place(malik), about=talk) is True
        assert desk.count_notices(place(malik)) == 1
        assert desk.read_notices(place(malik)) is True
        assert desk.read_notices(place(malik)) is False

    def test_nobody_is_told_of_their_own_doing(self, talk: Conversation, olga: Any) -> None:
        assert desk.notify(olga, talk, "test", "did it", olga) is None

    def test_a_long_word_is_cut(self, talk: Conversation, olga: Any, malik: Any) -> None:
        notice = desk.notify(malik, talk, "test", "x" * 1000, olga)
        assert notice
        assert len(notice.text) == 300

    @pytest.mark.parametrize("many", [3, 30])
    def test_a_page_takes_one_query(
        self, account: Any, olga: Any, malik: Any, many: int, django_assert_num_queries: Any
    ) -> None:
        for row in bring(account, *[activity(COMPLAINT) for _ in range(many)]):
            desk.notify(malik, row, "test", "did it", olga)
        viewer = place(malik)
        with django_assert_num_queries(1):
            for notice in desk.list_notices(viewer).rows:
                assert notice.conversation is not None
                assert notice.conversation.excerpt
                assert notice.by == olga


class TestPresence:
    def test_others_see_who_is_there(self, talk: Conversation, olga: Any, malik: Any) -> None:
        assert desk.be_there(talk, olga, "reading") == []
        assert [row.user for row in desk.be_there(talk, malik, "typing")] == [olga]
        assert [(row.user, row.doing) for row in desk.be_there(talk, olga, "reading")] == [(malik, "typing")]
        desk.leave(talk, malik)
        assert desk.others_there(talk, olga) == []

    def test_who_says_nothing_any_more_is_gone(self, talk: Conversation, olga: Any, malik: Any) -> None:
        desk.be_there(talk, malik, "typing")
        Presence.objects.update(seen_at=clock.now() - timedelta(seconds=16))
        assert desk.others_there(talk, olga) == []
        desk.forget_absent()
        assert Presence.objects.count() == 1, "a moment's silence is no reason to write"
        Presence.objects.update(seen_at=clock.now() - timedelta(minutes=2))
        desk.forget_absent()
        assert not Presence.objects.exists()

    def test_it_writes_only_what_is_new(self, talk: Conversation, olga: Any, django_assert_num_queries: Any) -> None:
        desk.be_there(talk, olga, "reading")
        with django_assert_num_queries(1):
            desk.be_there(talk, olga, "reading")
        desk.be_there(talk, olga, "typing")
        assert Presence.objects.get().doing == "typing"
        before = clock.now() - timedelta(seconds=9)
        Presence.objects.update(seen_at=before)
        desk.be_there(talk, olga, "typing")
        assert Presence.objects.get().seen_at > before

    def test_nothing_of_it_is_in_the_journal(self, talk: Conversation, olga: Any) -> None:
        lines = Entry.objects.count()
        desk.be_there(talk, olga, "typing")
        desk.leave(talk, olga)
        assert Entry.objects.count() == lines


class TestCollision:
    def answer(self, talk: Conversation, by: Any) -> Message:
        return Message.objects.create(
            workspace=talk.workspace,
            conversation=talk,
            network_id=f"at://ours/{Message.objects.count()}",
            direction="out",
            author_id="did:plc:own",
            author_name="Teapot",
            text="We are sorry",
            posted_at=clock.now(),
            member=by,
        )

    def test_somebody_was_faster(self, talk: Conversation, olga: Any, malik: Any) -> None:
        seen = desk.newest_message_id(talk)
        assert seen
        assert desk.collision(talk, olga, seen) is None
        self.answer(talk, malik)
        found = desk.collision(talk, olga, seen)
        assert found
        assert (found.what, found.who) == ("answered", "Malik")
        assert desk.collision(talk, olga, desk.newest_message_id(talk)) is None, "read it"
        assert desk.collision(talk, malik, seen) is None, "one's own"
        assert desk.collision(talk, olga, None) is None, "a page that does not say what it showed"

    def test_an_answer_given_on_the_network_itself_counts(self, talk: Conversation, olga: Any) -> None:
        seen = desk.newest_message_id(talk)
        self.answer(talk, None)
        found = desk.collision(talk, olga, seen)
        assert found
        assert found.who == "Teapot"

    def test_an_answer_on_its_way(self, talk: Conversation, olga: Any, malik: Any) -> None:
        seen, now = desk.newest_message_id(talk), clock.now()
        found = desk.collision(talk, olga, seen, [(olga, now), (malik, now)])
        assert found
        assert (found.what, found.who, found.at) == ("sending", "Malik", now)
        assert desk.collision(talk, olga, seen, [(olga, now)]) is None

    def test_somebody_is_typing(self, talk: Conversation, olga: Any, malik: Any) -> None:
        seen = desk.newest_message_id(talk)
        desk.be_there(talk, malik, "reading")
        assert desk.collision(talk, olga, seen) is None
        desk.be_there(talk, malik, "typing")
        found = desk.collision(talk, olga, seen)
        assert found
        assert (found.what, found.who) == ("typing", "Malik")
