"""What stands on the wall: what is allowed, what still stands, what a member chose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from makegood.amplify.models import Praise, Scope, Wall, WallItem
from makegood.amplify.wall import flow
from makegood.amplify.wall.flow import Wish
from makegood.amplify.wall.reading import candidates, open_wall, public_wall, standing
from makegood.amplify.wall.rules import MOST_SHOWN, WallError
from makegood.amplify.wall.tests.make import Shop, member_of, opened, permit, praised
from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import minutes_ago

WISH = Wish(is_open=True, mode="selected")


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace)


@pytest.fixture
def member(olga: Any, workspace: Any) -> Any:
    return member_of(olga, workspace)


def texts(wall: Wall) -> list[str]:
    return [each.text for each in public_wall(wall).pieces]


def test_it_is_closed_until_somebody_opens_it(workspace: Any, member: Any) -> None:
    row = flow.wall_of(workspace)
    assert row._state.adding
    assert (row.is_open, row.noindex) == (False, True)
    kept = flow.save(member, Wish(is_open=False, mode="selected"))
    assert open_wall(kept.slug) is None
    assert len(kept.slug) == 24, "nobody guesses it"
    kept = flow.save(member, WISH)
    assert open_wall(kept.slug) == kept
    line = Entry.objects.filter(verb="wall.changed").last()
    assert line is not None
    assert (line.data["open"], line.data["mode"]) == (True, "selected")


def test_the_address_can_be_chosen_and_stays(member: Any) -> None:
    assert flow.save(member, Wish(True, "selected", slug="Teapot-Praise")).slug == "teapot-praise"
    assert flow.save(member, WISH).slug == "teapot-praise"


def test_an_address_belongs_to_one_shop(member: Any, other_workspace: Any) -> None:
    opened(other_workspace, "teapot-praise")
    with pytest.raises(WallError, match="taken"):
        flow.save(member, Wish(True, "selected", slug="teapot-praise"))
    assert not Wall.objects.within(member.workspace_id).exists()


def test_who_may_not_change_settings_may_not_open_it(malik: Any, workspace: Any) -> None:
    with pytest.raises(WallError, match="settings"):
        flow.save(member_of(malik, workspace), WISH)


def test_a_kind_of_wall_that_is_none_is_refused(member: Any) -> None:
    with pytest.raises(WallError):
        flow.save(member, Wish(True, "the-nice-ones"))


def test_only_what_is_chosen_and_allowed_is_shown(shop: Shop, member: Any) -> None:
    wall = opened(shop.workspace)
    chosen, waiting = praised(shop, "Best teapot ever, thanks!"), praised(shop, "I love this shop, thank you!")
    permit(chosen)
    permit(waiting)
    assert texts(wall) == [], "nothing is shown by itself"
    flow.show(member, chosen.pk)
    assert texts(wall) == ["Best teapot ever, thanks!"]
    assert Entry.objects.filter(verb="wall.shown", subject=f"conversation:{chosen.conversation_id}").count() == 1


@pytest.mark.parametrize("scope", [None, Scope.RESHARE, Scope.PICTURE])
def test_without_permission_for_this_nothing_goes_on(shop: Shop, member: Any, scope: str | None) -> None:
    praise = praised(shop)
    if scope:
        permit(praise, scope)
    with pytest.raises(WallError, match="not allowed"):
        flow.show(member, praise.pk)
    # Even where a row says so, what is drawn is joined with what is allowed.
    WallItem.objects.create(workspace=shop.workspace, praise=praise, shown=True)
    assert texts(opened(shop.workspace)) == []


def test_taken_back_is_gone_at_once(shop: Shop, member: Any) -> None:
    wall, praise = opened(shop.workspace), praised(shop)
    permission = permit(praise)
    flow.show(member, praise.pk)
    assert len(texts(wall)) == 1
    permission.revoked_at = clock.now()
    permission.save()
    assert texts(wall) == []
    assert candidates(shop.workspace).rows == []
    permit(praise)
    assert len(texts(wall)) == 1, "allowed anew, it stands where it stood"


def test_deleted_at_the_source_is_gone_at_once(shop: Shop, member: Any) -> None:
    wall, praise = opened(shop.workspace), praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    praise.mention.deleted_at = clock.now()
    praise.mention.save()
    assert texts(wall) == []
    with pytest.raises(WallError):
        flow.show(member, praise.pk)


def test_gone_by_its_state_is_gone(shop: Shop, member: Any) -> None:
    praise = praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    Praise.objects.within(shop.workspace).update(state=Praise.State.GONE)
    assert texts(opened(shop.workspace)) == []


def test_what_was_changed_waits_until_it_was_read_again(shop: Shop, member: Any) -> None:
    wall, praise = opened(shop.workspace), praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    praise.mention.edited_at = clock.now() + timedelta(seconds=1)
    praise.mention.text = "Worst teapot ever"
    praise.mention.save()
    assert texts(wall) == []
    (row,) = candidates(shop.workspace).rows
    assert (row.changed, row.shown) == (True, False)
    WallItem.objects.within(shop.workspace).update(at=clock.now() + timedelta(seconds=2))
    assert texts(wall) == ["Worst teapot ever"]


def test_the_sample_shop_s_people_are_no_customers(shop: Shop, member: Any) -> None:
    praise = praised(shop, is_sample=True)
    permit(praise)
    with pytest.raises(WallError):
        flow.show(member, praise.pk)


def test_the_shop_s_own_account_is_no_customer(shop: Shop, member: Any) -> None:
    praise = praised(shop)
    permit(praise)
    shop.channel.address = praise.mention.author_id
    shop.channel.save()
    with pytest.raises(WallError):
        flow.show(member, praise.pk)


def test_hidden_and_shown_again(shop: Shop, member: Any) -> None:
    wall, praise = opened(shop.workspace), praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    assert [row.praise for row in standing(shop.workspace)] == [praise]
    assert candidates(shop.workspace).rows == [], "it is listed once"
    assert len(candidates(shop.workspace, every=True).rows) == 1
    flow.hide(member, praise.pk)
    assert texts(wall) == []
    assert standing(shop.workspace) == []
    assert candidates(shop.workspace).rows[0].item is not None
    flow.show(member, praise.pk)
    assert len(texts(wall)) == 1


def test_the_newest_choice_stands_first_and_moves(shop: Shop, member: Any) -> None:
    wall = opened(shop.workspace)
    rows = [praised(shop, f"Lovely teapot {letter}, thank you so much!") for letter in "abc"]
    for row in rows:
        permit(row)
        flow.show(member, row.pk)

    def order() -> str:
        return "".join(text.split()[2][0] for text in texts(wall))

    assert order() == "cba"
    flow.move(member, rows[0].pk, up=True)
    assert order() == "cab"
    flow.move(member, rows[2].pk, up=False)
    assert order() == "acb"
    flow.move(member, rows[0].pk, up=True)
    assert order() == "acb", "the first goes no further"
    flow.move(member, rows[1].pk, up=False)
    assert order() == "acb"


def test_thirty_are_the_most(shop: Shop, member: Any) -> None:
    rows = [praised(shop, f"Lovely teapot number {number}, thank you!") for number in range(MOST_SHOWN + 1)]
    for row in rows:
        permit(row)
    for row in rows[:-1]:
        flow.show(member, row.pk)
    with pytest.raises(WallError, match="Thirty"):
        flow.show(member, rows[-1].pk)
    flow.hide(member, rows[0].pk)
    flow.show(member, rows[-1].pk)
    assert len(texts(opened(shop.workspace))) == MOST_SHOWN


def test_nobody_chooses_for_another_shop(shop: Shop, sten: Any, other_workspace: Any) -> None:
    praise = praised(shop)
    permit(praise)
    with pytest.raises(WallError, match="not there"):
        flow.show(member_of(sten, other_workspace), praise.pk)
    assert texts(opened(other_workspace, "stens-skis")) == []
    assert candidates(other_workspace).rows == []


def test_a_viewer_chooses_nothing(shop: Shop, vera: Any) -> None:
    praise = praised(shop)
    permit(praise)
    for act in (flow.show, flow.hide):
        with pytest.raises(WallError):
            act(member_of(vera, shop.workspace), praise.pk)


class TestEverything:
    """A wall that says that it shows everything."""

    @pytest.fixture
    def wall(self, shop: Shop) -> Wall:
        return opened(shop.workspace, mode="everything")

    def complain(self, shop: Shop, **fields: Any) -> Any:
        talk = conversation_with(shop.channel, "My teapot arrived broken and nobody answers, I want a refund", **fields)
        assert talk.intent == "complaint"
        return talk

    def test_all_that_is_allowed_stands_there_though_nobody_chose_it(self, shop: Shop, wall: Wall, member: Any) -> None:
        first = praised(shop, "Lovely old teapot, thank you!", posted_at=minutes_ago(60))
        second = praised(shop, "Lovely new teapot, thank you!", posted_at=minutes_ago(5))
        permit(first)
        permit(second)
        assert texts(wall) == ["Lovely new teapot, thank you!", "Lovely old teapot, thank you!"]

    def test_nothing_can_be_hidden_or_moved(self, shop: Shop, wall: Wall, member: Any) -> None:
        praise = praised(shop)
        permit(praise)
        with pytest.raises(WallError, match=r"465\.7"):
            flow.hide(member, praise.pk)
        with pytest.raises(WallError, match=r"465\.7"):
            flow.move(member, praise.pk, up=True)
        assert len(texts(wall)) == 1
        assert not Entry.objects.filter(verb__startswith="wall.").exists()

    def test_what_was_hidden_before_is_shown(self, shop: Shop, wall: Wall, member: Any) -> None:
        praise = praised(shop)
        permit(praise)
        WallItem.objects.create(workspace=shop.workspace, praise=praise, shown=False)
        assert len(texts(wall)) == 1

    def test_criticism_stands_there_by_its_link_without_words_or_name(self, shop: Shop, wall: Wall) -> None:
        self.complain(shop, url="https://bsky.example/broken")
        (piece,) = public_wall(wall).pieces
        assert (piece.linked, piece.url) == (True, "https://bsky.example/broken")
        assert (piece.text, piece.author) == ("", "")

    def test_what_is_not_public_is_not_linked_to(self, shop: Shop, wall: Wall) -> None:
        from makegood.activity import Visibility

        self.complain(shop, url="https://bsky.example/broken", visibility=Visibility.DIRECT)
        self.complain(shop, url="javascript:alert(1)")
        assert public_wall(wall).pieces == []

    def test_deleted_criticism_goes_too(self, shop: Shop, wall: Wall) -> None:
        talk = self.complain(shop, url="https://bsky.example/broken")
        talk.latest.deleted_at = clock.now()
        talk.latest.save()
        assert public_wall(wall).pieces == []

    def test_a_wall_of_choice_shows_no_complaints(self, shop: Shop) -> None:
        self.complain(shop, url="https://bsky.example/broken")
        assert public_wall(opened(shop.workspace)).pieces == []

    def test_pages_leave_nothing_out_and_nothing_twice(self, shop: Shop, wall: Wall) -> None:
        for number in range(30):
            permit(praised(shop, f"Lovely teapot number {number}, thank you!", posted_at=minutes_ago(2 * number + 1)))
            self.complain(shop, url=f"https://bsky.example/{number}", posted_at=minutes_ago(2 * number + 2))
        seen: list[Any] = []
        after = ""
        for _page in range(10):
            page = public_wall(wall, after)
            seen += [piece.text or piece.url for piece in page.pieces]
            after = page.after
            if not after:
                break
        assert len(seen) == len(set(seen)) == 60

    @pytest.mark.parametrize("after", ["x", "2026-01-01~1", "~", "2026-01-01T00:00:00+00:00~99999999999999999999"])
    def test_a_key_that_is_none_is_the_first_page(self, shop: Shop, wall: Wall, after: str) -> None:
        permit(praised(shop))
        assert len(public_wall(wall, after).pieces) == 1


@pytest.mark.parametrize("mode", ["selected", "everything"])
@pytest.mark.parametrize("count", [3, 25])
def test_few_queries_however_many(
    shop: Shop, member: Any, mode: str, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        praise = praised(shop, f"Lovely teapot number {number}, thank you!")
        permit(praise)
        flow.show(member, praise.pk)
    opened(shop.workspace, mode=mode)
    with django_assert_max_num_queries(5):
        wall = open_wall("teapot-praise")
        assert wall is not None
        assert len(public_wall(wall).pieces) == min(count, 20 if mode == "everything" else 30)
    with django_assert_max_num_queries(2):
        assert len(standing(shop.workspace)) == count
        assert len(candidates(shop.workspace, every=True).rows) == min(count, 20)


def test_candidates_come_by_pages(shop: Shop) -> None:
    for number in range(5):
        permit(praised(shop, f"Lovely teapot number {number}, thank you!"))
    first = candidates(shop.workspace, size=3)
    second = candidates(shop.workspace, first.after, size=3)
    assert (len(first.rows), len(second.rows), second.after) == (3, 2, "")
    assert {row.praise.pk for row in first.rows}.isdisjoint(row.praise.pk for row in second.rows)


def test_a_conversation_that_is_erased_leaves_the_wall(shop: Shop, member: Any) -> None:
    from makegood.amplify.api import erase_shown, export_shown

    wall, praise = opened(shop.workspace), praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    assert export_shown(shop.workspace.pk, [praise.conversation_id])["on_wall"][0]["shown"] is True
    erase_shown(shop.workspace.pk, [praise.conversation_id], who=True)
    assert texts(wall) == []
    assert desk.Conversation.objects.within(shop.workspace).exists()


def test_the_order_is_read_by_its_index(shop: Shop, member: Any) -> None:
    from django.db import connection

    praise = praised(shop)
    permit(praise)
    flow.show(member, praise.pk)
    with CaptureQueriesContext(connection) as asked:
        public_wall(opened(shop.workspace))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked.captured_queries[-2]["sql"])
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "SCAN amplify_wallitem" not in plan
