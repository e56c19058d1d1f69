"""Rows as sources bring them: cut to their columns, and children replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import models

from makegood.identify.models import HookEvent, Source
from makegood.jobs import api as jobs
from makegood.kit.text import clean

__all__ = ["ask_again", "cut", "lock_sources", "replace_children"]

BATCH = 200
Wanted = Mapping[tuple[int, str], Mapping[str, Any]]


def lock_sources(workspace_id: int) -> None:
    """Lets one transaction at a time store what a workspace's sources brought: a payment and its order may arrive in
    the same moment from two of them, and must see each other.
    """
    rows = Source.objects.within(workspace_id).select_for_update(no_key=True).order_by("id")
    list(rows.values_list("pk", flat=True))


def cut(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with each text cleaned and cut to what its column holds."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        most = getattr(model._meta.get_field(name), "max_length", None)
        found[name] = clean(value)[:most] if isinstance(value, str) else value
    return found


def replace_children(
    rows: models.QuerySet[Any], workspace_id: int, parent: str, parents: Iterable[int], key: str, wanted: Wanted
) -> None:
    """The workspace's rows below these parents (ids) are the wanted ones afterwards, by (parent id, key): whole, with
    their own ids kept. `parent` and `key` are names of columns.
    """
    held = rows.filter(**{f"{parent}__in": list(parents)})
    known = {(getattr(row, f"{parent}_id"), getattr(row, key)): row for row in held}
    extra = [row.pk for pair, row in known.items() if pair not in wanted]
    if extra:
        held.filter(pk__in=extra).delete()
    fresh, changed, names = [], [], set()
    for pair, values in wanted.items():
        row = known.get(pair)
        if row is None:
            fresh.append(rows.model(workspace_id=workspace_id, **{f"{parent}_id": pair[0], key: pair[1]}, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            names |= set(values)
            changed.append(row)
    rows.bulk_create(fresh, batch_size=BATCH)
    if changed:
        rows.bulk_update(changed, sorted(names), batch_size=BATCH)


def ask_again(source: Source, now: datetime, **wants: Iterable[str]) -> None:
    """Has these orders or payments fetched anew, soon; in the caller's transaction."""
    asked = {name: sorted(set(ids)) for name, ids in wants.items() if ids}
    if asked:
        HookEvent.objects.create(
            workspace_id=source.workspace_id,
            source=source,
            event_id=f"again:{uuid4().hex}",
            kind="again",
            wants=asked,
            at=now,
        )
        jobs.wake("hooks")
