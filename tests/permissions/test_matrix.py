"""Every page and endpoint, by everybody, by GET and POST. Which ones there are is read off the product itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from makegood.accounts.api import Right, allows
from makegood.journal.models import Entry
from makegood.web.views import live
from tests.permissions.rule import Door, Rule
from tests.permissions.scene import PEOPLE, ROLES, SHARED, SHOP, Scene, build
from tests.permissions.table import RULES
from tests.permissions.walk import Address, addresses

ADDRESSES = {each.name: each for each in addresses()}
CASES = [
    pytest.param(name, method, who, id=f"{name}-{method}-{who}")
    for name in ADDRESSES
    if name in RULES
    for method in ("GET", "POST")
    for who in PEOPLE
]
OF_A_CONVERSATION = frozenset({"conversation", "reply", "picture"})


@pytest.fixture(scope="module")
def whole_scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """One scene for all tests, undone in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def db(whole_scene: Scene, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's, which closes the connection after each test: what a test does is undone, the scene
    stays.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def scene(whole_scene: Scene, db: None) -> Scene:
    """The scene, as it was built."""
    return whole_scene


@pytest.fixture(autouse=True)
def one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream that never ends ends at once here; what it carries is tested with the stream itself."""

    async def events(_workspace: int) -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"

    monkeypatch.setattr(live, "Events", events)


def test_every_address_has_its_line() -> None:
    missing = sorted(set(ADDRESSES) - set(RULES))
    assert not missing, (
        f"Nobody has said who may open {', '.join(missing)}: add a Rule to tests/permissions/table.py for each, with "
        "the right it asks for, the methods it takes and the kind of row in its address."
    )


def test_no_line_is_left_over() -> None:
    gone = sorted(set(RULES) - set(ADDRESSES))
    assert not gone, f"These addresses are no more: take {', '.join(gone)} out of tests/permissions/table.py."


@pytest.mark.parametrize("name", sorted(set(RULES) & set(ADDRESSES)))
def test_every_line_fills_its_address(name: str, scene: Scene) -> None:
    path_of(scene, ADDRESSES[name], RULES[name])


@pytest.mark.parametrize(("name", "method", "who"), CASES)
def test_who_may_open_it(name: str, method: str, who: str, scene: Scene) -> None:
    rule = RULES[name]
    client = Client(headers={"host": "testserver"})
    if who != "signed-out":
        client.force_login(scene.people[who])
    lines = Entry.objects.order_by("-id").values_list("id", flat=True).first()

    answer: Any = client.generic(
        method, path_of(scene, ADDRESSES[name], rule), **_body(client, scene, rule) if method == "POST" else {}
    )

    wanted, got = expected(rule, method, who), outcome(answer)
    if rule.loose and wanted == "in":
        assert got in ("in", "404", "405") or rule.right == Door.OPEN, answer.status_code
    else:
        assert got == wanted, f"{answer.status_code}: {answer.headers.get('Location', '')}"
    text = shown(answer)
    if wanted != "in" and rule.right not in (Door.OPEN, Door.SIGNED_IN):
        assert lines == Entry.objects.order_by("-id").values_list("id", flat=True).first(), "it was done all the same"
    if who in ("stranger", "signed-out"):
        assert SHOP not in text
        assert SHARED not in text
    if who.startswith("collaborator"):
        assert SHOP not in text.replace(scene.people[who].email, "")
    if who == "collaborator-elsewhere":
        assert SHARED not in text


def test_the_marks_are_there_to_be_found(scene: Scene) -> None:
    """Marks that nobody sees would prove nothing."""
    pages = ("queries", "channels", "people", "cases", "notices", "settings-journal")
    owner, cora = Client(), Client()
    owner.force_login(scene.people["owner"])
    cora.force_login(scene.people["collaborator"])
    for name in pages:
        if name in ADDRESSES and name != "notices":
            assert SHOP in shown(owner.get(reverse(name))), name
    unshared = reverse("conversation", args=[scene.rows["unshared"]])
    shared = reverse("conversation", args=[scene.rows["conversation"]])
    assert shown(owner.get(unshared)).count(SHOP) >= 4
    assert SHOP in shown(owner.get(shared)), "the note among colleagues and the query that found it"
    assert shown(cora.get(shared)).count(SHARED) >= 4, "message, name, note and word"
    assert cora.get(unshared).status_code == 404


def expected(rule: Rule, method: str, who: str) -> str:
    """How it ends: "in" (also to hear that something was missing), "sign in", or a status."""
    if rule.right == Door.OPEN:
        return "in"
    if who == "signed-out":
        return "sign in"
    if method not in rule.methods:
        return "405"
    if who in rule.but:
        return str(rule.but[who])
    if rule.right == Door.SIGNED_IN:
        return "in"
    if not allows(ROLES.get(who, "owner"), rule.asked.get(method, Right(rule.right))):
        return "403"
    if rule.row and who == "stranger":
        return "404"
    if rule.row in OF_A_CONVERSATION and who == "collaborator-elsewhere":
        return "404"
    return "in"


def outcome(answer: Any) -> str:
    """What became of a request, in the words of `expected`."""
    code, target = answer.status_code, answer.headers.get("Location", "")
    if code == 302 and target.startswith("/account/login"):
        return "sign in"
    return str(code) if code in (403, 404, 405) else "in"


def shown(answer: Any) -> str:
    """All that an answer tells: headers and content."""
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return headers + ("" if answer.streaming else answer.content.decode(errors="replace"))


def path_of(scene: Scene, address: Address, rule: Rule) -> str:
    """The address with a row of Olga's shop in it."""
    values: dict[str, Any] = {name: _value(scene, given) for name, given in rule.more.items()}
    if "pk" in address.arguments:
        assert rule.row, f"say in tests/permissions/table.py what kind of row {address.name} is about"
        values["pk"] = scene.rows.get(rule.row, 1 if rule.row == "passkey" else None)
        assert values["pk"] is not None, f"tests/permissions/scene.py has no {rule.row}: make one"
    rest = set(address.arguments) - set(values)
    assert not rest, f"tests/permissions/table.py does not say what {', '.join(rest)} is in {address.route}"
    return reverse(address.name, kwargs=values)


def _value(scene: Scene, given: str) -> str:
    if not given.startswith("@"):
        return given
    kind = given[1:]
    people = {"collaborator": "collaborator", "other collaborator": "collaborator-elsewhere"}
    return str(scene.people[people[kind]].pk if kind in people else scene.rows[kind])


def _body(client: Client, scene: Scene, rule: Rule) -> dict[str, Any]:
    from urllib.parse import urlencode

    data = {name: _value(scene, given) for name, given in rule.data.items()}
    return {"data": urlencode(data), "content_type": "application/x-www-form-urlencoded"}
