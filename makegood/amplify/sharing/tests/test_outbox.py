"""What is shared is shared once, and what is to be down comes down, whatever the network does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.amplify.models import Permission, Share, SharingRules
from makegood.amplify.praising import finding, permitting
from makegood.amplify.sharing import down, flow, outbox, rules
from makegood.amplify.sharing.tests.network import Network, use
from makegood.amplify.tests.scene import Praised, praised
from makegood.connectors.contract import Trouble, Verdict
from makegood.desk.models import Notice
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = Trouble(Verdict.RETRY, "The network was slow. Please wait.")


@pytest.fixture
def shop(workspace: Any, malik: Any) -> Praised:
    return praised(workspace, malik)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return use(monkeypatch)


def planned(shop: Praised, kind: str = "boost", **fields: Any) -> Share:
    praise = shop.praise()
    shop.permitted(praise, "reshare", "picture")
    row = flow.plan(shop.member, praise.pk, flow.Wanted(shop.account.pk, kind, **fields))
    shop.due(row)
    return row


def again(shop: Praised, row: Share) -> Share:
    """The lease has run out; the next worker comes."""
    Share.objects.within(shop.workspace).filter(pk=row.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    outbox.send_due()
    found: Share = shop.fresh(row)
    return found


def test_a_reshare_goes_out_and_comes_down(shop: Praised, network: Network) -> None:
    row = planned(shop)
    outbox.send_due()
    row = shop.fresh(row)
    assert (row.state, row.network_id, row.attempt) == ("done", f"at://own/{row.key}", 0)
    (stands,) = network.stands.values()
    assert (stands.post_id, stands.key) == (row.praise.mention.network_id, row.key)
    flow.take_down(shop.member, row.pk)
    outbox.send_due()
    row = shop.fresh(row)
    assert (row.state, network.stands, row.removed_at is not None) == ("removed", {}, True)
    assert network.heard == ["share", "unshare"]
    assert shop.verbs("share.") == ["share.queued", "share.done", "share.removed"]


@pytest.mark.parametrize(("kind", "fields"), [("quote", {"text": "So kind!"}), ("picture", {"text": "Look"})])
def test_a_post_of_ones_own_goes_out_and_comes_down(
    shop: Praised, network: Network, kind: str, fields: dict[str, str]
) -> None:
    row = planned(shop, kind, **fields)
    outbox.send_due()
    row = shop.fresh(row)
    assert row.state == "done"
    (draft,) = network.stands.values()
    assert draft.parent_id == ""
    assert draft.quoted_id == (row.praise.mention.network_id if kind == "quote" else "")
    assert len(draft.media) == (1 if kind == "picture" else 0)
    if draft.media:
        assert draft.media[0].alt.startswith("“Love my new teapot")
        assert draft.media[0].content.startswith(b"\x89PNG")
    flow.take_down(shop.member, row.pk)
    outbox.send_due()
    assert (shop.fresh(row).state, network.stands) == ("removed", {})


def test_nothing_goes_out_before_its_moment(shop: Praised, network: Network) -> None:
    row = planned(shop)
    flow.move(shop.member, row.pk, clock.now() + timedelta(hours=5))
    outbox.send_due()
    assert (network.heard, shop.fresh(row).state) == ([], "queued")


@pytest.mark.parametrize("kind", ["boost", "quote"])
@pytest.mark.parametrize("lost", [True, False], ids=["it went through", "it did not"])
def test_after_a_failed_write_the_network_is_asked_first(
    shop: Praised, network: Network, kind: str, lost: bool
) -> None:
    row = planned(shop, kind, text="So kind!")
    network.fails, network.lost = [SLOW], lost
    outbox.send_due()
    row = shop.fresh(row)
    assert (row.state, row.attempt) == ("sending", 1)
    network.lost = False
    row = again(shop, row)
    assert (row.state, len(network.stands)) == ("done", 1)
    write, ask = ("share", "shared") if kind == "boost" else ("post", "find")
    assert network.heard == ([write, ask] if lost else [write, ask, write])


def test_killed_between_sending_and_writing_it_down(
    shop: Praised, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    row = planned(shop)
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_done", die)
        with pytest.raises(Killed):
            outbox.send_due()
    row = shop.fresh(row)
    assert (row.state, len(network.stands)) == ("sending", 1), "it stands, and nobody has noted it"
    outbox.send_due()
    assert network.heard == ["share"], "its lease still holds"
    row = again(shop, row)
    assert (row.state, network.heard, len(network.stands)) == ("done", ["share", "shared"], 1)


def test_where_nobody_can_say_a_person_looks(shop: Praised, network: Network) -> None:
    row = planned(shop)
    network.fails, network.lost, network.deaf = [SLOW], True, True
    outbox.send_due()
    for _attempt in range(rules.MOST_ATTEMPTS - 1):
        row = again(shop, row)
    assert row.state == "unknown"
    assert network.heard.count("share") == 1, "never blindly a second time"
    assert shop.verbs("share.") == ["share.queued", "share.unknown"]
    network.deaf = False
    flow.retry(shop.member, row.pk)
    outbox.send_due()
    assert (shop.fresh(row).state, len(network.stands)) == ("done", 1)
    assert network.heard.count("share") == 1


def test_a_refusal_is_told_and_can_be_tried_again(shop: Praised, network: Network) -> None:
    row = planned(shop)
    network.fails = [Trouble(Verdict.REFUSE, "They have blocked you. Please take it back.")]
    outbox.send_due()
    row = shop.fresh(row)
    assert (row.state, row.sentence) == ("refused", "They have blocked you. Please take it back.")
    flow.retry(shop.member, row.pk)
    outbox.send_due()
    assert shop.fresh(row).state == "done"


def test_it_waits_as_long_as_the_network_asks(shop: Praised, network: Network) -> None:
    row = planned(shop)
    network.fails = [Trouble(Verdict.WAIT, "Too many. Please wait.", retry_after=90)]
    outbox.send_due()
    row = shop.fresh(row)
    assert row.lease_until is not None
    assert timedelta(seconds=80) < row.lease_until - clock.now() <= timedelta(seconds=90)


def test_a_lost_account_is_waited_for(shop: Praised, network: Network) -> None:
    row = planned(shop)
    network.fails = [Trouble(Verdict.DISCONNECT, "Connect it again, please.")]
    outbox.send_due()
    assert shop.fresh(row).state == "refused"
    assert shop.fresh(shop.account).state == "disconnected"
    flow.retry(shop.member, row.pk)
    outbox.send_due()
    assert (shop.fresh(row).state, outbox.queue_age()["praise to share"]) == ("queued", None)
    listen.Channel.objects.within(shop.workspace).update(state="working")
    outbox.send_due()
    assert shop.fresh(row).state == "done"


def test_revoking_takes_everything_down_and_says_when_it_is(shop: Praised, network: Network) -> None:
    boost = planned(shop)
    quote = flow.plan(shop.member, boost.praise_id, flow.Wanted(shop.account.pk, "quote", "So kind!"))
    shop.due(quote)
    shown = flow.plan(shop.member, boost.praise_id, flow.Wanted(shop.account.pk, "picture"))
    shop.due(boost)
    outbox.send_due()
    assert len(network.stands) == 2
    permission = Permission.objects.within(shop.workspace).get(scope="reshare")
    permitting.revoke(shop.member, permission.pk)
    assert down.settle_undone() == 0, "not before it is down"
    outbox.send_due()
    assert (down.settle_undone(), down.settle_undone()) == (1, 0)
    assert {shop.fresh(row).state for row in (boost, quote)} == {"removed"}
    assert shop.fresh(shown).state == "queued", "the picture rests on another permission"
    assert shop.fresh(permission).undone_at is not None
    assert network.stands == {}
    assert "permission.undone" in shop.verbs("permission.")
    with pytest.raises(Exception, match="taken their permission back"):
        flow.plan(shop.member, boost.praise_id, flow.Wanted(shop.account.pk, "boost"))


def test_what_is_revoked_before_its_moment_never_goes_out(shop: Praised, network: Network) -> None:
    row = planned(shop)
    permitting.revoke(shop.member, Permission.objects.within(shop.workspace).get(scope="reshare").pk)
    shop.due(row)
    outbox.send_due()
    assert (shop.fresh(row).state, network.heard) == ("withdrawn", [])
    assert down.settle_undone() == 1


def test_what_is_revoked_while_it_is_sent_comes_down(shop: Praised, network: Network) -> None:
    row = planned(shop)
    network.fails, network.lost = [SLOW], True
    outbox.send_due()
    permitting.revoke(shop.member, Permission.objects.within(shop.workspace).get(scope="reshare").pk)
    assert shop.fresh(row).state == "sending"
    row = again(shop, row)
    assert (row.state, network.stands) == ("removed", {})
    assert network.heard == ["share", "unshare"]


@pytest.mark.parametrize("kind", ["boost", "quote"])
def test_what_may_stand_is_looked_for_before_it_is_called_down(shop: Praised, network: Network, kind: str) -> None:
    row = planned(shop, kind, text="So kind!")
    network.fails, network.lost = [SLOW], True
    outbox.send_due()
    Share.objects.within(shop.workspace).filter(pk=row.pk).update(state="unknown", lease_until=None)
    flow.take_down(shop.member, row.pk)
    outbox.send_due()
    assert (shop.fresh(row).state, network.stands) == ("removed", {})


def test_deletion_at_the_source_takes_down_even_what_was_not_asked_for(shop: Praised, network: Network) -> None:
    praise = shop.praise()
    SharingRules.objects.create(workspace=shop.workspace, ask_first=False)
    row = flow.plan(shop.member, praise.pk, flow.Wanted(shop.account.pk, "boost"))
    assert row.permission is None
    shop.due(row)
    outbox.send_due()
    with transaction.atomic():
        journal.record(shop.workspace.pk, "mention.deleted", praise.mention)
    finding.find_new()
    outbox.send_due()
    assert (shop.fresh(row).state, network.stands) == ("removed", {})


def test_taking_down_is_tried_for_a_day_and_then_a_person_is_told(shop: Praised, network: Network) -> None:
    row = planned(shop)
    outbox.send_due()
    flow.take_down(shop.member, row.pk)
    network.fails = [SLOW] * 3
    outbox.send_due()
    row = again(shop, row)
    assert row.state == "removing"
    late = clock.now() - timedelta(hours=25)
    Share.objects.within(shop.workspace).filter(pk=row.pk).update(down_wanted_at=late)
    row = again(shop, row)
    assert (row.state, row.sentence) == ("stuck", SLOW.sentence)
    told = Notice.objects.within(shop.workspace).get(kind="praise")
    assert SLOW.sentence in told.text
    assert down.settle_undone() == 0
    flow.retry(shop.member, row.pk)
    outbox.send_due()
    assert (shop.fresh(row).state, network.stands) == ("removed", {})


def test_where_the_network_cannot_a_person_does_it_by_hand(shop: Praised, network: Network) -> None:
    row = planned(shop)
    outbox.send_due()
    permission = Permission.objects.within(shop.workspace).get(scope="reshare")
    permitting.revoke(shop.member, permission.pk)
    network.fails = [Trouble(Verdict.REFUSE, "Please delete it there by hand.")]
    outbox.send_due()
    assert shop.fresh(row).state == "stuck"
    assert down.settle_undone() == 0, "it still stands"
    flow.is_down(shop.member, row.pk)
    assert down.settle_undone() == 1
    assert shop.verbs("share.")[-2:] == ["share.stuck", "share.removed"]


def test_what_comes_down_waits_for_its_account_and_says_so(shop: Praised, network: Network) -> None:
    row = planned(shop)
    outbox.send_due()
    flow.take_down(shop.member, row.pk)
    network.fails = [Trouble(Verdict.DISCONNECT, "Connect it again, please.")]
    outbox.send_due()
    outbox.send_due()
    assert shop.fresh(row).state == "leaving"
    assert network.heard == ["share", "unshare"]
    assert Notice.objects.within(shop.workspace).filter(kind="praise").count() == 1
    listen.Channel.objects.within(shop.workspace).update(state="working")
    outbox.send_due()
    assert (shop.fresh(row).state, network.stands) == ("removed", {})


def test_an_account_that_was_removed_leaves_it_to_a_person(shop: Praised, network: Network) -> None:
    row = planned(shop)
    outbox.send_due()
    Share.objects.within(shop.workspace).update(channel=None)
    flow.take_down(shop.member, row.pk)
    outbox.send_due()
    assert shop.fresh(row).state == "stuck"


def test_how_long_the_oldest_has_waited(shop: Praised, network: Network) -> None:
    assert outbox.queue_age() == {"praise to share": None}
    row = planned(shop)
    Share.objects.within(shop.workspace).filter(pk=row.pk).update(send_after=clock.now() - timedelta(seconds=90))
    age = outbox.queue_age()["praise to share"]
    assert age is not None
    assert 89 < age < 120
