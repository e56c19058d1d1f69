"""People: joined and parted, tied and untied, on a ground that stays to be read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from makegood.connectors.shops.contract import ShopPage
from makegood.connectors.ties import tie_rule
from makegood.desk.models import Conversation, Message
from makegood.identify import api as identify
from makegood.identify.api import TieError
from makegood.identify.models import Contact, Customer, Identity, IdentitySuggestion, Source
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import says
from makegood.identify.tests.world import order
from makegood.journal.api import Entry
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(workspace: Any, shop: Source) -> Customer:
    """Ann has bought something."""
    store_shop_page(shop, ShopPage(orders=(order(),)))
    return Customer.objects.within(workspace).get()


def person(workspace: Any, name: str, *accounts: str) -> Contact:
    row = Contact.objects.create(workspace=workspace, name=name)
    for account in accounts:
        identify.tie(row, kind="author", network="bluesky", value=account, shown=account, basis="told")
    return row


def accounts(contact: Contact) -> set[str]:
    rows = Identity.objects.within(contact.workspace_id).filter(contact=contact, ended_at__isnull=True)
    return set(rows.values_list("value", flat=True))


def verbs(workspace: Any, contact: Contact) -> list[str]:
    rows = Entry.objects.within(workspace).filter(subject=f"contact:{contact.pk}").order_by("id")
    return list(rows.values_list("verb", flat=True))


def test_joining_moves_what_is_tied_and_undoing_brings_it_back(workspace: Any, malik: Any) -> None:
    keep, gone = person(workspace, "", "a", "b"), person(workspace, "Ann", "c")
    assert identify.join(gone, keep, malik) == keep
    gone.refresh_from_db()
    assert (accounts(keep), accounts(gone)) == ({"a", "b", "c"}, set())
    assert (gone.joined_to, gone.joined_by) == (keep, malik)
    keep.refresh_from_db()
    assert keep.name == "Ann", "the name that is known"
    identify.undo_join(gone, malik)
    gone.refresh_from_db()
    assert (accounts(keep), accounts(gone)) == ({"a", "b"}, {"c"})
    assert (gone.joined_to, gone.joined_at, gone.took_along) == (None, None, [])
    assert verbs(workspace, keep) == ["contact.joined", "contact.parted"]
    assert verbs(workspace, gone) == ["contact.joined_to", "contact.parted"]


def test_undoing_leaves_what_was_untied_since(workspace: Any, malik: Any) -> None:
    keep, gone = person(workspace, "Ann", "a"), person(workspace, "Bo", "b", "c")
    identify.join(gone, keep, malik)
    identify.untie(Identity.objects.within(workspace).get(value="b"), malik, "It is her brother")
    identify.undo_join(gone, malik)
    assert (accounts(keep), accounts(gone)) == ({"a"}, {"c"})


def test_a_chain_is_undone_from_its_end(workspace: Any, malik: Any) -> None:
    a, b, c = person(workspace, "A", "a"), person(workspace, "B", "b"), person(workspace, "C", "c")
    identify.join(a, b, malik)
    identify.join(b, c, malik)
    assert accounts(c) == {"a", "b", "c"}
    with pytest.raises(TieError, match="Undo that first"):
        identify.undo_join(a, malik)
    identify.undo_join(b, malik)
    identify.undo_join(a, malik)
    assert (accounts(a), accounts(b), accounts(c)) == ({"a"}, {"b"}, {"c"})


def test_what_cannot_be_joined(workspace: Any, malik: Any) -> None:
    a, b, c = (person(workspace, name) for name in "ABC")
    with pytest.raises(TieError, match="same contact"):
        identify.join(a, a, malik)
    identify.join(a, b, malik)
    with pytest.raises(TieError, match="joined with somebody else"):
        identify.join(a, c, malik)
    with pytest.raises(TieError, match="joined with somebody else"):
        identify.join(c, a, malik)
    identify.undo_join(a, malik)
    with pytest.raises(TieError, match="undone already"):
        identify.undo_join(a, malik)


def test_nobody_of_another_shop_is_joined(workspace: Any, other_workspace: Any, malik: Any) -> None:
    mine, theirs = person(workspace, "Ann"), person(other_workspace, "Ann")
    for pair in ((mine, theirs), (theirs, mine)):
        with pytest.raises(TieError):
            identify.join(*pair, malik)


def test_nothing_is_tied_to_whoever_was_joined_away(workspace: Any, malik: Any) -> None:
    keep, gone = person(workspace, "Ann"), person(workspace, "Bo")
    identify.join(gone, keep, malik)
    with pytest.raises(TieError, match="joined with somebody else"):
        identify.tie(gone, kind="email", value="bo@example.com", basis="told")
    with pytest.raises(TieError, match="joined with somebody else"):
        identify.describe(gone, "Bo", "", malik)


def test_splitting_gives_it_a_contact_of_its_own_and_keeps_why(workspace: Any, malik: Any) -> None:
    row = person(workspace, "Ann", "a", "b")
    identity = Identity.objects.within(workspace).get(value="b")
    fresh = identify.split(identity, malik, "Her sister wrote")
    identity.refresh_from_db()
    assert (identity.ended_by, identity.ended_because) == (malik, "Her sister wrote")
    assert (accounts(row), accounts(fresh), fresh.name) == ({"a"}, {"b"}, "b")
    again = Identity.objects.within(workspace).get(contact=fresh)
    assert (again.basis, again.evidence, again.by) == ("judgement", "Her sister wrote", malik)
    with pytest.raises(TieError, match="ended already"):
        identify.split(identity, malik, "Again")


@pytest.mark.parametrize("act", [identify.split, identify.untie])
def test_without_a_reason_nothing_is_taken_apart(workspace: Any, malik: Any, act: Any) -> None:
    row = person(workspace, "Ann", "a")
    with pytest.raises(TieError, match="few words why"):
        act(Identity.objects.within(workspace).get(), malik, "  ")
    assert accounts(row) == {"a"}


def test_a_member_ties_the_author_to_a_customer_on_a_ground(workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Hello")
    message = Message.objects.within(workspace).get()
    contact = identify.tie_by_hand(talk, customer, "told", " She called ", message, malik)
    assert identify.contact_of(talk) == contact
    assert identify.customers_of(contact) == [customer]
    for row in Identity.objects.within(workspace):
        assert (row.basis, row.evidence, row.message, row.by) == ("told", "She called", message, malik)


@pytest.mark.parametrize(
    ("basis", "evidence", "words"),
    [("", "She called", "what ground"), ("shop_record", "x", "what ground"), ("judgement", " ", "few words why")],
)
def test_no_ground_no_tie(
    workspace: Any, customer: Customer, malik: Any, basis: str, evidence: str, words: str
) -> None:
    talk = says(workspace, "Hello")
    with pytest.raises(TieError, match=words):
        identify.tie_by_hand(talk, customer, basis, evidence, None, malik)
    assert not Identity.objects.within(workspace).exists()


def test_tying_takes_up_what_was_suggested(workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Where is my order #1042?")
    identify.tie_by_hand(talk, customer, "told", "", None, malik)
    (row,) = IdentitySuggestion.objects.within(workspace)
    assert (row.state, row.decided_by) == ("taken", malik)


def on_x(workspace: Any) -> Conversation:
    talk = says(workspace, "Hello")
    Conversation.objects.within(workspace).filter(pk=talk.pk).update(network="x")
    return Conversation.objects.within(workspace).get(pk=talk.pk)


@pytest.mark.parametrize("basis", ["opt_in", "told", "order_number"])
def test_what_x_allows(workspace: Any, customer: Customer, malik: Any, basis: str) -> None:
    talk = on_x(workspace)
    identify.tie_by_hand(talk, customer, basis, "She said so", None, malik)
    assert identify.contact_of(talk) is not None


@pytest.mark.parametrize("basis", ["judgement", "verified_address", "profile_link"])
def test_what_x_does_not_allow_is_refused_and_nothing_is_left(
    workspace: Any, customer: Customer, malik: Any, basis: str
) -> None:
    talk = on_x(workspace)
    with pytest.raises(TieError, match="X lets you"):
        identify.tie_by_hand(talk, customer, basis, "I think so", None, malik)
    assert not Identity.objects.within(workspace).exists()
    assert not Contact.objects.within(workspace).exists()
    bases, rule = identify.bases_for(talk)
    assert basis not in bases
    assert rule is not None
    assert rule.source.startswith("https://developer.x.com/")


def test_an_account_on_x_is_untied_but_never_split_on_our_judgement(workspace: Any, malik: Any) -> None:
    row = person(workspace, "Ann")
    identity = identify.tie(row, kind="author", value="1", basis="opt_in", network="x")
    with pytest.raises(TieError, match="X lets you"):
        identify.split(identity, malik, "Somebody else")
    identity.refresh_from_db()
    assert identity.ended_at is None
    identify.untie(identity, malik, "They asked us to")
    assert accounts(row) == set()


def test_only_x_has_a_rule() -> None:
    assert tie_rule("x") is not None
    assert tie_rule("bluesky") is None


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [("email", "Ann@Example.com", "ann@example.com"), ("phone", "+49 170 1234567", "+491701234567")],
)
def test_an_address_that_no_shop_knows(workspace: Any, malik: Any, kind: str, value: str, kept: str) -> None:
    row = person(workspace, "Ann")
    tied = identify.add_address(row, kind, value, "told", "On the phone", None, malik)
    assert (tied.kind, tied.value, tied.basis, tied.by) == (kind, kept, "told", malik)
    with pytest.raises(TieError, match="belongs to Ann"):
        identify.add_address(person(workspace, "Bo"), kind, value, "told", "", None, malik)


@pytest.mark.parametrize(("kind", "value"), [("email", "ann"), ("phone", "12"), ("author", "a@b.de"), ("email", "")])
def test_what_is_no_address(workspace: Any, malik: Any, kind: str, value: str) -> None:
    with pytest.raises(TieError, match="Give one"):
        identify.add_address(person(workspace, "Ann"), kind, value, "told", "", None, malik)


def test_a_suggestion_is_taken_up_with_its_ground_and_message(workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Where is my order #1042?", name="Ann Lee")
    (one,) = identify.suggestions_of(talk)
    contact = identify.take_up(one, malik)
    assert identify.customers_of(contact) == [customer]
    tied = Identity.objects.within(workspace).filter(contact=contact).first()
    assert tied is not None
    assert (tied.basis, tied.message, tied.by) == ("order_number", one.message, malik)
    assert "same name: Ann Lee" in tied.evidence
    with pytest.raises(TieError, match="decided this already"):
        identify.take_up(one, malik)
    assert identify.suggestions_of(talk) == []


def test_a_declined_one_is_gone_for_good(workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Where is my order #1042?")
    (one,) = identify.suggestions_of(talk)
    identify.decline(one, malik)
    says(workspace, "Order #1042, I am ann@example.com", root_id=talk.thread_id)
    assert identify.suggestions_of(talk) == []
    with pytest.raises(TieError, match="decided this already"):
        identify.take_up(one, malik)


def test_two_people_already_must_be_joined_by_a_person(workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Where is my order #1042?")
    person(workspace, "Ann of Bluesky", "did:plc:ann")
    other = person(workspace, "Ann of the shop")
    identify.tie(other, kind="customer", value=str(customer.pk), customer=customer, basis="shop_record")
    (one,) = identify.suggestions_of(talk)
    with pytest.raises(TieError, match="Join the two"):
        identify.take_up(one, malik)
    one.refresh_from_db()
    assert one.state == "open"


def test_the_list_and_its_search(workspace: Any, other_workspace: Any, customer: Customer, malik: Any) -> None:
    talk = says(workspace, "Hello")
    tied = identify.tie_by_hand(talk, customer, "told", "", None, malik)
    bo = person(workspace, "Bo Berg", "bo.example")
    person(other_workspace, "Ann Other")
    gone = person(workspace, "Gone", "gone.example")
    identify.join(gone, bo, malik)

    def found(words: str) -> list[str]:
        return [row.contact.name for row in identify.contacts_page(workspace, words)[0]]

    assert found("") == ["Bo Berg", "Ann Lee"]
    assert found("lee") == ["Ann Lee"]
    assert found("ANN@exam") == ["Ann Lee"]
    assert found("gone.ex") == ["Bo Berg"]
    assert found("nobody") == []
    assert [row.contact for row in identify.find_contacts(workspace, "", bo)] == [tied]
    assert [row.pk for row in identify.find_customers(workspace, "#1042")] == [customer.pk]
    assert identify.find_customers(workspace, "a") == []
    assert identify.find_customers(other_workspace, "ann") == []


def test_pages_go_on_where_the_last_one_ended(workspace: Any) -> None:
    for n in range(7):
        person(workspace, f"P{n}", f"a{n}")
    seen, after = [], ""
    for _ in range(4):
        rows, after = identify.contacts_page(workspace, "", after, 2)
        seen += [row.contact.name for row in rows]
        if not after:
            break
    assert seen == [f"P{n}" for n in reversed(range(7))]
    assert identify.contacts_page(workspace, "", "rubbish", 2)[0][0].contact.name == "P6"


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_asks_twice_whatever_its_length(
    workspace: Any, count: int, django_assert_num_queries: CaptureQueriesContext
) -> None:
    for n in range(count):
        person(workspace, f"P{n}", f"a{n}", f"b{n}")
    with django_assert_num_queries(2):  # type: ignore[operator]
        identify.contacts_page(workspace)


def settled(outcomes: list[Any]) -> tuple[int, int]:
    """How many were done and how many refused; anything else that was raised is raised here."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, TieError):
            raise outcome
    refused = sum(isinstance(outcome, TieError) for outcome in outcomes)
    return len(outcomes) - refused, refused


@pytest.mark.django_db(transaction=True)
def test_each_into_the_other_at_once(workspace: Any, malik: Any, olga: Any) -> None:
    for n in range(4):
        a, b = person(workspace, "A", f"a{n}"), person(workspace, "B", f"b{n}")
        outcomes = at_once(lambda: identify.join(a, b, malik), lambda: identify.join(b, a, olga))  # noqa: B023
        assert settled(outcomes) == (1, 1)
        assert accounts(a) | accounts(b) == {f"a{n}", f"b{n}"}
        assert set() in (accounts(a), accounts(b))


@pytest.mark.django_db(transaction=True)
def test_undoing_twice_and_tying_at_once(workspace: Any, malik: Any, olga: Any) -> None:
    a, b = person(workspace, "A", "a"), person(workspace, "B", "b")
    identify.join(a, b, malik)
    outcomes = at_once(
        lambda: identify.undo_join(a, malik),
        lambda: identify.undo_join(a, olga),
        lambda: identify.tie(b, kind="email", value="b@example.com", basis="told"),
    )
    assert settled(outcomes) == (2, 1)
    assert (accounts(a), accounts(b)) == ({"a"}, {"b", "b@example.com"})


@pytest.mark.django_db(transaction=True)
def test_one_account_to_two_people_at_once(workspace: Any) -> None:
    a, b = person(workspace, "A"), person(workspace, "B")
    outcomes = at_once(
        *(lambda row=row: identify.tie(row, kind="email", value="x@example.com", basis="told") for row in (a, b))
    )
    assert settled(outcomes) == (1, 1)
    assert Identity.objects.within(workspace).filter(ended_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_suggestion_decided_by_two_at_once(workspace: Any, customer: Customer, malik: Any, olga: Any) -> None:
    talk = says(workspace, "Where is my order #1042?")
    (one,) = identify.suggestions_of(talk)
    outcomes = at_once(lambda: identify.take_up(one, malik), lambda: identify.decline(one, olga))
    assert settled(outcomes) == (1, 1)
    one.refresh_from_db()
    assert (identify.contact_of(talk) is not None) == (one.state == "taken")
