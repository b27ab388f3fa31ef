"""A first row for the accounts that were there before their changes were kept: else their first change has no “before”."""

from django.db import migrations

CHANGES = ["AccountChange", "MembershipChange", "OwnPermissionChange", "RolePermissionChange", "FactorChange"]


def keep_rows_found(apps, schema_editor):
    quote = schema_editor.quote_name
    for name in CHANGES:
        change = apps.get_model("records", name)
        tracked = change._meta.get_field("pgh_obj").related_model._meta.db_table
        columns = [quote(field.column) for field in change._meta.local_fields if not field.name.startswith("pgh_")]
        table, listed = quote(change._meta.db_table), ", ".join(columns)
        there = f"SELECT FROM {table} AS kept WHERE kept.pgh_obj_id = found.id"
        schema_editor.execute(
            f"INSERT INTO {table} ({listed}, pgh_created_at, pgh_label, pgh_obj_id)"
            f" SELECT {listed}, now(), 'found', found.id FROM {quote(tracked)} AS found WHERE NOT EXISTS ({there})"
        )


class Migration(migrations.Migration):

    dependencies = [("records", "0005_keep_accounts")]

    operations = [migrations.RunPython(keep_rows_found, migrations.RunPython.noop)]
