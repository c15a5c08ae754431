#!/bin/sh
# Makes the database cluster on first start, then becomes the server. Arguments are passed on to it.
#
# PGDATA                  folder of the cluster: one inside a volume, not the volume's own mount point
# POSTGRES_PASSWORD[_FILE]  password of the superuser `postgres` in a new cluster (or the file that holds it)
set -eu
umask 077

fail() {
  echo "entrypoint: $1" >&2
  exit 1
}

make_cluster() {
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
  [ -n "$password" ] || fail "a new cluster needs POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
  # Made beside its place and moved there whole: an initdb that was killed half way is never taken for a cluster.
  new="$PGDATA.new"
  rm -rf "$new"
  mkdir -p "$(dirname "$PGDATA")" || fail "no right to write $(dirname "$PGDATA") as user $(id -u): set fsGroup 999 or chown the volume"
  secret=$(mktemp)
  printf '%s\n' "$password" > "$secret"
  status=0
  initdb --pgdata="$new" --username=postgres --pwfile="$secret" --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=peer --auth-host=scram-sha-256 --data-checksums || status=$?
  rm -f "$secret"
  [ "$status" = 0 ] || fail "initdb failed with $status in $new"
  echo "host all all all scram-sha-256" >> "$new/pg_hba.conf"
  echo "include_dir = '/etc/postgresql/conf.d'" >> "$new/postgresql.conf"
  rmdir "$PGDATA" 2> /dev/null || true
  mv -T "$new" "$PGDATA"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -d "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
    fail "$PGDATA has files but is no PostgreSQL cluster: name an empty folder, or one that does not exist"
  fi
  make_cluster
fi
unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"
