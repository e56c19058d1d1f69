"""Copies stand under the first; nothing is lost, and what goes at its source goes here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.activity import Author
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import flow
from makegood.listen.edits import keep_edits
from makegood.listen.erasing import erase_authors, erase_older
from makegood.listen.flow import Hit
from makegood.listen.folding import flow as folding
from makegood.listen.folding.tests.posts import OWN, stories
from makegood.listen.models import Channel, Hearing, Mention, MentionCopy, MentionKey
from makegood.listen.tests.make import activity, channel

pytestmark = pytest.mark.django_db

NEWS = "Acme recalls its blue teapots after tests found lead in the glaze https://n.example/1"
LONG = f"{stories(1)[0]} https://n.example/2"


@pytest.fixture
def stream(workspace: Any) -> Channel:
    return channel(workspace)


def hear(where: Channel, *said: Any, **options: Any) -> int:
    with transaction.atomic():
        return flow.store(where, [Hit(each, "why") for each in said], **options)


def rows(workspace: Any, state: str = "") -> list[Mention]:
    found = Mention.objects.within(workspace).order_by("id")
    return list(found.filter(state=state) if state else found)


def under(workspace: Any) -> dict[str, str]:
    """The author of the first by the author of the copy."""
    copies = MentionCopy.objects.within(workspace).select_related("first")
    return {each.author_id: each.first.author_id for each in copies}


def verbs(workspace: Any, verb: str) -> list[tuple[str, dict[str, Any]]]:
    lines = Entry.objects.within(workspace).filter(verb=verb).order_by("id")
    return [(line.subject, line.data) for line in lines]


def by(who: str, text: str = NEWS, **fields: Any) -> Any:
    return activity(text, who=who, **fields)


def test_copies_stand_under_the_first(workspace: Any, stream: Channel) -> None:
    assert hear(stream, by("a"), by("b"), by("c", f"RT @x: {NEWS.upper()}")) == 1
    assert hear(stream, by("d")) == 0
    first, *copies = rows(workspace)
    assert (first.state, [row.state for row in copies]) == ("new", ["folded"] * 3)
    assert under(workspace) == {"b": "a", "c": "a", "d": "a"}
    assert listen.copies_of(workspace, [first.pk])[first.pk].count == 3
    assert [row.pk for row in flow.take_new(10)] == [first.pk], "only the first is sorted"
    assert verbs(workspace, "mention.folded") == [
        (f"mention:{first.pk}", {"copies": 2}),
        (f"mention:{first.pk}", {"copies": 1}),
    ]
    assert [subject for subject, _data in verbs(workspace, "mention.heard")] == [f"mention:{first.pk}"]
    assert Hearing.objects.within(workspace).count() == 4, "why it was heard is kept of copies, too"


def test_near_copies_count_and_say_how_near(workspace: Any, stream: Channel) -> None:
    hear(stream, by("a", LONG))
    hear(stream, by("b", f"BREAKING {LONG}"), by("c", LONG), by("d", f"{stories(9)[-1]} https://n.example/2"))
    found = MentionCopy.objects.within(workspace).order_by("id")
    assert [each.likeness for each in found][1] == 100
    assert 75 <= found[0].likeness < 100
    assert [row.state for row in rows(workspace)] == ["new", "folded", "folded", "new"]


def test_copies_are_found_over_networks_and_channels(workspace: Any, stream: Channel) -> None:
    hear(stream, by("a"))
    hear(channel(workspace, "feed", network="mastodon", address="tag"), by("b", network="mastodon"))
    assert under(workspace) == {"b": "a"}


def test_each_workspace_folds_for_itself(workspace: Any, other_workspace: Any, stream: Channel) -> None:
    hear(stream, by("a"))
    assert hear(channel(other_workspace), by("b")) == 1
    assert MentionCopy.objects.count() == 0


def test_customers_in_the_same_words_are_customers(workspace: Any, stream: Channel) -> None:
    said = [by(f"{number}-{who}", text) for number, text in enumerate(OWN) for who in range(3)]
    assert hear(stream, *said) == len(said)
    assert MentionCopy.objects.count() == 0


@pytest.mark.parametrize("kind", ["account", "import", "sample"])
def test_what_was_said_to_us_or_brought_in_a_file_is_not_folded(workspace: Any, stream: Channel, kind: str) -> None:
    hear(stream, by("a"))
    assert hear(channel(workspace, kind), by("b"), by("c")) == 2


def test_who_names_us_is_not_folded(workspace: Any, stream: Channel) -> None:
    us = channel(workspace, "account", name="@shop.example")
    said = [by("b", mentions=(us.address,)), by("c", f"@shop.example {NEWS}"), by("d", parent_id="at://x", root_id="x")]
    hear(stream, by("a"))
    assert hear(stream, *said) == 3


def test_a_copy_that_turns_out_to_be_said_to_us_stands_alone(workspace: Any, stream: Channel) -> None:
    post = by("b")
    hear(stream, by("a"), post)
    hear(channel(workspace, "account"), post)
    assert [(row.state, row.addressed) for row in rows(workspace)] == [("new", False), ("new", True)]
    assert MentionCopy.objects.count() == 0
    assert [data for _subject, data in verbs(workspace, "mention.unfolded")] == [{"because": "addressed"}]


def test_history_is_not_folded(workspace: Any, stream: Channel) -> None:
    old = clock.now() - timedelta(days=3)
    assert hear(stream, by("a", posted_at=old), by("b", posted_at=old), oldest=clock.now() - timedelta(days=1)) == 2


def test_a_copy_is_heard_once(workspace: Any, stream: Channel) -> None:
    first, copy = by("a"), by("b")
    hear(stream, first, copy)
    assert hear(stream, copy, first, copy) == 0
    hear(channel(workspace, "feed", address="other"), copy)
    assert (len(rows(workspace)), MentionCopy.objects.count()) == (2, 1)
    assert Hearing.objects.within(workspace).count() == 3


def test_after_a_week_it_is_news_again(workspace: Any, stream: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(stream, by("a"))
    later = clock.now() + folding.WINDOW + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert hear(stream, by("b", posted_at=later)) == 1
    assert hear(stream, by("c", posted_at=later)) == 0
    assert under(workspace) == {"c": "b"}
    assert folding.forget_keys() == 1
    assert set(MentionKey.objects.values_list("mention__author_id", flat=True)) == {"b"}


def test_the_reach_counts_each_author_once_and_says_of_how_many(workspace: Any, stream: Channel) -> None:
    def post(who: str, followers: int | None, number: int) -> Any:
        author = Author(id=who, followers=followers)
        said = activity(NEWS, who=who, id=f"{who}/{number}")
        return type(said)(**{name: getattr(said, name) for name in said.__struct_fields__} | {"author": author})

    hear(stream, post("a", 900, 1))
    first = rows(workspace)[0].pk
    assert listen.copies_of(workspace, [first]) == {}
    hear(stream, post("b", None, 1))
    assert listen.copies_of(workspace, [first])[first] == listen.Copies(1, None, 0)
    hear(stream, post("c", 300, 1), post("c", 300, 2), post("d", 12_000, 1), post("a", 900, 2), post("e", -5, 1))
    assert listen.copies_of(workspace, [first])[first] == listen.Copies(6, 12_300, 3)


def test_what_a_page_shows_is_the_newest_first(workspace: Any, stream: Channel) -> None:
    hear(stream, *[by(f"who{number}") for number in range(8)])
    first = rows(workspace)[0].pk
    seen: list[str] = []
    after = 0
    while True:
        page, after = listen.page_of_copies(workspace, first, after, size=3)
        seen += [each.mention.author_id for each in page]
        if not after:
            break
    assert seen == [f"who{number}" for number in range(7, 0, -1)]


def test_a_member_takes_a_copy_out(workspace: Any, other_workspace: Any, stream: Channel, malik: Any) -> None:
    hear(stream, by("a"), by("b"), by("c"))
    copy = rows(workspace)[1]
    assert not folding.take_out(other_workspace.pk, copy.pk, malik)
    assert folding.take_out(workspace.pk, copy.pk, malik)
    assert not folding.take_out(workspace.pk, copy.pk, malik)
    assert [row.state for row in rows(workspace)] == ["new", "new", "folded"]
    assert under(workspace) == {"c": "a"}
    line = Entry.objects.within(workspace).get(verb="mention.unfolded")
    assert (line.subject, line.actor) == (f"mention:{copy.pk}", str(malik))
    assert hear(stream, by("d")) == 0
    assert under(workspace)["d"] == "a", "the others go on standing under the first"


def test_a_copy_deleted_at_its_source_counts_no_more(workspace: Any, stream: Channel) -> None:
    copy = by("b")
    hear(stream, by("a"), copy, by("c"))
    assert flow.forget([copy.id]) == 1
    assert under(workspace) == {"c": "a"}
    gone = rows(workspace)[1]
    assert (gone.text, gone.activity, gone.state) == ("", {}, "folded")
    assert hear(stream, copy) == 0, "it is not heard again"


def test_where_the_first_is_deleted_the_next_takes_its_place(workspace: Any, stream: Channel) -> None:
    first = by("a")
    hear(stream, first, by("b", f"{NEWS} 😱"), by("c"), by("d"))
    sort_all()
    flow.forget([first.id])
    gone, heir, *others = rows(workspace)
    assert (gone.text, heir.state, [row.state for row in others]) == ("", "new", ["folded", "folded"])
    assert under(workspace) == {"c": "b", "d": "b"}
    assert verbs(workspace, "mention.unfolded") == [(f"mention:{heir.pk}", {"because": "gone"})]
    assert hear(stream, by("e")) == 0
    assert under(workspace)["e"] == "b"
    flow.forget([row.network_id for row in rows(workspace)])
    assert MentionCopy.objects.count() == MentionKey.objects.count() == 0
    assert all(row.text == "" and row.deleted_at for row in rows(workspace))


def sort_all() -> None:
    with transaction.atomic():
        flow.mark_sorted(flow.take_new(100))


def test_what_was_heard_long_ago_asks_for_no_attention(
    workspace: Any, stream: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = by("a")
    hear(stream, first, by("b"), by("c"))
    sort_all()
    later = clock.now() + folding.YOUNG + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    flow.forget([first.id])
    assert [row.state for row in rows(workspace)] == ["sorted"] * 3
    assert MentionCopy.objects.count() == 0
    assert [row.text for row in rows(workspace)][1:] == [NEWS, NEWS], "they stay until their own time is over"


def test_an_erased_person_is_erased_as_a_copy_too(workspace: Any, stream: Channel, olga: Any) -> None:
    hear(stream, by("a"), by("b"), by("c"), by("b", f"{NEWS}!"))
    with transaction.atomic():
        assert erase_authors(workspace.pk, [("bluesky", "b")], olga) == 2
    assert under(workspace) == {"c": "a"}
    with transaction.atomic():
        erase_authors(workspace.pk, [("bluesky", "a")], olga)
    assert MentionCopy.objects.count() == 0
    assert [(row.author_id, row.state) for row in rows(workspace)] == [
        ("erased", "sorted"), ("erased", "sorted"), ("c", "new"), ("erased", "sorted"),
    ]  # fmt: skip


def test_what_a_shop_no_longer_keeps_wakes_nobody(workspace: Any, stream: Channel) -> None:
    from django.db.models import Exists

    day = timedelta(days=1)
    hear(stream, by("a", posted_at=clock.now() - 5 * day), by("b", posted_at=clock.now() - 3 * day))
    nothing = Exists(Mention.objects.within(workspace).none())
    with transaction.atomic():
        assert erase_older(workspace.pk, "bluesky", clock.now() - 4 * day, nothing) == 1
    assert [(row.author_id, row.state) for row in rows(workspace)] == [("erased", "sorted"), ("b", "sorted")]
    with transaction.atomic():
        assert erase_older(workspace.pk, "bluesky", clock.now() - 2 * day, nothing) == 1
    assert MentionCopy.objects.count() == MentionKey.objects.count() == 0


def edit(workspace: Any, post: Any, text: str) -> None:
    changed = activity(text, who=post.author.id, id=post.id, edited_at=clock.now())
    with transaction.atomic():
        assert keep_edits(workspace.pk, {post.id: changed}) == 1


def test_an_edited_copy_stands_alone(workspace: Any, stream: Channel) -> None:
    copy = by("b")
    hear(stream, by("a"), copy)
    edit(workspace, copy, "I have one of these teapots from Acme and nobody answers me")
    assert [row.state for row in rows(workspace)] == ["new", "new"]
    assert MentionCopy.objects.count() == 0


def test_where_the_first_says_something_else_now_its_copies_go_on(workspace: Any, stream: Channel) -> None:
    first = by("a")
    hear(stream, first, by("b"), by("c"))
    edit(workspace, first, NEWS.replace("recalls", "RECALLS"))
    assert under(workspace) == {"b": "a", "c": "a"}, "the same words"
    edit(workspace, first, "All is well with the teapots of Acme, says Acme in a new statement")
    assert under(workspace) == {"c": "b"}
    assert [row.state for row in rows(workspace)] == ["new", "new", "folded"]


def test_removing_a_channel_keeps_what_others_brought(workspace: Any, stream: Channel, olga: Any) -> None:
    feed = channel(workspace, "feed", address="feed")
    hear(stream, by("a"), by("b"))
    hear(feed, by("c"), by("d"))
    listen.remove(stream, olga)
    assert [(row.author_id, row.state) for row in rows(workspace)] == [("c", "new"), ("d", "folded")]
    assert under(workspace) == {"d": "c"}


def asked(caught: CaptureQueriesContext) -> int:
    """How many queries: SQLite takes only so many values in one INSERT, so those go by the hundred."""
    return sum(not each["sql"].startswith("INSERT") for each in caught.captured_queries)


def test_a_flood_asks_no_more_of_the_database_than_a_few(workspace: Any, stream: Channel) -> None:
    def queries(count: int, start: int) -> int:
        texts = stories(count + start)[start:]
        said = [by(f"{start}-{n}-{who}", f"{text} https://n.example") for n, text in enumerate(texts) for who in "xy"]
        with CaptureQueriesContext(connection) as caught:
            hear(stream, *said)
        return asked(caught)

    queries(3, 0)
    few = queries(3, 3)
    assert queries(30, 6) <= few
    assert MentionCopy.objects.count() == 36


def test_handing_on_asks_no_more_of_the_database_for_many(workspace: Any, stream: Channel) -> None:
    def queries(count: int, start: int) -> int:
        firsts = [by(f"{start}-{n}", f"{text} https://n.example") for n, text in enumerate(stories(40)[start:][:count])]
        hear(stream, *firsts)
        hear(stream, *[by(f"{post.author.id}-{who}", post.text) for post in firsts for who in "xyz"])
        with CaptureQueriesContext(connection) as caught:
            flow.forget([post.id for post in firsts])
        return asked(caught)

    few = queries(3, 0)
    assert queries(30, 3) <= few
    assert MentionCopy.objects.count() == 66


def test_a_crowd_under_one_key_is_not_searched_through(workspace: Any, stream: Channel) -> None:
    """Posts that differ in their numbers are no copies of one another, and share most of their keys."""
    said = [by(f"who{number}", f"{LONG} Code {number:06} wins") for number in range(40)]
    assert hear(stream, *said[:20]) == 20
    assert hear(stream, *said[20:]) == 20
    values = list(MentionKey.objects.values_list("value", flat=True))
    assert max(values.count(value) for value in set(values)) <= folding.CROWD


def test_who_asked_for_a_search_sees_the_same_in_any_order(workspace: Any, stream: Channel) -> None:
    hear(stream, *[by(f"who{number}", LONG) for number in range(5)])
    hear(stream, *[by(f"more{number}", f"{LONG} #acme") for number in range(5)])
    firsts = set(MentionCopy.objects.values_list("first__author_id", flat=True))
    assert (firsts, MentionCopy.objects.count()) == ({"who0"}, 9)
