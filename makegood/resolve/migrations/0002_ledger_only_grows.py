"""The database itself refuses to change or drop an entry of the ledger or a line of one."""

from django.db import migrations

TABLES = ("resolve_ledgerentry", "resolve_ledgerline")


def sqlite(table):
    return [
        f"""CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"""
        for verb in ("update", "delete")
    ]


def postgresql(table):
    return [
        f"""CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}
            FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"""
        for verb in ("update", "delete")
    ]


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute(
            """CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"""
        )
    made = sqlite if schema_editor.connection.vendor == "sqlite" else postgresql
    for table in TABLES:
        for statement in made(table):
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for table in TABLES:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        schema_editor.execute("DROP FUNCTION ledger_append_only()")


class Migration(migrations.Migration):
    dependencies = [("resolve", "0001_initial")]
    operations = [migrations.RunPython(add, drop)]
