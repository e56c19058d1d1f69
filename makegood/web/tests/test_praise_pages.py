"""The pages of praise: who may do what, and that they stay small however much there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.amplify.models import Permission, PermissionAsk, Praise, Share, SharingRules
from makegood.amplify.praising import permitting
from makegood.amplify.sharing import outbox
from makegood.amplify.sharing.tests.network import use
from makegood.amplify.tests.scene import LOVE, Praised, praised
from makegood.kit import clock
from makegood.reply import api as reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, malik: Any) -> Praised:
    return praised(workspace, malik)


def address(name: str, row: Any) -> str:
    return reverse(name, args=[row.pk])


def plan(client: Client, shop: Praised, row: Praise, **fields: Any) -> Any:
    said = {"channel": shop.account.pk, "kind": "boost", "named": "1", **fields}
    return client.post(address("praise-share", row), said)


def test_who_may_see_it(
    shop: Praised, as_olga: Client, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    row = shop.praise()
    for path in (reverse("praise"), reverse("shares"), address("praise-one", row)):
        for reader in (as_olga, as_malik, as_vera):
            assert reader.get(path).status_code == 200
        assert as_nobody.get(path).status_code == 302
    assert as_sten.get(address("praise-one", row)).status_code == 404
    assert LOVE not in as_sten.get(reverse("praise")).content.decode()
    assert as_vera.post(address("praise-stand", row)).status_code == 403
    assert as_vera.post(address("praise-thank", row)).status_code == 403
    assert as_malik.get(reverse("praise-settings")).status_code == 403
    assert as_sten.post(address("praise-thank", row)).status_code == 404


def test_the_best_comes_first_with_its_reasons(shop: Praised, as_malik: Client) -> None:
    shop.praise("Nice.")
    shop.praise("Malik was so kind, and the teapot came in 2 days. " + "I love it very much. " * 4)
    page = as_malik.get(reverse("praise")).content.decode()
    assert page.index("Malik was so kind") < page.index("Nice.")
    assert "names Malik" in page
    assert "gives a figure" in page


def test_an_empty_queue_says_what_comes(as_malik: Client) -> None:
    assert "No praise waits" in as_malik.get(reverse("praise")).content.decode()
    assert "Nothing here" in as_malik.get(f"{reverse('praise')}?view=gone").content.decode()
    assert as_malik.get(f"{reverse('praise')}?view=nonsense&after=x~y").status_code == 200


def many(shop: Praised, count: int) -> None:
    for number in range(count):
        shop.heard(f"{LOVE} {number}", handle=f"a{number}.example.com")
    row = shop.praise()
    for each in Praise.objects.within(shop.workspace):
        Permission.objects.get_or_create(
            workspace=shop.workspace, praise=each, scope="reshare", defaults={"granted_at": clock.now(), "words": "Yes"}
        )
        given = {"network": "bluesky", "key": "k", "send_after": clock.now() + timedelta(hours=1)}
        Share.objects.get_or_create(
            workspace=shop.workspace,
            praise=each,
            channel=shop.account,
            kind="boost",
            defaults={**given, "by": shop.member.user},
        )
        PermissionAsk.objects.create(workspace=shop.workspace, praise=each, scopes=["wall"], words="May we?")
    assert row.pk


@pytest.mark.parametrize("name", ["praise", "shares"])
def test_the_number_of_queries_does_not_grow(
    shop: Praised, as_malik: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    many(shop, 2)
    as_malik.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        as_malik.get(reverse(name))
    many(shop, 30)
    with django_assert_max_num_queries(len(few)):
        page = as_malik.get(reverse(name))
    assert page.content.decode().count('class="praise-row"') == 20


@pytest.mark.parametrize("name", ["praise", "shares"])
def test_pages_follow_each_other_without_gaps(shop: Praised, as_malik: Client, name: str) -> None:
    many(shop, 44)
    seen: list[int] = []
    path = reverse(name)
    for _page in range(3):
        answer = as_malik.get(path, headers={"HX-Request": "true"} if seen else {})
        context = answer.context
        seen += (
            [each["card"].praise.pk for each in context["cards"]]
            if name == "praise"
            else [row.pk for row in context["rows"]]
        )
        path = context["next_url"]
        if not path:
            break
    assert len(seen) == len(set(seen)) == 45


def test_thanks_go_into_the_draft_and_nothing_is_sent(shop: Praised, as_malik: Client, malik: Any) -> None:
    row = shop.praise()
    reply.save_draft(row.conversation, malik, "Dear Ada,")
    answer = as_malik.post(address("praise-thank", row))
    assert answer.headers["location"] == reverse("conversation", args=[row.conversation_id])
    draft = reply.draft_of(row.conversation, malik)
    assert draft is not None
    assert draft.text.startswith("Dear Ada,\n\nThank you so much")
    assert draft.state == "draft"
    as_malik.post(address("praise-thank", row))
    again = reply.draft_of(row.conversation, malik)
    assert again is not None
    assert again.text == draft.text, "not twice"


def test_beside_the_thread_the_words_go_into_the_composer(shop: Praised, as_malik: Client) -> None:
    row = shop.praise()
    part = as_malik.get(reverse("praise-side", args=[row.conversation_id])).content.decode()
    assert "Thank" in part
    answer = as_malik.post(address("praise-ask", row), {"scope": ["wall"]}, headers={"HX-Request": "true"})
    assert "May we show your words" in answer.headers["HX-Trigger-After-Settle"]
    empty = as_malik.post(address("praise-ask", row), headers={"HX-Request": "true"})
    assert "Choose what you want" in empty.content.decode()


def test_a_yes_is_confirmed_with_one_key(shop: Praised, as_malik: Client, as_sten: Client) -> None:
    row = shop.praise()
    ask = shop.asked(row, ("wall",))
    shop.writes(row.conversation, "Sure, go ahead!")
    permitting.read_answers()
    page = as_malik.get(reverse("praise")).content.decode()
    assert "Sure, go ahead!" in page
    assert 'data-key="y"' in page
    assert as_sten.post(address("praise-answer", ask), {"means": "yes"}).status_code == 404
    assert as_malik.post(address("praise-answer", ask), {"means": "perhaps"}).status_code == 404
    assert as_malik.post(address("praise-answer", ask), {"means": "yes"}).status_code == 302
    assert "show it on the shop" in as_malik.get(address("praise-one", row)).content.decode()
    assert Permission.objects.within(shop.workspace).get().words == "Sure, go ahead!"


def test_a_permission_is_kept_from_a_message_and_ended(shop: Praised, as_malik: Client, as_vera: Client) -> None:
    row = shop.praise()
    said = shop.writes(row.conversation, "Do with it what you like")
    as_malik.post(address("praise-grant", row), {"message": said.pk, "scope": ["wall", "picture"]})
    first, _second = Permission.objects.within(shop.workspace).order_by("pk")
    as_malik.post(address("praise-grant", row), {"message": "x", "scope": ["reshare"]})
    assert Permission.objects.within(shop.workspace).count() == 2
    assert as_vera.post(address("praise-permission", first)).status_code == 403
    as_malik.post(address("praise-permission", first), {"because": "They rang"})
    page = as_malik.get(address("praise-one", row)).content.decode()
    assert "They rang" in page


def test_it_is_planned_moved_undone_and_taken_down(
    shop: Praised, as_malik: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = use(monkeypatch)
    row = shop.praise()
    shop.permitted(row)
    assert plan(as_malik, shop, row).headers["location"] == reverse("shares")
    plan(as_malik, shop, row)
    share = Share.objects.within(shop.workspace).get()
    later = f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    as_malik.post(address("share-change", share), {"do": "move", "at": later})
    assert shop.fresh(share).send_after > clock.now() + timedelta(days=1)
    as_malik.post(address("share-change", share), {"do": "move", "at": "yesterday"})
    as_malik.post(address("share-change", share), {"do": "undo"})
    assert shop.fresh(share).state == "withdrawn"
    assert as_malik.post(address("share-change", share), {"do": "dance"}).status_code == 404
    plan(as_malik, shop, row)
    second = Share.objects.within(shop.workspace).get(state="queued")
    as_malik.post(address("share-change", second), {"do": "now"})
    shop.due(second)
    outbox._next()
    Share.objects.within(shop.workspace).filter(pk=second.pk).update(state="done", lease_until=None)
    as_malik.post(address("share-change", second), {"do": "down"})
    assert shop.fresh(second).state == "leaving"
    assert network.stands == {}


def test_without_permission_nothing_can_be_planned(shop: Praised, as_malik: Client) -> None:
    row = shop.praise()
    assert "Ask them first" in as_malik.get(address("praise-one", row)).content.decode()
    answer = plan(as_malik, shop, row)
    assert answer.status_code == 422
    assert "not allowed this yet" in answer.content.decode()
    SharingRules.objects.create(workspace=shop.workspace, ask_first=False)
    assert plan(as_malik, shop, row).status_code == 302, "the shop has chosen so"
    assert plan(as_malik, shop, row, kind="quote", text="So kind").status_code == 422, "only for passing on as it is"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "quote"}, "few words of your own"),
        ({"kind": "quote", "text": "so " * 200}, "too long"),
        ({"kind": "dance"}, "Choose how"),
        ({"channel": "x"}, "another account"),
        ({"at": "2020-01-01T10:00"}, "passed"),
        ({"kind": "picture", "excerpt": "something else"}, "unchanged"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    shop: Praised, as_malik: Client, fields: dict[str, str], sentence: str
) -> None:
    row = shop.praise()
    shop.permitted(row, "reshare", "picture")
    answer = plan(as_malik, shop, row, **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert fields.get("text", "") in page
    assert not Share.objects.within(shop.workspace).exists()


def test_what_only_followers_see_is_not_shared(shop: Praised, as_malik: Client) -> None:
    row = shop.praise()
    shop.permitted(row)
    row.mention.activity = {**row.mention.activity, "visibility": "private"}
    row.mention.save()
    assert "Not everybody can see" in plan(as_malik, shop, row).content.decode()


def test_who_is_learning_does_not_share(shop: Praised, as_malik: Client) -> None:
    row = shop.praise()
    shop.permitted(row)
    shop.member.learning = True
    shop.member.save()
    assert plan(as_malik, shop, row).status_code == 422


def test_the_picture_is_shown_before_it_goes_out(shop: Praised, as_malik: Client, as_sten: Client) -> None:
    row = shop.praise("Love it! 😀 The pot pours well.")
    path = address("praise-picture", row)
    refused = as_malik.get(path)
    assert refused.status_code == 422
    assert "😀" in refused.content.decode()
    shown = as_malik.get(path, {"excerpt": "The pot pours well."})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert as_sten.get(path).status_code == 404
    shop.permitted(row, "picture")
    plan(as_malik, shop, row, kind="picture", excerpt="The pot pours well.")
    share = Share.objects.within(shop.workspace).get()
    assert as_malik.get(address("share-picture", share)).content.startswith(b"\x89PNG")
    assert as_sten.get(address("share-picture", share)).status_code == 404


def test_an_owner_settles_how_it_is_shared(shop: Praised, as_olga: Client) -> None:
    path = reverse("praise-settings")
    good = {"most_a_day": "3", "hours_between": "6", "words-": "May we {for}?", "words-bluesky": ""}
    assert as_olga.post(path, good).status_code == 302
    rules = SharingRules.objects.within(shop.workspace).get()
    assert (rules.most_a_day, rules.hours_between, rules.ask_first, rules.words) == (3, 6, False, {"": "May we {for}?"})
    for wrong, sentence in (
        ({"most_a_day": "0"}, "Between 1 and 20"),
        ({"hours_between": "often"}, "whole numbers"),
        ({"words-": "May we?"}, "{for}"),
    ):
        answer = as_olga.post(path, good | wrong)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert SharingRules.objects.within(shop.workspace).get().most_a_day == 3
