"""The sample shop: a living desk for somebody without a network. Marked as sample everywhere, gone in one click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from makegood.connectors.sample import OWN_AUTHOR_ID, activities
from makegood.kit import clock
from makegood.listen.channels import add_sample
from makegood.listen.flow import Hit, store
from makegood.listen.models import Channel

__all__ = ["fill_sample"]

WORKED_OFF = timedelta(hours=7)
"""What is older than this was dealt with before the newcomer came."""


@transaction.atomic
def fill_sample(workspace: Any, by: Any) -> Channel:
    """Adds the sample shop's channel and all that its customers say."""
    channel = add_sample(workspace, by)
    said = [activity for activity in activities(clock.now()) if activity.author.id != OWN_AUTHOR_ID]
    store(channel, [Hit(each, "Part of the sample shop") for each in said], oldest=clock.now() - WORKED_OFF)
    return channel
