"""What was made good in the sample shop goes with it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from makegood.resolve.authority import lock
from makegood.resolve.models import Refund, Remedy, ReturnCase

__all__ = ["forget_sample"]


@transaction.atomic
def forget_sample(workspace: Any) -> None:
    """Removes what was asked for and done in the sample shop's conversations, or with its payments."""
    lock(workspace.pk)
    sample = Q(conversation__is_sample=True) | Q(charge__source__is_sample=True)
    keys = list(Remedy.objects.within(workspace).filter(sample).values_list("pk", flat=True))
    ReturnCase.objects.within(workspace).filter(remedy__in=keys).delete()
    Refund.objects.within(workspace).filter(remedy__in=keys).delete()
    Remedy.objects.within(workspace).filter(pk__in=keys).delete()
