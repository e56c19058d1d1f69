"""The pages of thanks, rewards and what managers look after, for everybody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.desk import api as desk
from makegood.desk.models import Share
from makegood.kit import clock
from makegood.rewards import api as rewards
from makegood.rewards.models import Kudos, PointLine, Reward, RewardRequest
from makegood.rewards.tests.scene import Shop, new_key

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}
SAID = "You found the <b>lost</b> parcel"


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def html(client: Client, name: str, *args: Any, status: int = 200, query: str = "", **more: Any) -> str:
    answer = client.get(reverse(name, args=args) + query, **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def post(client: Client, address: str, /, *args: Any, status: int = 302, headers: Any = None, **data: Any) -> Any:
    answer = client.post(reverse(address, args=args), data, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def give(client: Client, whom: Any, /, status: int = 302, **data: Any) -> str:
    said = {"receiver": whom.pk, "reason": SAID, "public": "on", "request_key": new_key(), **data}
    answer = post(client, "thanks-give", status=status, **said)
    return str(answer.content.decode())


def queries(client: Client, name: str, *args: Any) -> int:
    html(client, name, *args)
    with CaptureQueriesContext(connection) as asked:
        html(client, name, *args)
    return len(asked)


def test_thanking_from_the_page(shop: Shop, malik: Any, as_olga: Client, as_malik: Client, as_vera: Client) -> None:
    page = html(as_olga, "thanks")
    assert "Nobody has been thanked yet" in page
    assert "3 of 3 left today" in page
    give(as_olga, malik)
    page = html(as_olga, "thanks")
    assert "Malik knows. It counts for 5 points." in page
    assert "You found the &lt;b&gt;lost&lt;/b&gt; parcel" in page
    assert "2 of 3 left today" in page
    assert "<strong>Olga</strong> thanks <strong>Malik</strong>" in page
    own = html(as_malik, "thanks")
    assert re.search(r'<strong class="num">5</strong>', own)
    assert "Olga thanked you." in own
    read = html(as_vera, "thanks")
    assert "<strong>Olga</strong> thanks <strong>Malik</strong>" in read
    assert "Your points" not in read
    assert 'id="give"' not in read


def test_points_are_nobody_elses_business(shop: Shop, malik: Any, as_olga: Client, as_mona: Client) -> None:
    shop.earn(malik, 47)
    for client in (as_olga, as_mona):
        for name in ("thanks", "thanks-rewards", "thanks-manage", "thanks-rules"):
            shown = re.sub(r"<head>.*</head>", "", html(client, name), flags=re.DOTALL)
            assert not re.search(r"\b47\b", shown)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"reason": "ok"}, "in your own words"),
        ({"reason": ""}, "This field is required"),
        ({"receiver": ""}, "This field is required"),
        ({"receiver": "999999"}, "not one of the available choices"),
        ({"request_key": "x"}, "The form was not whole"),
    ],
)
def test_what_is_wrong_shows_and_nothing_is_lost(
    shop: Shop, malik: Any, as_olga: Client, data: dict[str, str], said: str
) -> None:
    page = give(as_olga, malik, 422, **{"reason": "You found the parcel", **data})
    assert said in page
    assert data.get("reason", "You found the parcel") in page
    assert not Kudos.objects.within(shop.workspace).exists()


def test_all_given_for_today(shop: Shop, malik: Any, mona: Any, as_olga: Client) -> None:
    for number in range(3):
        give(as_olga, malik, reason=f"You did thing number {number} well")
    assert "You have given all of today" in html(as_olga, "thanks")
    assert "Tomorrow you have new ones" in give(as_olga, mona, 422, reason="And this one as well")


def test_what_counts_less_is_said(shop: Shop, malik: Any, olga: Any, as_olga: Client) -> None:
    shop.thank(malik, olga)
    give(as_olga, malik)
    assert "It counts for 2 points. You thank each other this month, so each counts half." in html(as_olga, "thanks")


def test_thanks_for_a_case_or_a_conversation(
    shop: Shop, malik: Any, as_olga: Client, as_cora: Client, cora: Any, olga: Any
) -> None:
    talk = shop.talk()
    case = shop.case(talk)
    assert "The broken teapot" in html(as_olga, "thanks", query=f"?case={case.pk}")
    give(as_olga, malik, case=case.pk)
    give(as_olga, malik, conversation=talk.pk, reason="You found it a second time")
    page = html(as_olga, "thanks")
    assert reverse("case", args=[case.pk]) in page
    assert reverse("conversation", args=[talk.pk]) in page
    html(as_olga, "thanks", query="?case=999999", status=404)
    html(as_olga, "thanks", query="?conversation=999999", status=404)
    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    seen = html(as_cora, "thanks")
    assert seen.count("For something that is not open to you") == 2
    assert "The broken teapot" not in seen
    assert talk.author_label not in seen
    html(as_cora, "thanks", query=f"?conversation={talk.pk}", status=404)


def test_a_freelancer_who_is_left_out(shop: Shop, malik: Any, olga: Any, cora: Any, as_cora: Client) -> None:
    shop.thank(olga, malik, "Only for the team to read")
    shop.reward(olga, "A day off")
    page = html(as_cora, "thanks")
    assert "You do not take part" in page
    assert "Only for the team" not in page
    assert "Nobody has been thanked yet" not in page
    assert "Your points" not in page
    assert "A day off" not in html(as_cora, "thanks-rewards")
    assert "do not take part" in give(as_cora, malik, 422)
    row = Reward.objects.within(shop.workspace).get()
    assert "do not take part" in post(as_cora, "reward-ask", row.pk, status=422, request_key=new_key()).content.decode()
    html(as_cora, "thanks-manage", status=403)


def test_a_stranger_and_nobody(
    shop: Shop, malik: Any, olga: Any, as_sten: Client, as_nobody: Client, as_malik: Client
) -> None:
    shop.thank(olga, malik, "Only for the team to read")
    row = shop.reward(olga, "A day off")
    talk = shop.talk()
    assert "Only for the team" not in html(as_sten, "thanks")
    assert "A day off" not in html(as_sten, "thanks-rewards")
    assert "A day off" not in html(as_sten, "thanks-catalogue")
    html(as_sten, "reward-change", row.pk, status=404)
    post(as_sten, "reward-ask", row.pk, status=404)
    html(as_sten, "thanks-side", talk.pk, status=404)
    html(as_sten, "thanks-form", talk.pk, status=404)
    give(as_sten, malik, 422)
    for name in ("thanks", "thanks-rewards", "thanks-manage", "thanks-rules"):
        assert as_nobody.get(reverse(name)).status_code == 302
    for name in ("thanks-manage", "thanks-catalogue", "thanks-rules"):
        html(as_malik, name, status=403)


def test_asking_for_a_reward_and_taking_it_back(shop: Shop, malik: Any, mona: Any, as_malik: Client) -> None:
    row = shop.reward(mona, "A day off", 20, stock=3)
    shop.reward(mona, "A yacht", 9_000)
    shop.earn(malik, 30)
    page = html(as_malik, "thanks-rewards")
    assert "Not enough points yet" in page
    key = re.search(r'name="request_key" value="(\w+)"', page)
    assert key
    for _click in range(2):
        post(as_malik, "reward-ask", row.pk, request_key=key[1], wish="Friday")
    page = html(as_malik, "thanks-rewards")
    assert '<strong class="num">10</strong>' in page
    assert "“Friday”" in page
    assert "2 left" in page
    problem = post(as_malik, "reward-ask", row.pk, status=422, request_key=new_key()).content.decode()
    assert "You lack 10 points" in problem
    request = RewardRequest.objects.within(shop.workspace).get()
    post(as_malik, "reward-withdraw", request.pk)
    assert '<strong class="num">30</strong>' in html(as_malik, "thanks-rewards")
    assert "decided already" in post(as_malik, "reward-withdraw", request.pk, status=422).content.decode()


def test_a_manager_decides(shop: Shop, malik: Any, mona: Any, as_mona: Client, as_malik: Client) -> None:
    row = shop.reward(mona, "A mug", 20, cost_minor=900)
    shop.earn(malik, 40)
    first, second = (rewards.ask_for(shop.member(malik), row.pk, request_key=new_key()) for _each in "ab")
    page = html(as_mona, "thanks-manage")
    assert page.count("9.00 EUR") == 2
    assert "Change the budget" not in page
    said = post(as_mona, "reward-decide", second.pk, status=422, do="decline").content.decode()
    assert "Say why, in a few words" in said
    post(as_mona, "reward-decide", second.pk, do="decline", note="Next month")
    post(as_mona, "reward-decide", first.pk, do="fulfil", note="Enjoy")
    page = html(as_mona, "thanks-manage")
    assert "Nobody waits for a reward" in page
    assert "“Next month”" in page
    own = html(as_malik, "thanks-rewards")
    assert "Mona: “Next month”" in own
    assert '<strong class="num">20</strong>' in own
    assert "What you asked for was declined." in html(as_malik, "thanks")
    post(as_malik, "reward-decide", first.pk, status=403)
    post(as_mona, "reward-decide", 10**9, status=404)


def test_the_owner_sets_the_budget(shop: Shop, malik: Any, as_olga: Client, as_mona: Client, olga: Any) -> None:
    said = post(as_olga, "thanks-budget", status=422, amount="lots", currency="EUR").content.decode()
    assert "Write an amount like 12.50" in said
    assert 'value="lots"' in said
    wrong = post(as_olga, "thanks-budget", status=422, amount="1", currency="E1")
    assert "three capitals" in wrong.content.decode()
    post(as_olga, "thanks-budget", amount="50", currency="eur", points="200")
    row = rewards.settings_of(shop.workspace)
    assert (row.budget_minor, row.currency, row.budget_points) == (5_000, "EUR", 200)
    assert "0.00 EUR of 50.00 EUR" in html(as_olga, "thanks-manage")
    post(as_mona, "thanks-budget", status=403, amount="9000", currency="EUR")
    mug = shop.reward(olga, "A mug", 10, cost_minor=6_000)
    shop.earn(malik, 10)
    request = rewards.ask_for(shop.member(malik), mug.pk, request_key=new_key())
    said = post(as_mona, "reward-decide", request.pk, status=422, do="fulfil").content.decode()
    assert "This month’s budget does not cover it any more" in said


def test_the_catalogue(shop: Shop, as_mona: Client) -> None:
    assert "Nothing in it yet" in html(as_mona, "thanks-catalogue")
    fields: dict[str, Any] = {
        "name": "A mug",
        "text": "With a <i>handle</i>",
        "points": "20",
        "cost": "8,50",
        "currency": "eur",
    }
    post(as_mona, "thanks-catalogue", **fields, active="on", stock="4")
    row = Reward.objects.within(shop.workspace).get()
    assert (row.cost_minor, row.currency, row.stock, row.active) == (850, "EUR", 4, True)
    page = html(as_mona, "thanks-catalogue")
    assert "With a &lt;i&gt;handle&lt;/i&gt;" in page
    assert "8.50 EUR" in page
    said = post(as_mona, "thanks-catalogue", status=422, **fields).content.decode()
    assert "a reward of this name already" in said
    assert 'value="8.50"' in html(as_mona, "reward-change", row.pk)
    post(as_mona, "reward-change", row.pk, **fields | {"name": "A cup", "cost": ""})
    row.refresh_from_db()
    assert (row.name, row.cost_minor, row.stock, row.active) == ("A cup", 0, None, False)
    assert "Rests" in html(as_mona, "thanks-catalogue")
    post(as_mona, "reward-change", row.pk, status=422, **fields | {"points": "0"})


def test_what_counts_is_the_owners_and_who_takes_part_the_managers(
    shop: Shop, malik: Any, cora: Any, vera: Any, as_olga: Client, as_mona: Client, as_malik: Client
) -> None:
    points = {"satisfied": 12, "returned": 15, "promise": 3, "cause": 20, "hard": 8, "kudos": 5}
    said: dict[str, Any] = {"kudos_a_day": 5, "values": "Kindness\n\n Care \nKindness", "board": "on", **points}
    post(as_mona, "thanks-rules", status=403, **said)
    assert "An owner can change it" in html(as_mona, "thanks-rules")
    post(as_olga, "thanks-rules", **said)
    row = rewards.settings_of(shop.workspace)
    assert (row.kudos_a_day, row.values, row.points, row.board) == (5, ["Kindness", "Care"], {"satisfied": 12}, True)
    post(as_olga, "thanks-rules", status=422, **said | {"satisfied": "101"})
    post(as_olga, "thanks-rules", status=422, **said | {"values": "\n".join(f"v{n}" for n in range(13))})
    page = html(as_malik, "thanks")
    assert "Most points this month" in page
    assert "Which of your values does it show?" in page
    post(as_malik, "thanks-board", on="0")
    assert "Show me on this list" in html(as_malik, "thanks")
    post(as_mona, "thanks-takes-part", shop.member(cora).pk, wanted="1")
    assert rewards.seat_of(shop.member(cora)).takes_part
    post(as_mona, "thanks-takes-part", shop.member(vera).pk, wanted="1")
    assert "Viewers read only" in html(as_mona, "thanks-rules")
    post(as_mona, "thanks-takes-part", 10**9, status=404)


def test_beside_a_conversation(shop: Shop, malik: Any, mona: Any, olga: Any, as_malik: Client, as_vera: Client) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, mona)
    page = html(as_malik, "conversation", talk.pk)
    assert reverse("thanks-side", args=[talk.pk]) in page
    assert reverse("thanks-side", args=[talk.pk]) not in html(as_vera, "conversation", talk.pk)
    form = html(as_malik, "thanks-form", talk.pk, headers=HTMX)
    names = re.findall(r"<option value=\"\d+\">(\w+)</option>", form)
    assert names == ["Mona", "Olga"], "who did something in it stands first"
    key = re.search(r'name="request_key" value="(\w+)"', form)
    assert key
    said = {"receiver": mona.pk, "request_key": key[1]}
    wrong = post(as_malik, "thanks-form", talk.pk, status=422, headers=HTMX, reason="ok", **said)
    assert "in your own words" in wrong.content.decode()
    done = post(as_malik, "thanks-form", talk.pk, status=200, headers=HTMX, reason="You stayed calm", **said)
    assert done["HX-Retarget"] == "#thanks-part"
    assert "You stayed calm" in done.content.decode()
    assert "Mona knows. It counts for 5 points." in done.content.decode()
    assert Kudos.objects.within(shop.workspace).get().conversation_id == talk.pk
    assert "You stayed calm" not in html(as_vera, "thanks-side", talk.pk), "it was said to Mona alone"


def test_a_freelancer_beside_a_conversation_shared_with_her(
    shop: Shop, olga: Any, malik: Any, cora: Any, as_cora: Client
) -> None:
    talk = shop.talk()
    html(as_cora, "thanks-side", talk.pk, status=404)
    Share.objects.create(workspace=shop.workspace, conversation=talk, user=cora, by=olga, at=clock.now())
    assert "You do not take part" in html(as_cora, "thanks-side", talk.pk)
    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    assert "Thank somebody for this" in html(as_cora, "thanks-side", talk.pk)
    said = {"receiver": malik.pk, "request_key": new_key(), "reason": "You explained it so well"}
    post(as_cora, "thanks-form", talk.pk, status=200, headers=HTMX, **said)
    assert desk.count_notices(shop.member(malik)) == 1


@pytest.mark.parametrize("name", ["thanks", "thanks-rewards", "thanks-manage", "thanks-catalogue", "thanks-rules"])
def test_as_many_queries_for_three_rows_as_for_thirty(shop: Shop, olga: Any, mona: Any, name: str) -> None:
    client = Client()
    client.force_login(olga)
    rewards.save_rules(shop.member(olga), kudos_a_day=10, values=[], points=rewards.DEFAULTS, board=True)
    counts = []
    for many in (3, 30):
        for number in range(many):
            _one_of_all(shop, olga, mona, f"{many}-{number}")
        counts.append(queries(client, name))
    assert counts[0] == counts[1]
    assert counts[1] <= 24


def _one_of_all(shop: Shop, olga: Any, mona: Any, mark: str) -> None:
    person = shop.person(f"Person{mark}")
    talk = shop.talk()
    own: dict[str, Any] = {"workspace": shop.workspace}
    day = clock.now().date()
    Kudos.objects.create(
        **own, giver=person, giver_name=mark, receiver=olga, reason=mark, conversation=talk, day=day, request_key=mark
    )
    for user in (olga, person):
        PointLine.objects.create(**own, user=user, name="x", kind="kudos", points=5, matter=mark, conversation=talk)
    reward = Reward.objects.create(**own, name=mark, points=1)
    for user, state in ((olga, "asked"), (mona, "fulfilled")):
        RewardRequest.objects.create(
            **own,
            reward=reward,
            reward_name=mark,
            user=user,
            user_name="x",
            points=1,
            currency="EUR",
            state=state,
            decided_at=clock.now(),
            request_key=f"{mark}{state}",
        )


def test_older_ones_come_a_page_at_a_time(shop: Shop, olga: Any, mona: Any, as_olga: Client) -> None:
    for number in range(33):
        _one_of_all(shop, olga, mona, f"row-{number:02d}-")
    for name, first, row in (
        ("thanks", r"thanks/\?before=\d+", "row-02-"),
        ("thanks", r"thanks/points/\?before=\d+", "Kudos"),
        ("thanks-rewards", r"thanks/rewards/\?before=\d+", "row-02-"),
        ("thanks-manage", r"thanks/manage/\?waiting=1&amp;before=\d+", "row-02-"),
        ("thanks-manage", r"thanks/manage/\?before=\d+", "row-02-"),
    ):
        found = re.search(first, html(as_olga, name))
        assert found, first
        rest = as_olga.get(f"/{found[0].replace('&amp;', '&')}", headers=HTMX).content.decode()
        assert len(re.findall("<li", rest)) == 3, first
        assert row in rest
        assert "<html" not in rest
