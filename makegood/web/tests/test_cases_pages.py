"""The pages of cases: who may, what they say, how many times they ask the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.desk import cases
from makegood.desk.models import Case, Conversation
from makegood.desk.suggesting import suggest_new
from makegood.desk.tests.case_scene import COMPLAINT, case_keys, heard, pairs, said_on
from makegood.web.templatetags.cases import reason_in_words
from makegood.web.views.case_work import propose_title

pytestmark = pytest.mark.django_db

ORDER = "My order 4711 never arrived and nobody answers, I want a refund"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rows(workspace: Any) -> list[Conversation]:
    said = [said_on("bluesky", f"p{n}x.example", f"{COMPLAINT} {n}", name=f"Person {n}") for n in range(4)]
    return heard(workspace, *said)


@pytest.fixture
def case(rows: list[Conversation], olga: Any) -> Case:
    return cases.open_case(rows[:2], "Lost parcels", "The carrier loses them.", olga, olga)


def html(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status
    return answer.content.decode()


def said_after(client: Client, address: str, **sent: Any) -> str:
    """What the page says that a form leads to."""
    answer = client.post(address, sent, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


READ = ["cases", "case", "case-side"]
WORK_GET = ["case-new", "case-edit", "case-end", "case-find", "case-choose"]
WORK_POST = ["case-new", "case-edit", "case-end", "case-reopen", "case-add", "case-take-out", "case-merge", "case-join"]
WORK_POST += ["case-undo-merge", "case-split", "case-suggestion-take", "case-suggestion-decline"]


@pytest.fixture
def at(case: Case, rows: list[Conversation], workspace: Any) -> Any:
    """The address of a name, for this case, its first conversation, and a suggestion."""
    from makegood.desk.models import CaseSuggestion

    first, second = sorted((rows[0].pk, rows[3].pk))
    pair = CaseSuggestion.objects.create(workspace=workspace, first_id=first, second_id=second, strength=0.8)

    def address(name: str) -> str:
        if name in ("cases", "case-choose", "case-join"):
            return reverse(name)
        if name == "case-new":
            return f"{reverse(name)}?conversation={rows[3].pk}"
        if name == "case-side":
            return reverse(name, args=[rows[0].pk])
        return reverse(name, args=[pair.pk if "suggestion" in name else case.pk])

    return address


@pytest.mark.parametrize("name", READ)
def test_who_may_read(
    at: Any, name: str, as_olga: Client, as_malik: Client, as_vera: Client, as_nobody: Client
) -> None:
    for client in (as_olga, as_malik, as_vera):
        html(client, at(name))
    assert as_nobody.get(at(name)).status_code == 302


@pytest.mark.parametrize("name", WORK_GET)
def test_who_may_ask_for_forms(at: Any, name: str, as_malik: Client, as_vera: Client, as_nobody: Client) -> None:
    html(as_malik, at(name))
    html(as_vera, at(name), 403)
    assert as_nobody.get(at(name)).status_code == 302


@pytest.mark.parametrize("name", WORK_POST)
def test_who_may_change(at: Any, name: str, as_vera: Client, as_sten: Client, as_nobody: Client, case: Case) -> None:
    before = (list(Case.objects.within(case.workspace_id).values()), case_keys(case))
    assert as_vera.post(at(name)).status_code == 403
    assert as_sten.post(at(name)).status_code == 404
    assert as_nobody.post(at(name)).status_code == 302
    assert (list(Case.objects.within(case.workspace_id).values()), case_keys(case)) == before


@pytest.mark.parametrize("name", ["case", "case-side", "case-new", "case-edit", "case-end", "case-find"])
def test_a_stranger_finds_nothing(at: Any, name: str, as_sten: Client) -> None:
    html(as_sten, at(name), 404)


def test_a_stranger_cannot_be_mixed_in(
    case: Case, rows: list[Conversation], as_sten: Client, as_malik: Client, other_workspace: Any, sten: Any
) -> None:
    theirs = heard(other_workspace, said_on("bluesky", "s.example", COMPLAINT))[0]
    sten_case = cases.open_case([theirs], "Skis", "", sten, sten)
    assert as_sten.post(reverse("case-add", args=[sten_case.pk]), {"conversation": rows[3].pk}).status_code == 404
    assert as_sten.post(reverse("case-merge", args=[sten_case.pk]), {"case": case.pk}).status_code == 404
    assert as_malik.post(reverse("case-merge", args=[case.pk]), {"case": sten_case.pk}).status_code == 404
    assert as_malik.post(reverse("case-join"), {"conversation": rows[3].pk, "case": sten_case.pk}).status_code == 404
    said_after(as_malik, reverse("case-split", args=[case.pk]), conversation=[theirs.pk], title="Mine")
    assert case_keys(sten_case) == [theirs.pk]
    assert Case.objects.across("a test looks at all").count() == 2
    found = html(as_sten, f"{reverse('case-find', args=[sten_case.pk])}?q=parcel")
    assert "Person" not in found
    assert "Lost parcels" not in html(as_sten, reverse("case-choose"))
    assert "Lost parcels" not in html(as_sten, reverse("cases"))


def test_opening_a_case(rows: list[Conversation], as_malik: Client, malik: Any, workspace: Any) -> None:
    address = f"{reverse('case-new')}?conversation={rows[0].pk}"
    page = html(as_malik, address)
    title = propose_title(rows[0])
    assert title.endswith(": Person 0")
    assert title in page
    shown = said_after(as_malik, address, title=title, problem="It is lost.", owner=str(malik.pk))
    case = Case.objects.within(workspace).get()
    assert (case.title, case.problem, case.owner, case_keys(case)) == (title, "It is lost.", malik, [rows[0].pk])
    assert "The case is open." in shown
    assert as_malik.get(address)["Location"] == reverse("case", args=[case.pk])


def test_the_proposed_title_quotes_nobody(rows: list[Conversation]) -> None:
    for row in rows:
        assert not set(propose_title(row).lower().split()) & {"parcel", "arrived", "nobody"}


def test_what_was_typed_is_kept(rows: list[Conversation], as_malik: Client, malik: Any, olga: Any, sten: Any) -> None:
    address = f"{reverse('case-new')}?conversation={rows[0].pk}"
    answer = as_malik.post(address, {"title": "", "problem": "A long story", "owner": str(malik.pk)})
    assert answer.status_code == 422
    assert "A long story" in answer.content.decode()
    refused = as_malik.post(address, {"title": "x", "problem": "", "owner": str(sten.pk)})
    assert refused.status_code == 422
    cases.open_case(rows[:1], "Somebody was faster", "", olga, olga)
    late = as_malik.post(address, {"title": "Mine", "problem": "A long story", "owner": ""})
    assert late.status_code == 422
    assert "A long story" in late.content.decode()
    assert "already" in late.content.decode()


def test_the_page_tells_it_all(
    case: Case, rows: list[Conversation], as_vera: Client, as_malik: Client, olga: Any
) -> None:
    from makegood.desk.actions import add_note

    add_note(rows[0], "Carrier called.", olga)
    page = html(as_vera, reverse("case", args=[case.pk]))
    for words in (
        "Lost parcels",
        "The carrier loses them.",
        "Person 0",
        "Person 1",
        "Carrier called.",
        "opened the case",
    ):
        assert words in page
    assert "End the case" not in page
    assert "dialog" not in page.split('id="case"')[1].split("</main>")[0]
    work = html(as_malik, reverse("case", args=[case.pk]))
    for words in ("End the case", "Merge into another case", "Split the case", "Add a conversation"):
        assert words in work


def test_adding_taking_out_and_joining(case: Case, rows: list[Conversation], as_malik: Client) -> None:
    found = html(as_malik, f"{reverse('case-find', args=[case.pk])}?q=person+2")
    assert "Person 2" in found
    assert "Person 0" not in html(as_malik, reverse("case-find", args=[case.pk]))
    assert "Added" in said_after(as_malik, reverse("case-add", args=[case.pk]), conversation=rows[2].pk)
    assert "Taken out" in said_after(as_malik, reverse("case-take-out", args=[case.pk]), conversation=rows[0].pk)
    assert "Added" in said_after(as_malik, reverse("case-join"), conversation=rows[3].pk, case=case.pk)
    assert case_keys(case) == [row.pk for row in rows[1:]]
    assert "Choose a case first" in said_after(as_malik, reverse("case-join"), conversation=rows[0].pk)
    nothing = html(as_malik, f"{reverse('case-find', args=[case.pk])}?q=zzz")
    assert "No conversation has" in nothing


def test_ending_and_reopening(case: Case, as_malik: Client) -> None:
    address = reverse("case-end", args=[case.pk])
    assert "2 conversations in it are still open" in html(as_malik, address)
    refused = as_malik.post(address, {"how": "solved", "outcome": " "})
    assert refused.status_code == 422
    assert "one sentence helps" in refused.content.decode()
    assert as_malik.post(address, {"how": "perhaps", "outcome": "x"}).status_code == 422
    shown = said_after(as_malik, address, how="unsolved", outcome="The carrier is gone.", close_all="on")
    assert "Ended without a solution" in shown
    assert "The carrier is gone." in shown
    closed = Conversation.objects.within(case.workspace_id).filter(case=case, queue="closed")
    assert closed.count() == 2
    late = as_malik.post(address, {"how": "solved", "outcome": "My long words"})
    assert late.status_code == 422
    assert "My long words" in late.content.decode()
    assert "open again" in said_after(as_malik, reverse("case-reopen", args=[case.pk]))
    assert "All its conversations are closed" in html(as_malik, address)


def test_merging_splitting_and_back(case: Case, rows: list[Conversation], as_malik: Client, olga: Any) -> None:
    other = cases.open_case(rows[2:3], "Late parcels", "", olga, olga)
    choices = html(as_malik, f"{reverse('case-choose')}?without={case.pk}")
    assert "Late parcels" in choices
    assert "Lost parcels" not in choices
    assert "Choose a case first" in said_after(as_malik, reverse("case-merge", args=[case.pk]))
    shown = said_after(as_malik, reverse("case-merge", args=[case.pk]), case=other.pk)
    assert f"Case {case.pk} was merged into this one" in shown
    gone = html(as_malik, reverse("case", args=[case.pk]))
    assert "This case was merged into" in gone
    assert reverse("case", args=[other.pk]) in gone
    assert "Person 0" in gone
    assert "opened the case" in gone
    assert "merged into case" in said_after(as_malik, reverse("case-merge", args=[case.pk]), case=other.pk)
    assert "The merge is undone" in said_after(as_malik, reverse("case-undo-merge", args=[case.pk]))
    split = said_after(as_malik, reverse("case-split", args=[case.pk]), conversation=[rows[0].pk], title="Only one")
    assert "This is the new case" in split
    assert "Only one" in split
    assert "Choose the conversations" in said_after(as_malik, reverse("case-split", args=[case.pk]), title="None")


@pytest.fixture
def suggested(workspace: Any) -> tuple[Any, list[Conversation]]:
    rows = heard(workspace, said_on("bluesky", "a.example", ORDER), said_on("feed", "b", f"{ORDER}!!"))
    suggest_new()
    return next(iter(pairs(workspace).values())), rows


def test_the_side_pane_says_why(suggested: Any, as_malik: Client, as_vera: Client) -> None:
    pair, rows = suggested
    for client in (as_malik, as_vera):
        for address in (reverse("conversation", args=[rows[0].pk]), reverse("case-side", args=[rows[0].pk])):
            page = html(client, address)
            assert "Both name order 4711" in page
            assert "May belong together" in page
            assert ("Not the same" in page) is (client is as_malik)
    assert "Open a case" in html(as_malik, reverse("case-side", args=[rows[0].pk]))
    assert pair.state == "open"


def test_join_and_not_the_same_from_the_side_pane(suggested: Any, as_malik: Client, workspace: Any) -> None:
    pair, rows = suggested
    take = reverse("case-suggestion-take", args=[pair.pk])
    answer = as_malik.post(take, {"conversation": rows[0].pk}, headers=HTMX).content.decode()
    assert "They are in one case now." in answer
    assert "May belong together" not in answer
    case = Case.objects.within(workspace).get()
    assert case_keys(case) == sorted(row.pk for row in rows)
    assert case.title in answer
    again = as_malik.post(take, {"conversation": rows[0].pk}, headers=HTMX).content.decode()
    assert "decided this already" in again


def test_not_the_same_is_said_once(suggested: Any, as_malik: Client, workspace: Any) -> None:
    pair, rows = suggested
    decline = reverse("case-suggestion-decline", args=[pair.pk])
    answer = as_malik.post(decline, {"conversation": rows[0].pk}, headers=HTMX).content.decode()
    assert "will not be suggested again" in answer
    assert "May belong together" not in answer
    assert not Case.objects.within(workspace).exists()
    pair.refresh_from_db()
    assert pair.state == "declined"


def test_suggestions_on_the_page_of_a_case(suggested: Any, as_malik: Client, olga: Any) -> None:
    pair, rows = suggested
    case = cases.open_case(rows[:1], "Order 4711", "", olga, olga)
    assert "May belong here" in html(as_malik, reverse("case", args=[case.pk]))
    shown = said_after(as_malik, reverse("case-suggestion-take", args=[pair.pk]), case=case.pk)
    assert "They are in one case now." in shown
    assert case_keys(case) == sorted(row.pk for row in rows)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (["handle", "ann", "mastodon", "bluesky"], "Same handle “ann” on Mastodon and Bluesky"),
        (["name", "Ann L", "mastodon", "bluesky"], "Same name “Ann L” on Mastodon and Bluesky"),
        (["address", "ann.example", "mastodon", "bluesky"], "The same address on Mastodon and Bluesky: ann.example"),
        (["domain", "ann.example", "mastodon", "bluesky"], "Both are at ann.example, on Mastodon and Bluesky"),
        (["order", "4711", "bluesky", "bluesky"], "Both name order 4711"),
        (["email", "a@b.example", "bluesky", "bluesky"], "Both name the e-mail address a@b.example"),
        (["parcel", "RB1", "bluesky", "bluesky"], "Both name parcel RB1"),
        (["account", "ann", "bluesky", "bluesky"], "The same account, in another thread: ann"),
        (["text", "0", "bluesky", "bluesky"], "Nearly the same words, within 1 day"),
        (["text", "2", "bluesky", "bluesky"], "Nearly the same words, within 3 days"),
        (["made up", "50%", "", ""], "They have something in common"),
        ([], "They have something in common"),
    ],
)
def test_reasons_in_words(reason: list[str], words: str) -> None:
    assert reason_in_words(reason) == words


def test_empty_lists_say_what_to_do(as_malik: Client, workspace: Any) -> None:
    assert "No open cases" in html(as_malik, reverse("cases"))
    assert "You look after no open case" in html(as_malik, f"{reverse('cases')}?view=mine")
    assert "No case has ended yet" in html(as_malik, f"{reverse('cases')}?view=ended")
    assert "No open cases" in html(as_malik, f"{reverse('cases')}?view=made-up&after=nonsense&shown=²")


def test_the_list_goes_on(
    rows: list[Conversation], as_malik: Client, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.web.views import cases as pages

    monkeypatch.setattr(pages, "PAGE", 2)
    for n, row in enumerate(rows):
        cases.open_case([row], f"Case number {n}", "", olga, olga)
    first = html(as_malik, reverse("cases"))
    assert first.count("case-title") == 2
    more = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    second = html(as_malik, more, headers=HTMX)
    assert second.count("case-title") == 2
    assert "<html" not in second
    assert "Case number 0" in second


def scene(workspace: Any, olga: Any, many: int) -> Case:
    from makegood.desk.actions import add_note

    said = [said_on("bluesky", f"q{n}x.example", f"{ORDER} no {n}", name=f"Person {n}") for n in range(many + 1)]
    rows = heard(workspace, *said)
    for row in rows:
        add_note(row, "A note", olga)
    case = cases.open_case(rows[:many], "Many", "", olga, olga)
    for row in heard(workspace, *(said_on("bluesky", f"r{n}x.example", COMPLAINT) for n in range(many))):
        if row.case_id is None:
            cases.open_case([row], "Another", "", olga, olga)
    suggest_new()
    return case


@pytest.mark.parametrize(
    ("name", "bound"),
    [("cases", 12), ("case", 20), ("case-side", 12), ("case-find", 12), ("case-choose", 12), ("case-end", 14)],
)
def test_pages_ask_equally_often_for_3_and_for_30(
    workspace: Any, olga: Any, as_malik: Client, name: str, bound: int
) -> None:
    counts = []
    for many in (3, 30):
        case = scene(workspace, olga, many)
        key = case_keys(case)[0] if name == "case-side" else case.pk
        address = reverse(name) if name in ("cases", "case-choose") else reverse(name, args=[key])
        html(as_malik, address)
        with CaptureQueriesContext(connection) as seen:
            html(as_malik, address)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[1] <= bound
