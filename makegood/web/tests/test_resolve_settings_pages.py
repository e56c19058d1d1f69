"""Settings of making good: limits, reasons, return policies, the shop's words, and who decides for whom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.resolve.models import Delegate, Limit, ReasonCode, RemedyTemplate, ReturnPolicy
from makegood.resolve.tests.authority_scene import join
from makegood.web.forms_resolve import read_amount, show_amount

pytestmark = pytest.mark.django_db

SETTINGS = ("authority", "reasons", "return-policies", "return-policy-new", "remedy-words")
POLICY = {"name": "Shoes", "returnable": "on", "window_days": "30", "counts_from": "placed", "active": "on"}


def html(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return answer.content.decode()


def post(client: Client, name: str, data: Any, status: int = 302, *args: Any) -> str:
    answer = client.post(reverse(name, args=args), data)
    said = answer.content.decode()
    assert answer.status_code == status, said[:1500]
    return said


# Amounts


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1_250),
        ("12,5", "EUR", 1_250),
        ("12", "EUR", 1_200),
        (" 1 200,00 ", "EUR", 120_000),
        ("12.50 EUR", "EUR", 1_250),
        ("0", "EUR", 0),
        ("1200", "JPY", 1_200),
        ("1.250", "KWD", 1_250),
    ],
)
def test_an_amount_as_people_write_it(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("1,000", "EUR"),
        ("1.000,00", "EUR"),
        ("-1", "EUR"),
        ("1e3", "EUR"),
        ("12.5", "JPY"),
        ("ten", "EUR"),
        ("١٢", "EUR"),
        ("9" * 30, "EUR"),
    ],
)
def test_what_could_be_two_amounts_is_none(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="Write a"):
        read_amount(text, currency)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize(
    ("minor", "currency"), [(1_250, "EUR"), (1_234_567_89, "EUR"), (0, "EUR"), (1_200, "JPY"), (1_234, "KWD")]
)
def test_what_stands_in_a_box_reads_back_the_same(language: str, minor: int, currency: str) -> None:
    with translation.override(language):
        assert read_amount(show_amount(minor, currency), currency) == minor


# Who may


@pytest.mark.parametrize("name", SETTINGS)
def test_only_owners_change_these(
    name: str, as_olga: Client, as_malik: Client, as_mona: Client, as_nobody: Client
) -> None:
    html(as_olga, reverse(name))
    html(as_malik, reverse(name), 403)
    html(as_mona, reverse(name), 403)
    assert as_nobody.get(reverse(name)).status_code == 302


def test_the_settings_lead_here(as_olga: Client, as_malik: Client) -> None:
    page = html(as_olga, reverse("settings"))
    for name in ("authority", "reasons", "return-policies", "remedy-words", "away"):
        assert f'href="{reverse(name)}"' in page
    page = html(as_malik, reverse("settings"))
    assert f'href="{reverse("authority")}"' not in page
    assert f'href="{reverse("away")}"' in page


# Limits


def boxes(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    form = page[page.index("limits-form") : page.index("</form>")]
    found = {}
    for tag in re.findall(r"<input[^>]+>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def limits(workspace: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = Limit.objects.within(workspace)
    return {
        (r.role, r.kind): (r.currency, r.per_case_minor, r.per_person_year_minor, r.per_month_minor, r.four_eyes_minor)
        for r in rows
    }


def test_a_new_shop_starts_with_sensible_limits(workspace: Any, as_olga: Client) -> None:
    page = html(as_olga, reverse("authority"))
    said = boxes(page)
    assert (said["agent-all-mode"], said["agent-all-per_case"], said["agent-all-currency"]) == ("up_to", "50.00", "EUR")
    assert said["owner-all-mode"] == "asks"
    assert "Owner: decides everything." in page
    assert "up to 50.00 EUR in one case" in page


def test_saving_the_table_as_it_stands_changes_nothing(workspace: Any, as_olga: Client) -> None:
    said = boxes(html(as_olga, reverse("authority")))
    before = limits(workspace)
    moments = list(Limit.objects.within(workspace).order_by("pk").values_list("changed_at", flat=True))
    post(as_olga, "authority", said)
    assert limits(workspace) == before
    assert list(Limit.objects.within(workspace).order_by("pk").values_list("changed_at", flat=True)) == moments


def test_limits_are_changed_added_and_taken_away(workspace: Any, as_olga: Client) -> None:
    said = boxes(html(as_olga, reverse("authority")))
    said |= {"agent-all-per_case": "80,50", "agent-all-per_month": "", "manager-all-mode": "asks"}
    said |= {"owner-all-mode": "up_to", "owner-all-four_eyes": "500", "owner-all-currency": "usd"}
    said |= {"new-for_role": "agent", "new-for_kind": "gift", "new-per_case": "10"}
    post(as_olga, "authority", said)
    assert limits(workspace) == {
        ("agent", ""): ("EUR", 8_050, 15_000, None, None),
        ("agent", "gift"): ("EUR", 1_000, None, None, None),
        ("owner", ""): ("USD", None, None, None, 50_000),
    }
    page = html(as_olga, reverse("authority"))
    assert "Manager: asks for everything" in page
    said = boxes(page) | {"agent-gift-mode": "asks"}
    post(as_olga, "authority", said)
    assert ("agent", "gift") not in limits(workspace)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"agent-all-per_case": "lots"}, "Write an amount like 12.50"),
        ({"agent-all-currency": "EURO"}, "3 characters"),
        ({"agent-all-currency": "E1R"}, "three letters"),
        ({f"agent-all-{n}": "" for n in ("per_case", "per_person_year", "per_month")}, "at least one amount"),
        ({"owner-all-per_case": "5"}, "Choose “up to these amounts”"),
        ({"new-for_role": "agent", "new-per_case": "5"}, "Choose the role and the remedy"),
        ({"new-per_case": "5"}, "Choose the role and the remedy"),
        ({"new-for_role": "agent", "new-for_kind": "gift"}, "at least one amount"),
        ({"new-for_role": "viewer", "new-for_kind": "gift", "new-per_case": "5"}, "valid choice"),
    ],
)
def test_a_mistake_in_the_table_saves_nothing_and_keeps_what_was_typed(
    workspace: Any, as_olga: Client, change: dict[str, str], sentence: str
) -> None:
    said = boxes(html(as_olga, reverse("authority"))) | {"agent-all-per_person_year": "160"} | change
    before = limits(workspace)
    page = post(as_olga, "authority", said, 422)
    assert sentence in page
    assert limits(workspace) == before
    assert boxes(page)["agent-all-per_person_year"] == said["agent-all-per_person_year"]


# Reasons


def test_reasons_are_added_changed_and_put_aside(workspace: Any, as_olga: Client) -> None:
    assert "Charged twice" in html(as_olga, reverse("reasons"))
    post(as_olga, "reasons", {"name": "Wrong colour", "cause": "picking", "active": "on"})
    row = ReasonCode.objects.within(workspace).get(name="Wrong colour")
    post(as_olga, "reason-change", {"name": "Wrong colours", "cause": ""}, 302, row.pk)
    row.refresh_from_db()
    assert (row.name, row.cause, row.active) == ("Wrong colours", "", False)
    assert row not in resolve.reasons(workspace)
    assert "Wrong colours" in html(as_olga, reverse("reasons"))


def test_a_reason_there_is_already(workspace: Any, as_olga: Client) -> None:
    html(as_olga, reverse("reasons"))
    said = post(as_olga, "reasons", {"name": "Charged twice", "cause": "mine"}, 422)
    assert "There is a reason of this name already" in said
    assert 'value="mine"' in said
    other = ReasonCode.objects.within(workspace).get(name="Came late")
    said = post(as_olga, "reason-change", {"name": "Charged twice", "active": "on"}, 422, other.pk)
    assert "There is a reason of this name already" in said


def test_a_strangers_reason_is_not_there(as_olga: Client, other_workspace: Any) -> None:
    theirs = ReasonCode.objects.create(workspace=other_workspace, name="Skis")
    post(as_olga, "reason-change", {"name": "Mine"}, 404, theirs.pk)


# Return policies


def test_a_policy_for_some_products_is_tried_first(workspace: Any, as_olga: Client) -> None:
    html(as_olga, reverse("return-policies"))
    post(as_olga, "return-policy-new", POLICY | {"categories": "Shoes, Boots", "skus": "SH-\nBO-"})
    rows = resolve.policies(workspace)
    assert rows[0].name == "Shoes"
    assert rows[0].matches == {"category": ["Shoes", "Boots"], "sku": ["SH-", "BO-"]}
    page = html(as_olga, reverse("return-policies"))
    assert page.index("Shoes, Boots") < page.index("Returns within 14 days")
    assert "30 days from the order" in page


def test_policies_change_places(workspace: Any, as_olga: Client) -> None:
    html(as_olga, reverse("return-policies"))
    for name in ("A", "B"):
        post(as_olga, "return-policy-new", POLICY | {"name": name})
    first = resolve.policies(workspace)[0]
    post(as_olga, "return-policy-move", {"up": "0"}, 302, first.pk)
    assert [row.name for row in resolve.policies(workspace)] == ["A", "B", "Returns within 14 days"]
    post(as_olga, "return-policy-move", {"up": "1"}, 302, resolve.policies(workspace)[0].pk)
    assert [row.name for row in resolve.policies(workspace)] == ["A", "B", "Returns within 14 days"]
    assert ReturnPolicy.objects.within(workspace).get(name="A").window_days == 30


def test_a_policy_is_changed_and_says_what_it_means(workspace: Any, as_olga: Client) -> None:
    html(as_olga, reverse("return-policies"))
    row = resolve.policies(workspace)[0]
    assert "can be sent back until" in html(as_olga, reverse("return-policy", args=[row.pk]))
    data = {"name": row.name, "window_days": "21", "counts_from": "delivered", "conditions": "As new"}
    post(as_olga, "return-policy", data, 302, row.pk)
    row.refresh_from_db()
    assert (row.window_days, row.conditions, row.active, row.returnable) == (21, "As new", False, False)
    assert "not in use" in html(as_olga, reverse("return-policies"))


@pytest.mark.parametrize(
    "change", [{"window_days": "-1"}, {"window_days": "4000"}, {"name": ""}, {"counts_from": "moon"}]
)
def test_a_policy_that_cannot_be(workspace: Any, as_olga: Client, change: dict[str, str]) -> None:
    html(as_olga, reverse("return-policies"))
    said = post(as_olga, "return-policy-new", POLICY | {"conditions": "As new"} | change, 422)
    assert "field-error" in said
    assert "As new" in said
    assert ReturnPolicy.objects.within(workspace).count() == 1


# Words


def test_words_by_kind_and_language(workspace: Any, as_olga: Client) -> None:
    page = html(as_olga, f"{reverse('remedy-words')}?kind=voucher")
    assert "a voucher for you[: {code}" in page
    assert "Hi Ada, there is a voucher for you: SORRY-25, worth 25.00 EUR" in page
    assert "Hi Ada, there is a voucher for you." in page, "where everybody reads it"
    said = {"kind": "voucher", "language": "de", "text": "Für Sie: {code}"}
    post(as_olga, "remedy-words", said)
    assert resolve.words_for(workspace, "voucher", "de-AT") == "Für Sie: {code}"
    assert "Für Sie: SORRY-25" in html(as_olga, f"{reverse('remedy-words')}?kind=voucher&language=de")


@pytest.mark.parametrize(("text", "sentence"), [("", "required"), ("Dear {friend}", "{friend}"), ("x" * 2_001, "2000")])
def test_words_that_cannot_be(workspace: Any, as_olga: Client, text: str, sentence: str) -> None:
    html(as_olga, reverse("remedy-words"))
    before = sorted(RemedyTemplate.objects.within(workspace).values_list("kind", "text"))
    assert sentence in post(as_olga, "remedy-words", {"kind": "refund", "language": "", "text": text}, 422)
    assert sorted(RemedyTemplate.objects.within(workspace).values_list("kind", "text")) == before


def test_the_preview_shows_what_it_does_not_know(as_olga: Client) -> None:
    said = post(as_olga, "remedy-words-preview", {"text": "Hi {name}, {nmae} <b>{order}"}, 200)
    assert "Hi Ada, {nmae} &lt;b&gt;T-1042" in said


# Away


def days(first: int, last: int) -> dict[str, str]:
    today = clock.now().date()
    return {"starts_on": str(today + timedelta(days=first)), "ends_on": str(today + timedelta(days=last))}


def test_somebody_decides_while_one_is_away(workspace: Any, mona: Any, malik: Any, as_mona: Client) -> None:
    post(as_mona, "away", {"user": mona.pk, "to": malik.pk, **days(0, 7)})
    row = Delegate.objects.within(workspace).get()
    assert (row.user, row.to, row.set_by) == (mona, malik, mona)
    assert resolve.places_taken(join(workspace, malik)) == [row]
    page = html(as_mona, reverse("away"))
    assert "<strong>Malik</strong> in the place of <strong>Mona</strong>" in page
    post(as_mona, "away-end", {}, 302, row.pk)
    assert not Delegate.objects.within(workspace).exists()


def test_a_manager_sets_nobody_elses(
    workspace: Any, olga: Any, malik: Any, as_mona: Client, as_olga: Client, mona: Any
) -> None:
    assert "valid choice" in post(as_mona, "away", {"user": olga.pk, "to": malik.pk, **days(0, 7)}, 422)
    post(as_olga, "away", {"user": mona.pk, "to": malik.pk, **days(0, 7)})
    assert Delegate.objects.within(workspace).get().set_by == olga


@pytest.mark.parametrize("span", [days(3, 1), days(-9, -2), {"starts_on": "", "ends_on": "soon"}, days(0, 800)])
def test_days_that_cannot_be(workspace: Any, mona: Any, malik: Any, as_mona: Client, span: dict[str, str]) -> None:
    said = post(as_mona, "away", {"user": mona.pk, "to": malik.pk, **span}, 422)
    assert "field-error" in said or "error-list" in said
    assert not Delegate.objects.within(workspace).exists()


def test_an_agent_reads_and_sets_nothing(
    workspace: Any, malik: Any, mona: Any, as_malik: Client, as_vera: Client
) -> None:
    assert "You decide about nobody" in html(as_malik, reverse("away"))
    post(as_malik, "away", {"user": mona.pk, "to": malik.pk, **days(0, 1)}, 403)
    html(as_vera, reverse("away"), 403)


def test_who_stands_in_ends_it_and_others_do_not(
    workspace: Any, mona: Any, malik: Any, as_malik: Client, as_sten: Client
) -> None:
    today = clock.now().date()
    row = resolve.set_delegate(join(workspace, mona), mona, malik, today, today)
    post(as_sten, "away-end", {}, 404, row.pk)
    assert "Mona" in html(as_malik, reverse("away"))
    post(as_malik, "away-end", {}, 302, row.pk)
    assert not Delegate.objects.within(workspace).exists()


def test_the_question_is_in_the_shops_words_too(workspace: Any, as_olga: Client) -> None:
    assert "did this make it right for you?" in html(as_olga, f"{reverse('remedy-words')}?kind=outcome")
    post(as_olga, "remedy-words", {"kind": "outcome", "language": "", "text": "All good now, {name}?"})
    assert resolve.words_for(workspace, "outcome") == "All good now, {name}?"
