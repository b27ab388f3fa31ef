#!/usr/bin/env bash
# Brings a backup into an empty database, and sees to it that nobody is mailed again.
#
#   BACKUP_AGE_IDENTITY=/media/key/backup.txt deploy/restore.sh /srv/backups/clinic-20261201T030000Z.dump.age
#
# BACKUP_AGE_IDENTITY   the file with the secret key, for a backup made with age; gpg looks in its own keyring
# PGHOST, PGUSER, …     a database elsewhere (libpq's own variables); without PGHOST, the one of compose.yaml
#
# Everything happens in one transaction: the tables, their rows, and last the statement that marks each message which
# was waiting as "not sent", restored from backup. A failure anywhere leaves the database as empty as it was. This
# script starts nothing.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "restore FAILED: $*" >&2; exit 1; }

backup=${1:-}
[[ -n $backup ]] || fail "say which backup"
[[ -r $backup ]] || fail "cannot read $backup"

case $backup in
  *.age)
    [[ -r ${BACKUP_AGE_IDENTITY:-} ]] || fail "BACKUP_AGE_IDENTITY must name the file with the secret key"
    decrypt=(age --decrypt --identity "$BACKUP_AGE_IDENTITY") ;;
  *.gpg) decrypt=(gpg --batch --quiet --decrypt) ;;
  *) fail "$backup is neither .age nor .gpg" ;;
esac
command -v "${decrypt[0]}" >/dev/null || fail "${decrypt[0]} is not installed"

inside=()
if [[ -z ${PGHOST:-} ]]; then
  compose=(docker compose --file "$here/compose.yaml")
  running=$("${compose[@]}" ps --services --status running | grep -xE 'web|worker|beat|migrate' | paste -sd ' ' || true)
  [[ -z $running ]] || fail "still running: $running. Stop them first: docker compose --file deploy/compose.yaml stop $running"
  inside=("${compose[@]}" exec -T --env PGUSER=clinic --env PGDATABASE=clinic database)
fi
sql=("${inside[@]}" psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1)

tables="SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
found=$("${sql[@]}" --command "$tables") || fail "the database does not answer"
[[ $found == 0 ]] || fail "the database is not empty: it has $found tables. docs/operations.md says how to make an empty one"

# COMMIT is the last word, and said only if everything before it was read to its end.
{
  echo 'BEGIN;'
  "${decrypt[@]}" "$backup" | "${inside[@]}" pg_restore --no-owner --no-privileges --file=- &&
    cat "$here/after-restore.sql" &&
    echo 'COMMIT;'
} | "${sql[@]}" >/dev/null || fail "nothing was restored; the database is empty as before"

ask() { "${sql[@]}" --command "$1"; }
waiting=$(ask "SELECT count(*) FROM booking_message WHERE state IN ('queued', 'sending')")
suppressed=$(ask "SELECT count(*) FROM booking_message WHERE reason = 'restored'")
[[ $waiting == 0 ]] || fail "$waiting messages would still be sent. Start nothing"

echo "Restored. No message waits to be sent; $suppressed that waited when the backup was taken are marked as not sent."
echo "Rows, to compare with what you expect:"
for table in booking_appointment booking_appointmentevent booking_hold booking_message booking_patient content_page auth_user; do
  printf '  %-26s %s\n' "$table" "$(ask "SELECT count(*) FROM $table")"
done
latest=$(ask "SELECT coalesce(to_char(max(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'), 'none') FROM booking_appointment")
echo "The last request in it came: $latest"
