"""How far the journal was read for alerts is kept where all such marks are."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def move(apps: Any, _editor: Any) -> None:
    new = apps.get_model("journal", "Mark").objects
    for mark in apps.get_model("alerts", "JournalMark").objects.all():
        new.update_or_create(name=mark.name, defaults={"entry_id": mark.entry_id})


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_sources"), ("journal", "0003_marks")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop), migrations.DeleteModel(name="JournalMark")]
