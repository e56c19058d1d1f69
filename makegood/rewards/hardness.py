"""Whether an answer took a hard conversation on: what was said until then, not how much or how fast was answered."""

from __future__ import annotations

from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.rewards import rules
from makegood.rewards.matters import Matter
from makegood.triage import api as triage

__all__ = ["hard_reason"]

MOST_READ = 200
"""Of a conversation's posts, the newest so many are looked at."""


def hard_reason(talk: desk.Conversation, matter: Matter, line: journal.Entry) -> str:
    """Why the conversation that this line answered was a hard one by then, as `rules.hard_because` says it; "" when
    it was not. 3 queries at most.
    """
    said = desk.Message.objects.within(talk.workspace_id).filter(conversation=talk, posted_at__lte=line.at)
    heard = said.filter(mention__isnull=False).values("mention")
    rows = triage.Assessment.objects.within(talk.workspace_id).filter(mention__in=heard)
    read = list(rows.order_by("-pk").values("intent", "flags", "severity", "urgency")[:MOST_READ])
    complaints = [each for each in read if each["intent"] == "complaint"]
    if not complaints:
        return ""
    found = rules.hard_because(
        complaint=True,
        flags={flag for each in complaints for flag in each["flags"]},
        severity=max(each["severity"] for each in complaints),
        urgency="now" if any(each["urgency"] == "now" for each in complaints) else "",
    )
    return found or rules.hard_because(complaint=True, reopened=_reopened(matter, talk.workspace_id, line))


def _reopened(matter: Matter, workspace_id: int, line: journal.Entry) -> bool:
    subjects = [matter.key, *(f"conversation:{key}" for key in matter.conversations)]
    verbs = ("conversation.reopened", "case.reopened", "followup.reopened")
    rows = journal.Entry.objects.within(workspace_id).filter(subject__in=subjects, verb__in=verbs)
    return rows.filter(id__lt=line.pk).exists()
