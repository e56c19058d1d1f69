from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import resources

from makegood.activity import Activity, Kind
from makegood.connectors.sample import BRAND, OWN_AUTHOR_ID, SHOP_NAME, activities

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
ALL = activities(NOW)
HEARD = [activity for activity in ALL if activity.author.id != OWN_AUTHOR_ID]


def test_there_is_a_week_of_it() -> None:
    assert 40 <= len(HEARD) <= 55
    assert len({activity.id for activity in ALL}) == len(ALL)
    assert all(NOW - timedelta(hours=18) <= activity.posted_at < NOW for activity in ALL)
    assert NOW - ALL[-1].posted_at < timedelta(hours=1)
    assert [activity.posted_at for activity in ALL] == sorted(activity.posted_at for activity in ALL)


def test_the_same_moment_gives_the_same_week() -> None:
    assert activities(NOW) == ALL
    later = activities(NOW + timedelta(hours=3))
    moved = [b.posted_at - a.posted_at for a, b in zip(ALL, later, strict=True)]
    assert set(moved) == {timedelta(hours=3)}
    assert [activity.id for activity in later] == [activity.id for activity in ALL]


def test_every_id_is_of_the_sample() -> None:
    assert all(activity.network == "sample" and activity.id.startswith("sample:") for activity in ALL)
    assert all(activity.author.id.startswith("sample:author:") for activity in ALL)


def test_threads_hang_together() -> None:
    by_id = {activity.id: activity for activity in ALL}
    for activity in ALL:
        assert activity.root_id in by_id
        if not activity.parent_id:
            assert activity.root_id == activity.id
            continue
        parent = by_id[activity.parent_id]
        assert parent.posted_at < activity.posted_at
        assert parent.thread_id == activity.thread_id
        assert activity.kind in (Kind.REPLY, Kind.COMMENT)


def test_some_threads_have_an_answer_by_the_shop_and_more_after_it() -> None:
    threads = Counter(activity.thread_id for activity in ALL)
    assert max(threads.values()) >= 4
    answered = {activity.thread_id for activity in ALL if activity.author.id == OWN_AUTHOR_ID}
    assert len(answered) >= 2


def test_it_looks_like_several_networks_and_languages() -> None:
    assert {Kind.POST, Kind.REPLY, Kind.COMMENT, Kind.REVIEW, Kind.ARTICLE} <= {activity.kind for activity in ALL}
    assert {activity.language for activity in ALL} == {"en", "de", "fr", "es"}
    assert all((activity.rating is not None) == (activity.kind is Kind.REVIEW) for activity in ALL)
    assert sum((activity.author.followers or 0) >= 10_000 for activity in HEARD) >= 3


def names_the_shop(activity: Activity) -> bool:
    return BRAND.casefold() in f"{activity.title} {activity.text}".casefold()


def test_everything_names_the_shop_or_belongs_to_a_thread_or_a_review_that_does() -> None:
    named = {activity.thread_id for activity in ALL if names_the_shop(activity)}
    assert all(activity.thread_id in named or activity.kind is Kind.REVIEW for activity in ALL)
    assert BRAND in SHOP_NAME


def test_nothing_points_at_a_real_address() -> None:
    raw = (resources.files("makegood.connectors.sample") / "content.json").read_text("utf-8")
    addresses = re.findall(r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|shop|de|fr|es|io|co|eu)\b", raw)
    assert addresses
    assert all(re.search(r"(?:^|\.)example\.(?:com|org)$", address) for address in addresses)
    assert not re.search(r"[\w.]+@[\w.]+", raw)
    for activity in ALL:
        assert activity.author.avatar == ""
        assert activity.media == ()
        for url in (activity.url, activity.author.url, *activity.links):
            assert url.startswith("https://example.org/")
        assert activity.author.handle.endswith(".example.com")


def test_no_author_goes_unheard() -> None:
    content = json.loads((resources.files("makegood.connectors.sample") / "content.json").read_text("utf-8"))
    assert {author["id"] for author in content["authors"]} == {m["who"] for m in content["mentions"]} - {"shop"}
