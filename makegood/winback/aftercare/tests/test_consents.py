"""Who may be written to: nobody is assumed to agree, and whoever wants no mail gets none, whatever is said later."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.accounts.api import Membership
from makegood.kit import clock
from makegood.winback.aftercare import consents, rules
from makegood.winback.aftercare.rules import AftercareError
from makegood.winback.aftercare.tests.after_scene import AfterShop
from makegood.winback.models import Consent, ConsentSource, Unsubscribed

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"
ON = date(2026, 1, 2)


def test_nobody_agrees_by_buying(shop: AfterShop) -> None:
    shop.customer()
    assert not consents.may_write(shop.workspace, ANN)
    shop.agrees()
    assert consents.may_write(shop.workspace, ANN)
    assert consents.may_write(shop.workspace, " Ann@Example.com ")
    assert not consents.may_write(shop.workspace, "")
    assert shop.verbs() == ["consent.granted"]


def test_the_proof_is_kept_and_no_address(shop: AfterShop) -> None:
    source = consents.grant_list(shop.owner, f"{ANN},2026-03-31,de\nbo@b.example", "A box at the checkout", ON)
    assert (source.where, source.count, source.how) == ("A box at the checkout", 2, "list")
    rows = Consent.objects.within(shop.workspace).order_by("pk")
    assert {(row.agreed_on, row.language) for row in rows} == {(date(2026, 3, 31), "de"), (ON, "")}
    assert all("@" not in str(value) for row in rows for value in vars(row).values())


def test_unsubscribing_wins_over_what_was_and_what_comes(shop: AfterShop) -> None:
    shop.agrees()
    mark = consents.hash_of(shop.workspace, ANN)
    consents.unsubscribe(shop.workspace.pk, mark, "page")
    consents.unsubscribe(shop.workspace.pk, mark, "mail")
    assert not consents.may_write(shop.workspace, ANN)
    later = consents.grant_list(shop.owner, f"{ANN}\nbo@b.example", "A newer list", ON)
    assert (later.count, later.left_out) == (1, 1)
    with pytest.raises(AftercareError, match="no mail"):
        consents.grant_one(shop.owner, ANN, "On the phone", ON)
    Consent.objects.within(shop.workspace).update(withdrawn_at=None)
    assert not consents.may_write(shop.workspace, ANN)
    assert shop.verbs() == ["consent.granted", "customer.unsubscribed", "consent.granted"]
    assert Unsubscribed.objects.within(shop.workspace).get().how == "page"


def test_one_shops_mail_is_not_anothers(shop: AfterShop, other_workspace: Any) -> None:
    shop.agrees()
    assert not consents.may_write(other_workspace, ANN)
    consents.unsubscribe(other_workspace.pk, consents.hash_of(other_workspace, ANN), "page")
    assert consents.may_write(shop.workspace, ANN)
    assert consents.hash_of(shop.workspace, ANN) != consents.hash_of(other_workspace, ANN)


def test_consent_is_taken_back_and_given_again(shop: AfterShop) -> None:
    row = shop.ready()
    consents.withdraw(shop.agent, ANN)
    assert not consents.may_write(shop.workspace, ANN)
    assert shop.fresh(row).skipped_because == "no_consent"
    with pytest.raises(AftercareError, match="not agreed"):
        consents.withdraw(shop.agent, ANN)
    consents.grant_one(shop.agent, ANN, "On the phone", ON)
    assert consents.may_write(shop.workspace, ANN)
    assert Consent.objects.within(shop.workspace).get().source.where == "On the phone"


def test_a_member_hears_that_they_want_no_mail(shop: AfterShop) -> None:
    row = shop.ready()
    consents.refuse_all_mail(shop.agent, ANN.upper())
    assert shop.fresh(row).skipped_because == "unsubscribed"
    assert consents.wants_no_mail(shop.workspace, ANN)


@pytest.mark.parametrize(
    ("text", "where", "on", "words"),
    [
        ("nobody", "A box at the checkout", ON, "no address"),
        (ANN, "  ", ON, "where they agreed"),
        (ANN, "x" * 301, ON, "where they agreed"),
        (ANN, "A box", date(2999, 1, 1), "still to come"),
        (f"{ANN}\nbroken", "A box", ON, "Line 2"),
    ],
)
def test_what_cannot_be_taken_leaves_nothing(shop: AfterShop, text: str, where: str, on: date, words: str) -> None:
    with pytest.raises(AftercareError, match=words):
        consents.grant_list(shop.owner, text, where, on)
    assert not ConsentSource.objects.within(shop.workspace).exists()
    assert not Consent.objects.within(shop.workspace).exists()


def test_who_may_say_so(shop: AfterShop, vera: Any, sten: Any) -> None:
    viewer = Membership.objects.within(shop.workspace).select_related("user", "workspace").get(user=vera)
    for act in (
        lambda: consents.grant_list(shop.agent, ANN, "A box", ON),
        lambda: consents.grant_one(viewer, ANN, "A box", ON),
        lambda: consents.withdraw(viewer, ANN),
        lambda: consents.refuse_all_mail(viewer, ANN),
    ):
        with pytest.raises(AftercareError, match="role"):
            act()
    shop.agent.user = sten
    with pytest.raises(AftercareError, match="role"):
        consents.grant_one(shop.agent, ANN, "A box", ON)


@pytest.mark.parametrize("rows", [3, 300])
def test_a_list_takes_few_queries(shop: AfterShop, rows: int) -> None:
    text = "\n".join(f"a{number}@b.example" for number in range(rows))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        consents.grant_list(shop.owner, text, "A box at the checkout", ON)
    assert len(asked) <= 10
    assert Consent.objects.within(shop.workspace).count() == rows


def test_today_is_no_day_to_come(shop: AfterShop) -> None:
    today = clock.now().date()
    assert consents.grant_one(shop.owner, ANN, "On the phone", today).count == 1
    with pytest.raises(AftercareError):
        consents.grant_one(shop.owner, ANN, "On the phone", today + timedelta(days=1))
    assert rules.MOST_ADDRESSES == 5_000
