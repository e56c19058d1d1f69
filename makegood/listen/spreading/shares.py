"""How far each partition was taken in, so that nothing is taken twice, and nothing after what came later."""

from __future__ import annotations

from django.db.models import Q

from makegood.listen.models import StreamShare

__all__ = ["is_first"]


def is_first(partition: int, born: int, sequence: int) -> bool:
    """Whether this message, of a stream born then, is taken in for the first time and in its turn.

    In the caller's transaction, which makes it so; whoever else has the same message waits here for its end.
    """
    rows = StreamShare.objects.filter(partition=partition)
    later = rows.filter(Q(born__lt=born) | Q(born=born, sequence__lt=sequence))
    if later.update(born=born, sequence=sequence):
        return True
    _row, created = StreamShare.objects.get_or_create(
        partition=partition, defaults={"born": born, "sequence": sequence}
    )
    return created
