"""Conversations on two networks for the tests of cases."""

from __future__ import annotations

from itertools import count
from typing import Any

from makegood.activity import Activity, Author
from makegood.desk.models import Case, CaseSuggestion, Conversation
from makegood.desk.tests.make import bring
from makegood.listen.tests.make import activity, channel, minutes_ago

__all__ = ["COMPLAINT", "case_keys", "heard", "pairs", "said_on"]

COMPLAINT = "My parcel never arrived and nobody answers, I want a refund"
_numbers = count(1)


def said_on(network: str, handle: str, text: str, *, name: str = "", minutes: float = 5, **fields: Any) -> Activity:
    """Something that somebody with this handle said on a network."""
    number = next(_numbers)
    who = fields.pop("who", f"{network}:{handle or number}")
    author = Author(id=who, handle=handle, name=name, url=fields.pop("profile", ""))
    said: Activity = activity(text, network=network, id=f"{network}:{number}", posted_at=minutes_ago(minutes), **fields)
    return Activity(
        network=network, id=said.id, author=author, text=text, posted_at=said.posted_at, root_id=said.root_id
    )


def heard(workspace: Any, *said: Activity) -> list[Conversation]:
    """They go all the way to the desk; returns their conversations, in the order in which they were given."""
    found: dict[str, Conversation] = {}
    for network in dict.fromkeys(each.network for each in said):
        account = channel(workspace, "account", network=network)
        rows = bring(account, *(each for each in said if each.network == network))
        found |= {row.latest.network_id: row for row in rows}
    return [found[each.id] for each in said]


def pairs(workspace: Any) -> dict[tuple[int, int], CaseSuggestion]:
    """All suggestions, by the ids of their conversations."""
    rows = CaseSuggestion.objects.within(workspace).order_by("first_id", "second_id")
    return {(row.first_id, row.second_id): row for row in rows}


def case_keys(case: Case) -> list[int]:
    """The ids of a case's conversations."""
    rows = Conversation.objects.within(case.workspace_id).filter(case=case)
    return list(rows.order_by("pk").values_list("pk", flat=True))
