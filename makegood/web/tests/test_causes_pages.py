"""The pages of causes: who sees them, what they say, and what can be done there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.kit import clock
from makegood.reply.models import Reply
from makegood.winback.causes import flow
from makegood.winback.causes.flow import Wish
from makegood.winback.causes.tests.make import Shop
from makegood.winback.models import Cause, CauseMember, Complaint, Rise, RiseSettings

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TEXTS = (
    "The delivery estimate is missing at checkout <b>help</b>",
    "No delivery estimate at your checkout and now nothing has arrived",
    "Your checkout shows no estimate, the order never came",
)
FORM: dict[str, Any] = {
    "name": "Estimate missing",
    "owner": "",
    "fix_by": "",
    "topic": "delivery",
    "place": "",
    "again_after": "3",
}


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any) -> Shop:
    found = Shop(workspace)
    found.many(TEXTS)
    found.look()
    return found


@pytest.fixture
def cause(shop: Shop, olga: Any) -> Cause:
    return flow.name(
        shop.member(olga), Cause.objects.within(shop.workspace).get(), Wish("Estimate", words=("estimate",))
    )


def html(client: Client, name: str, *keys: int, status: int = 200, query: str = "", **more: Any) -> str:
    answer = client.get(reverse(name, args=keys) + query, **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def post(client: Client, name: str, /, *keys: int, status: int = 302, **data: Any) -> Any:
    answer = client.post(reverse(name, args=keys), data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def test_who_sees_what(
    cause: Cause,
    as_olga: Client,
    as_malik: Client,
    as_vera: Client,
    as_cora: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    for client in (as_olga, as_malik, as_vera):
        assert "Estimate" in html(client, "causes")
        assert "checkout" in html(client, "cause", cause.pk)
        html(client, "rises")
    assert "It is fixed" in html(as_malik, "cause", cause.pk)
    assert "It is fixed" not in html(as_vera, "cause", cause.pk)
    post(as_vera, "cause-fix", cause.pk, status=403)
    post(as_malik, "rises", per_quarter="3", status=403)
    for name in ("causes", "rises"):
        html(as_cora, name, status=403)
        assert "Estimate" not in html(as_sten, name)
    html(as_cora, "cause", cause.pk, status=403)
    html(as_sten, "cause", cause.pk, status=404)
    for name in ("cause-fix", "cause-edit", "cause-complaints", "cause-merge"):
        post(as_sten, name, cause.pk, status=404)
    assert as_nobody.get(reverse("causes")).status_code == 302


def test_an_empty_shop_is_told_what_will_come(workspace: Any, as_olga: Client) -> None:
    assert "No cause is waiting to be fixed" in html(as_olga, "causes")
    assert "Nothing is watched yet" in html(as_olga, "rises")


def test_a_proposal_is_named_without_what_was_unticked(shop: Shop, as_malik: Client) -> None:
    row = Cause.objects.within(shop.workspace).get()
    page = html(as_malik, "causes")
    assert "May have one cause" in page
    assert "3 people complained" in page
    page = html(as_malik, "cause", row.pk)
    assert "&lt;b&gt;help" in page
    assert "Here because" in page
    keys = re.findall(r'name="complaint" value="(\d+)" checked', page)
    assert len(keys) == 3
    wrong = post(as_malik, "cause-edit", row.pk, status=422, **FORM | {"name": " "}, shown=keys, complaint=keys[1:])
    assert f'value="{keys[0]}"><span' in wrong.content.decode()
    post(as_malik, "cause-edit", row.pk, **FORM, words="estimate", shown=keys, complaint=keys[1:])
    row.refresh_from_db()
    assert (row.state, row.name, row.words) == ("open", "Estimate missing", ["estimate"])
    assert row.members.filter(state="in").count() == 2
    assert row.members.get(state="removed").complaint_id == int(keys[0])


def test_a_proposal_is_declined(shop: Shop, as_malik: Client) -> None:
    row = Cause.objects.within(shop.workspace).get()
    post(as_malik, "cause-decline", row.pk)
    assert "May have one cause" not in html(as_malik, "causes")
    html(as_malik, "cause", row.pk, status=404)


def test_a_new_cause_and_a_rule_that_makes_no_sense(shop: Shop, as_malik: Client, malik: Any) -> None:
    for wrong, words in (
        ({"words": "the"}, "four letters"),
        ({"again_after": "0"}, "greater than or equal to 1"),
        ({"topic": "nope"}, "valid choice"),
        ({"joins": "on"}, "too wide"),
        ({"fix_by": "31 February"}, "valid date"),
    ):
        assert words in post(as_malik, "cause-new", status=422, **FORM | wrong).content.decode()
    answer = post(as_malik, "cause-new", **FORM, words="estimate", joins="on")
    row = Cause.objects.within(shop.workspace).get(name="Estimate missing")
    assert answer.url == reverse("cause", args=[row.pk])
    assert row.members.filter(state="in").count() == 3
    post(as_malik, "cause-edit", row.pk, **FORM | {"owner": str(malik.pk), "fix_by": "2020-01-05"}, words="estimate")
    page = html(as_malik, "causes")
    assert "overdue" in page
    assert "Malik" in page
    assert "overdue" in html(as_malik, "cause", row.pk)


def test_complaints_go_in_out_and_elsewhere(cause: Cause, shop: Shop, olga: Any, as_malik: Client) -> None:
    other = flow.begin(shop.member(olga), Wish("Kettle leaks", words=("kettle",)))
    shop.talk("One more without any estimate")
    shop.look()
    new = cause.members.get(state="suggested")
    assert "May belong to it" in html(as_malik, "cause", cause.pk)
    post(as_malik, "cause-complaints", cause.pk, act="accept", complaint=new.complaint_id)
    assert cause.members.filter(state="in").count() == 4
    post(as_malik, "cause-complaints", cause.pk, act="move", into=other.pk, complaint=new.complaint_id)
    assert other.members.get(state="in").complaint_id == new.complaint_id
    post(as_malik, "cause-complaints", other.pk, act="remove", complaint=new.complaint_id)
    assert not other.members.filter(state="in").exists()
    post(as_malik, "cause-complaints", cause.pk, act="accept")
    assert "Tick at least one" in html(as_malik, "cause", cause.pk)
    post(as_malik, "cause-complaints", cause.pk, act="nonsense", complaint=new.complaint_id, status=404)
    post(as_malik, "cause-merge", other.pk, into=cause.pk)
    answer = as_malik.get(reverse("cause", args=[other.pk]))
    assert answer["Location"] == reverse("cause", args=[cause.pk])


def test_fixed_then_told_in_the_composer(cause: Cause, as_malik: Client, malik: Any) -> None:
    post(as_malik, "cause-fix", cause.pk, words="The estimate stands at checkout now.")
    page = html(as_malik, "cause", cause.pk)
    assert "to be told" in page
    assert "0 of 3" in page
    row = cause.members.filter(state="in").first()
    assert row is not None
    assert f'formaction="{reverse("cause-write", args=[row.pk])}"' in page
    answer = post(as_malik, "cause-write", row.pk)
    assert answer.url == reverse("conversation", args=[row.complaint.conversation_id])
    draft = Reply.objects.within(cause.workspace_id).get(author=malik, state="draft")
    assert "The estimate stands at checkout now" in draft.text
    assert "The estimate stands at checkout now" in html(as_malik, "conversation", row.complaint.conversation_id)
    assert "Write (begun)" in html(as_malik, "cause", cause.pk)
    assert cause.pk in [each.pk for each in Cause.objects.within(cause.workspace_id).filter(state="fixed")]
    assert "Estimate" in html(as_malik, "causes", query="?view=fixed")
    assert "fixed" in html(as_malik, "causes", query="?view=all")
    CauseMember.objects.within(cause.workspace_id).filter(pk=row.pk).update(told_at=clock.now())
    assert "1 of 3" in html(as_malik, "cause", cause.pk)
    post(as_malik, "cause-open", cause.pk)
    assert "came back" in html(as_malik, "cause", cause.pk)


def test_the_trend_has_its_table(cause: Cause, as_vera: Client) -> None:
    for by, rows in (("week", 26), ("day", 28), ("nonsense", 26)):
        page = html(as_vera, "cause", cause.pk, query=f"?by={by}")
        cells = re.findall(r'<td class="num">(\d+)</td>', page)
        assert len(cells) == rows
        assert sum(int(each) for each in cells) == 3


def test_a_rise_is_shown_with_what_shows_it(cause: Cause, as_vera: Client, as_olga: Client) -> None:
    facts = {"days": 1, "count": 14, "expected": 3.1, "at_most": 8, "one_in": 1000}
    own = {"workspace_id": cause.workspace_id, "day": clock.now().date(), "began": clock.now().date(), "facts": facts}
    Rise.objects.create(**own, series=f"cause:{cause.pk}", cause=cause, name=cause.name)
    Rise.objects.create(**own, series="all")
    page = html(as_vera, "causes")
    assert "14 in a day, 3.1 expected on a " in page
    assert "at most 8 on 999 of 1,000 such days" in page
    assert "All complaints" in page
    assert "14 in a day" in html(as_vera, "cause", cause.pk)
    page = html(as_vera, "rises")
    assert "not enough yet" in page
    assert "<form" not in page.split("How often it may be wrong")[1].split("</section>")[0]
    post(as_olga, "rises", per_quarter="4")
    assert RiseSettings.objects.within(cause.workspace_id).get().per_quarter == 4
    for wrong in ("0", "31", "x", "", "-1", "٣"):
        assert "Between 1 and 30" in post(as_olga, "rises", per_quarter=wrong, status=422).content.decode()


def test_beside_the_thread(cause: Cause, shop: Shop, as_malik: Client, as_vera: Client, as_sten: Client) -> None:
    talk = shop.talk("Is there no estimate?")
    path = reverse("cause-side", args=[talk.pk])
    assert "No complaint" in as_malik.get(path, headers=HTMX).content.decode()
    shop.look()
    part = as_malik.get(path, headers=HTMX).content.decode()
    assert "It may be" in part
    assert "they say “estimate”" in part
    assert "<button" not in as_vera.get(path, headers=HTMX).content.decode()
    assert as_sten.get(path).status_code == 404
    put = reverse("cause-put", args=[talk.pk])
    assert as_vera.post(put, {"into": cause.pk}).status_code == 403
    assert as_malik.post(put, {"into": "999"}).status_code == 422
    part = as_malik.post(put, {"into": cause.pk}).content.decode()
    assert "It may be" not in part
    assert "Malik put it here" in part
    assert 'id="cause-part"' in html(as_malik, "conversation", talk.pk)


def fill(shop: Shop, cause: Cause, count: int) -> None:
    for number in range(count):
        talk = shop.talk(f"No estimate {number}")
        row, _new = Complaint.objects.get_or_create(
            conversation=talk,
            defaults={
                "workspace": shop.workspace,
                "mention": talk.latest,
                "intent": "complaint",
                "posted_at": clock.now() - timedelta(minutes=number),
                "day": clock.now().date(),
            },
        )
        CauseMember.objects.create(
            workspace=shop.workspace,
            cause=cause,
            complaint=row,
            state="in" if number % 2 else "suggested",
            posted_at=row.posted_at,
        )
        Cause.objects.create(workspace=shop.workspace, name=f"Cause {number}", state="open")


def test_the_pages_ask_no_more_for_thirty_than_for_three(cause: Cause, shop: Shop, as_olga: Client) -> None:
    counts = []
    for number in (3, 27):
        fill(shop, cause, number)
        asked = {}
        for name, keys in (("causes", []), ("cause", [cause.pk]), ("rises", [])):
            with CaptureQueriesContext(connection) as found:
                html(as_olga, name, *keys)
            asked[name] = len(found)
        counts.append(asked)
    assert counts[0] == counts[1]
    assert counts[1]["causes"] <= 24
    assert counts[1]["cause"] <= 32


def test_lists_go_on_page_by_page(cause: Cause, shop: Shop, as_olga: Client) -> None:
    fill(shop, cause, 50)
    seen, url = [], reverse("causes")
    while url:
        page = as_olga.get(url, headers=HTMX if "after" in url else {}).content.decode()
        seen += re.findall(r">(Cause \d+|Estimate)</a>", page)
        more = re.search(r'hx-get="([^"]+after=[^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 51
    people: set[str] = set()
    url = reverse("cause", args=[cause.pk]) + "?list=in"
    while url:
        page = as_olga.get(url, headers=HTMX).content.decode()
        found = re.findall(r'name="complaint" value="(\d+)"', page)
        assert found
        assert not people & set(found)
        people |= set(found)
        more = re.search(r'hx-get="([^"]+after=[^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(people) == 28
