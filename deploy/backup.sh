#!/usr/bin/env bash
# Writes one encrypted backup of the database and removes those that are older than KEEP_DAYS.
#
#   BACKUP_DIR=/srv/backups BACKUP_AGE_RECIPIENT=age1… deploy/backup.sh
#
# BACKUP_DIR             where it goes
# BACKUP_AGE_RECIPIENT   the public key it is encrypted for (age), or
# BACKUP_GPG_RECIPIENT   the same for gpg, whose keyring must have the key
# KEEP_DAYS              35 unless told
# PGHOST, PGUSER, …      a database elsewhere (libpq's own variables); without PGHOST, the one of compose.yaml
#
# The plain dump is never written to a disk. Any failure ends with a message, an exit status other than 0, no new
# backup and nothing removed.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "backup FAILED: $*" >&2; exit 1; }

[[ -n ${BACKUP_DIR:-} ]] || fail "BACKUP_DIR is not set"
[[ ${KEEP_DAYS:=35} =~ ^[1-9][0-9]*$ ]] || fail "KEEP_DAYS must be a whole number of days, 1 or more"
mkdir -p "$BACKUP_DIR" || fail "cannot make $BACKUP_DIR"

if [[ -n ${BACKUP_AGE_RECIPIENT:-} ]]; then
  encrypt=(age --encrypt --recipient "$BACKUP_AGE_RECIPIENT") suffix=age
elif [[ -n ${BACKUP_GPG_RECIPIENT:-} ]]; then
  encrypt=(gpg --batch --quiet --trust-model always --encrypt --recipient "$BACKUP_GPG_RECIPIENT") suffix=gpg
else
  fail "set BACKUP_AGE_RECIPIENT or BACKUP_GPG_RECIPIENT; a backup is never written in the clear"
fi
command -v "${encrypt[0]}" >/dev/null || fail "${encrypt[0]} is not installed"

dump=(pg_dump --format=custom --no-owner --no-privileges)
if [[ -z ${PGHOST:-} ]]; then
  dump=(docker compose --file "$here/compose.yaml" exec -T --env PGUSER=clinic --env PGDATABASE=clinic database "${dump[@]}")
fi

backup=$BACKUP_DIR/clinic-$(date -u +%Y%m%dT%H%M%SZ).dump.$suffix
trap 'rm -f "$backup.part"' EXIT
"${dump[@]}" | "${encrypt[@]}" >"$backup.part" || fail "the dump or its encryption ended with an error"
# Even an empty site's dump is larger than this.
(($(stat --format=%s "$backup.part") > 4096)) || fail "the dump is too small to be one"
sync "$backup.part"
mv "$backup.part" "$backup"
echo "backup written: $backup, $(stat --format=%s "$backup") bytes"

# Only now, when there is a new one.
find "$BACKUP_DIR" -maxdepth 1 -type f -name 'clinic-*.dump.*' -mtime "+$KEEP_DAYS" -print -delete | sed 's/^/removed, too old: /'
