"""The pages of contacts: who may, what they say, how many times they ask the database."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.connectors import ties
from makegood.connectors.shops.contract import ShopPage
from makegood.desk.models import Conversation, Message
from makegood.identify import api as identify
from makegood.identify.models import Contact, Customer, Erasure, Identity, IdentitySuggestion, Retention
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import connect, known_kinds, says
from makegood.identify.tests.world import order
from makegood.journal.api import Entry
from makegood.resolve.models import Remedy

pytestmark = pytest.mark.django_db

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def customer(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> Customer:
    known_kinds(monkeypatch)
    store_shop_page(connect(workspace), ShopPage(orders=(order(),)))
    return Customer.objects.within(workspace).get()


@pytest.fixture
def talk(workspace: Any, customer: Customer) -> Conversation:
    return says(workspace, "Where is my order #1042?", name="Ann Lee")


@pytest.fixture
def contact(talk: Conversation, customer: Customer, olga: Any) -> Contact:
    message = Message.objects.within(talk.workspace_id).get()
    return identify.tie_by_hand(talk, customer, "told", "She called", message, olga)


@pytest.fixture
def other(workspace: Any) -> Contact:
    row = Contact.objects.create(workspace=workspace, name="Annie of Mastodon")
    identify.tie(row, kind="author", network="mastodon", value="https://m.example/ann", shown="@ann", basis="told")
    return row


def html(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status
    return answer.content.decode()


def after(client: Client, to: str, row: Any, /, **sent: Any) -> str:
    """What the page says that a form leads to."""
    answer = client.post(reverse(to, args=[row.pk]), sent, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_list(contact: Contact, other: Contact, as_vera: Client) -> None:
    page = html(as_vera, reverse("contacts"))
    assert "Ann Lee" in page
    assert "Annie of Mastodon" in page
    assert "ann@example.com" in page
    assert "Annie" not in html(as_vera, f"{reverse('contacts')}?q=example.com")
    assert "Nobody has these words" in html(as_vera, f"{reverse('contacts')}?q=zzz")


def test_an_empty_list_says_how_one_comes_into_being(as_malik: Client) -> None:
    assert "No contacts yet" in html(as_malik, reverse("contacts"))


def test_the_list_goes_on(workspace: Any, as_malik: Client) -> None:
    for n in range(45):
        Contact.objects.create(workspace=workspace, name=f"Person {n:02}")
    page = html(as_malik, reverse("contacts"))
    assert page.count("data-row-link") == 40
    more = page.split('class="rows-more" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert html(as_malik, more, **HTMX).count("data-row-link") == 5


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_is_bounded_in_queries(workspace: Any, as_malik: Client, count: int) -> None:
    for n in range(count):
        row = Contact.objects.create(workspace=workspace, name=f"P{n}")
        identify.tie(row, kind="email", value=f"p{n}@example.com", basis="told")
    as_malik.get(reverse("contacts"))
    with CaptureQueriesContext(connection) as asked:
        html(as_malik, reverse("contacts"))
    assert len(asked) <= 12


def test_a_page_says_what_is_theirs_and_why(contact: Contact, talk: Conversation, as_vera: Client) -> None:
    page = html(as_vera, reverse("contact", args=[contact.pk]))
    message = Message.objects.within(talk.workspace_id).get()
    for words in ("they told us themselves", "She called", "Olga", "#1042", "24.90", "Where is my order"):
        assert words in page
    assert f"{reverse('conversation', args=[talk.pk])}#m-{message.pk}" in page
    for words in ("Erase", "Export", "Join with another", "Not theirs", "Add an address"):
        assert words not in page, "a viewer only reads"


def test_an_owner_may_all(contact: Contact, as_olga: Client) -> None:
    page = html(as_olga, reverse("contact", args=[contact.pk]))
    for words in ("Erase", "Export", "Join with another", "Not theirs", "Add an address"):
        assert words in page


@pytest.mark.parametrize("count", [3, 30])
def test_a_page_is_bounded_in_queries(
    workspace: Any, contact: Contact, customer: Customer, as_olga: Client, count: int
) -> None:
    for n in range(count):
        identify.tie(contact, kind="email", value=f"p{n}@example.com", basis="told")
        says(workspace, f"Hello {n}")
        store_shop_page(customer.source, ShopPage(orders=(order(2000 + n),)))
    with CaptureQueriesContext(connection) as asked:
        html(as_olga, reverse("contact", args=[contact.pk]))
    assert len(asked) <= 24


def test_hostile_words_stay_words(workspace: Any, contact: Contact, talk: Conversation, as_olga: Client) -> None:
    after(as_olga, "contact-describe", contact, name=HOSTILE, note=HOSTILE)
    Identity.objects.within(workspace).update(shown=HOSTILE, evidence=HOSTILE)
    for address in (
        reverse("contact", args=[contact.pk]),
        reverse("contacts"),
        reverse("contact-side", args=[talk.pk]),
        reverse("conversation", args=[talk.pk]),
    ):
        page = html(as_olga, address)
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


def test_joining_and_undoing(contact: Contact, other: Contact, mona: Any, client: Client) -> None:
    client.force_login(mona)
    found = html(client, f"{reverse('contact-find', args=[contact.pk])}?q=mast")
    assert "Annie of Mastodon" in html(client, f"{reverse('contact-find', args=[contact.pk])}?q=annie")
    assert "Ann Lee" not in found
    page = after(client, "contact-join", contact, other=other.pk)
    assert "They are one contact now" in page
    assert "@ann" in page
    gone = html(client, reverse("contact", args=[other.pk]))
    assert "joined this contact with" in gone
    Remedy.objects.create(
        workspace_id=contact.workspace_id,
        conversation=Conversation.objects.within(contact.workspace_id).get(),
        kind="voucher",
        amount_minor=500,
        currency="EUR",
        person_key="x",
        request_key="x",
    )
    question = html(client, reverse("contact-undo", args=[other.pk]))
    for words in ("What followed since they were joined", "@ann", "Voucher", "joined another contact with this one"):
        assert words in question
    assert "two contacts again" in after(client, "contact-undo", other)
    other.refresh_from_db()
    assert other.joined_to is None
    assert client.get(reverse("contact-undo", args=[other.pk])).status_code == 302


@pytest.mark.parametrize(("to", "tied"), [("own", 2), ("none", 1)])
def test_taking_apart_with_a_reason(contact: Contact, olga: Any, as_olga: Client, to: str, tied: int) -> None:
    row = Identity.objects.within(contact.workspace_id).get(kind="author")
    address = reverse("contact-identity", args=[row.pk])
    assert "What followed since it was tied" in html(as_olga, address)
    answer = as_olga.post(address, {"to": to, "because": " "})
    assert answer.status_code == 422
    assert "few words why" in answer.content.decode()
    shown = as_olga.post(address, {"to": to, "because": "Her sister"}, follow=True).content.decode()
    assert "no longer tied" in shown
    assert Identity.objects.within(contact.workspace_id).filter(ended_at__isnull=True).count() == tied
    assert "ended already" in html(as_olga, address)


def test_an_address_is_added_or_refused(contact: Contact, as_malik: Client) -> None:
    page = after(as_malik, "contact-address", contact, value="+49 170 1234567", basis="told", evidence="Phone")
    assert "+49 170 1234567" in page
    assert "Give one e-mail address" in after(as_malik, "contact-address", contact, value="x", basis="told")
    assert "what ground" in after(as_malik, "contact-address", contact, value="a@b.de", basis="")


def test_the_export_is_a_file(contact: Contact, as_olga: Client) -> None:
    answer = as_olga.post(reverse("contact-export", args=[contact.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="contact-{contact.pk}.json"'
    facts = json.loads(answer.content)
    assert facts["customers"][0]["email"] == "ann@example.com"
    assert facts["conversations"][0]["messages"][0]["text"] == "Where is my order #1042?"
    assert Entry.objects.within(contact.workspace_id).filter(verb="contact.exported").count() == 1


def test_erasing_takes_a_tick(contact: Contact, as_olga: Client) -> None:
    assert "Tick the box first" in after(as_olga, "contact-erase", contact)
    assert not Erasure.objects.within(contact.workspace_id).exists()
    page = after(as_olga, "contact-erase", contact, sure="1")
    assert "Olga erased this person." in page
    assert "1 order is kept without a name" in page
    assert "Ann Lee" not in page
    assert "erased already" in after(as_olga, "contact-erase", contact, sure="1")
    assert "Ann Lee" not in html(as_olga, reverse("contacts"))


@pytest.mark.parametrize("name", ["contact-export", "contact-erase"])
def test_a_manager_may_not_export_or_erase(contact: Contact, mona: Any, client: Client, name: str) -> None:
    client.force_login(mona)
    assert client.post(reverse(name, args=[contact.pk]), {"sure": "1"}).status_code == 403
    assert not Erasure.objects.within(contact.workspace_id).exists()


@pytest.mark.parametrize("name", ["contact-join", "contact-undo", "contact-find"])
def test_an_agent_may_not_join_or_part(contact: Contact, other: Contact, as_malik: Client, name: str) -> None:
    address = reverse(name, args=[contact.pk])
    method = as_malik.get if name == "contact-find" else as_malik.post
    assert method(address, {"other": other.pk}).status_code == 403


def test_a_stranger_finds_nothing(
    contact: Contact, talk: Conversation, customer: Customer, as_sten: Client, as_nobody: Client, sten: Any
) -> None:
    tied = Identity.objects.within(contact.workspace_id).first()
    one = IdentitySuggestion.objects.within(contact.workspace_id).get()
    assert tied is not None
    rows: dict[str, int] = {
        "contact": contact.pk,
        "contact-find": contact.pk,
        "contact-undo": contact.pk,
        "contact-identity": tied.pk,
        "contact-side": talk.pk,
        "contact-customers": talk.pk,
    }
    for name, key in rows.items():
        html(as_sten, reverse(name, args=[key]), 404)
        html(as_nobody, reverse(name, args=[key]), 302)
    sent = {"contact-join": contact, "contact-erase": contact, "contact-export": contact, "contact-describe": contact}
    for name, row in {**sent, "contact-tie": talk, "contact-suggestion-take": one}.items():
        posted = {"sure": "1", "customer": customer.pk, "basis": "told", "other": contact.pk}
        assert as_sten.post(reverse(name, args=[row.pk]), posted).status_code == 404
    theirs = Contact.objects.create(workspace=sten.memberships.get().workspace, name="Skier")
    assert as_sten.post(reverse("contact-join", args=[theirs.pk]), {"other": contact.pk}).status_code == 404
    assert "Ann Lee" not in html(as_sten, reverse("contacts"))
    contact.refresh_from_db()
    assert (contact.name, contact.joined_to, contact.erased_at) == ("Ann Lee", None, None)


def test_beside_a_conversation_suggestions_stand_with_their_reasons(talk: Conversation, as_malik: Client) -> None:
    page = html(as_malik, reverse("conversation", args=[talk.pk]))
    for words in ("Who it is", "Not tied to anybody", "Yes, same person", "where everybody can read it", "same name"):
        assert words in page


def test_one_click_ties_them(talk: Conversation, malik: Any, as_malik: Client) -> None:
    one = IdentitySuggestion.objects.within(talk.workspace_id).get()
    part = as_malik.post(reverse("contact-suggestion-take", args=[one.pk]), **HTMX).content.decode()
    assert "They are tied to Ann Lee now." in part
    assert "they gave an order number" in part
    assert "Yes, same person" not in part
    contact = identify.contact_of(talk)
    assert contact is not None
    assert reverse("contact", args=[contact.pk]) in part
    again = as_malik.post(reverse("contact-suggestion-decline", args=[one.pk]), **HTMX).content.decode()
    assert "decided this already" in again


def test_no_is_no(talk: Conversation, as_malik: Client) -> None:
    one = IdentitySuggestion.objects.within(talk.workspace_id).get()
    part = as_malik.post(reverse("contact-suggestion-decline", args=[one.pk]), **HTMX).content.decode()
    assert "will not be suggested again" in part
    assert "Yes, same person" not in html(as_malik, reverse("contact-side", args=[talk.pk]))


def test_a_viewer_sees_who_it_may_be_and_decides_nothing(talk: Conversation, as_vera: Client) -> None:
    page = html(as_vera, reverse("contact-side", args=[talk.pk]))
    assert "same name" in page
    assert "Yes, same person" not in page
    assert "Tie to a customer" not in page


def test_a_collaborator_sees_nothing_of_it(talk: Conversation, cora: Any, olga: Any, client: Client) -> None:
    from django.db import transaction

    from makegood.desk import api as desk

    with transaction.atomic():
        desk.share(talk, cora, olga, "")
    client.force_login(cora)
    assert "Who it is" not in html(client, reverse("conversation", args=[talk.pk]))
    html(client, reverse("contact-side", args=[talk.pk]), 403)


def test_tying_by_hand(talk: Conversation, customer: Customer, malik: Any, as_malik: Client) -> None:
    found = html(as_malik, f"{reverse('contact-customers', args=[talk.pk])}?q=lee")
    assert "1 order" in found
    assert "Type a name" in html(as_malik, reverse("contact-customers", args=[talk.pk]))
    message = Message.objects.within(talk.workspace_id).get()
    sent = {"customer": customer.pk, "basis": "told", "evidence": "She called", "message": message.pk}
    address = reverse("contact-tie", args=[talk.pk])
    part = as_malik.post(address, sent, **HTMX).content.decode()
    assert "They are tied to Ann Lee now." in part
    row = Identity.objects.within(talk.workspace_id).get(kind="customer")
    assert (row.basis, row.evidence, row.message, row.by) == ("told", "She called", message, malik)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"customer": "", "basis": "told"}, "Choose a customer first"),
        ({"customer": "999", "basis": "told"}, "Choose a customer first"),
        ({"basis": ""}, "what ground"),
        ({"basis": "judgement"}, "few words why"),
    ],
)
def test_what_is_refused_is_said_in_the_dialog(
    talk: Conversation, customer: Customer, as_malik: Client, sent: dict[str, str], words: str
) -> None:
    answer = as_malik.post(reverse("contact-tie", args=[talk.pk]), {"customer": str(customer.pk), **sent}, **HTMX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#tie-error"
    assert words in answer.content.decode()
    assert not Identity.objects.within(talk.workspace_id).exists()


def test_where_a_network_has_a_rule_the_dialog_tells_it_and_offers_only_what_it_allows(
    talk: Conversation, as_malik: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ties.RULES, "bluesky", ties.RULES["x"])
    page = html(as_malik, reverse("conversation", args=[talk.pk]))
    dialog = page.split('id="tie-dialog"')[1].split("</dialog>")[0]
    assert "https://developer.x.com/en/developer-terms/policy" in dialog
    assert 'value="opt_in"' in dialog
    assert 'value="judgement"' not in dialog


def test_how_long_it_is_kept(workspace: Any, talk: Conversation, as_olga: Client, as_vera: Client) -> None:
    address = reverse("retention")
    assert "Bluesky" in html(as_vera, address)
    assert "<select" not in html(as_vera, address)
    assert as_vera.post(address, {"network": "bluesky", "days": "30"}).status_code == 403
    assert as_olga.post(address, {"network": "bluesky", "days": "30"}).status_code == 302
    assert Retention.objects.within(workspace).get().days == 30
    assert '<option value="30" selected>' in html(as_olga, address)
    for sent in (
        {"network": "nowhere", "days": "30"},
        {"network": "bluesky", "days": "0"},
        {"network": "bluesky", "days": "x"},
    ):
        assert as_olga.post(address, sent).status_code == 422
    assert as_olga.post(address, {"network": "bluesky", "days": ""}).status_code == 302
    assert not Retention.objects.within(workspace).exists()
    assert address in html(as_olga, reverse("settings"))
