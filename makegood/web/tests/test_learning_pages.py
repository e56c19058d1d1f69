"""Pages of learning: who may open them, what they say, what they keep, and how many queries that takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk import flow as desk_flow
from makegood.desk.models import Conversation
from makegood.triage import api as triage
from makegood.triage import thresholds
from makegood.triage.models import Assessment, Correction, OwnTopic, SmallHead, ThresholdChange, TopicExample
from makegood.triage.tests.learning import hear

pytestmark = pytest.mark.django_db

LABEL = "intent.complaint"
COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
PAGES = ("what-counts", "topics", "how-well")


@pytest.fixture(autouse=True)
def by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")


@pytest.fixture
def talk(workspace: Any) -> Conversation:
    return talks(workspace, 1)[0]


def talks(workspace: Any, number: int) -> list[Conversation]:
    hear(workspace, *[f"{COMPLAINT}, number {at}" for at in range(number)])
    desk_flow.open_new()
    return list(Conversation.objects.within(workspace).order_by("id"))


def html(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def post(client: Client, name: str, data: Any, *args: Any, status: int = 302) -> str:
    answer = client.post(reverse(name, args=args), data, headers={"HX-Request": "true"} if "correct" in name else None)
    said = answer.content.decode()
    assert answer.status_code == status, said[:1500]
    return said


def read_posts(workspace: Any, number: int) -> None:
    hear(workspace, *[f"Post {at} of {number}" for at in range(number)])
    rows = list(Assessment.objects.within(workspace).order_by("id"))
    for at, row in enumerate(rows):
        row.scores = {LABEL: (at % 10) / 10 + 0.05}
    Assessment.objects.bulk_update(rows, ["scores"], batch_size=100)


# Who may


@pytest.mark.parametrize("name", PAGES)
def test_only_owners_change_how_it_reads(
    name: str, as_olga: Client, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client, workspace: Any
) -> None:
    html(as_olga, reverse(name))
    html(as_sten, reverse(name))
    for client in (as_malik, as_vera):
        html(client, reverse(name), 403)
    html(as_nobody, reverse(name), 302)


def test_another_workspaces_topic_is_not_there(workspace: Any, olga: Any, as_sten: Client, as_olga: Client) -> None:
    row = triage.add_topic(workspace, "Market", olga)
    html(as_olga, reverse("topic", args=[row.pk]))
    html(as_sten, reverse("topic", args=[row.pk]), 404)
    post(as_sten, "topic-teach", {"text": "Hello"}, row.pk, status=404)
    post(as_sten, "topic-forget", {"example": "1"}, row.pk, status=404)


def test_who_works_corrects_who_reads_only_sees(
    talk: Conversation, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    said = {"head": "intent", "intent": "question"}
    post(as_vera, "desk-correct", said, talk.pk, status=403)
    post(as_sten, "desk-correct", said, talk.pk, status=404)
    assert as_nobody.post(reverse("desk-correct", args=[talk.pk]), said).status_code == 302
    assert not Correction.objects.exists()
    assert "correct-dialog" not in html(as_vera, reverse("conversation", args=[talk.pk]))
    post(as_malik, "desk-correct", said, talk.pk, status=200)
    shown = html(as_vera, reverse("conversation", args=[talk.pk]))
    assert "Corrected by <strong>Malik</strong>: it is a question" in shown
    assert "Undo" not in shown.partition('class="corrected')[2].partition("</ul>")[0]


# Corrections


def test_a_correction_is_kept_shown_and_taken_back(talk: Conversation, as_malik: Client) -> None:
    said = {
        "head": ["intent", "severity", "urgency", "topic", "flag"],
        "intent": "complaint",
        "also": ["complaint", "question"],
        "severity": "3",
        "urgency": "now",
        "topic": ["staff"],
        "flag": ["person"],
    }
    shown = post(as_malik, "desk-correct", said, talk.pk, status=200)
    assert "Corrected by <strong>Malik</strong>: it is a complaint, a question" in shown
    assert "how urgent: now" in shown
    assert "Makegood learns from it" in shown
    row = Assessment.objects.get()
    assert (row.severity, row.urgency, row.topics, row.flags) == (3, "now", ["staff"], ["person"])
    made = Correction.objects.get(head="urgency")
    shown = post(as_malik, "desk-correct-undo", {"correction": made.pk}, talk.pk, status=200)
    assert "how urgent: now" not in shown.partition('class="corrected')[2].partition("</ul>")[0]
    assert Assessment.objects.get().urgency != "now"
    assert "already" in post(as_malik, "desk-correct-undo", {"correction": made.pk}, talk.pk, status=400)


def test_what_is_no_answer_is_refused_in_a_sentence(talk: Conversation, as_malik: Client) -> None:
    said = {"head": "intent", "intent": "rant"}
    assert "Choose one of the answers" in post(as_malik, "desk-correct", said, talk.pk, status=400)
    assert "Choose one of the answers" in post(as_malik, "desk-correct", {"head": "intent"}, talk.pk, status=400)
    assert "It stood so already" in post(as_malik, "desk-correct", {}, talk.pk, status=200)
    assert "taken back already" in post(as_malik, "desk-correct-undo", {"correction": "x"}, talk.pk, status=400)


def test_confirming_takes_one_press(talk: Conversation, as_malik: Client) -> None:
    shown = post(as_malik, "desk-correct", {"right": "1"}, talk.pk, status=200)
    assert "<strong>Malik</strong> says that it was read rightly" in shown
    assert Correction.objects.count() == 5


def test_the_history_says_what_was_corrected(talk: Conversation, as_malik: Client) -> None:
    shown = post(as_malik, "desk-correct", {"head": "intent", "intent": "praise"}, talk.pk, status=200)
    assert "corrected what it is: praise" in shown


def test_a_renamed_topic_is_called_so_and_a_hidden_one_not_at_all(
    talk: Conversation, workspace: Any, olga: Any, as_malik: Client
) -> None:
    Assessment.objects.update(topics=["delivery", "staff"])
    triage.change_topic(workspace, "delivery", "Couriers", hidden=False, by=olga)
    triage.change_topic(workspace, "staff", "Staff", hidden=True, by=olga)
    head = html(as_malik, reverse("conversation", args=[talk.pk])).partition("assess-head")[2].partition("</div>")[0]
    assert "Couriers" in head
    assert "Delivery" not in head
    assert "Staff" not in head


def test_a_thread_with_many_corrections_takes_no_more_queries(
    workspace: Any, malik: Any, as_malik: Client, django_assert_max_num_queries: Any
) -> None:
    (row,) = talks(workspace, 1)
    address = reverse("conversation", args=[row.pk])
    html(as_malik, address)
    with django_assert_max_num_queries(200) as few:
        html(as_malik, address)
    for urgency in ("now", "today") * 15:
        triage.correct(workspace.pk, row.latest, {"urgency": [urgency]}, malik)
        triage.correct(workspace.pk, row.latest, {"intent": ["praise" if urgency == "now" else "complaint"]}, malik)
    with django_assert_max_num_queries(len(few)):
        html(as_malik, address)


# What counts


def test_the_slider_comes_with_the_cost_of_every_setting(
    workspace: Any, as_olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "ENOUGH_POSTS", 40)
    monkeypatch.setattr(triage, "ENOUGH_POSTS", 40)
    read_posts(workspace, 40)
    shown = html(as_olga, f"{reverse('what-counts')}?complaint=50")
    assert "At this setting you will read 50 of 100 and miss 25 in 100 complaints." in shown
    assert "your own last 40 posts" in shown
    data = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', shown)[0])
    assert len(data) == 94
    assert data["50"][0] == "At this setting you will read 50 of 100 and miss 25 in 100 complaints."


def test_where_nothing_is_known_it_says_so(workspace: Any, as_olga: Client) -> None:
    shown = html(as_olga, reverse("what-counts"))
    assert "No model has read anything here yet" in shown
    assert 'type="range"' in shown


def test_few_posts_are_called_few(workspace: Any, as_olga: Client) -> None:
    read_posts(workspace, 10)
    assert "Reckoned from only 10 posts of yours." in html(as_olga, reverse("what-counts"))


def test_saving_and_undoing(workspace: Any, olga: Any, as_olga: Client) -> None:
    post(as_olga, "what-counts", {"complaint": "20", "now": "50"})
    assert triage.thresholds_of(workspace)[LABEL] == 0.2
    shown = html(as_olga, reverse("what-counts"))
    assert "Set by <strong>Olga</strong>" in shown
    assert "It is being read again" in shown
    change = ThresholdChange.objects.get()
    post(as_olga, "what-counts-undo", {"change": change.pk})
    assert triage.thresholds_of(workspace)[LABEL] == 0.4
    post(as_olga, "what-counts-undo", {"change": "7 or 1=1"})
    assert ThresholdChange.objects.count() == 2


@pytest.mark.parametrize("value", ["1", "96", "abc", "-5", "12.5", "٣٠", "9" * 40])
def test_what_is_no_setting_is_refused_and_nothing_saved(value: str, workspace: Any, as_olga: Client) -> None:
    assert "between 2 and 95" in post(as_olga, "what-counts", {"complaint": value, "now": "50"}, status=422)
    assert not ThresholdChange.objects.exists()


def test_a_slider_that_was_not_moved_changes_nothing(
    workspace: Any, as_olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(thresholds.CHOSEN, LABEL, 0.3149)
    post(as_olga, "what-counts", {"complaint": "31", "now": "50"})
    assert not ThresholdChange.objects.exists()


# Topics


def test_a_topic_is_added_taught_renamed_and_hidden(workspace: Any, as_olga: Client) -> None:
    post(as_olga, "topic-add", {"name": "Market"})
    row = OwnTopic.objects.get()
    assert "Not enough examples yet: 5 more." in html(as_olga, reverse("topic", args=[row.pk]))
    post(as_olga, "topic-teach", {"text": "Will you be at the market?"}, row.pk)
    shown = html(as_olga, reverse("topic", args=[row.pk]))
    assert "Will you be at the market?" in shown
    assert "Not enough examples yet: 4 more." in shown
    post(as_olga, "topic-forget", {"example": TopicExample.objects.get().pk}, row.pk)
    assert not TopicExample.objects.exists()
    post(as_olga, "topic-change", {"slug": row.slug, "name": "Markets"})
    row.refresh_from_db()
    assert (row.name, row.hidden) == ("Markets", True)


def test_mistakes_with_topics_keep_what_was_typed(workspace: Any, as_olga: Client) -> None:
    shown = post(as_olga, "topic-add", {"name": "Delivery"}, status=422)
    assert "already" in shown
    assert 'value="Delivery"' in shown
    post(as_olga, "topic-add", {"name": "Market"})
    row = OwnTopic.objects.get()
    long = "x" * 501
    assert long in post(as_olga, "topic-teach", {"text": long}, row.pk, status=422)
    assert "stays" in post(as_olga, "topic-change", {"slug": "other", "name": ""}, status=422)
    assert "exist" in post(as_olga, "topic-change", {"slug": "own-gone", "name": "x"}, status=422)


def test_ours_have_no_page_of_examples(workspace: Any, olga: Any, as_olga: Client) -> None:
    triage.change_topic(workspace, "delivery", "Couriers", hidden=False, by=olga)
    html(as_olga, reverse("topic", args=[OwnTopic.objects.get().pk]), 404)


def test_many_topics_and_examples_take_no_more_queries(
    workspace: Any, olga: Any, as_olga: Client, django_assert_max_num_queries: Any
) -> None:
    first = triage.add_topic(workspace, "First", olga)
    for number in range(3):
        triage.add_example(first, f"Sentence {number}", olga)
    pages = (reverse("topics"), reverse("topic", args=[first.pk]))
    counts = {}
    for address in pages:
        html(as_olga, address)
        with django_assert_max_num_queries(100) as seen:
            html(as_olga, address)
        counts[address] = len(seen)
    for number in range(27):
        triage.add_topic(workspace, f"Topic {number}", olga)
        triage.add_example(first, f"One more {number}", olga)
        triage.add_example(first, f"And one more {number}", olga)
    for address in pages:
        with django_assert_max_num_queries(counts[address]):
            html(as_olga, address)
    assert "?before=" in html(as_olga, pages[1])
    before = re.findall(r"\?before=\d+", html(as_olga, pages[1]))[0]
    assert "Sentence 0" in html(as_olga, pages[1] + before)


# How well it reads


def test_figures_with_their_intervals_and_too_few_to_say(
    workspace: Any, malik: Any, as_olga: Client, django_assert_max_num_queries: Any
) -> None:
    address = reverse("how-well")
    assert "Nothing to measure yet" in html(as_olga, address)
    rows = talks(workspace, 40)
    Assessment.objects.update(scores={LABEL: 0.9, "urgency.now": 0.9})
    for row in rows[:3]:
        triage.confirm(workspace.pk, row.latest, malik)
    with django_assert_max_num_queries(100) as few:
        assert "Too few to say: 3 labelled." in html(as_olga, address)
    for at, row in enumerate(rows):
        triage.correct(workspace.pk, row.latest, {"intent": ["complaint" if at % 2 else "praise"]}, malik)
        triage.confirm(workspace.pk, row.latest, malik)
    with django_assert_max_num_queries(len(few)):
        shown = html(as_olga, address)
    assert "40 mentions" in shown
    # All 40 are taken for complaints, 20 are: Wilson's interval of 20 of 40.
    assert "50 of 100 (35 to 65)" in shown
    assert "100 of 100 (84 to 100)" in shown


def test_asking_for_retraining_and_going_back(workspace: Any, olga: Any, as_olga: Client) -> None:
    post(as_olga, "retrain", {})
    assert SmallHead.objects.get().state == "asked"
    assert "waits" in html(as_olga, reverse("how-well"))
    post(as_olga, "retrain-back", {})
    assert "alone already" in html(as_olga, reverse("how-well"))
    heads = [
        {"name": "intent", "n": 90, "too_few": False, "before": 0.5, "after": 0.7, "low": 0.1, "recall_kept": True}
        | {"helps": True},
        {"name": "severity", "n": 90, "too_few": False, "before": 0.5, "after": 0.7, "low": 0.1, "recall_kept": False}
        | {"helps": False},
        {"name": "urgency", "n": 90, "too_few": False, "before": 0.5, "after": 0.5, "low": -0.1, "recall_kept": True}
        | {"helps": False},
        {"name": "topic", "n": 3, "too_few": True},
        {"name": "sentiment", "n": 0, "too_few": True},
    ]
    SmallHead.objects.update(state="in_use", report={"items": 90, "heads": heads}, weights=b"x")
    shown = html(as_olga, reverse("how-well"))
    assert "better, from 0.50 to 0.70" in shown
    assert "miss more complaints" in shown
    assert "not surely better" in shown
    assert "too few to learn from (3)" in shown
    post(as_olga, "retrain-back", {})
    assert SmallHead.objects.get().state == "kept"
    assert "The model reads alone again." in html(as_olga, reverse("how-well"))
