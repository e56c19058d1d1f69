"""A link lets one person decide one request once, and nobody in who has not signed in."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.kit import clock
from makegood.resolve import deciding, links
from makegood.resolve.links import LinkError
from makegood.resolve.models import ApprovalLink, ApprovalRequest
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import Shop, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(workspace: Any, olga: Any, malik: Any) -> ApprovalRequest:
    shop = Shop(workspace)
    found: ApprovalRequest = shop.request(malik, shop.talk(), 5000)
    # Those that were mailed are not what is looked at here.
    ApprovalLink.objects.within(workspace).delete()
    return found


def state(request: ApprovalRequest) -> str:
    request.refresh_from_db()
    return request.state


def test_looking_uses_nothing_up(request_: ApprovalRequest, olga: Any) -> None:
    secret = links.make_link(request_, olga)
    for _each in range(3):
        assert links.open_link(secret, olga) == request_
    assert links.decide_by_link(secret, olga, deciding.approve).state == "approved"


def test_it_decides_once(request_: ApprovalRequest, olga: Any) -> None:
    secret = links.make_link(request_, olga)
    links.decide_by_link(secret, olga, lambda request, member: deciding.decline(request, member, "No"))
    with pytest.raises(LinkError, match="decided with this link already"):
        links.open_link(secret, olga)
    with pytest.raises(LinkError, match="decided with this link already"):
        links.decide_by_link(secret, olga, deciding.approve)
    assert state(request_) == "declined"


def test_what_could_not_be_done_leaves_it_usable(request_: ApprovalRequest, olga: Any) -> None:
    secret = links.make_link(request_, olga)
    with pytest.raises(ResolveError, match="why not"):
        links.decide_by_link(secret, olga, lambda request, member: deciding.decline(request, member, ""))
    assert state(request_) == "open"
    assert links.decide_by_link(secret, olga, deciding.approve).state == "approved"


def test_a_link_of_what_was_decided_meanwhile_still_shows_it(request_: ApprovalRequest, olga: Any) -> None:
    one, two = links.make_link(request_, olga), links.make_link(request_, olga)
    links.decide_by_link(one, olga, deciding.approve)
    assert links.open_link(two, olga).state == "approved"
    with pytest.raises(ResolveError, match="decided this already"):
        links.decide_by_link(two, olga, deciding.approve)


def test_it_is_for_one_person(request_: ApprovalRequest, olga: Any, malik: Any, sten: Any) -> None:
    secret = links.make_link(request_, olga)
    for other in (malik, sten):
        with pytest.raises(LinkError, match="somebody else"):
            links.open_link(secret, other)
        with pytest.raises(LinkError, match="somebody else"):
            links.decide_by_link(secret, other, deciding.approve)
    with pytest.raises(LinkError, match="does not belong"):
        links.make_link(request_, sten)
    Membership.objects.within(request_.workspace).filter(user=olga).delete()
    with pytest.raises(LinkError, match="any more"):
        links.open_link(secret, olga)
    assert state(request_) == "open"


def test_a_link_gives_no_authority(request_: ApprovalRequest, mona: Any) -> None:
    secret = links.make_link(request_, mona)
    with pytest.raises(ResolveError, match="above what you may decide"):
        links.decide_by_link(secret, mona, deciding.approve)


def test_it_lasts_a_day(request_: ApprovalRequest, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = at(monkeypatch, clock.now())
    secret = links.make_link(request_, olga)
    at(monkeypatch, now + timedelta(hours=24) - timedelta(seconds=1))
    assert links.open_link(secret, olga) == request_
    at(monkeypatch, now + timedelta(hours=24))
    with pytest.raises(LinkError, match="run out"):
        links.open_link(secret, olga)
    with pytest.raises(LinkError, match="run out"):
        links.decide_by_link(secret, olga, deciding.approve)
    at(monkeypatch, now + timedelta(days=30))
    assert links.forget_old_links() == 0
    at(monkeypatch, now + timedelta(days=32))
    assert links.forget_old_links() == 1


def test_only_its_hash_is_kept(request_: ApprovalRequest, olga: Any) -> None:
    secret = links.make_link(request_, olga)
    row = ApprovalLink.objects.within(request_.workspace).get()
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    kept = [str(value) for value in ApprovalLink.objects.within(request_.workspace).values_list().get()]
    assert not any(secret in value or secret.split(".")[0] in value for value in kept)


def test_what_was_not_signed_here_leads_nowhere(
    request_: ApprovalRequest, olga: Any, django_assert_num_queries: Any
) -> None:
    secret = links.make_link(request_, olga)
    for wrong in ("", "x", secret[:-1], secret + "x", secret.split(".")[0], f"{secret.split('.')[0]}.{'A' * 43}"):
        with django_assert_num_queries(0), pytest.raises(LinkError, match="not right"):
            links.open_link(wrong, olga)
    ApprovalLink.objects.within(request_.workspace).delete()
    with pytest.raises(LinkError, match="not right"):
        links.open_link(secret, olga)
