"""An order number in a message: the order is linked, and who wrote it is suggested, or recorded with its ground."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.activity import Visibility
from makegood.connectors.shops.contract import ShopPage
from makegood.desk.models import Conversation, Message
from makegood.identify import api as identify
from makegood.identify import recognising
from makegood.identify.models import Contact, Identity, IdentitySuggestion, OrderLink, SaidNumber, Source
from makegood.identify.recognising import recognise_new
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import connect, says
from makegood.identify.tests.world import ann, order
from makegood.journal import api as journal
from makegood.journal import marks
from makegood.journal.models import Mark
from makegood.kit import clock

pytestmark = pytest.mark.django_db
DM = Visibility.DIRECT


@pytest.fixture
def bought(shop: Source) -> Source:
    """Ann's order #1042 stands in the shop."""
    store_shop_page(shop, ShopPage(orders=(order(),)))
    return shop


def links(workspace: Any) -> list[OrderLink]:
    return list(OrderLink.objects.within(workspace).select_related("order", "message").order_by("id"))


def suggestions(workspace: Any) -> list[IdentitySuggestion]:
    return list(IdentitySuggestion.objects.within(workspace).order_by("id"))


def ties(workspace: Any) -> list[Identity]:
    return list(Identity.objects.within(workspace).order_by("id"))


def test_in_public_the_order_is_linked_and_the_person_only_suggested(workspace: Any, bought: Source) -> None:
    row = says(workspace, "Where is my order #1042?", name="Ann Lee")
    (link,) = links(workspace)
    assert (link.conversation_id, link.order.number, link.how, link.words, link.by) == (
        row.pk,
        "#1042",
        "number",
        "1042",
        None,
    )
    (one,) = suggestions(workspace)
    assert (one.state, one.basis, one.message_id) == ("open", "order_number", link.message_id)
    assert one.reasons == [["order_number", "public"], ["name", "Ann Lee"]]
    assert ties(workspace) == [], "anybody may have read the number"


def test_a_strangers_number_in_public_is_the_weakest_suggestion(workspace: Any, bought: Source) -> None:
    says(workspace, "Ha, order #1042 is mine!", name="Mallory Smith")
    assert [(one.reasons, one.strength) for one in suggestions(workspace)] == [([["order_number", "public"]], 0.5)]


@pytest.mark.parametrize(
    ("name", "text", "agrees"),
    [
        ("Ann Lee", "My order is #1042", "name"),
        ("lee, ann", "My order is #1042", "name"),
        ("Nobody", "My order is #1042, I am ANN@example.com.", "email"),
    ],
)
def test_in_private_a_second_fact_ties_them_at_once_with_its_ground(
    workspace: Any, bought: Source, name: str, text: str, agrees: str
) -> None:
    row = says(workspace, text, name=name, visibility=DM)
    found = {tie.kind: tie for tie in ties(workspace)}
    assert set(found) == {"author", "customer"}
    for tie in found.values():
        assert (tie.basis, tie.conversation_id, tie.by, tie.ended_at) == ("order_number", row.pk, None, None)
        assert tie.message is not None
        assert tie.message.text == text
        assert tie.evidence == f"1042; {agrees}"
    assert found["author"].contact_id == found["customer"].contact_id
    assert (found["author"].network, found["author"].value) == ("bluesky", "did:plc:ann")
    contact = identify.contact_of(row)
    assert contact is not None
    assert contact.name == "Ann Lee"
    assert suggestions(workspace) == []
    subjects = [f"identity:{tie.pk}" for tie in ties(workspace)]
    assert [line.verb for line in journal.about(workspace, subjects)] == ["identity.tied", "identity.tied"]


@pytest.mark.parametrize("name", ["Bo", "Ann", "Lee", "Ann Lee Smith", ""])
def test_in_private_without_a_second_fact_it_is_suggested(workspace: Any, bought: Source, name: str) -> None:
    says(workspace, "My order is #1042", name=name, visibility=DM)
    assert ties(workspace) == []
    assert [(one.reasons, one.strength) for one in suggestions(workspace)] == [([["order_number", "private"]], 0.8)]


def test_followers_only_is_not_private(workspace: Any, bought: Source) -> None:
    says(workspace, "My order is #1042", name="Ann Lee", visibility=Visibility.PRIVATE)
    assert ties(workspace) == []


def test_one_name_is_no_second_fact_when_the_shop_knows_no_more(workspace: Any, shop: Source) -> None:
    store_shop_page(shop, ShopPage(orders=(order(customer=ann(name="Ann", email="")),)))
    says(workspace, "My order is #1042", name="Ann", visibility=DM)
    assert ties(workspace) == []


def test_a_number_said_before_the_shop_was_connected_is_linked_when_it_is(workspace: Any, kinds: None) -> None:
    row = says(workspace, "Where is my order #1042?", name="Ann Lee", visibility=DM)
    assert links(workspace) == []
    store_shop_page(connect(workspace), ShopPage(orders=(order(),)))
    assert [link.conversation_id for link in links(workspace)] == [row.pk]
    assert len(ties(workspace)) == 2


def test_a_number_that_no_order_bears_is_left_alone(workspace: Any, bought: Source) -> None:
    says(workspace, "Where is my order #9999? Call 123456.")
    assert links(workspace) == []
    assert {row.key for row in SaidNumber.objects.within(workspace)} == {"9999", "123456"}


def test_another_shops_order_is_never_linked(workspace: Any, other_workspace: Any, bought: Source) -> None:
    says(other_workspace, "Where is my order #1042?", name="Ann Lee", visibility=DM)
    assert links(other_workspace) == []
    assert links(workspace) == []
    assert ties(other_workspace) == []


def test_looking_twice_finds_it_once(workspace: Any, bought: Source) -> None:
    says(workspace, "Where is my order #1042? I mean order 1042!")
    Mark.objects.filter(name=recognising.TOPIC).update(entry_id=0)
    assert recognise_new() == 0
    assert (len(links(workspace)), len(suggestions(workspace))) == (1, 1)


def test_what_a_member_took_away_is_not_linked_again(workspace: Any, bought: Source, malik: Any) -> None:
    row = says(workspace, "Where is my order #1042?")
    identify.unlink_order(row, links(workspace)[0].order, malik)
    says(workspace, "My order #1042!", root_id=row.thread_id)
    store_shop_page(bought, ShopPage(orders=(order(minutes=1),)))
    (link,) = links(workspace)
    assert link.removed_by == malik


def test_a_declined_suggestion_stays_declined(workspace: Any, bought: Source) -> None:
    says(workspace, "Where is my order #1042?")
    IdentitySuggestion.objects.within(workspace).update(state=IdentitySuggestion.State.DECLINED)
    OrderLink.objects.within(workspace).delete()
    Mark.objects.filter(name=recognising.TOPIC).update(entry_id=0)
    recognise_new()
    assert [one.state for one in suggestions(workspace)] == ["declined"]


def test_two_people_already_are_not_made_one_silently(workspace: Any, bought: Source) -> None:
    other = says(workspace, "Hello", name="Ann Lee", who="did:plc:other")
    customer = order_customer(workspace)
    identify.tie_customer(other, customer, basis="judgement")
    known = Contact.objects.create(workspace=workspace, name="Ann of Bluesky")
    identify.tie(known, kind="author", network="bluesky", value="did:plc:ann", basis="judgement")
    says(workspace, "My order is #1042", name="Ann Lee", visibility=DM)
    assert len(ties(workspace)) == 3
    assert len(suggestions(workspace)) == 1


def order_customer(workspace: Any) -> Any:
    from makegood.identify.models import Customer

    return Customer.objects.within(workspace).get()


def test_who_is_tied_already_is_not_suggested(workspace: Any, bought: Source) -> None:
    says(workspace, "My order is #1042", name="Ann Lee", visibility=DM)
    says(workspace, "Where is my order #1042?", name="Ann Lee")
    assert len(links(workspace)) == 2
    assert suggestions(workspace) == []


def test_an_edit_that_takes_the_number_back_forgets_it_and_one_that_adds_it_finds_it(
    workspace: Any, bought: Source
) -> None:
    row = says(workspace, "Where is my order #9999?")
    Message.objects.within(workspace).update(text="Where is my order #1042?")
    Mark.objects.filter(name=recognising.TOPIC).update(entry_id=0)
    recognise_new()
    assert [link.conversation_id for link in links(workspace)] == [row.pk]
    assert [said.key for said in SaidNumber.objects.within(workspace)] == ["1042"]


def test_what_its_author_deleted_is_gone_here_too(workspace: Any, bought: Source) -> None:
    says(workspace, "My order is #1042", name="Ann Lee", visibility=DM)
    Message.objects.within(workspace).update(text="", deleted_at=clock.now())
    recognise_new()
    assert not SaidNumber.objects.within(workspace).exists()
    assert links(workspace)[0].words == ""
    assert {tie.evidence for tie in ties(workspace)} == {""}


def test_a_long_journal_is_read_in_spans(workspace: Any, bought: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    # PostgreSQL goes on counting after tests that were taken back.
    Mark.objects.create(name=recognising.TOPIC, entry_id=journal.last_id())
    monkeypatch.setattr(marks, "SPAN", 2)
    says(workspace, "Where is my order #1042?")
    assert len(links(workspace)) == 1
    assert recognise_new() == 0, "only the lines that it wrote itself were left"
    assert Mark.objects.get().entry_id == journal.last_id()


def test_a_line_that_was_committed_late_is_not_missed(
    workspace: Any, bought: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a lower id may show up after a higher one was read."""
    monkeypatch.setattr(marks, "OVERLAP", 100)
    Mark.objects.create(name=recognising.TOPIC, entry_id=journal.last_id() + 50)
    says(workspace, "Where is my order #1042?")
    assert len(links(workspace)) == 1


def test_only_what_the_customer_said_counts(workspace: Any, bought: Source) -> None:
    row = says(workspace, "Where is it?")
    Message.objects.create(
        workspace=workspace,
        conversation=row,
        network_id="ours",
        direction=Message.Direction.OUT,
        author_id="us",
        text="Is it order #1042?",
        posted_at=clock.now(),
    )
    Mark.objects.filter(name=recognising.TOPIC).update(entry_id=0)
    recognise_new()
    assert links(workspace) == []


def test_a_tie_that_ended_counts_on_for_what_was_done_for_them(workspace: Any, bought: Source, malik: Any) -> None:
    row = says(workspace, "My order is #1042", name="Ann Lee", visibility=DM)
    contact = identify.contact_of(row)
    assert contact is not None
    keys = identify.person_keys(row)
    assert keys == {f"contact:{contact.pk}", "author:bluesky:did:plc:ann"}
    for tie in ties(workspace):
        if tie.kind == "author":
            identify.end_tie(tie, malik, "It was her sister")
    assert identify.contact_of(row) is None
    assert identify.person_keys(row) == {"author:bluesky:did:plc:ann"}
    again = says(workspace, "me too", who="did:plc:sister")
    identify.tie(contact, kind="author", network="bluesky", value="did:plc:sister", basis="told")
    assert identify.person_keys(again) == keys | {"author:bluesky:did:plc:sister"}
    ended = Identity.objects.within(workspace).get(ended_at__isnull=False)
    assert (ended.ended_by, ended.ended_because) == (malik, "It was her sister")


def test_joined_people_are_counted_together(workspace: Any, bought: Source) -> None:
    row = says(workspace, "My order is #1042", name="Ann Lee", visibility=DM)
    contact = identify.contact_of(row)
    assert contact is not None
    one = Contact.objects.create(workspace=workspace, name="A", joined_to=contact)
    two = Contact.objects.create(workspace=workspace, name="B", joined_to=one)
    assert {f"contact:{each.pk}" for each in (contact, one, two)} <= identify.person_keys(row)
    assert Conversation.objects.within(workspace).get().pk == row.pk
    assert row.opened_at > clock.now() - timedelta(minutes=5)


def test_what_belongs_to_somebody_else_is_not_taken_from_them(workspace: Any) -> None:
    one, two = (Contact.objects.create(workspace=workspace, name=name) for name in ("One", "Two"))
    tie = identify.tie(one, kind="email", value="a@b.c", basis="told")
    assert identify.tie(one, kind="email", value="a@b.c", basis="told") == tie
    with pytest.raises(identify.TieError, match="One"):
        identify.tie(two, kind="email", value="a@b.c", basis="told")
