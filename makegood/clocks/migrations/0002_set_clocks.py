from django.db import migrations


def ask(apps, schema_editor):
    """Conversations from before there were clocks get theirs from the worker."""
    Workspace = apps.get_model("accounts", "Workspace")
    Recount = apps.get_model("clocks", "Recount")
    Recount.objects.bulk_create(Recount(workspace_id=key) for key in Workspace.objects.values_list("pk", flat=True))


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]

    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
