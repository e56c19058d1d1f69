"""What was promised in a conversation is kept by what is done there next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.kit import clock
from makegood.resolve.tests.authority_scene import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any) -> Shop:
    made = Shop(workspace)
    made.limit(case=5000)
    return made


def _promise(talk: Any, by: Any, words: str = "by tomorrow") -> desk.Clock:
    return desk.promise(talk, words, clock.now() + timedelta(days=1), by)


def test_a_remedy_keeps_the_newest_open_promise(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    _promise(talk, malik, "an answer today")
    newest = _promise(talk, malik, "money by Friday")
    kept = _promise(talk, malik, "a call tomorrow")
    desk.keep_promise(kept, malik)
    assert shop.ask(malik, talk, 1000).promise == newest


def test_one_that_waits_for_a_decision_has_it_too(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    promised = _promise(talk, malik)
    remedy = shop.ask(malik, talk, 9000)
    assert (remedy.state, remedy.promise) == ("requested", promised)


def test_two_remedies_keep_two_promises(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    older, newer = _promise(talk, malik, "money by Friday"), _promise(talk, malik, "a voucher by Monday")
    assert [shop.ask(malik, talk, 1000).promise for _each in range(3)] == [newer, older, None]


def test_a_promise_of_another_conversation_is_left_alone(shop: Shop, malik: Any) -> None:
    _promise(shop.talk("somebody-else"), malik)
    assert shop.ask(malik, shop.talk(), 1000).promise is None


def test_a_return_keeps_none(shop: Shop, malik: Any) -> None:
    talk, order = shop.talk(), shop.order()
    shop.link(talk, order)
    line = shop.line(order, total_minor=3000, cost_minor=1000)
    _promise(talk, malik)
    details = {"lines": [[line.pk, 1]]}
    assert shop.ask(malik, talk, 3000, kind="return", order=order, details=details).promise is None
