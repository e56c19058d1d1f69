"""What routing is told by later stages: who has bought, who is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.identify import api as identify
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.resolve.models import Delegate
from makegood.routing.giving import give_out
from makegood.routing.tests.make import alone, came, rule
from makegood.web import routing_facts
from makegood.web.routing_facts import OUTSIDE, away_from, customers_among

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


def known(row: Any, *, bought: bool) -> Any:
    """The author of a conversation is known as somebody, who has bought or not."""
    contact = identify.Contact.objects.create(workspace=row.workspace, name="Ann")
    identify.tie(contact, kind="author", network=row.network, value=row.author_id, basis="told")
    if bought:
        own = {"workspace": row.workspace, "side": "shop", "kind": "woocommerce", "name": "Shop"}
        source = identify.Source.objects.create(**own, address=row.author_id, hook=str(row.pk))
        customer = identify.Customer.objects.create(workspace=row.workspace, source=source, external_id="1", name="Ann")
        identify.tie(contact, kind="customer", value=str(customer.pk), basis="told", customer=customer)
    return contact


def test_who_has_bought_is_found_by_what_ties_them(
    account: Any, other_workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = came(account, "one", "two", "three", "four")
    known(rows[0], bought=True)
    known(rows[1], bought=False)
    gone = known(rows[2], bought=True)
    identify.Identity.objects.within(account.workspace_id).filter(contact=gone).update(ended_at=clock.now())
    assert customers_among(rows) == {rows[0].pk}
    assert customers_among([]) == set()
    monkeypatch.setattr(routing_facts, "MOST_AT_ONCE", 1)
    assert customers_among(rows) == {rows[0].pk}


def test_a_rule_asks_for_customers(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    rule(workspace, olga, "Bought", customer="yes", assign=alone(malik))
    one, other = came(account, "one", "two")
    known(one, bought=True)
    give_out(OUTSIDE)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.assignee, other.assignee) == (malik, None)


def test_who_is_away_now_is_stood_in_for(account: Any, workspace: Any, olga: Any, malik: Any, mona: Any) -> None:
    today = clock.now().date()
    for begins, ends, to in ((20, 25, olga), (-1, 1, malik)):
        Delegate.objects.create(
            workspace=workspace,
            user=mona,
            to=to,
            starts_on=today + timedelta(begins),
            ends_on=today + timedelta(ends),
        )
    assert {each.stand_in for each in away_from(workspace)} == {olga.pk, malik.pk}
    rule(workspace, olga, assign=alone(mona))
    [row] = came(account)
    give_out(OUTSIDE)
    row.refresh_from_db()
    assert row.assignee == malik
    assert "in the place of Mona, who is away until" in row.assigned_because
