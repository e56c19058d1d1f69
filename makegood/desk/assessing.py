"""A conversation goes where the questions about its newest post have led."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.desk.actions import respond
from makegood.desk.locking import locked
from makegood.desk.models import Conversation
from makegood.triage import api as triage

__all__ = ["conclude"]


@transaction.atomic
def conclude(
    conversation: Conversation,
    record: triage.AssessmentRecord,
    response: str,
    because: str,
    by: Any,
    considered: Sequence[triage.Consideration] = (),
) -> triage.AssessmentRecord:
    """A member decides by the answers of a record, or, saying why, against them. Raises triage.AssessingError.

    `considered` is what they were shown before they decided.
    """
    row = locked(conversation)
    if record.mention_id != row.latest_id:
        raise triage.AssessingError(_("They have written again since. Please begin anew with what they say now."))
    done = triage.conclude(record, triage.Response(response), because, by, considered)
    respond(row, response, by)
    return done
