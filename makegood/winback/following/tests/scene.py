"""A shop that asks again, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.desk.models import Conversation, Notice
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.resolve import doing, saying
from makegood.resolve.models import Remedy
from makegood.resolve.tests.doing_scene import Doing
from makegood.winback.following import asking, step
from makegood.winback.models import FollowUp

__all__ = ["Asking"]


class Asking(Doing):
    """The shop where Malik may give everything, and a clock that can be moved on."""

    def __init__(self, workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(workspace, malik, monkeypatch)
        self.monkeypatch = monkeypatch

    def pass_days(self, days: float) -> datetime:
        """It is so many days later."""
        moment = clock.now() + timedelta(days=days)
        self.monkeypatch.setattr(clock, "now", lambda: moment)
        return moment

    def made_good(self, talk: Conversation | None = None, kind: str = "gift") -> Remedy:
        """A complaint is made good, and they know; the conversation owes nobody an answer."""
        row = doing.done(self.do(self.given(kind, 0, talk or self.talk(), cost_minor=700)), self.member)
        saying.told(row, self.member)
        self.answered(row.conversation)
        return self.fresh(row)

    def answered(self, talk: Conversation) -> Conversation:
        """We have answered what they wrote last."""
        rows = Conversation.objects.within(self.workspace).filter(pk=talk.pk)
        rows.update(queue="waiting", waiting_since=None, due_at=None, answered_at=clock.now())
        return self.talk_now(talk)

    def talk_now(self, talk: Conversation) -> Conversation:
        """The conversation as it is now."""
        rows = Conversation.objects.within(self.workspace).select_related("latest", "workspace", "assignee", "case")
        return rows.get(pk=talk.pk)

    def step(self) -> None:
        """The step runs."""
        step.follow_up()

    def only(self) -> FollowUp:
        """The one follow-up there is."""
        return FollowUp.objects.within(self.workspace).select_related("conversation__latest").get()

    def ready(self, talk: Conversation | None = None) -> FollowUp:
        """A question lies ready."""
        remedy = self.made_good(talk)
        self.step()
        self.pass_days(8)
        self.step()
        row = FollowUp.objects.within(self.workspace).select_related("conversation__latest").order_by("-pk")[0]
        assert (row.conversation_id, row.state) == (remedy.conversation_id, "ready")
        return row

    def asked(self, talk: Conversation | None = None, **fields: Any) -> tuple[FollowUp, str]:
        """A person has sent the question; with the link's secret."""
        row = self.ready(talk)
        words = asking.take(self.member, self.talk_now(row.conversation))
        self.answer(row.conversation, words, **fields)
        self.step()
        row.refresh_from_db()
        assert row.state == "asked"
        return row, secret_of(words)

    def assign(self, talk: Conversation) -> None:
        """Malik has it."""
        desk.assign(talk, self.malik, None)

    def verbs(self) -> list[str]:
        """What the journal has of this part, oldest first."""
        rows = Entry.objects.within(self.workspace).order_by("id").values_list("verb", flat=True)
        return [verb for verb in rows if verb.startswith(("followup.", "satisfaction."))]

    def bell_again(self) -> list[str]:
        """What stands under Malik's bell of this part, oldest first."""
        rows = Notice.objects.within(self.workspace).filter(user=self.malik, kind="followup")
        return list(rows.order_by("pk").values_list("text", flat=True))


def secret_of(words: str) -> str:
    """The secret of the link that stands in the words."""
    return words.split("/said/")[1].split("/")[0]
