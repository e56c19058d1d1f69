"""Complaints are noted, proposed as causes, named, matched, merged, fixed and told; each change with its line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import User
from makegood.desk import api as desk
from makegood.desk.models import Conversation, Message
from makegood.identify.models import Customer, Order, OrderLine, OrderLink, Source
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.models import Mention
from makegood.reply import api as reply
from makegood.reply.models import Reply
from makegood.triage import api as triage
from makegood.winback.causes import flow, reading, telling
from makegood.winback.causes.flow import Wish
from makegood.winback.causes.rules import CauseError
from makegood.winback.causes.tests.make import LATE, Shop
from makegood.winback.models import Cause, CauseMember, Complaint, Rise

pytestmark = pytest.mark.django_db

TEXTS = (
    "The delivery estimate is missing at checkout, where is my parcel?",
    "No delivery estimate at your checkout and now nothing has arrived",
    "Your checkout shows no estimate, the order never came",
)
WISH = Wish("Delivery estimate missing at checkout", topic="delivery", words=("estimate",))


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any) -> Shop:
    return Shop(workspace)


def verbs(shop: Shop) -> list[str]:
    rows = Entry.objects.within(shop.workspace).filter(verb__startswith="cause.").order_by("id")
    return list(rows.values_list("verb", flat=True))


def proposed(shop: Shop) -> Cause:
    row: Cause = Cause.objects.within(shop.workspace).get(state="proposed")
    return row


def named(shop: Shop, user: Any, **more: Any) -> Cause:
    shop.many(TEXTS)
    shop.look()
    wish = Wish(**{**WISH.__dict__, **more})
    return flow.name(shop.member(user), proposed(shop), wish)


def states(cause: Cause) -> list[str]:
    return list(cause.members.order_by("posted_at", "pk").values_list("state", flat=True))


def test_a_complaint_is_noted_once_with_what_it_is_about(shop: Shop) -> None:
    talk = shop.talk(LATE)
    shop.talk("How lovely, thank you so much", intent="praise")
    assert shop.look() == 1
    shop.look()
    row = Complaint.objects.within(shop.workspace).get()
    assert row.conversation_id == talk.pk
    assert (row.topic, row.place, row.intent) == ("delivery", "delivery", "complaint")
    assert {"estima", "checko"} <= set(row.words)
    assert row.day == row.posted_at.date() or abs((row.day - row.posted_at.date()).days) == 1


def test_what_a_member_calls_no_complaint_is_none(shop: Shop, olga: Any) -> None:
    talk = shop.talk(LATE)
    shop.look()
    triage.correct(shop.workspace.pk, talk.latest, {"intent": ["praise"]}, olga)
    shop.look()
    assert not Complaint.objects.within(shop.workspace).exists()


def bought(shop: Shop, talk: Any, *names: str, state: str = "delivered") -> Order:
    source, _new = Source.objects.get_or_create(
        workspace=shop.workspace, side="shop", kind="orders_file", name="Shop", address="shop", hook="h1"
    )
    who = Customer.objects.create(workspace=shop.workspace, source=source, external_id=f"c{talk.pk}")
    order: Order = Order.objects.create(
        workspace=shop.workspace,
        source=source,
        customer=who,
        external_id=f"o{talk.pk}",
        number=f"T{talk.pk}",
        number_key=f"T{talk.pk}",
        currency="EUR",
        total_minor=4_000,
        state=state,
        placed_at=clock.now() - timedelta(days=9),
        changed_at=clock.now(),
    )
    for number, name in enumerate(names):
        OrderLine.objects.create(
            workspace=shop.workspace, order=order, external_id=str(number), name=name, quantity=1, total_minor=2_000
        )
    OrderLink.objects.create(workspace=shop.workspace, conversation=talk, order=order, how="member")
    return order


@pytest.mark.parametrize(
    ("names", "text", "product", "source"),
    [
        (["Teapot, blue"], "It broke on the first day", "Teapot, blue", "order"),
        (["Teapot, blue", "Kettle"], "The kettle broke on the first day", "Kettle", "order"),
        (["Teapot, blue", "Kettle"], "It broke on the first day", "", ""),
        ([], "My samovar broke on the first day", "Samovar", "text"),
    ],
)
def test_the_product_is_that_of_the_order_or_of_the_text(
    shop: Shop, names: list[str], text: str, product: str, source: str
) -> None:
    bought(shop, shop.talk("Thanks", intent="praise"), "Samovar")
    talk = shop.talk(text, topic="other")
    if names:
        bought(shop, talk, *names)
    shop.look()
    row = Complaint.objects.within(shop.workspace).get(conversation=talk)
    assert (row.product, row.product_from) == (product, source)
    assert row.place == ("using" if names else "")


def test_what_three_people_say_is_proposed_with_why(shop: Shop) -> None:
    shop.many(TEXTS[:2])
    shop.look()
    assert not Cause.objects.within(shop.workspace).exists()
    shop.talk(TEXTS[2])
    shop.look()
    row = proposed(shop)
    assert row.people == 3
    assert "estimate" in row.words or "checkout" in row.words
    assert states(row) == ["suggested"] * 3
    for each in row.members.all():
        assert [kind for kind, _what in each.reasons] == ["topic", "words"]
    assert verbs(shop) == []


def test_a_proposal_grows_and_goes_with_what_it_rests_on(shop: Shop) -> None:
    talks = shop.many(TEXTS)
    shop.look()
    first = proposed(shop)
    shop.talk("Again no estimate at checkout for the delivery")
    shop.look()
    assert proposed(shop).pk == first.pk
    assert proposed(shop).people == 4
    for talk in talks[:2]:
        talk.delete()
    shop.talk("Nobody tells me where it is")
    shop.look()
    assert not Cause.objects.within(shop.workspace).filter(state="proposed").exists()


def test_a_declined_proposal_is_not_made_again(shop: Shop, olga: Any) -> None:
    shop.many(TEXTS)
    shop.look()
    flow.decline(shop.member(olga), proposed(shop))
    shop.talk("No estimate at the checkout here either")
    shop.look()
    assert Cause.objects.within(shop.workspace).get().state == "declined"
    assert verbs(shop) == ["cause.declined"]


def test_naming_leaves_out_what_was_unticked(shop: Shop, olga: Any) -> None:
    shop.many(TEXTS)
    shop.look()
    out = proposed(shop).members.order_by("pk").first()
    assert out is not None
    cause = flow.name(shop.member(olga), proposed(shop), WISH, {out.complaint_id})
    assert cause.state == "open"
    assert sorted(states(cause)) == ["in", "in", "removed"]
    out.refresh_from_db()
    assert out.state == "removed"
    assert out.by == olga
    # Taken out once, it stays out, whatever its words are.
    flow.change(shop.member(olga), cause, Wish(WISH.name, words=("estimate", "checkout")))
    assert sorted(states(cause)) == ["in", "in", "removed"]


def test_a_cause_needs_a_name_and_a_rule_that_is_not_too_wide(shop: Shop, olga: Any) -> None:
    shop.many(TEXTS)
    shop.look()
    stranger = User.objects.create_user("x@example.com", name="X")
    bad = [
        Wish("  "),
        Wish("A", topic="nothing-such"),
        Wish("A", place="moon"),
        Wish("A", again_after=0),
        Wish("A", owner_id=stranger.pk),
        Wish("A", topic="delivery", joins=True),
        Wish("A", joins=True),
    ]
    for wish in bad:
        with pytest.raises(CauseError):
            flow.name(shop.member(olga), proposed(shop), wish)
    assert verbs(shop) == []


def test_who_may_only_read_changes_nothing(shop: Shop, vera: Any, olga: Any) -> None:
    cause = named(shop, olga)
    member = shop.member(vera)
    for act in (
        lambda: flow.fix(member, cause, ""),
        lambda: flow.begin(member, WISH),
        lambda: flow.remove(member, cause, []),
        lambda: flow.change(member, cause, WISH),
        lambda: flow.set_false_alarms(member, 2),
    ):
        with pytest.raises(CauseError):
            act()


def test_another_workspace_is_out_of_reach(shop: Shop, olga: Any, sten: Any, other_workspace: Any) -> None:
    cause = named(shop, olga)
    with pytest.raises(CauseError):
        flow.fix(Shop(other_workspace).member(sten), cause, "")


def test_what_fits_later_is_suggested_or_joins(shop: Shop, olga: Any) -> None:
    cause = named(shop, olga)
    shop.talk("The estimate at the checkout is still missing")
    shop.talk("The box was empty")
    shop.look()
    assert states(cause) == ["in", "in", "in", "suggested"]
    flow.change(shop.member(olga), cause, Wish(**{**WISH.__dict__, "joins": True}))
    assert states(cause) == ["in"] * 4
    shop.talk("And one more without any estimate of delivery")
    shop.look()
    assert states(cause) == ["in"] * 5
    newest = cause.members.order_by("-pk").first()
    assert newest is not None
    assert newest.by is None
    assert ["words", "estimate"] in newest.reasons


def test_accepting_and_taking_out(shop: Shop, olga: Any, malik: Any) -> None:
    cause = named(shop, olga)
    shop.talk("The estimate at the checkout is still missing")
    shop.look()
    new = cause.members.get(state="suggested")
    assert flow.accept(shop.member(malik), cause, [new.complaint_id]) == 1
    assert flow.accept(shop.member(malik), cause, [new.complaint_id]) == 0
    assert flow.remove(shop.member(malik), cause, [new.complaint_id]) == 1
    shop.talk("Estimate wrong")
    shop.look()
    new.refresh_from_db()
    assert new.state == "removed"
    assert verbs(shop) == ["cause.named", "cause.filled", "cause.emptied"]


def test_a_complaint_is_in_one_cause(shop: Shop, olga: Any) -> None:
    first = named(shop, olga)
    second = flow.begin(shop.member(olga), Wish("Checkout slow", words=("checkout",)))
    said = first.members.filter(state="in").first()
    assert said is not None
    flow.move(shop.member(olga), said.complaint, second)
    rows = CauseMember.objects.within(shop.workspace).filter(complaint=said.complaint)
    assert {row.cause_id: row.state for row in rows} == {first.pk: "removed", second.pk: "in"}
    assert rows.get(cause=second).reasons == [["member", "Olga"]]
    flow.move(shop.member(olga), said.complaint, second)
    assert rows.filter(state="in").count() == 1


def test_merging_brings_everything_over(shop: Shop, olga: Any) -> None:
    gone = named(shop, olga)
    stays = flow.begin(shop.member(olga), Wish("Checkout", words=("checkout",)))
    other = shop.talk("Checkout hangs", topic="website")
    shop.look()
    flow.accept(shop.member(olga), stays, [Complaint.objects.within(shop.workspace).get(conversation=other).pk])
    # Taken out of the one, it comes back with the other: there it belongs.
    both = gone.members.filter(state="in").first()
    assert both is not None
    CauseMember.objects.create(
        workspace=shop.workspace, cause=stays, complaint=both.complaint, state="removed", posted_at=both.posted_at
    )
    flow.merge(shop.member(olga), gone, stays)
    assert states(stays).count("in") == 4
    gone.refresh_from_db()
    assert (gone.state, gone.merged_into_id, gone.members.count()) == ("merged", stays.pk, 0)
    found = reading.one_cause(shop.workspace, gone.pk)
    assert found is not None
    assert found.cause.pk == stays.pk
    with pytest.raises(CauseError):
        flow.merge(shop.member(olga), stays, stays)


def test_fixed_and_back_when_the_same_comes_again(shop: Shop, olga: Any) -> None:
    cause = named(shop, olga, again_after=2)
    cause = flow.fix(shop.member(olga), cause, "The estimate stands at checkout now.")
    assert cause.state == "fixed"
    with pytest.raises(CauseError):
        flow.fix(shop.member(olga), cause, "")
    shop.talk("No estimate at checkout", posted_at=clock.now() - timedelta(days=2))
    shop.look()
    shop.talk("No estimate at checkout at all", posted_at=clock.now() + timedelta(seconds=1))
    shop.look()
    cause.refresh_from_db()
    assert cause.state == "fixed"
    shop.talk("Where is the estimate", posted_at=clock.now() + timedelta(seconds=2))
    shop.look()
    cause.refresh_from_db()
    assert cause.state == "reopened"
    shop.look()
    assert verbs(shop) == ["cause.named", "cause.fixed", "cause.reopened"]
    line = Entry.objects.within(shop.workspace).get(verb="cause.reopened")
    assert line.data["again"] == 2


def answer(talk: Any, by: Any, text: str) -> None:
    Reply.objects.create(
        workspace_id=talk.workspace_id,
        conversation=talk,
        author=by,
        text=text,
        state="sent",
        sent_at=clock.now(),
        parent_id=talk.latest.network_id,
        key=f"key-{talk.pk}",
    )


def test_those_who_complained_are_told_by_a_person(shop: Shop, olga: Any, vera: Any) -> None:
    cause = named(shop, olga)
    row = cause.members.order_by("pk").first()
    assert row is not None
    talk = row.complaint.conversation
    with pytest.raises(CauseError):
        telling.lay_ready(shop.member(olga), row)
    flow.fix(shop.member(olga), cause, "The estimate stands at checkout now.")
    with pytest.raises(CauseError):
        telling.lay_ready(shop.member(vera), row)
    telling.lay_ready(shop.member(olga), row)
    telling.lay_ready(shop.member(olga), row)
    draft = Reply.objects.within(shop.workspace).get(conversation=talk, state="draft")
    assert draft.text.count("The estimate stands at checkout now.") == 1
    shop.look()
    row.refresh_from_db()
    assert row.told_at is None
    answer(talk, olga, "Something else altogether, have a nice day and all the best to you and yours")
    shop.look()
    assert reading.count_to_tell(shop.workspace, cause) == (0, 3)
    Reply.objects.within(shop.workspace).filter(state="sent").update(text=draft.text)
    shop.look()
    row.refresh_from_db()
    assert row.ready_words == ""
    assert reading.count_to_tell(shop.workspace, cause) == (1, 3)
    assert verbs(shop)[-1] == "cause.told"
    shop.look()
    assert verbs(shop).count("cause.told") == 1
    with pytest.raises(CauseError):
        telling.lay_ready(shop.member(olga), row)


def test_words_that_were_written_already_stay(shop: Shop, olga: Any) -> None:
    cause = flow.fix(shop.member(olga), named(shop, olga), "")
    row = cause.members.order_by("pk").first()
    assert row is not None
    reply.save_draft(row.complaint.conversation, olga, "Dear Ada")
    telling.lay_ready(shop.member(olga), row)
    draft = Reply.objects.within(shop.workspace).get(state="draft")
    assert draft.text.startswith("Dear Ada\n\n")


def test_deletion_at_the_source_takes_the_words(shop: Shop, olga: Any) -> None:
    cause = named(shop, olga)
    row = cause.members.order_by("pk").first()
    assert row is not None
    page = reading.members_page(shop.workspace, cause)
    assert any("estimate" in each.quote for each in page.rows)
    mention = row.complaint.mention
    assert mention is not None
    Mention.objects.within(shop.workspace).filter(pk=mention.pk).update(deleted_at=clock.now(), text="")
    desk.redact_gone()
    shop.look()
    row.refresh_from_db()
    complaint = Complaint.objects.within(shop.workspace).get(pk=row.complaint_id)
    assert Message.objects.within(shop.workspace).get(mention=mention).deleted_at is not None
    assert complaint.words == {}
    assert row.state == "in"
    assert not any(kind == "words" for kind, _what in row.reasons)
    shown = next(each for each in reading.members_page(shop.workspace, cause).rows if each.member.pk == row.pk)
    assert shown.gone
    assert shown.quote == ""


def test_the_sample_shop_raises_no_alarm(shop: Shop, olga: Any) -> None:
    shop.many(TEXTS)
    Mention.objects.within(shop.workspace).update(is_sample=True)
    Conversation.objects.within(shop.workspace).update(is_sample=True)
    shop.look()
    assert proposed(shop).people == 3
    assert not Rise.objects.within(shop.workspace).exists()
