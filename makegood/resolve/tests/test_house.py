"""What a shop starts with, and what owners settle."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.accounts.models import User, Workspace
from makegood.journal.api import Entry
from makegood.resolve import authority, house
from makegood.resolve.defaults import ensure
from makegood.resolve.first_words import FIRST_WORDS
from makegood.resolve.models import Limit, ReasonCode, Remedy, RemedyTemplate, ReturnPolicy
from makegood.resolve.rules import Ceiling, ResolveError
from makegood.resolve.tests.authority_scene import join

pytestmark = pytest.mark.django_db


def test_a_shop_starts_with_sensible_things_once(workspace: Any, olga: Any, django_assert_num_queries: Any) -> None:
    assert [each.name for each in house.policies(workspace)] == ["Returns within 14 days"]
    found = {(row.role, row.kind): row.per_case_minor for row in authority.limits_of(workspace)}
    assert found == {("agent", ""): 5000, ("manager", ""): 25000}
    assert len(house.reasons(workspace)) == 9
    with django_assert_num_queries(1):
        ensure(workspace)


def test_what_an_owner_takes_away_stays_away(workspace: Any, olga: Any) -> None:
    ensure(workspace)
    Limit.objects.within(workspace).delete()
    ReturnPolicy.objects.within(workspace).delete()
    ReasonCode.objects.within(workspace).update(active=False)
    ensure(workspace)
    assert house.policies(workspace) == []
    assert authority.limits_of(workspace) == []
    assert house.reasons(workspace) == []


@pytest.mark.parametrize("language", sorted(FIRST_WORDS))
def test_it_speaks_the_owners_language(workspace: Any, olga: Any, language: str) -> None:
    User.objects.filter(pk=olga.pk).update(language=language)
    ensure(workspace)
    words = FIRST_WORDS[language]
    assert {row.name for row in house.reasons(workspace)} == {name for name, _cause in words.reasons}
    assert house.policies(workspace)[0].name == words.policy


@pytest.mark.parametrize("language", sorted(FIRST_WORDS))
def test_every_language_says_everything_and_names_known_places(workspace: Any, olga: Any, language: str) -> None:
    words = FIRST_WORDS[language]
    assert set(words.templates) == {*Remedy.Kind.values, house.OUTCOME}
    assert len({name for name, _cause in words.reasons}) == len(FIRST_WORDS["en"].reasons)
    for kind, text in words.templates.items():
        house.save_words(join(workspace, olga), kind, language, text)
    assert house.words_for(workspace, "refund", f"{language}-XX") == words.templates["refund"]


def test_words_in_their_language_else_the_shops(workspace: Any, olga: Any) -> None:
    me = join(workspace, olga)
    house.save_words(me, "refund", "", "Sent back: {amount}")
    house.save_words(me, "refund", "de", "Erstattet: {amount}")
    assert house.words_for(workspace, "refund", "de-AT") == "Erstattet: {amount}"
    assert house.words_for(workspace, "refund", "nl") == "Sent back: {amount}"
    assert RemedyTemplate.objects.within(workspace).filter(kind="refund").count() == 2
    with pytest.raises(ResolveError, match="doesn’t know"):
        house.save_words(me, "refund", "", "Sent back: {amont}")
    with pytest.raises(ResolveError, match="Write something"):
        house.save_words(me, "refund", "", " ")


def test_policies_are_saved_and_changed(workspace: Any, olga: Any) -> None:
    me = join(workspace, olga)
    row = house.save_policy(me, None, name=" Shoes ", window_days=30, matches={"category": ["Shoes", " "], "x": ["y"]})
    assert (row.name, row.matches) == ("Shoes", {"category": ["Shoes"]})
    house.save_policy(me, row, name="Shoes", window_days=60, active=False)
    row.refresh_from_db()
    assert (row.window_days, row.active, row.matches) == (60, False, {})
    wrong: dict[str, Any]
    for fields, words in (
        ({"name": " "}, "a name"),
        ({"name": "Shoes"}, "already"),
        ({"window_days": -1}, "0 days"),
        ({"counts_from": "birth"}, "from delivery"),
    ):
        wrong = {"name": "Other", "window_days": 1, **fields}
        with pytest.raises(ResolveError, match=words):
            house.save_policy(me, None, **wrong)


def test_reasons_rest_and_are_never_deleted(workspace: Any, olga: Any) -> None:
    me = join(workspace, olga)
    row = house.save_reason(me, None, name="Moth in tea", cause="quality")
    house.save_reason(me, row, name="Moth in tea", cause="storage", active=False)
    assert row.name not in [each.name for each in house.reasons(workspace)]
    with pytest.raises(ResolveError, match="already"):
        house.save_reason(me, None, name="Moth in tea")


def test_limits_are_set_and_removed(workspace: Any, olga: Any) -> None:
    me = join(workspace, olga)
    row = authority.set_limit(me, "agent", "voucher", Ceiling("CHF", per_case=700))
    again = authority.set_limit(me, "agent", "voucher", Ceiling("CHF", per_month=900))
    assert (again.pk, again.per_case_minor, again.per_month_minor, again.changed_by) == (row.pk, None, 900, olga)
    for role, kind, ceiling, words in (
        ("viewer", "", Ceiling("EUR"), "Only owners, managers"),
        ("agent", "money", Ceiling("EUR"), "from the list"),
        ("agent", "", Ceiling("euro"), "three letters"),
        ("agent", "", Ceiling("EUR", per_case=-1), "nothing or more"),
    ):
        with pytest.raises(ResolveError, match=words):
            authority.set_limit(me, role, kind, ceiling)
    authority.remove_limit(me, row)
    authority.remove_limit(me, row)
    verbs = Entry.objects.within(workspace).filter(verb__startswith="limit.").order_by("id")
    assert [each.verb for each in verbs] == ["limit.set", "limit.set", "limit.removed"]


@pytest.mark.parametrize("who", ["malik", "mona", "vera", "cora"])
def test_only_owners_settle_anything(workspace: Any, olga: Any, who: str, request: Any) -> None:
    me = join(workspace, request.getfixturevalue(who))
    row = authority.set_limit(join(workspace, olga), "agent", "", Ceiling("EUR", per_case=1))
    for act in (
        lambda: authority.set_limit(me, "agent", "", Ceiling("EUR", per_case=10**6)),
        lambda: authority.remove_limit(me, row),
        lambda: house.save_policy(me, None, name="Mine", window_days=1),
        lambda: house.save_reason(me, None, name="Mine"),
        lambda: house.save_words(me, "refund", "", "Mine"),
    ):
        with pytest.raises(ResolveError, match="Only owners"):
            act()
    row.refresh_from_db()
    assert row.per_case_minor == 1


def test_another_shops_rows_are_not_there(workspace: Any, olga: Any, other_workspace: Any, sten: Any) -> None:
    mine, theirs = join(workspace, olga), join(other_workspace, sten)
    row = house.save_policy(theirs, None, name="Theirs", window_days=1)
    reason = house.save_reason(theirs, None, name="Theirs")
    limit = authority.set_limit(theirs, "agent", "", Ceiling("EUR", per_case=1))
    with pytest.raises(ResolveError, match="not there"):
        house.save_policy(mine, row, name="Mine", window_days=2)
    with pytest.raises(ResolveError, match="not there"):
        house.save_reason(mine, reason, name="Mine")
    authority.remove_limit(mine, limit)
    assert Limit.objects.within(other_workspace).filter(pk=limit.pk).exists()
    assert Workspace.objects.count() == 2
