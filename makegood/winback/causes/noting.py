"""What is kept of each complaint to be counted and compared: read from the journal's lines, once a conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count

from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.triage import api as triage
from makegood.winback.causes import rules
from makegood.winback.models import CauseMember, Complaint

__all__ = ["BEGINNINGS", "VERBS", "catalogue", "note"]

MENTIONS = ("mention.assessed", "mention.corrected", "mention.correction_undone", "mention.edited", "mention.deleted")
TALKS = (
    "conversation.opened",
    "conversation.grew",
    "conversation.read_again",
    "conversation.deleted_at_source",
    "conversation.erased",
    "order.linked",
    "order.unlinked",
)
VERBS = (*MENTIONS, *TALKS)
BEGINNINGS = ("complaint", "suggestion")
MOST_PRODUCTS = 300
OF_ORDERS = timedelta(days=730)
Message = desk.Message


class _Bought(NamedTuple):
    products: tuple[str, ...]
    state: str


def note(lines: Sequence[journal.Entry]) -> dict[int, set[int]]:
    """Notes anew the complaints these lines are about, in the caller's transaction; twice is once.

    Returns the ids of the complaints that are new or have changed, by workspace.
    """
    talks = {key for line in lines if (key := _number(line.subject, "conversation"))}
    mentions = {key for line in lines if (key := _number(line.subject, "mention"))}
    every = Message.objects.across("the step notes the complaints of all workspaces")
    talks |= set(every.filter(mention__in=mentions).values_list("conversation_id", flat=True))
    rows = desk.Conversation.objects.across("the step notes the complaints of all workspaces")
    found = list(rows.filter(pk__in=talks).select_related("workspace").order_by("pk"))
    changed: dict[int, set[int]] = {}
    if not found:
        return changed
    said = _said([row.pk for row in found])
    beginnings = _beginnings(said)
    known = {row.conversation_id: row for row in _known(found)}
    bought = _bought([row.pk for row in found])
    names = {key: catalogue(key) for key in {row.workspace_id for row in found}}
    for row in found:
        first, old = beginnings.get(row.pk), known.get(row.pk)
        if first is None:
            changed.setdefault(row.workspace_id, set()).update(_not_any_more(row, old))
            continue
        facts = _facts(row, first, said[row.pk], bought.get(row.pk), names[row.workspace_id])
        if old is not None and all(getattr(old, name) == value for name, value in facts.items()):
            continue
        kept, _new = Complaint.objects.update_or_create(workspace_id=row.workspace_id, conversation=row, defaults=facts)
        if not kept.words:
            _forget_words(kept)
        changed.setdefault(row.workspace_id, set()).add(kept.pk)
    return changed


def _number(subject: str, kind: str) -> int | None:
    found, _colon, number = subject.partition(":")
    return int(number) if found == kind and number.isdigit() else None


def _known(rows: Sequence[desk.Conversation]) -> list[Complaint]:
    return list(
        Complaint.objects.across("the step notes the complaints of all workspaces").filter(
            conversation__in=[row.pk for row in rows]
        )
    )


def _said(talks: Collection[int]) -> dict[int, list[Message]]:
    """What the customers themselves said in these conversations, in order. 1 query."""
    rows = Message.objects.across("the step notes the complaints of all workspaces")
    rows = rows.filter(conversation__in=talks, direction=Message.Direction.IN, mention__isnull=False)
    found: dict[int, list[Message]] = {}
    for row in rows.select_related("mention").order_by("posted_at", "pk"):
        found.setdefault(row.conversation_id, []).append(row)
    return found


def _beginnings(said: Mapping[int, Sequence[Message]]) -> dict[int, triage.Assessment]:
    """The first complaint or suggestion of each conversation, as it was sorted. 1 query."""
    places = {row.mention_id: (talk, number) for talk, rows in said.items() for number, row in enumerate(rows)}
    rows = triage.Assessment.objects.across("the step notes the complaints of all workspaces")
    rows = rows.filter(mention__in=places, intent__in=BEGINNINGS).select_related("mention")
    found: dict[int, triage.Assessment] = {}
    for row in sorted(rows, key=lambda row: places[row.mention_id]):
        found.setdefault(places[row.mention_id][0], row)
    return found


def _not_any_more(row: desk.Conversation, old: Complaint | None) -> set[int]:
    """It was no complaint, as a member says now. What was deleted or erased stays counted, without its words."""
    if old is None:
        return set()
    if old.mention_id is not None and not row.author_id.startswith(f"{listen.ERASED}:"):
        old.delete()
        return set()
    if old.words:
        Complaint.objects.within(row.workspace_id).filter(pk=old.pk).update(words={})
        _forget_words(old)
    return {old.pk}


def _forget_words(complaint: Complaint) -> None:
    """What they said is gone: nor is it kept that they said these words."""
    for row in CauseMember.objects.within(complaint.workspace_id).filter(complaint=complaint):
        row.reasons = [each for each in row.reasons if each[0] != "words"]
        row.save(update_fields=["reasons"])


def _bought(talks: Collection[int]) -> dict[int, _Bought]:
    """What was in the orders these conversations are about. 2 queries."""
    links = identify.OrderLink.objects.across("the step notes the complaints of all workspaces")
    rows = list(links.filter(conversation__in=talks, removed_at__isnull=True).select_related("order").order_by("-at"))
    lines = identify.OrderLine.objects.across("the step notes the complaints of all workspaces").filter(
        order__in={row.order_id for row in rows}
    )
    products: dict[int, list[str]] = {}
    for order, name in lines.order_by("pk").values_list("order_id", "name"):
        products.setdefault(order, []).append(name)
    found: dict[int, _Bought] = {}
    for row in rows:
        names = dict.fromkeys(products.get(row.order_id, []))
        found.setdefault(row.conversation_id, _Bought(tuple(names), row.order.state))
    return found


def catalogue(workspace_id: int) -> list[str]:
    """The names of what the shop sells most, at most 300. 1 query."""
    rows = identify.OrderLine.objects.within(workspace_id)
    rows = rows.filter(order__placed_at__gte=clock.now() - OF_ORDERS).exclude(name="")
    counted = rows.values("name").annotate(n=Count("pk")).order_by("-n", "name")
    return [row["name"] for row in counted[:MOST_PRODUCTS]]


def _facts(
    row: desk.Conversation,
    first: triage.Assessment,
    said: Sequence[Message],
    bought: _Bought | None,
    names: Sequence[str],
) -> dict[str, Any]:
    text = "\n".join(each.text for each in said if each.deleted_at is None)
    topic = str(first.topics[0]) if first.topics else ""
    product, known_from = _product(text, bought, names)
    posted = first.mention.posted_at
    return {
        "mention_id": first.mention_id,
        "intent": first.intent,
        "topic": topic[:40],
        "product": product[:300],
        "product_from": known_from,
        "place": rules.place_of(topic, bought.state if bought else ""),
        "words": rules.stems(text),
        "posted_at": posted,
        "day": posted.astimezone(ZoneInfo(row.workspace.timezone or "UTC")).date(),
        "is_sample": row.is_sample,
    }


def _product(text: str, bought: _Bought | None, names: Sequence[str]) -> tuple[str, str]:
    """Of several things in one order, the one they name."""
    if bought is not None and len(bought.products) == 1:
        return bought.products[0], "order"
    if bought is not None and (named := rules.product_in(text, bought.products)):
        return named, "order"
    named = rules.product_in(text, names)
    return (named, "text") if named else ("", "")
