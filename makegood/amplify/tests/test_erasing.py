"""Erasing a person takes down what was shared of theirs and keeps no word; retention leaves what is still shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from makegood.amplify.erasing import being_shared, erase_praise, export_praise, in_use
from makegood.amplify.models import Permission, PermissionAsk, Share
from makegood.amplify.praising import permitting
from makegood.amplify.sharing import flow, outbox
from makegood.amplify.sharing.tests.network import Network, use
from makegood.amplify.tests.scene import Praised, praised

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(workspace: Any, malik: Any) -> Praised:
    return praised(workspace, malik)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return use(monkeypatch)


def test_erasing_takes_down_and_empties(shop: Praised, network: Network) -> None:
    praise, other = shop.praise(), shop.praise("Another lovely pot")
    shop.asked(praise)
    shop.permitted(praise, "reshare", "picture")
    shop.permitted(other, "wall")
    shares = [
        flow.plan(shop.member, praise.pk, flow.Wanted(shop.account.pk, kind, "So kind"))
        for kind in ("boost", "picture")
    ]
    for row in shares:
        shop.due(row)
    outbox.send_due()
    assert len(network.stands) == 2
    keys = [praise.conversation_id]
    told = export_praise(shop.workspace.pk, keys)
    assert [each["what_for"] for each in told["permissions"]] == ["reshare", "picture"]
    assert [each["state"] for each in told["shared"]] == ["done", "done"]
    assert in_use(shop.workspace.pk, [*keys, other.conversation_id]) == {*keys, other.conversation_id}
    with transaction.atomic():
        assert erase_praise(shop.workspace.pk, keys) == 1
    outbox.send_due()
    assert network.stands == {}
    mine = Permission.objects.within(shop.workspace).filter(praise=praise)
    assert all(row.words == "" and row.evidence is None and row.revoked_at for row in mine)
    assert PermissionAsk.objects.within(shop.workspace).get().words == ""
    kept = Share.objects.within(shop.workspace)
    assert all((row.state, row.picture, row.alt) == ("removed", None, "") for row in kept)
    assert Permission.objects.within(shop.workspace).get(praise=other).revoked_at is None
    assert in_use(shop.workspace.pk, keys) == set()
    assert shop.fresh(praise).state == "gone"


def test_what_is_being_sent_is_waited_for(shop: Praised, network: Network) -> None:
    praise = shop.praise()
    shop.permitted(praise)
    row = flow.plan(shop.member, praise.pk, flow.Wanted(shop.account.pk, "boost"))
    keys = [praise.conversation_id]
    assert being_shared(shop.workspace.pk, keys) == set()
    Share.objects.within(shop.workspace).filter(pk=row.pk).update(state="sending")
    assert being_shared(shop.workspace.pk, keys) == set(keys)
    assert network.heard == []


def test_nothing_of_another_shop_is_touched(shop: Praised, other_workspace: Any, sten: Any, network: Network) -> None:
    theirs = praised(other_workspace, sten, address="did:plc:sten")
    praise = shop.praise()
    shop.permitted(praise)
    keys = [praise.conversation_id]
    assert in_use(theirs.workspace.pk, keys) == set()
    with transaction.atomic():
        assert erase_praise(theirs.workspace.pk, keys) == 0
    assert export_praise(theirs.workspace.pk, keys) == {"permissions": [], "shared": []}
    assert permitting.read_doubts() == 0
    assert network.heard == []
