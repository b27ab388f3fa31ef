from django.db import migrations

# As `createcachetable` would make it.
TABLE = """
CREATE TABLE staff_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp(0) with time zone NOT NULL
);
CREATE INDEX staff_cache_expires ON staff_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL(TABLE, "DROP TABLE staff_cache")]
