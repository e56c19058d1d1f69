"""The query tester: what a query would have found, before it is saved."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.kit import clock
from makegood.listen.api import Mention
from makegood.listen.models import SampledPost
from makegood.web.tests.listen_pages import hear, page, query, sample, stream, trial, visible


def test_matched_and_unmatched_posts_stand_apart_with_the_words_marked(as_olga: Client) -> None:
    sample(["My teapot broke", "A kettle sings", "Teapot weather"])
    html = trial(as_olga, "teapot")
    found, left_out = html.split("It would leave out")
    assert "My <mark>teapot</mark> broke" in found
    assert "<mark>Teapot</mark> weather" in found
    assert "A kettle sings" in left_out
    assert "A kettle sings" not in found


def test_copies_are_counted_but_shown_once(as_olga: Client) -> None:
    sample(["buy this teapot"] * 20 + ["buy that kettle"] * 20)
    html = trial(as_olga, "teapot")
    assert "It fits 20 of 40 public posts" in html
    assert html.count('class="sampled"') == 2


def test_near_misses_come_first_among_what_is_left_out(as_olga: Client) -> None:
    sample(["Nothing at all", "The teapot is lovely", "Something else"])
    left_out = trial(as_olga, "teapot AND broken").split("It would leave out")[1]
    assert left_out.index("The teapot is lovely") < left_out.index("Nothing at all")


def test_the_volume_is_a_sentence_with_its_range_and_its_sample(as_olga: Client) -> None:
    sample(["a teapot" if number % 4 == 0 else "a kettle" for number in range(400)])
    html = visible(trial(as_olga, "teapot"))
    # 100 of 400 in 399 s at a share of one half: 100 / 399 * 86,400 / 0.5, in two figures.
    assert re.search(r"About 43,000 a day \([\d,]+ to [\d,]+\)\.", html)
    assert "It fits 100 of 400 public posts" in html


def test_a_pause_of_the_listener_does_not_make_the_day_look_quiet(as_olga: Client) -> None:
    sample(["a teapot" if number % 4 == 0 else "a kettle" for number in range(400)])
    older = SampledPost.objects.order_by("id")[:200].values_list("pk", flat=True)
    for row in SampledPost.objects.filter(pk__in=list(older)):
        row.heard_at -= timedelta(hours=20)
        row.save(update_fields=["heard_at"])
    assert re.search(r"About 4[34],000 a day", visible(trial(as_olga, "teapot")))


def test_one_lonely_sample_is_no_ground_for_a_number(as_olga: Client) -> None:
    sample(["a teapot"])
    assert "Not heard long enough to say." in trial(as_olga, "teapot")


def test_without_any_sample_the_tester_says_so(as_olga: Client) -> None:
    html = trial(as_olga, "teapot")
    assert "has not heard enough public posts yet" in html
    assert "You can save the query now." in html


def test_own_mentions_are_tried_even_without_a_sample(as_olga: Client, workspace: Any) -> None:
    channel = stream(workspace)
    hear(channel, "the teapot leaks", "at://1")
    hear(channel, "the kettle leaks", "at://2")
    html = visible(trial(as_olga, "teapot"))
    assert "Of the last 2 mentions you heard it fits 1." in html
    assert "Not enough public posts heard to say how many it brings." in html


def test_own_mentions_of_others_are_never_shown(as_olga: Client, other_workspace: Any) -> None:
    hear(stream(other_workspace), "the secret teapot", "at://1")
    sample(["another teapot"])
    assert "secret" not in trial(as_olga, "teapot")


def test_what_was_deleted_is_not_tried(as_olga: Client, workspace: Any) -> None:
    heard = hear(stream(workspace), "the teapot leaks", "at://1")
    Mention.objects.within(workspace).filter(pk=heard.pk).update(deleted_at=clock.now(), activity={}, text="")
    assert "has not heard enough public posts yet" in trial(as_olga, "teapot")


def test_where_and_meets_or_the_tester_shows_the_reading(as_olga: Client) -> None:
    html = trial(as_olga, "teapot AND late OR broken")
    assert "(teapot AND late) OR broken" in html
    assert "AND binds tighter than OR" not in trial(as_olga, "(teapot AND late) OR broken")


def test_a_hint_is_shown_with_what_could_stand_there(as_olga: Client) -> None:
    html = trial(as_olga, "teapot or kettle")
    assert "Write OR in capitals to join." in html
    assert 'value="teapot OR kettle"' in html


def test_before_anything_is_typed_the_tester_waits(as_olga: Client) -> None:
    assert "shows here while you type" in trial(as_olga, "  \n ")


def test_a_long_post_is_cut_around_the_words_that_matched(as_olga: Client) -> None:
    sample(["before " * 100 + "teapot" + " after" * 100])
    html = trial(as_olga, "teapot")
    assert "<mark>teapot</mark>" in html
    assert html.count("before") < 20
    assert "…before" in html or "…" in html


def test_what_strangers_wrote_is_never_markup(as_olga: Client, workspace: Any) -> None:
    evil = "<script>alert(1)</script> teapot <img src=x onerror=alert(2)>"
    sample([evil])
    hear(stream(workspace), evil, "at://evil")
    html = trial(as_olga, "teapot")
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "<mark>teapot</mark>" in html


@pytest.mark.parametrize("where", ["error", "list", "editor", "reading"])
def test_what_a_member_wrote_is_never_markup(as_olga: Client, workspace: Any, where: str) -> None:
    evil = '"><script>alert(1)</script>'
    if where == "error":
        html = trial(as_olga, evil) + trial(as_olga, f"{evil} AND")
    elif where == "reading":
        html = trial(as_olga, "teapot AND late OR <script>alert(1)</script>")
    else:
        row = query(workspace, evil, evil)
        html = page(as_olga, "/queries/" if where == "list" else f"/queries/{row.pk}/")
    assert "<script>alert" not in html


def test_a_link_that_is_none_is_not_offered(as_olga: Client) -> None:
    sample(["a teapot"])
    row = SampledPost.objects.get()
    row.activity["url"] = "javascript:alert(1)"
    row.save()
    assert "javascript:" not in trial(as_olga, "teapot")


# --- the estimate beside a proposal


def test_a_proposal_has_its_estimate_and_an_example(as_olga: Client) -> None:
    sample(["a teapot" if number % 4 == 0 else "a kettle" for number in range(400)])
    html = page(as_olga, "/queries/estimate/", text="teapot")
    assert "a day" in html
    assert "a <mark>teapot</mark>" in html


@pytest.mark.parametrize("text", ["teapot", "teapot AND", ""])
def test_without_ground_an_estimate_is_not_made_up(as_olga: Client, text: str) -> None:
    assert "Not heard long enough" in page(as_olga, "/queries/estimate/", text=text)
