"""A first row for what was there before its changes were kept: else the first change of it would have no “before”."""

from django.db import migrations

# Holds are kept where staff block time; what a visit or an offer holds is not.
ONLY = {"HoldChange": "appointment_id IS NULL AND offer_id IS NULL"}


def keep_rows_found(apps, schema_editor):
    quote = schema_editor.quote_name
    for change in apps.get_app_config("records").get_models():
        if not change.__name__.endswith("Change"):
            continue
        tracked = change._meta.get_field("pgh_obj").related_model._meta.db_table
        columns = [quote(field.column) for field in change._meta.local_fields if not field.name.startswith("pgh_")]
        table, listed = quote(change._meta.db_table), ", ".join(columns)
        there = f"SELECT FROM {table} AS kept WHERE kept.pgh_obj_id = found.id"
        schema_editor.execute(
            f"INSERT INTO {table} ({listed}, pgh_created_at, pgh_label, pgh_obj_id)"
            f" SELECT {listed}, now(), 'found', found.id FROM {quote(tracked)} AS found"
            f" WHERE NOT EXISTS ({there}) AND {ONLY.get(change.__name__, 'true')}"
        )


class Migration(migrations.Migration):

    dependencies = [
        ("records", "0001_initial"),
        ("booking", "0009_keep_changes"),
        ("clinic", "0004_keep_changes"),
        ("content", "0006_keep_changes"),
    ]

    operations = [migrations.RunPython(keep_rows_found, migrations.RunPython.noop)]
