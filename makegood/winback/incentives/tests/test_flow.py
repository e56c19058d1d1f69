"""An offer is a remedy: within authority, once in a while, at the right moment, and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.desk.models import Conversation
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import defaults
from makegood.resolve.models import ReasonCode, Remedy
from makegood.resolve.tests.authority_scene import Shop
from makegood.winback import api as winback
from makegood.winback.models import Incentive, Journey

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(workspace: Any) -> Conversation:
    """A complaint that was made good."""
    found = Shop(workspace).talk()
    journey(found, "satisfied")
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the clock on."""

    def move(**span: float) -> None:
        moment = clock.now() + timedelta(**span)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return move


def journey(row: Conversation, state: str) -> None:
    now = clock.now()
    Journey.objects.within(row.workspace_id).update_or_create(
        conversation=row,
        defaults={"workspace_id": row.workspace_id, "state": state, "complained_at": now, "look_at": None},
    )


def form(**more: str) -> dict[str, str]:
    return {
        "request_key": "k" * 16,
        "offer": "voucher",
        "ask": "nothing",
        "amount": "10",
        "words": "Thank you!",
        **more,
    }


def reason(row: Conversation) -> str:
    defaults.ensure(row.workspace)
    return str(ReasonCode.objects.within(row.workspace_id).earliest("pk").pk)


def post(client: Client, row: Conversation, **more: str) -> Any:
    return client.post(f"/inbox/{row.pk}/good/voucher/", form(reason=reason(row), **more))


def test_an_offer_is_made_by_a_remedy_and_kept(as_olga: Client, row: Conversation) -> None:
    assert post(as_olga, row).status_code == 200
    offer = Incentive.objects.within(row.workspace_id).get()
    assert (offer.kind, offer.moment, offer.remedy.kind) == ("voucher", "satisfied", Remedy.Kind.VOUCHER)
    assert offer.remedy.amount_minor == 1000
    line = journal.Entry.objects.within(row.workspace_id).get(verb="incentive.offered")
    assert line.data == {"remedy": offer.remedy_id, "kind": "voucher"}


def test_a_second_click_is_the_same_offer(as_olga: Client, row: Conversation) -> None:
    for _ in range(2):
        assert post(as_olga, row).status_code == 200
    assert Incentive.objects.within(row.workspace_id).count() == Remedy.objects.within(row.workspace_id).count() == 1


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"ask": "good_word"}, "16 CFR 465.4"),
        ({"ask": "review"}, "16 CFR 255.5"),
        ({"words": "It is yours if you delete your post."}, "16 CFR 465.7"),
        ({"ask": "silence"}, "15 U.S.C. 45b"),
    ],
)
def test_what_the_law_forbids_is_refused_with_its_source_and_nothing_is_given(
    as_olga: Client, row: Conversation, more: dict[str, str], source: str
) -> None:
    answer = post(as_olga, row, **more)
    assert answer.status_code == 422
    assert source in answer.content.decode()
    assert not Remedy.objects.within(row.workspace_id).exists()
    assert journal.Entry.objects.within(row.workspace_id).filter(verb="incentive.refused").count() == 1


def test_a_remedy_that_asks_for_silence_is_refused_as_well(as_olga: Client, row: Conversation) -> None:
    answer = post(as_olga, row, offer="", words="10 euros if you delete your review.")
    assert answer.status_code == 422
    assert not Remedy.objects.within(row.workspace_id).exists()


def test_a_remedy_is_no_offer(as_olga: Client, row: Conversation) -> None:
    journey(row, "unhappy")
    assert post(as_olga, row, offer="").status_code == 200
    assert not Incentive.objects.within(row.workspace_id).exists()


def test_not_while_their_complaint_is_open(as_olga: Client, row: Conversation) -> None:
    journey(row, "acknowledged")
    answer = post(as_olga, row)
    assert answer.status_code == 422
    assert "still open" in answer.content.decode()


def test_not_twice_in_a_while(as_olga: Client, row: Conversation, later: Callable[..., Any]) -> None:
    post(as_olga, row)
    answer = post(as_olga, row, request_key="another-request-key")
    assert answer.status_code == 422
    later(days=91)
    assert post(as_olga, row, request_key="another-request-key").status_code == 200


def test_the_form_says_at_once_what_is_wrong_with_it(as_olga: Client, row: Conversation) -> None:
    judged = as_olga.post(f"/inbox/{row.pk}/good/voucher/judge/", form(ask="good_word", amount=""))
    assert "16 CFR 465.4" in judged.content.decode()
    assert not journal.Entry.objects.within(row.workspace_id).filter(verb="incentive.refused").exists(), (
        "only looked at"
    )


@pytest.mark.parametrize("language", ["", "en-GB", "de", "fr-CA", "es", "ja"])
@pytest.mark.parametrize("kind", ["gift", "behind", "founder"])
def test_our_own_words_break_no_rule_of_ours(language: str, kind: str) -> None:
    words = winback.offer_words(kind, language)
    assert "{name}" in words
    assert winback.breaches_in(words) == []


def test_what_is_above_ones_authority_is_asked_for(as_malik: Client, olga: Any, row: Conversation) -> None:
    assert post(as_malik, row, amount="5000").status_code == 200
    assert Incentive.objects.within(row.workspace_id).get().remedy.state == Remedy.State.REQUESTED


def test_who_may_not_answer_offers_nothing(as_vera: Client, as_sten: Client, row: Conversation) -> None:
    assert post(as_vera, row).status_code == 403
    assert post(as_sten, row).status_code == 404
    assert not Incentive.objects.within(row.workspace_id).exists()


def test_the_card_offers_it_at_the_right_moment(as_olga: Client, row: Conversation) -> None:
    part = f"/inbox/{row.pk}/good/"
    assert "Win them back" in as_olga.get(part).content.decode()
    form_page = as_olga.get(f"/inbox/{row.pk}/good/call/?offer=founder").content.decode()
    assert "Meeting with the founder" in form_page
    assert "What do they have to do for it?" in form_page
    assert "our founder would like to meet you" in form_page
    tour = as_olga.get(f"/inbox/{row.pk}/good/gift/?offer=behind").content.decode()
    assert 'value="a look behind the scenes"' in tour
    assert "would love to show you around" in tour
    journey(row, "unhappy")
    assert "Win them back" not in as_olga.get(part).content.decode()


def test_what_they_say_afterwards_is_known_to_follow_a_gift(
    as_olga: Client, workspace: Any, row: Conversation, later: Callable[..., Any]
) -> None:
    assert winback.given_before(workspace, [row]) == set()
    post(as_olga, row)
    assert winback.given_before(workspace, [row]) == {row.pk}
    Remedy.objects.within(workspace).update(state=Remedy.State.DECLINED)
    assert winback.given_before(workspace, [row]) == set()
    Remedy.objects.within(workspace).update(state=Remedy.State.EXECUTED)
    later(days=366)
    assert winback.given_before(workspace, [row]) == set()


def test_an_erased_author_is_forgotten(as_olga: Client, workspace: Any, row: Conversation) -> None:
    post(as_olga, row)
    winback.erase_threads(workspace.pk, [row.pk])
    assert Incentive.objects.within(workspace).get().author_key == ""
