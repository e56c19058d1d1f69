"""Deciding on the desk and by a link: who may, what they see, what happens, how many times the database is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.resolve.models import ApprovalLink, ApprovalRequest, Remedy
from makegood.resolve.tests.authority_scene import Shop, at, join, person

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any) -> Shop:
    made = Shop(workspace)
    made.limit("agent", case=5_000)
    made.limit("manager", case=25_000)
    return made


@pytest.fixture
def asked(shop: Shop, olga: Any, malik: Any) -> ApprovalRequest:
    """Malik would like to give 80, and may give 50."""
    return shop.request(malik, shop.talk("ada.example"), 8_000, reason_words="Her third late parcel")


def html(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def post(client: Client, request: ApprovalRequest, do: str, status: int = 302, **data: Any) -> str:
    headers = data.pop("headers", None)
    answer = client.post(reverse("decide-one", args=[request.pk]), {"do": do, **data}, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def fresh(request: ApprovalRequest) -> ApprovalRequest:
    return ApprovalRequest.objects.within(request.workspace_id).select_related("remedy").get(pk=request.pk)


# The list


def test_the_list_shows_what_waits_and_counts_it(asked: ApprovalRequest, as_olga: Client) -> None:
    page = html(as_olga, reverse("decide"))
    assert "Voucher, 80.00 EUR" in page
    assert reverse("decide-one", args=[asked.pk]) in page
    assert "1 waits for a decision" in html(as_olga, reverse("decide-count"))


def test_who_asked_sees_it_as_asked_for_and_not_to_decide(asked: ApprovalRequest, as_malik: Client) -> None:
    page = html(as_malik, reverse("decide"))
    assert "You asked for" in page
    assert "Voucher, 80.00 EUR" in page
    assert "waiting for a decision" in page
    assert "waits for a decision" not in html(as_malik, reverse("decide-count"))


def test_an_empty_list_says_what_comes_here(shop: Shop, as_olga: Client) -> None:
    assert "Nothing waits for a decision" in html(as_olga, reverse("decide"))


def test_strangers_and_viewers(asked: ApprovalRequest, as_vera: Client, as_sten: Client, as_nobody: Client) -> None:
    address = reverse("decide-one", args=[asked.pk])
    assert as_vera.get(address).status_code == 403
    assert as_sten.get(address).status_code == 404
    assert as_sten.post(address, {"do": "approve"}).status_code == 404
    assert as_nobody.get(address)["Location"].startswith(reverse("account_login"))
    assert "Voucher, 80.00" not in html(as_sten, reverse("decide"))
    assert fresh(asked).state == "open"


def test_the_list_asks_the_database_as_often_for_thirty_as_for_three(
    shop: Shop, olga: Any, malik: Any, as_olga: Client
) -> None:
    counts = []
    for many in (3, 27):
        for number in range(many):
            shop.request(malik, shop.talk(f"w{many}n{number}.example"), 8_000)
        html(as_olga, reverse("decide"))
        with CaptureQueriesContext(connection) as queries:
            html(as_olga, reverse("decide"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_long_list_goes_on(shop: Shop, olga: Any, malik: Any, as_olga: Client) -> None:
    for number in range(31):
        shop.request(malik, shop.talk(f"n{number}.example"), 8_000 + number)
    page = html(as_olga, reverse("decide"))
    assert "80.29 EUR" in page
    assert "80.30 EUR" not in page
    start = page.index('hx-get="/decide/?show=waiting&amp;after=') + 8
    more = page[start : page.index('"', start)].replace("&amp;", "&")
    rest = html(as_olga, more, headers=HTMX)
    assert "80.30 EUR" in rest
    assert "<!doctype" not in rest


# One request


def test_a_request_tells_its_story_with_figures_and_limit(asked: ApprovalRequest, as_olga: Client) -> None:
    page = html(as_olga, reverse("decide-one", args=[asked.pk]))
    for said in ("Malik asks for", "Losing this customer", "This gesture", "How far it can travel", "50.00 EUR"):
        assert said in page
    assert reverse("conversation", args=[asked.remedy.conversation_id]) in page
    assert 'value="approve"' in page


def test_a_yes_does_it(asked: ApprovalRequest, as_olga: Client) -> None:
    post(as_olga, asked, "approve")
    row = fresh(asked)
    assert (row.state, row.remedy.state) == ("approved", "approved")
    assert "You approved this" in html(as_olga, reverse("decide-one", args=[asked.pk]))


def test_a_double_click_is_one_decision_and_no_error(shop: Shop, asked: ApprovalRequest, as_olga: Client) -> None:
    post(as_olga, asked, "approve")
    assert "You approved this" in post(as_olga, asked, "approve", 200, headers=HTMX)
    assert shop.verbs().count("approved") == 1


def test_a_no_needs_a_word_and_keeps_what_was_typed(asked: ApprovalRequest, as_olga: Client) -> None:
    said = post(as_olga, asked, "decline", 422, note="  ")
    assert "Say in a few words why not" in said
    assert fresh(asked).state == "open"
    long = "because " * 60
    said = post(as_olga, asked, "decline", 422, note=long, headers=HTMX)
    assert long.strip() in said
    assert "<!doctype" not in said
    post(as_olga, asked, "decline", note="We replaced it twice already")
    assert (fresh(asked).state, fresh(asked).note) == ("declined", "We replaced it twice already")


def test_another_offer_is_taken_by_who_asked(asked: ApprovalRequest, as_olga: Client, as_malik: Client) -> None:
    said = {"words": "Sixty for you", "note": "Eighty is too much"}
    post(as_olga, asked, "counter", 302, kind="voucher", amount="60,50", **said)
    row = fresh(asked)
    assert (row.state, row.counter_minor) == ("countered", 6_050)
    page = html(as_malik, reverse("decide-one", args=[asked.pk]))
    assert "60.50 EUR" in page
    assert "Eighty is too much" in page
    post(as_malik, asked, "take")
    taken = Remedy.objects.within(asked.workspace_id).get(counter_of=asked.remedy)
    assert (taken.amount_minor, taken.state) == (6_050, "approved")
    assert 'value="take"' not in html(as_malik, reverse("decide-one", args=[asked.pk]))


@pytest.mark.parametrize("amount", ["", "sixty", "1,000.50", "1,000", "-5", "0"])
def test_an_offer_that_is_no_amount_changes_nothing(asked: ApprovalRequest, as_olga: Client, amount: str) -> None:
    said = post(as_olga, asked, "counter", 422, kind="voucher", amount=amount, note="Half of it")
    assert 'role="alert"' in said or "field-error" in said
    assert "Half of it" in said
    assert fresh(asked).state == "open"


def test_who_asked_takes_it_back_and_does_not_decide(asked: ApprovalRequest, as_malik: Client) -> None:
    assert "Somebody else has to decide" in post(as_malik, asked, "approve", 422)
    post(as_malik, asked, "withdraw")
    assert fresh(asked).state == "withdrawn"


def test_nonsense_is_no_decision(asked: ApprovalRequest, as_olga: Client) -> None:
    assert "Choose what to do" in post(as_olga, asked, "burn", 422)
    assert fresh(asked).state == "open"


def test_above_a_managers_limit_a_manager_reads_that_others_were_asked(
    shop: Shop, olga: Any, malik: Any, mona: Any, as_mona: Client
) -> None:
    asked = shop.request(malik, shop.talk(), 30_000)
    page = html(as_mona, reverse("decide-one", args=[asked.pk]))
    assert "This is above what you may decide" in page
    assert 'value="approve"' not in page
    assert "above what you may decide" in post(as_mona, asked, "approve", 422)


def test_two_have_to_agree(shop: Shop, olga: Any, malik: Any, mona: Any, as_olga: Client, as_mona: Client) -> None:
    shop.limit("owner", four_eyes=10_000)
    resolve.remove_limit(
        join(shop.workspace, olga), next(r for r in resolve.limits_of(shop.workspace) if r.role == "manager")
    )
    shop.limit("manager", case=25_000, four_eyes=10_000)
    asked = shop.request(malik, shop.talk(), 12_000)
    page = html(as_olga, reverse("decide-one", args=[asked.pk]))
    assert "Agree, as the first of two" in page
    assert 'value="counter"' not in page
    post(as_olga, asked, "approve")
    assert fresh(asked).state == "open"
    page = html(as_olga, reverse("decide-one", args=[asked.pk]))
    assert "You have agreed" in page
    assert 'value="approve"' not in page
    assert "Olga has agreed" in html(as_mona, reverse("decide-one", args=[asked.pk]))
    post(as_mona, asked, "approve")
    assert fresh(asked).state == "approved"


def test_the_card_is_drawn_anew_only_where_it_changed(asked: ApprovalRequest, as_olga: Client, mona: Any) -> None:
    address = reverse("decide-one", args=[asked.pk])
    page = html(as_olga, address)
    start = page.index("?was=") + 5
    was = page[start : page.index('"', start)]
    assert as_olga.get(f"{address}?was={was}", headers=HTMX).status_code == 204
    resolve.approve(asked, join(asked.workspace, mona))
    said = html(as_olga, f"{address}?was={was}", headers=HTMX)
    assert "Mona approved this" in said
    assert "<!doctype" not in said


def test_somebody_else_was_faster(asked: ApprovalRequest, as_olga: Client, mona: Any) -> None:
    resolve.decline(asked, join(asked.workspace, mona), "No")
    said = post(as_olga, asked, "approve", 422)
    assert "Somebody has decided this already" in said
    assert "Mona declined this" in said


def test_a_request_that_ended(asked: ApprovalRequest, as_olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, clock.now() + timedelta(days=30))
    assert "Nobody decided in time" in post(as_olga, asked, "approve", 422)
    resolve.escalate_due()
    assert "Nobody decided in time" in html(as_olga, reverse("decide-one", args=[asked.pk]))


def test_a_stand_in_decides_from_the_list(shop: Shop, asked: ApprovalRequest, olga: Any, workspace: Any) -> None:
    lena = person(shop, "Lena", "agent")
    today = clock.now().date()
    resolve.set_delegate(join(workspace, olga), olga, lena, today, today)
    as_lena = Client()
    as_lena.force_login(lena)
    page = html(as_lena, reverse("decide"))
    assert "You also decide in the place of Olga" in page
    assert "In the place of Olga" in html(as_lena, reverse("decide-one", args=[asked.pk]))
    post(as_lena, asked, "approve")
    row = fresh(asked)
    assert (row.state, row.decided_by, row.decided_for) == ("approved", lena, olga)


# The link


@pytest.fixture
def link(asked: ApprovalRequest, olga: Any) -> str:
    return reverse("decide-by-link", args=[resolve.make_link(asked, olga)])


def test_a_link_shows_and_only_its_post_decides(link: str, asked: ApprovalRequest, as_olga: Client) -> None:
    for _look in range(2):
        answer = as_olga.get(link)
        assert answer.status_code == 200
        assert "Voucher, 80.00 EUR" in answer.content.decode()
    assert fresh(asked).state == "open"
    assert not ApprovalLink.objects.within(asked.workspace_id).filter(used_at__isnull=False).exists()
    said = as_olga.post(link, {"do": "approve"}).content.decode()
    assert "You approved this" in said
    assert fresh(asked).state == "approved"
    again = as_olga.get(link)
    assert again.status_code == 410
    assert "decided with this link already" in again.content.decode()


def test_nobody_else_may_keep_a_linked_page(link: str, as_olga: Client, as_nobody: Client, as_malik: Client) -> None:
    for client in (as_olga, as_nobody, as_malik):
        answer = client.get(link)
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        # Browsers send it with the form; "no-referrer" would make them send the POST from nowhere.
        assert answer["Referrer-Policy"] == "strict-origin"


def test_a_link_asks_for_sign_in_and_comes_back(link: str, as_nobody: Client) -> None:
    answer = as_nobody.get(link)
    assert answer["Location"] == f"{reverse('account_login')}?next={link.replace('/', '%2F')}"
    assert as_nobody.post(link, {"do": "approve"}).status_code == 302


def test_a_link_is_for_one_person(link: str, asked: ApprovalRequest, as_mona: Client, as_sten: Client) -> None:
    for client in (as_mona, as_sten):
        answer = client.post(link, {"do": "approve"})
        assert answer.status_code == 410
        assert "made for somebody else" in answer.content.decode()
        assert "80.00" not in answer.content.decode()
    assert fresh(asked).state == "open"


def test_links_that_ran_out_or_were_mistyped(
    link: str, asked: ApprovalRequest, as_olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Check that you copied all of it" in html(as_olga, f"{link[:-3]}/", 410)
    at(monkeypatch, clock.now() + timedelta(hours=25))
    assert "good for a day" in html(as_olga, link, 410)


def test_a_link_to_what_was_decided_meanwhile_shows_it(
    link: str, asked: ApprovalRequest, as_olga: Client, mona: Any
) -> None:
    resolve.approve(asked, join(asked.workspace, mona))
    page = html(as_olga, link)
    assert "Mona approved this" in page
    assert 'value="approve"' not in page


def test_a_link_whose_decision_was_refused_can_be_used_again(
    link: str, asked: ApprovalRequest, as_olga: Client
) -> None:
    answer = as_olga.post(link, {"do": "decline", "note": ""})
    assert answer.status_code == 422
    assert as_olga.get(link).status_code == 200
    assert as_olga.post(link, {"do": "decline", "note": "Too much"}).status_code == 200
    assert fresh(asked).note == "Too much"


def test_a_link_leads_to_its_own_shop(
    link: str, asked: ApprovalRequest, as_olga: Client, olga: Any, other_workspace: Any
) -> None:
    from makegood.accounts.models import Membership

    Membership.objects.create(workspace=other_workspace, user=olga, role="owner")
    session = as_olga.session
    session["workspace"] = other_workspace.pk
    session.save()
    assert "Teapot" in html(as_olga, link)
    as_olga.post(link, {"do": "approve"})
    assert fresh(asked).state == "approved"
    assert "You approved this" in html(as_olga, reverse("decide-one", args=[asked.pk]))


def test_whoever_left_the_shop_decides_nothing(link: str, asked: ApprovalRequest, as_olga: Client, olga: Any) -> None:
    join(asked.workspace, olga).delete()
    assert "belong to this workspace" in html(as_olga, link, 410)
