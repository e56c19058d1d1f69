"""Shops and payments: connecting them, how each is, letting go of them, and files of orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from makegood.connectors.contract import Trouble, Verdict
from makegood.identify import api as identify
from makegood.identify.models import Customer, Order, Source
from makegood.identify.reading import read_due
from makegood.identify.tests.scene import connect, known_kinds
from makegood.identify.tests.world import order, signed, world
from makegood.kit import clock
from makegood.web import forms_sources
from makegood.web.forms_sources import WAYS, SourceForm, Way, _secret, _text
from makegood.web.tests.account_pages import text_of

pytestmark = pytest.mark.django_db
CSV = (
    "Order number,Order date,Total,Currency,E-mail,Name\n"
    "#1042,2026-05-04,24.90,EUR,ann@example.com,Ann Lee\n"
    "#1043,2026-05-05,9.90,EUR,bo@example.com,Bo\n"
)


class PretendForm(SourceForm):
    """What the small shop of the tests asks for."""

    address = _text("Address", required=False)
    key = _secret("Key")
    webhook_secret = _secret("Webhook", required=False)

    advanced = ("webhook_secret",)


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small shop can be connected on the pages."""
    known_kinds(monkeypatch)
    way = Way(PretendForm, "Orders.", "Make a key.", ("Paste it.",), secret_shown=True)
    monkeypatch.setitem(forms_sources.WAYS, ("shop", "testshop"), way)


@pytest.fixture
def shop(workspace: Any, olga: Any) -> Source:
    """The workspace's shop."""
    return connect(workspace, by=olga)


def get(client: Client, path: str) -> str:
    """A page as it is written."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def read(client: Client, path: str) -> str:
    """A page as it is read."""
    return text_of(client.get(path))


def upload(client: Client, content: str = CSV) -> Any:
    file = SimpleUploadedFile("orders.csv", content.encode(), "text/csv")
    return client.post("/sources/new/file/", {"file": file})


def test_there_is_a_designed_beginning(as_olga: Client, as_vera: Client) -> None:
    assert "/sources/new/" in get(as_olga, "/sources/")
    assert "An owner or a manager connects the shop" in read(as_vera, "/sources/")
    assert 'href="/sources/new/"' not in get(as_vera, "/sources/")
    assert 'href="/sources/"' in get(as_olga, "/channels/")


def test_every_kind_can_be_chosen_and_asks_for_what_its_connector_reads(as_olga: Client) -> None:
    page = get(as_olga, "/sources/new/")
    for (side, kind), way in WAYS.items():
        path = f"/sources/new/{side}/{kind}/"
        assert path in page
        form = get(as_olga, path)
        for name in way.form.base_fields:
            assert f'name="{name}"' in form, (kind, name)
    assert as_olga.get("/sources/new/shop/nobody/").status_code == 404
    assert as_olga.get("/sources/new/payments/vendure/").status_code == 404


def test_a_shop_is_connected_and_its_key_is_shown_nowhere(as_olga: Client, workspace: Any) -> None:
    answer = as_olga.post("/sources/new/shop/testshop/", {"address": "teapot.example", "key": "right"})
    row = Source.objects.within(workspace).get()
    assert (answer.status_code, answer["Location"]) == (302, f"/sources/{row.pk}/")
    assert "right" not in row.secret
    page = get(as_olga, f"/sources/{row.pk}/")
    assert "teapot.example" in page
    assert f"/hooks/{row.hook}/" in page
    again = get(as_olga, f"/sources/{row.pk}/again/")
    assert 'value="right"' not in again
    assert 'value="teapot.example"' in again


def test_what_goes_wrong_is_said_in_the_form(as_olga: Client, workspace: Any) -> None:
    answer = as_olga.post("/sources/new/shop/testshop/", {"key": "wrong"})
    assert answer.status_code == 422
    assert "This key is not accepted" in answer.content.decode()
    assert "wrong" not in answer.content.decode()
    assert not Source.objects.within(workspace).exists()


def test_changing_the_connection_keeps_what_is_left_empty(as_olga: Client, workspace: Any, shop: Source) -> None:
    answer = as_olga.post(f"/sources/{shop.pk}/again/", {"address": "shop.example", "key": "", "webhook_secret": "new"})
    assert answer.status_code == 302
    row = Source.objects.within(workspace).get()
    assert identify.credentials_of(row) == {"key": "right", "webhook_secret": "new", "address": "shop.example"}
    assert row.hook == shop.hook, "the webhook's address stays"
    answer = as_olga.post(f"/sources/{shop.pk}/again/", {"address": "other.example"})
    assert answer.status_code == 422
    assert "another account" in answer.content.decode()
    assert Source.objects.within(workspace).count() == 1


def test_one_secret_may_take_the_place_of_another() -> None:
    form = WAYS["shop", "vendure"].form
    known = {"url": "https://shop.example", "key": "old"}
    kept = form({"url": "https://shop.example"}, before=known)
    assert kept.is_valid()
    assert kept.cleaned_data["key"] == "old"
    changed = form({"url": "https://shop.example", "username": "ann", "password": "pot"}, before=known)
    assert changed.is_valid()
    assert changed.cleaned_data["key"] == ""


def test_its_page_says_how_it_is(as_vera: Client, as_olga: Client, workspace: Any, shop: Source) -> None:
    world.changes = [order(n) for n in range(1001, 1004)]
    world.problems = ("Order 7 has no currency.",)
    assert "Being read for the first time." in read(as_vera, f"/sources/{shop.pk}/")
    read_due()
    page = read(as_vera, f"/sources/{shop.pk}/")
    assert "Orders 3" in page
    assert "Order 7 has no currency." in page
    assert shop.hook not in get(as_vera, f"/sources/{shop.pk}/"), "only who may connect sees the webhook's address"
    world.troubles = [Trouble(Verdict.DISCONNECT, "The key was taken back.")]
    Source.objects.within(workspace).update(due_at=clock.now())
    read_due()
    assert "The key was taken back." in get(as_olga, "/sources/")
    assert f"/sources/{shop.pk}/again/" in get(as_olga, f"/sources/{shop.pk}/")
    assert "The key was taken back." in get(as_olga, "/health/")


def test_a_webhook_shows_when_it_last_told_something(as_olga: Client, shop: Source) -> None:
    assert "has not told us anything yet" in get(as_olga, f"/sources/{shop.pk}/")
    identify.receive(shop.hook, *signed({"id": "e1"}))
    assert "has not told us anything yet" not in get(as_olga, f"/sources/{shop.pk}/")


def test_it_is_paused_resumed_and_removed(as_olga: Client, workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    read_due()
    as_olga.post(f"/sources/{shop.pk}/pause/")
    assert Source.objects.within(workspace).get().state == "paused"
    as_olga.post(f"/sources/{shop.pk}/resume/")
    assert Source.objects.within(workspace).get().state == "working"
    answer = as_olga.post(f"/sources/{shop.pk}/remove/")
    assert answer["Location"] == "/sources/"
    row = Source.objects.within(workspace).get()
    assert (row.secret, row.state) == ("", "disconnected")
    assert row.hook != shop.hook
    assert Order.objects.within(workspace).count() == 1, "what was bought stays on record"
    assert as_olga.get(f"/sources/{shop.pk}/").status_code == 404
    part = as_olga.get(f"/sources/{shop.pk}/", headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == "/sources/"


@pytest.mark.parametrize("path", ["", "again/", "pause/", "resume/", "remove/", "columns/", "preview/", "forget/"])
def test_a_stranger_finds_nothing(as_sten: Client, as_nobody: Client, shop: Source, path: str) -> None:
    for client in (as_sten, as_nobody):
        for method in (client.get, client.post):
            status = method(f"/sources/{shop.pk}/{path}").status_code
            assert status in ((404, 405) if client is as_sten else (302,)), path
    assert Source.objects.within(shop.workspace_id).get().state == "working"


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_only_works_there_connects_nothing(as_malik: Client, as_vera: Client, shop: Source, method: str) -> None:
    for client in (as_malik, as_vera):
        for path in ("new/shop/testshop/", f"{shop.pk}/again/", "new/file/"):
            assert getattr(client, method)(f"/sources/{path}").status_code == 403
    assert as_malik.get("/sources/").status_code == 200


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_takes_as_many_questions_for_three_as_for_thirty(
    as_vera: Client, workspace: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        connect(workspace, address=f"{number}.example")
    as_vera.get("/sources/")
    with django_assert_max_num_queries(9):
        assert as_vera.get("/sources/").status_code == 200


def test_a_file_of_orders_comes_in_by_its_columns(as_olga: Client, workspace: Any) -> None:
    answer = upload(as_olga)
    row = Source.objects.within(workspace).get()
    assert answer["Location"] == f"/sources/{row.pk}/columns/"
    page = read(as_olga, answer["Location"])
    assert "#1042" in page
    assert "24.90 EUR" in page
    assert "Waiting for you to say which column is which." in get(as_olga, "/sources/")
    chosen = {"column-number": "Order number", "column-placed_at": "Order date", "column-total": "Total"}
    chosen |= {"column-currency": "Currency", "column-email": "E-mail", "column-name": "Name", "decimal": "."}
    part = as_olga.post(f"/sources/{row.pk}/preview/", chosen)
    assert "Ann Lee" in part.content.decode()
    answer = as_olga.post(f"/sources/{row.pk}/columns/", chosen)
    assert answer["Location"] == f"/sources/{row.pk}/"
    assert "Being read: orders.csv." in get(as_olga, f"/sources/{row.pk}/")
    identify.read_order_files()
    assert dict(Order.objects.within(workspace).values_list("number", "total_minor")) == {"#1042": 2490, "#1043": 990}
    assert sorted(Customer.objects.within(workspace).values_list("name", flat=True)) == ["Ann Lee", "Bo"]
    page = read(as_olga, f"/sources/{row.pk}/")
    assert "orders.csv" in page
    assert "Here in full" in page
    row.refresh_from_db()
    assert (row.cursor, row.due_at) == ({}, None)


def test_a_second_file_brings_the_same_orders_up_to_date(as_olga: Client, workspace: Any) -> None:
    for content in (CSV, CSV.replace("24.90", "19.90")):
        upload(as_olga, content)
        row = Source.objects.within(workspace).select_related("workspace").get()
        identify.start_order_file(row, None, identify.propose_order_file(row).choices)
        identify.read_order_files()
    assert Source.objects.within(workspace).count() == 1
    assert Order.objects.within(workspace).get(number="#1042").total_minor == 1990


def test_a_file_that_was_cut_goes_on_where_it_was(
    as_olga: Client, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.connectors.shops.orders_file import read
    from makegood.identify import filing

    monkeypatch.setattr(read, "PAGE", 1)
    lines = "".join(f"#{n},2026-05-04,5.00,EUR,a@b.de,Ann\n" for n in range(1001, 1006))
    upload(as_olga, CSV.splitlines()[0] + "\n" + lines)
    row = Source.objects.within(workspace).select_related("workspace").get()
    identify.start_order_file(row, None, identify.propose_order_file(row).choices)
    real, calls = identify.store_shop_page, []

    def breaks(source: Any, page: Any) -> int:
        calls.append(page)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(source, page)

    monkeypatch.setattr(filing, "store_shop_page", breaks)
    with pytest.raises(KeyboardInterrupt):
        identify.read_order_files()
    assert Order.objects.within(workspace).count() == 2
    Source.objects.within(workspace).update(lease_until=clock.now() - timedelta(seconds=1))
    identify.read_order_files()
    assert Order.objects.within(workspace).count() == 5
    brought = [each.number for page in calls for each in page.orders]
    assert brought == ["#1001", "#1002", "#1003", "#1003", "#1004", "#1005"], "nothing twice but what was cut"


def test_what_is_no_table_is_refused_with_a_sentence(as_olga: Client, workspace: Any) -> None:
    answer = upload(as_olga, "PK\x03\x04 not a table")
    assert answer.status_code == 422
    assert not Source.objects.within(workspace).exists()
    upload(as_olga, "a,b\n1,2\n")
    row = Source.objects.within(workspace).get()
    answer = as_olga.post(f"/sources/{row.pk}/columns/", {"column-number": "a"})
    assert answer.status_code == 422
    assert "Please choose the column" in answer.content.decode()
    as_olga.post(f"/sources/{row.pk}/forget/")
    row.refresh_from_db()
    assert "draft" not in row.facts
    assert as_olga.get(f"/sources/{row.pk}/columns/").status_code == 302


def reached_at(settings: Any, address: str) -> None:
    settings.PUBLIC_URL = address


def test_webhooks_are_set_up_with_one_button(as_olga: Client, workspace: Any, shop: Source, settings: Any) -> None:
    reached_at(settings, "https://desk.example")
    page = read(as_olga, f"/sources/{shop.pk}/")
    assert "Set it up for me" in page
    assert "public https address" not in page
    answer = as_olga.post(f"/sources/{shop.pk}/subscribe/", follow=True)
    page = text_of(answer)
    assert world.told == [f"https://desk.example/hooks/{shop.hook}/"]
    assert "tells us of changes at once" in page
    assert "It is set up" in page
    assert "Set it up again" in page


def test_what_stands_against_it_there_is_said_on_the_page(as_olga: Client, shop: Source, settings: Any) -> None:
    reached_at(settings, "https://desk.example")
    world.troubles = [Trouble(Verdict.REFUSE, "This key may not set up webhooks.")]
    page = text_of(as_olga.post(f"/sources/{shop.pk}/subscribe/", follow=True))
    assert "This key may not set up webhooks." in page
    assert "Set it up for me" in page


def test_on_a_machine_that_nobody_can_reach_the_page_says_so(as_olga: Client, shop: Source, settings: Any) -> None:
    reached_at(settings, "http://localhost:8000")
    page = read(as_olga, f"/sources/{shop.pk}/")
    assert "Makegood runs at localhost:8000 here, which cannot be reached from the internet." in page
    assert "Set it up for me" not in page
    assert "Paste it." in page, "by hand, all the same"
    assert f"http://localhost:8000/hooks/{shop.hook}/" in get(as_olga, f"/sources/{shop.pk}/")
    assert 'value="whsec"' in get(as_olga, f"/sources/{shop.pk}/")
    page = text_of(as_olga.post(f"/sources/{shop.pk}/subscribe/", follow=True))
    assert "cannot be reached from the internet" in page
    assert world.told == []


def test_webhooks_that_could_not_be_verified_are_not_offered(as_olga: Client, shop: Source, settings: Any) -> None:
    reached_at(settings, "https://desk.example")
    shop.facts = {"webhooks": False}
    shop.save(update_fields=["facts"])
    page = read(as_olga, f"/sources/{shop.pk}/")
    assert "access token alone" in page
    assert "Set it up for me" not in page
    assert shop.hook not in get(as_olga, f"/sources/{shop.pk}/")


def test_a_kind_that_tells_nobody_says_how_often_it_is_read(as_olga: Client, workspace: Any, olga: Any) -> None:
    row = Source.objects.create(workspace=workspace, side="shop", kind="vendure", name="Cups", address="x", hook="h1")
    page = read(as_olga, f"/sources/{row.pk}/")
    assert "no address or secret to paste there. Makegood looks every 5 minutes." in page
    assert "Let it tell us at once" not in page


def test_the_privacy_webhooks_of_shopify_are_named(as_olga: Client, workspace: Any) -> None:
    row = Source.objects.create(workspace=workspace, side="shop", kind="shopify", name="Cups", address="x", hook="h2")
    assert "shop/redact" in read(as_olga, f"/sources/{row.pk}/")


def test_who_may_not_connect_sees_no_address(as_vera: Client, shop: Source, settings: Any) -> None:
    reached_at(settings, "https://desk.example")
    page = get(as_vera, f"/sources/{shop.pk}/")
    assert shop.hook not in page
    assert "/subscribe/" not in page
    assert as_vera.post(f"/sources/{shop.pk}/subscribe/").status_code in {403, 404}
    assert world.told == []
