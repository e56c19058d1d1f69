"""From praise that was heard to thanks, permission, and its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.accounts.models import Membership
from makegood.amplify.models import Permission, PermissionAsk, Praise
from makegood.amplify.praising import finding, flow, permitting
from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.stepping import find_praise
from makegood.amplify.tests.scene import LOVE, Praised, praised
from makegood.desk.models import Notice
from makegood.identify.models import Customer, Order, OrderLine, Source
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, malik: Any) -> Praised:
    return praised(workspace, malik)


def rows(shop: Praised) -> list[Praise]:
    return list(Praise.objects.within(shop.workspace).order_by("-rank", "-pk"))


def test_praise_comes_into_the_queue_once_with_its_reasons(shop: Praised) -> None:
    shop.heard()
    shop.heard("My pot is broken, I want my money back", intent="complaint")
    finding.find_new()
    finding.find_new()
    (row,) = rows(shop)
    assert row.mention.text == LOVE
    assert (row.state, row.conversation.author_id) == ("waiting", row.mention.author_id)
    assert row.reasons == [["words", "11"]]
    assert shop.verbs("praise.") == ["praise.found"]


def test_the_queue_knows_products_and_people_by_name(shop: Praised) -> None:
    source = Source.objects.create(workspace=shop.workspace, side="shop", kind="woocommerce", name="s", address="s")
    buyer = Customer.objects.create(workspace=shop.workspace, source=source, external_id="c")
    order = Order.objects.create(
        workspace=shop.workspace,
        source=source,
        customer=buyer,
        external_id="1",
        number="1",
        number_key="1",
        currency="EUR",
        state="delivered",
        total_minor=1,
        placed_at=clock.now(),
        changed_at=clock.now(),
    )
    OrderLine.objects.create(
        workspace=shop.workspace, order=order, external_id="1", name="Blue teapot, 1 l", quantity=1, total_minor=1
    )
    row = shop.praise("Malik packed my blue teapot with so much love, thank you!")
    assert ["product", "Blue teapot"] in row.reasons
    assert ["person", "Malik"] in row.reasons


def test_a_correction_brings_in_and_takes_out(shop: Praised, olga: Any) -> None:
    talk = shop.heard("It is a pot.", intent="question")
    finding.find_new()
    assert rows(shop) == []
    assessment = triage.Assessment.objects.within(shop.workspace).get(mention=talk.latest)
    for intent, state in (("praise", "waiting"), ("question", "other"), ("praise", "waiting")):
        assessment.intent = intent
        assessment.save()
        with transaction.atomic():
            journal.record(shop.workspace.pk, "mention.corrected", talk.latest, actor=olga, head="intent")
        finding.find_new()
        assert [row.state for row in rows(shop)] == [state]


def test_what_was_thanked_for_stays_so(shop: Praised) -> None:
    row = shop.praise()
    flow.thanked(row, clock.now(), shop.member.user)
    triage.Assessment.objects.within(shop.workspace).update(intent="question")
    with transaction.atomic():
        journal.record(shop.workspace.pk, "mention.corrected", row.mention, head="intent")
    finding.find_new()
    assert shop.fresh(row).state == "thanked"


def test_another_shop_is_left_alone(shop: Praised, other_workspace: Any, sten: Any) -> None:
    theirs = praised(other_workspace, sten, address="did:plc:sten")
    row = shop.praise()
    assert rows(theirs) == []
    for act in (flow.take_thanks, flow.let_stand, flow.take_up):
        with pytest.raises(PraiseError):
            act(theirs.member, row.pk)
    with pytest.raises(PraiseError):
        permitting.take_question(theirs.member, row.pk, ["wall"])


def test_thanks_are_sent_by_a_person_and_found_again(shop: Praised) -> None:
    row = shop.praise(handle="ada.example.com")
    words = flow.take_thanks(shop.member, row.pk)
    assert flow.note_thanked() == 0, "nothing sends itself"
    shop.answer(row.conversation, words, sent_at=clock.now() - timedelta(hours=1))
    shop.answer(row.conversation, words, state="queued", sent_at=None)
    shop.answer(row.conversation, "We are closed today.")
    assert flow.note_thanked() == 0
    shop.answer(row.conversation, f"{words} Yours, Malik")
    assert (flow.note_thanked(), flow.note_thanked()) == (1, 0)
    row = shop.fresh(row)
    assert (row.state, row.decided_by, row.thanks_from) == ("thanked", shop.member.user, None)
    assert shop.verbs("praise.") == ["praise.found", "praise.thanked"]


def test_letting_stand_and_taking_up_again(shop: Praised, vera: Any) -> None:
    row = shop.praise()
    assert flow.let_stand(shop.member, row.pk).state == "passed"
    assert flow.let_stand(shop.member, row.pk).state == "passed"
    assert flow.take_up(shop.member, row.pk).state == "waiting"
    assert shop.verbs("praise.") == ["praise.found", "praise.passed", "praise.taken_up"]
    viewer = Membership.objects.within(shop.workspace).get(user=vera)
    with pytest.raises(PraiseError, match="role"):
        flow.let_stand(viewer, row.pk)


def test_asking_is_kept_once_it_was_sent_and_counts_as_thanks(shop: Praised) -> None:
    row = shop.praise()
    first = permitting.take_question(shop.member, row.pk, ["wall", "reshare"])
    second = permitting.take_question(shop.member, row.pk, ["picture"])
    assert first != second
    assert PermissionAsk.objects.within(shop.workspace).count() == 1, "what was not sent is replaced"
    assert permitting.note_asked() == 0
    shop.answer(row.conversation, second)
    assert (permitting.note_asked(), permitting.note_asked()) == (1, 0)
    ask = PermissionAsk.objects.within(shop.workspace).get()
    assert (ask.scopes, ask.asked_at is not None, ask.granted) == (["picture"], True, None)
    assert shop.fresh(row).state == "thanked"
    assert shop.verbs("permission.") == ["permission.asked"]
    with pytest.raises(PraiseError, match="Choose"):
        permitting.take_question(shop.member, row.pk, ["everything"])


def test_a_yes_is_proposed_and_a_member_confirms_it(shop: Praised) -> None:
    row = shop.praise()
    ask = shop.asked(row, ("reshare", "wall"))
    shop.writes(row.conversation, "Sure!", posted_at=clock.now() - timedelta(hours=2))
    said = shop.writes(row.conversation, "Sure, go ahead!")
    assert (permitting.read_answers(), permitting.read_answers()) == (1, 0)
    assert not Permission.objects.within(shop.workspace).exists(), "Makegood only proposes"
    ask = shop.fresh(ask)
    assert (ask.means, ask.answer) == ("yes", said)
    assert Notice.objects.within(shop.workspace).filter(user=shop.member.user, kind="praise").count() == 1
    made = permitting.confirm(shop.member, ask.pk)
    assert {(each.scope, each.words, each.evidence) for each in made} == {
        ("reshare", "Sure, go ahead!", said),
        ("wall", "Sure, go ahead!", said),
    }
    assert all(each.granted_at == said.posted_at for each in made)
    assert shop.fresh(ask).granted is True
    with pytest.raises(PraiseError, match="meanwhile"):
        permitting.confirm(shop.member, ask.pk)
    assert Permission.objects.within(shop.workspace).count() == 2


def test_a_no_is_proposed_and_noted(shop: Praised) -> None:
    row = shop.praise()
    ask = shop.asked(row)
    shop.writes(row.conversation, "Please don't")
    assert permitting.read_answers() == 1
    assert shop.fresh(ask).means == "no"
    with pytest.raises(PraiseError, match="says yes"):
        permitting.confirm(shop.member, ask.pk)
    permitting.decline(shop.member, ask.pk)
    assert shop.fresh(ask).granted is False
    assert shop.verbs("permission.") == ["permission.asked", "permission.declined"]


def test_what_was_no_answer_is_not_proposed_again_but_the_next_is(shop: Praised) -> None:
    row = shop.praise()
    ask = shop.asked(row)
    shop.writes(row.conversation, "Yes, the blue one")
    assert permitting.read_answers() == 1
    permitting.not_an_answer(shop.member, ask.pk)
    assert permitting.read_answers() == 0
    shop.writes(row.conversation, "And of course you may!")
    assert permitting.read_answers() == 1


def test_a_member_may_read_a_permission_where_makegood_did_not(shop: Praised) -> None:
    row, other = shop.praise(), shop.praise("So lovely, thank you")
    said = shop.writes(row.conversation, "Do with it what you like, only leave out the picture")
    (made,) = permitting.grant(shop.member, row.pk, said.pk, ["wall"])
    assert (made.scope, made.evidence) == ("wall", said)
    assert permitting.grant(shop.member, row.pk, said.pk, ["wall"]) == [], "once"
    with pytest.raises(PraiseError, match="message"):
        permitting.grant(shop.member, other.pk, said.pk, ["wall"])


def test_taking_back_is_proposed_and_ends_it(shop: Praised) -> None:
    row = shop.praise()
    first, _second = shop.permitted(row, "wall", "reshare")
    shop.writes(row.conversation, "Thank you again!")
    assert permitting.read_doubts() == 0
    shop.writes(row.conversation, "Please take it down again")
    assert permitting.read_doubts() == 2
    assert Notice.objects.within(shop.workspace).filter(kind="praise").count() == 1, "told once"
    permitting.keep_doubtful(shop.member, first.pk)
    assert permitting.read_doubts() == 0, "the same message is not proposed again"
    shop.writes(row.conversation, "I said: remove it please")
    assert permitting.read_doubts() == 2
    ended = permitting.revoke(shop.member, first.pk)
    assert (ended.revoked_by, ended.doubt) == (shop.member.user, None)
    permitting.revoke(shop.member, first.pk)
    assert shop.verbs("permission.revoked") == ["permission.revoked"]
    assert permitting.grant(shop.member, row.pk, shop.writes(row.conversation, "All right, yes").pk, [first.scope]), (
        "a new yes is a new permission"
    )


def test_deletion_at_the_source_ends_every_permission(shop: Praised) -> None:
    row = shop.praise()
    shop.permitted(row, "wall", "picture")
    with transaction.atomic():
        journal.record(shop.workspace.pk, "mention.deleted", row.mention)
    find_praise()
    assert shop.fresh(row).state == "gone"
    ended = Permission.objects.within(shop.workspace)
    assert all(each.revoked_at and "deleted" in each.revoked_because for each in ended)
    with pytest.raises(PraiseError, match="deleted"):
        permitting.take_question(shop.member, row.pk, ["wall"])
    said = shop.writes(row.conversation, "yes")
    with pytest.raises(PraiseError, match="deleted"):
        permitting.grant(shop.member, row.pk, said.pk, ["wall"])
