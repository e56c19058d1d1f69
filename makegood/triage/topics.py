"""What a workspace calls its topics, the ones it adds, and how those are learnt from examples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.api import Mention
from makegood.triage.models import OwnTopic, TopicExample
from makegood.triage.reader import Topic

__all__ = [
    "BUILT_IN",
    "ENOUGH_EXAMPLES",
    "TopicError",
    "TopicRow",
    "add_example",
    "add_topic",
    "change_topic",
    "learn_topics",
    "own_topics",
    "remove_example",
    "topic_rows",
    "topic_words",
]

BUILT_IN: Final[Mapping[str, Any]] = {
    "ordering": gettext_lazy("Ordering"),
    "delivery": gettext_lazy("Delivery"),
    "defect": gettext_lazy("Defect"),
    "billing": gettext_lazy("Billing"),
    "refund": gettext_lazy("Refund"),
    "staff": gettext_lazy("Staff"),
    "account": gettext_lazy("Account"),
    "website": gettext_lazy("Website"),
    "other": gettext_lazy("Other topic"),
}
"""Our topics as they are called where nobody has renamed them."""
ENOUGH_EXAMPLES = 5
MOST_TOPICS = 30
MOST_EXAMPLES = 500
MISTAKEN = 20
"""A topic that takes more than one of so many others for its own is not used."""
BESIDE = 300
"""So many of the newest other posts stand for all that a topic is not about."""
LONGEST_NAME = 40
LONGEST_SENTENCE = 500
TOPIC = "learning"
_loaded: dict[tuple[int, str], Any] = {}
_LOADED_MOST = 200


class TopicError(ValueError):
    """A topic or example that cannot be kept: a sentence that says what to do."""


@dataclass(frozen=True)
class TopicRow:
    """A topic as the settings show it. `row` is None for one of ours that nobody has touched."""

    slug: str
    name: str
    built_in: bool
    hidden: bool
    row: OwnTopic | None
    examples: int = 0
    against: int = 0

    @property
    def missing(self) -> int:
        """How many examples it still takes."""
        return max(0, ENOUGH_EXAMPLES - self.examples)


def topic_words(workspace: Any) -> dict[str, str]:
    """What each topic that is shown is called here, by slug: ours first, then the workspace's own. 1 query.

    A hidden topic is not among them; whoever shows topics shows those that are.
    """
    rows = {row.slug: row for row in _rows(workspace)}
    found = {slug: rows[slug].name if slug in rows else str(words) for slug, words in BUILT_IN.items()}
    found |= {slug: row.name for slug, row in rows.items()}
    return {slug: name for slug, name in found.items() if slug not in rows or not rows[slug].hidden}


def topic_rows(workspace: Any) -> list[TopicRow]:
    """All topics with how many examples each has, ours first. 2 queries."""
    rows = {row.slug: row for row in _rows(workspace)}
    counted = TopicExample.objects.within(workspace).filter(_living()).order_by().values("topic")
    counts = {each["topic"]: each for each in counted.annotate(of=Count("id", filter=Q(holds=True)), all=Count("id"))}
    found = [
        TopicRow(slug, rows[slug].name if slug in rows else str(words), True, _hidden(rows, slug), rows.get(slug))
        for slug, words in BUILT_IN.items()
    ]
    for row in sorted((row for slug, row in rows.items() if slug not in BUILT_IN), key=lambda row: row.pk):
        count = counts.get(row.pk, {"of": 0, "all": 0})
        found.append(TopicRow(row.slug, row.name, False, row.hidden, row, count["of"], count["all"] - count["of"]))
    return found


def _hidden(rows: Mapping[str, OwnTopic], slug: str) -> bool:
    return slug in rows and rows[slug].hidden


def _rows(workspace: Any) -> list[OwnTopic]:
    most = MOST_TOPICS + len(BUILT_IN)
    return list(OwnTopic.objects.within(workspace).defer("weights").order_by("id")[:most])


def _living() -> Q:
    return Q(mention__isnull=True) | Q(mention__deleted_at__isnull=True)


@transaction.atomic
def add_topic(workspace: Any, name: str, by: Any) -> OwnTopic:
    """A topic of the workspace's own. Raises TopicError where its name is missing or taken, or they are too many."""
    words = _name(workspace, name)
    own = [row for row in _rows(workspace) if row.slug not in BUILT_IN]
    if len(own) >= MOST_TOPICS:
        raise TopicError(_("That is more than 30 topics of your own. Rename one that you don’t need."))
    row = OwnTopic.objects.create(workspace=workspace, slug=_slug(words, {each.slug for each in own}), name=words)
    row.made_by = by
    row.save(update_fields=["made_by"])
    journal.record(workspace.pk, "topic.added", row, actor=by, name=words)
    return row


@transaction.atomic
def change_topic(workspace: Any, slug: str, name: str, *, hidden: bool, by: Any) -> None:
    """Renames, hides or shows a topic, ours or theirs. An empty name gives one of ours its own name back.

    Raises TopicError where there is none such, or the name is missing or taken.
    """
    if slug == Topic.OTHER and hidden:
        raise TopicError(_("“Other topic” stays: what fits nowhere else needs a place."))
    rows = {row.slug: row for row in _rows(workspace)}
    row = rows.get(slug)
    if row is None and slug not in BUILT_IN:
        raise TopicError(_("That topic does not exist any more."))
    words = _name(workspace, name, but=slug) if name.strip() or slug not in BUILT_IN else str(BUILT_IN[slug])
    if row is None:
        row = OwnTopic(workspace=workspace, slug=slug, name=str(BUILT_IN[slug]), made_by=by)
    before = {"name": row.name, "hidden": row.hidden}
    row.name, row.hidden = words, hidden
    row.save()
    if before != {"name": words, "hidden": hidden}:
        journal.record(workspace.pk, "topic.changed", row, actor=by, before=before, name=words, hidden=hidden)


def _name(workspace: Any, name: str, but: str = "") -> str:
    words = " ".join(name.split())
    if not words:
        raise TopicError(_("Give the topic a name."))
    if len(words) > LONGEST_NAME:
        raise TopicError(_("Choose a name of 40 characters or fewer."))
    rows = {row.slug: row.name for row in _rows(workspace)}
    taken = {slug: rows.get(slug, str(ours)) for slug, ours in BUILT_IN.items()} | rows
    if any(words.casefold() == each.casefold() for slug, each in taken.items() if slug != but):
        raise TopicError(_("There is a topic of that name already."))
    return words


def _slug(name: str, taken: set[str]) -> str:
    # With "own-" it can never become one of ours, whatever we add later.
    base = "own-" + (re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:28] or "topic")
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 100))) if slug not in taken)


# Examples


@transaction.atomic
def add_example(topic: OwnTopic, text: str, by: Any) -> TopicExample:
    """A typed sentence that is about the topic. Raises TopicError where it is empty, too long, or known."""
    words = " ".join(text.split())
    if not words:
        raise TopicError(_("Type a sentence that a customer might say."))
    if len(words) > LONGEST_SENTENCE:
        raise TopicError(_("That is longer than 500 characters. One sentence is enough."))
    rows = TopicExample.objects.within(topic.workspace_id).filter(topic=topic)
    if rows.filter(text__iexact=words).exists():
        raise TopicError(_("That sentence is there already."))
    if rows.count() >= MOST_EXAMPLES:
        raise TopicError(_("That topic has 500 examples, which is plenty."))
    made = TopicExample.objects.create(workspace_id=topic.workspace_id, topic=topic, text=words, by=by)
    journal.record(topic.workspace_id, "topic.taught", topic, actor=by, name=topic.name)
    jobs.wake(TOPIC)
    return made


@transaction.atomic
def remove_example(topic: OwnTopic, key: int, by: Any) -> bool:
    """Takes an example away; False where it is gone."""
    gone, _kinds = TopicExample.objects.within(topic.workspace_id).filter(topic=topic, pk=key).delete()
    if gone:
        journal.record(topic.workspace_id, "topic.untaught", topic, actor=by, name=topic.name)
        jobs.wake(TOPIC)
    return bool(gone)


# Learning


def learn_topics() -> int:
    """Part of the step "learning": learns anew what has other examples than it was learnt from; how many that were.

    Examples that were deleted at their source count no more, and their words go out of what was learnt with them.
    """
    everywhere = TopicExample.objects.across("the step serves all workspaces").filter(_living())
    counted = (
        everywhere.order_by()
        .values("topic")
        .annotate(n=Count("id"), last=Max("id"), sum=Sum("id"), edited=Max("mention__edited_at"))
    )
    marks = {each["topic"]: f"{each['n']}.{each['last']}.{each['sum']}.{each['edited'] or ''}" for each in counted}
    own = OwnTopic.objects.across("the step serves all workspaces").exclude(slug__in=list(BUILT_IN))
    count = 0
    for key, learnt_from in list(own.values_list("pk", "learnt_from")):
        mark = marks.get(key, "")[:80]
        if mark != learnt_from:
            _learn(key, mark)
            count += 1
    return count


def _learn(key: int, mark: str) -> None:
    row = OwnTopic.objects.across("the step serves all workspaces").get(pk=key)
    found = TopicExample.objects.within(row.workspace_id).filter(_living(), topic=row).select_related("mention")
    examples = list(found.order_by("-id")[:MOST_EXAMPLES])
    for_it = [_text(each) for each in examples if each.holds]
    against = [_text(each) for each in examples if not each.holds]
    weights, facts = None, {"examples": len(for_it)}
    if len(for_it) >= ENOUGH_EXAMPLES:
        weights, facts = _fitted(for_it, against, _others(row, [each.mention_id for each in examples]))
    OwnTopic.objects.within(row.workspace_id).filter(pk=key).update(
        weights=weights, facts=facts, learnt_from=mark, learnt_at=clock.now()
    )


def _text(example: TopicExample) -> str:
    return example.mention.text if example.mention is not None else example.text


def _others(row: OwnTopic, known: Sequence[int | None]) -> list[str]:
    """Newest posts that nobody has called examples; among so many few are about the topic."""
    rows = Mention.objects.within(row.workspace_id).filter(deleted_at__isnull=True).exclude(text="")
    rows = rows.exclude(pk__in=[key for key in known if key is not None])
    return list(rows.order_by("-heard_at").values_list("text", flat=True)[:BESIDE])


def _fitted(for_it: list[str], against: list[str], others: list[str]) -> tuple[bytes | None, dict[str, Any]]:
    import numpy as np

    from makegood.triage.fitting import fit, folds, pack, words_of

    others = others or _everyday()
    rows = words_of([*for_it, *against, *others])
    truth = np.array([1.0] * len(for_it) + [0.0] * (len(against) + len(others)))
    # The few examples weigh as much as all others together; what a member said is not about it, five times another.
    weight = np.array(
        [1.0] * len(for_it)
        + [5.0 * len(for_it) / (5 * len(against) + len(others))] * len(against)
        + [len(for_it) / (5 * len(against) + len(others))] * len(others)
    )
    out = np.zeros(len(truth))
    parts = folds(len(for_it), min(5, len(for_it)))
    rest = folds(len(against) + len(others), len(parts), seed=7)
    for mine, theirs in zip(parts, rest, strict=True):
        held = np.concatenate([mine, theirs + len(for_it)])
        kept = np.setdiff1d(np.arange(len(truth)), held)
        out[held] = fit(rows[kept], truth[kept], weight=weight[kept], ridge=0.1).logits(rows[held])
    cut, hits, wrong = _cut(out[: len(for_it)], out[len(for_it) :])
    facts = {
        "examples": len(for_it),
        "found": hits,
        "others": len(against) + len(others),
        "mistaken": wrong,
        "works": hits * 2 >= len(for_it) and wrong <= max(1, (len(against) + len(others)) // MISTAKEN),
    }
    whole = fit(rows, truth, weight=weight, ridge=0.1)
    return pack({"weights": whole.weights, "bias": np.array([whole.bias]), "cut": np.array([cut])}), facts


def _cut(yes: Any, no: Any) -> tuple[float, int, int]:
    """Log-odds from which on a text counts as the topic: where examples that were left out while learning are best
    told from the others, by F1; how many examples lie above it, and how many of the others.
    """
    import numpy as np

    best = (-1.0, 0.0, 0, 0)
    for cut in np.unique(np.concatenate([yes, [0.0]])):
        hits, wrong = int((yes >= cut).sum()), int((no >= cut).sum())
        score = 2 * hits / (2 * hits + wrong + len(yes) - hits) if hits else 0.0
        best = max(best, (score, -float(cut), hits, wrong))
    return -best[1] - 1e-3, best[2], best[3]


def _everyday() -> list[str]:
    """What a topic is not about, for a workspace that has heard nothing yet."""
    return [
        _("Thank you so much, I love it!"),
        _("Where is my order?"),
        _("It arrived broken and nobody answers."),
        _("Do you ship to Norway?"),
        _("Good morning everybody!"),
        _("I would like my money back."),
        _("You could offer it in blue as well."),
        _("I cannot sign in to my account."),
        _("What a lovely day at the market."),
        _("The website does not load."),
    ]


def own_topics(workspace: Any, texts: Sequence[str]) -> list[list[str]]:
    """The workspace's own topics (slugs) that each of these texts is about, in their order. 1 query, and 1 more where
    something was learnt since this process last looked.
    """
    rows = OwnTopic.objects.within(workspace).filter(weights__isnull=False, hidden=False, facts__works=True)
    known = list(rows.order_by("id").values_list("pk", "slug", "learnt_from", "workspace_id")[:MOST_TOPICS])
    if not known or not texts:
        return [[] for _text in texts]
    from makegood.triage.fitting import Fitted, unpack, words_of

    missing = [key for key, _slug_, mark, _inside in known if (key, mark) not in _loaded]
    if missing:
        if len(_loaded) > _LOADED_MOST:
            _loaded.clear()
        for row in OwnTopic.objects.within(workspace).filter(pk__in=missing, weights__isnull=False):
            kept = unpack(bytes(row.weights or b""))
            _loaded[row.pk, row.learnt_from] = (Fitted(kept["weights"], float(kept["bias"][0])), float(kept["cut"][0]))
    found: list[list[str]] = [[] for _text in texts]
    words = words_of(texts)
    for key, slug, mark, _inside in known:
        if (key, mark) not in _loaded:
            continue
        learnt, cut = _loaded[key, mark]
        for at, logit in enumerate(learnt.logits(words)):
            if logit >= cut:
                found[at].append(slug)
    return found
