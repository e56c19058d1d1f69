"""Canned responses and macros on their pages: who reads, uses and changes them, in forms that need no scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.accounts.models import Membership, User
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Conversation, Label
from makegood.desk.tests.make import conversation_with
from makegood.listen.tests.make import channel
from makegood.reply import api as reply
from makegood.reply.models import CannedResponse, Macro, Reply
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db

COMPLAINT = "My order no. 4711 from Teapot never arrived and nobody answers, I want a refund"
TEXT = "Sorry {{first_name|there}}, your parcel with order {{order}} is late."
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


@pytest.fixture
def talk(workspace: Any) -> Conversation:
    account = channel(workspace, "account", network="testnet", name="@teapot")
    return conversation_with(account, COMPLAINT, url="https://example.org/post", handle="lena.example")


@pytest.fixture
def canned(workspace: Any, olga: Any) -> CannedResponse:
    return reply.save_canned(workspace, olga, name="Late parcel", shortcut="late", text=TEXT)


@pytest.fixture
def label(workspace: Any) -> Label:
    return Label.objects.create(workspace=workspace, name="late")


@pytest.fixture
def macro(workspace: Any, olga: Any, canned: CannedResponse, label: Label) -> Macro:
    steps = [
        {"do": "label", "value": "late"},
        {"do": "assign", "value": "me"},
        {"do": "canned", "value": str(canned.pk)},
    ]
    return reply.save_macro(workspace, olga, name="Lost parcel", steps=steps)


def page(client: Client, name: str, *args: Any, **data: str) -> str:
    answer = client.get(reverse(name, args=args), data)
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


PAGES = ["canned", "canned-new", "canned-edit", "macros", "macro-new", "macro-edit"]


@pytest.mark.parametrize("name", PAGES)
def test_who_reads(
    name: str,
    canned: CannedResponse,
    macro: Macro,
    as_olga: Client,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    args = [canned.pk] if name == "canned-edit" else [macro.pk] if name == "macro-edit" else []
    address = reverse(name, args=args)
    assert as_olga.get(address).status_code == 200
    # An agent uses what managers have agreed on, and reads it.
    assert as_malik.get(address).status_code == (403 if name.endswith("-new") else 200)
    assert as_vera.get(address).status_code == 403
    assert as_nobody.get(address).status_code == 302
    stranger = as_sten.get(address)
    assert stranger.status_code == (404 if args else 200)
    assert "Lost parcel" not in stranger.content.decode()
    assert "Late parcel" not in stranger.content.decode()


@pytest.mark.parametrize(
    "name", ["canned-new", "canned-edit", "canned-remove", "macro-new", "macro-edit", "macro-remove"]
)
def test_who_changes(
    name: str, workspace: Any, canned: CannedResponse, macro: Macro, as_malik: Client, as_vera: Client, as_sten: Client
) -> None:
    key = canned.pk if name.startswith("canned") else macro.pk
    args = [] if name.endswith("-new") else [key]
    data = {"name": "Mine", "text": "Mine.", "do": "close", "value": "", "save": "1"}
    address = reverse(name, args=args)
    assert as_malik.post(address, data).status_code == 403
    assert as_vera.post(address, data).status_code == 403
    if args:
        assert as_sten.post(address, data).status_code == 404
    assert [row.name for row in CannedResponse.objects.within(workspace)] == ["Late parcel"]
    assert [row.name for row in Macro.objects.within(workspace)] == ["Lost parcel"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_malik.cookies
    assert strict.post(address, data).status_code == 403


def test_who_takes_one_for_an_answer(
    talk: Conversation, canned: CannedResponse, as_malik: Client, as_vera: Client, as_sten: Client
) -> None:
    html = page(as_malik, "canned-choices", talk.pk)
    assert "Sorry there, your parcel with order 4711 is late." in html
    assert 'role="option"' in html
    address = reverse("canned-choices", args=[talk.pk])
    assert as_vera.get(address).status_code == 403
    assert as_sten.get(address).status_code == 404


def test_a_collaborator_takes_one_where_something_is_shared_with_them(
    talk: Conversation, canned: CannedResponse, workspace: Any, olga: Any
) -> None:
    fred = User.objects.create_user("fred@example.com", "correct horse battery", name="Fred")
    Membership.objects.create(workspace=workspace, user=fred, role="collaborator")
    client = Client()
    client.force_login(fred)
    address = reverse("canned-choices", args=[talk.pk])
    assert client.get(address).status_code == 404
    desk.share(talk, fred, olga)
    assert "Late parcel" in client.get(address).content.decode()
    assert client.get(reverse("canned")).status_code == 200
    for name, args in (("macros", []), ("macro-choices", [talk.pk]), ("bulk-list", []), ("canned-new", [])):
        assert client.get(reverse(name, args=args)).status_code == 403
    for name in ("conversation-snooze", "conversation-wake"):
        assert client.post(reverse(name, args=[talk.pk]), {"preset": "3h"}).status_code == 403
    assert client.post(reverse("bulk-do"), {"keys": str(talk.pk), "action": "close"}).status_code == 403


def test_the_first_one(as_olga: Client, workspace: Any) -> None:
    assert "None yet" in page(as_olga, "canned")
    data = {"name": "Late", "shortcut": "/late", "text": "Sorry,\r\n{{first_name|there}}!"}
    answer = as_olga.post(reverse("canned-new"), data, follow=True)
    assert "Saved." in answer.content.decode()
    row = CannedResponse.objects.within(workspace).get()
    assert (row.name, row.shortcut, row.text) == ("Late", "late", "Sorry,\n{{first_name|there}}!")
    assert "Not used yet." in page(as_olga, "canned")


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    as_olga: Client, canned: CannedResponse, workspace: Any
) -> None:
    data = {"name": "late PARCEL", "text": "Hi {{forename}}, <b>sorry</b>"}
    answer = as_olga.post(reverse("canned-new"), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Another one has this name already." in html
    assert "Makegood doesn’t know {{forename}}." in html
    assert "Hi {{forename}}, &lt;b&gt;sorry&lt;/b&gt;" in html
    assert CannedResponse.objects.within(workspace).count() == 1


def test_changing_searching_removing(as_olga: Client, canned: CannedResponse, workspace: Any) -> None:
    as_olga.post(reverse("canned-edit", args=[canned.pk]), {"name": "Late again", "text": "Sorry."})
    canned.refresh_from_db()
    assert (canned.name, canned.shortcut, canned.text) == ("Late again", "", "Sorry.")
    assert "Late again" in page(as_olga, "canned", q="sorry again")
    assert "Nothing found" in page(as_olga, "canned", q="sorry never")
    answer = as_olga.post(reverse("canned-remove", args=[canned.pk]), follow=True)
    assert "“Late again” is removed." in answer.content.decode()
    assert not CannedResponse.objects.within(workspace).exists()


def test_the_preview_shows_both_customers(as_malik: Client, as_vera: Client, workspace: Any) -> None:
    data = {"text": f"{TEXT} {{{{oops}}}} <i>"}
    html = as_malik.post(reverse("canned-preview"), data, headers=HTMX).content.decode()
    assert "Sorry Lena, your parcel with order 4711 is late." in html
    assert "Sorry there, your parcel with order [order] is late." in html
    assert "doesn’t know {{oops}}" in html
    assert "<i>" not in html
    assert as_vera.post(reverse("canned-preview"), data).status_code == 403


def test_a_phrase_used_often_is_warned_of(
    talk: Conversation, canned: CannedResponse, malik: Any, as_malik: Client, workspace: Any
) -> None:
    from makegood.reply.models import CannedUse

    for number in range(14):
        row = Reply.objects.create(
            workspace=workspace, conversation=talk, text="x", state="sent", key=f"k{number}", parent_id="p"
        )
        CannedUse.objects.create(workspace=workspace, canned=canned, reply=row)
    assert "Used 14 times this month; last time to one person today" in page(as_malik, "canned")
    assert "It may begin to sound canned." in page(as_malik, "canned")
    assert "It may sound canned." in page(as_malik, "canned-choices", talk.pk)


def post_steps(client: Client, macro: Macro | None, *pairs: tuple[str, str], name: str = "Lost", **button: str) -> Any:
    address = reverse("macro-edit", args=[macro.pk]) if macro else reverse("macro-new")
    data = {"name": name, "do": [do for do, _value in pairs], "value": [value for _do, value in pairs], **button}
    return client.post(address, data)


def order(html: str) -> list[str]:
    return [piece.split('"')[0] for piece in html.split('name="do" value="')[1:]]


def test_a_macro_is_built_by_buttons_alone(as_olga: Client, workspace: Any, label: Label) -> None:
    html = post_steps(as_olga, None, add="label").content.decode()
    assert order(html) == ["label"]
    # It was only just added: nothing is wrong with it yet.
    assert "field-error" not in html
    steps = [("label", "late"), ("close", ""), ("snooze", "3h")]
    assert order(post_steps(as_olga, None, *steps, up="2").content.decode()) == ["label", "snooze", "close"]
    assert order(post_steps(as_olga, None, *steps, down="0").content.decode()) == ["close", "label", "snooze"]
    assert order(post_steps(as_olga, None, *steps, drop="1").content.decode()) == ["label", "snooze"]
    for odd in ({"up": "0"}, {"down": "2"}, {"up": "99"}, {"drop": "-1"}, {"down": "²"}, {"add": "send"}, {}):
        assert order(post_steps(as_olga, None, *steps, **odd).content.decode()) == ["label", "close", "snooze"]
    assert not Macro.objects.within(workspace).exists()
    answer = post_steps(as_olga, None, *steps, save="1")
    assert answer.status_code == 302
    assert [step["do"] for step in Macro.objects.within(workspace).get().steps] == ["label", "close", "snooze"]


def test_what_is_wrong_with_a_macro_stands_beside_it(as_olga: Client, workspace: Any) -> None:
    answer = post_steps(as_olga, None, ("label", ""), ("assign", "user:999999"), name="", save="1")
    html = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Give it a name", "Choose a label.", "Whom it gives this to is not here any more."):
        assert sentence in html
    assert "Add a step: a macro without steps does nothing." in post_steps(as_olga, None, save="1").content.decode()


def test_what_is_gone_shows_at_once_as_broken(
    as_olga: Client, as_malik: Client, macro: Macro, label: Label, talk: Conversation
) -> None:
    assert "Broken" not in page(as_malik, "macros")
    label.delete()
    assert "There is no label “late” any more." in page(as_malik, "macros")
    assert "(gone)" in page(as_olga, "macro-edit", macro.pk)
    assert "Broken: a step points to what is gone." in page(as_malik, "macro-choices", talk.pk)
    answer = as_malik.post(reverse("macro-run", args=[talk.pk, macro.pk]), headers=HTMX)
    assert answer.status_code == 400
    assert "is broken, so nothing was done" in answer.content.decode()
    assert not BulkAction.objects.within(talk.workspace_id).exists()


def test_running_one(
    talk: Conversation, macro: Macro, malik: Any, as_malik: Client, as_vera: Client, as_sten: Client, workspace: Any
) -> None:
    address = reverse("macro-run", args=[talk.pk, macro.pk])
    assert as_vera.post(address).status_code == 403
    assert as_sten.post(address).status_code == 404
    assert as_malik.get(address).status_code == 405
    answer = as_malik.post(address, headers=HTMX)
    html = answer.content.decode()
    assert "“Lost parcel” is done." in html
    action = BulkAction.objects.within(workspace).get()
    assert reverse("bulk-undo", args=[action.pk]) in html
    said = json.loads(answer["HX-Trigger-After-Settle"])["mg:insert"]
    assert said == {
        "conversation": talk.pk,
        "text": "Sorry there, your parcel with order 4711 is late.",
        "open": [],
    }
    talk.refresh_from_db()
    assert talk.assignee == malik
    assert not Reply.objects.within(workspace).exists()
    assert "“Lost parcel” run" in page(as_malik, "bulk-list")
    as_malik.post(reverse("bulk-undo", args=[action.pk]), headers=HTMX)
    talk.refresh_from_db()
    assert talk.assignee is None


def test_another_shops_macro_cannot_be_run(
    talk: Conversation, other_workspace: Any, sten: Any, as_malik: Client
) -> None:
    theirs = reply.save_macro(other_workspace, sten, name="Theirs", steps=[{"do": "close", "value": ""}])
    assert as_malik.post(reverse("macro-run", args=[talk.pk, theirs.pk])).status_code == 404
    talk.refresh_from_db()
    assert talk.queue == "needs_answer"


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_pages_take_the_same_queries(workspace: Any, olga: Any, as_olga: Client, talk: Conversation) -> None:
    addresses = [
        reverse("canned"),
        reverse("macros"),
        reverse("canned-choices", args=[talk.pk]),
        reverse("macro-choices", args=[talk.pk]),
    ]

    def some(kind: str, count: int) -> None:
        for number in range(count):
            row = reply.save_canned(workspace, olga, name=f"{kind}{number}", text="Thank you for telling us.")
            steps = [{"do": "canned", "value": str(row.pk)}, {"do": "assign", "value": f"user:{olga.pk}"}]
            reply.save_macro(workspace, olga, name=f"{kind}{number}", steps=steps)

    some("few", 3)
    few = [_queries(as_olga, address) for address in addresses]
    some("many", 30)
    assert [_queries(as_olga, address) for address in addresses] == few
    assert max(few) <= 20


def test_settings_lead_there(as_olga: Client, as_malik: Client, as_vera: Client) -> None:
    for client in (as_olga, as_malik):
        html = page(client, "settings")
        assert reverse("canned") in html
        assert reverse("macros") in html
    assert reverse("canned") not in page(as_vera, "settings")
