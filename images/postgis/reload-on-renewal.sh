#!/bin/sh
# Has the server of the same pod load its certificate again when the file has changed.
# Arguments: the certificate's file; seconds between two looks, 30 without it.
# Beside the server's socket the file `.renewals` tells by its age that it still looks.
set -u
# As a container's first process it would not end for a signal that it does not name.
trap 'exit 0' TERM INT
loaded=$(cksum < "$1")
while true; do
  touch "${PGHOST:-/var/run/postgresql}/.renewals"
  sleep "${2:-30}" &
  wait $!
  now=$(cksum < "$1")
  [ "$now" = "$loaded" ] && continue
  # A server that does not answer now is asked again in the next round.
  psql --no-psqlrc --quiet --tuples-only --username=postgres --dbname=postgres --command="SELECT pg_reload_conf()" > /dev/null || continue
  loaded=$now
  echo "certificate loaded again"
done
