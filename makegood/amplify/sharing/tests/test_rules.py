"""When a praise goes out, and as what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.sharing import picture
from makegood.amplify.sharing.rules import kinds_of, next_slot
from makegood.clocks.api import Hours
from makegood.connectors.registry import connector

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
WEEK = Hours("UTC", tuple(((9 * 60, 18 * 60),) if day < 5 else () for day in range(7)))


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def slot(
    *taken: datetime, now: datetime = NOON, week: Hours | None = None, zone: str = "UTC", most: int = 2, apart: int = 4
) -> datetime:
    return next_slot(now, taken, week, zone, most, apart)


def test_the_first_goes_out_at_once() -> None:
    assert slot() == NOON


def test_two_are_hours_apart_in_both_directions() -> None:
    assert slot(hours(-1)) == hours(3)
    assert slot(hours(2)) == hours(6), "what is planned later counts as well"
    assert slot(hours(-4)) == NOON


def test_a_full_day_goes_on_with_the_next() -> None:
    assert slot(hours(-8), hours(-4)) == hours(12)
    assert slot(hours(-8), hours(-4), most=3) == NOON


def test_a_day_is_the_shops() -> None:
    # 12:00 UTC is 21:00 in Tokyo: the day there ends three hours later.
    assert slot(hours(-8), hours(-4), zone="Asia/Tokyo") == hours(3)


def test_within_opening_hours() -> None:
    assert slot(now=hours(-6), week=WEEK) == hours(-3)
    assert slot(now=hours(7), week=WEEK) == hours(21)
    friday = NOON + timedelta(days=4)
    assert slot(friday, now=friday + timedelta(hours=1), week=WEEK) == friday + timedelta(hours=4)
    assert slot(friday, now=friday + timedelta(hours=3), week=WEEK, apart=8) == friday + timedelta(days=2, hours=21)


def test_a_heap_is_spread_over_days() -> None:
    taken: list[datetime] = []
    for _one in range(6):
        taken.append(slot(*taken, week=WEEK))
    assert taken == sorted(taken)
    days = [each.date() for each in taken]
    assert max(days.count(day) for day in days) == 2
    assert all(later - sooner >= timedelta(hours=4) for sooner, later in pairwise(taken))


def test_a_shop_that_never_opens_within_months_ends_somewhere() -> None:
    assert slot(*(hours(4 * each) for each in range(2000)), most=100) >= NOON


def test_what_a_network_can_do() -> None:
    bluesky, mastodon = connector("bluesky").capability, connector("mastodon").capability
    assert kinds_of(bluesky, "bluesky") == ["boost", "quote", "picture"]
    assert kinds_of(mastodon, "bluesky") == ["picture"], "somebody's post is passed on where it was said"
    assert kinds_of(connector("feed").capability, "feed") == []


# The picture


def test_the_picture_is_square_and_holds_the_words() -> None:
    made = picture.draw("The pot pours so well.", "Ada Łuck", "Teapot & Co")
    with Image.open(BytesIO(made)) as image:
        assert image.size == (picture.SIDE, picture.SIDE)
        assert image.format == "PNG"
        assert len(image.getcolors(100_000) or []) > 10, "something is written"
    assert made == picture.draw("The pot pours so well.", "Ada Łuck", "Teapot & Co")
    assert made != picture.draw("The pot pours so well!", "Ada Łuck", "Teapot & Co")


@pytest.mark.parametrize("words", ["很好的茶壶", "Love it 😀", "Чайник хорош", "شكرا"])
def test_signs_that_cannot_be_drawn_are_named_and_refused(words: str) -> None:
    with pytest.raises(PraiseError, match="cannot show these signs"):
        picture.draw(words, "Ada", "Teapot")
    assert picture.missing_signs(words)


def test_latin_letters_of_many_languages_are_drawn() -> None:
    assert picture.missing_signs("Größe, façade, niño, Łódź, čaj, İyi, œuvre, þú – “really”… €5 & more!") == ""


def test_a_long_word_does_not_run_out_of_the_picture() -> None:
    with pytest.raises(PraiseError, match="do not fit"):
        picture.draw("W" * 60, "Ada", "Teapot")
    assert picture.draw("The longest praise. " * 15, "A" * 200, "S" * 200)


def test_their_words_are_shortened_never_changed() -> None:
    text = "I love it.\n\nThe pot is blue and the lid fits."
    assert picture.excerpt_of(text, "") == "I love it. The pot is blue and the lid fits."
    assert picture.excerpt_of(text, " the lid   fits. ") == "the lid fits."
    with pytest.raises(PraiseError, match="unchanged"):
        picture.excerpt_of(text, "I love them.")
    with pytest.raises(PraiseError, match="320"):
        picture.excerpt_of("word " * 100, "")
    with pytest.raises(PraiseError, match="no words"):
        picture.excerpt_of(" ", "")


def test_the_description_says_all_that_stands_in_it() -> None:
    assert picture.alt_of("So good", "Ada", "Teapot", 100) == "“So good” – Ada about Teapot"
    assert picture.alt_of("So good", "", "Teapot", 100) == "“So good” – a customer of Teapot"
    assert len(picture.alt_of("So good " * 50, "Ada", "Teapot", 100)) == 100
