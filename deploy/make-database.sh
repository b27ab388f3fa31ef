#!/bin/sh
# Run once by the Postgres image, when its volume is empty. The site's role owns its database and nothing else:
# it is no superuser, and the site needs no extension.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\set password `cat /run/secrets/database_password`
CREATE ROLE clinic LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE clinic OWNER clinic;
SQL
