#!/bin/sh
# Make the cluster, the user and the database once, then become the server.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
export PATH PGDATA=/var/lib/postgresql/data/cluster
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
    chown postgres /tmp/password
    setpriv --reuid postgres --regid postgres --init-groups \
        initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth-host scram-sha-256 --encoding UTF8 > /dev/null
    rm /tmp/password
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" \
        | setpriv --reuid postgres --regid postgres --init-groups postgres --single -D "$PGDATA" postgres > /dev/null
fi
exec setpriv --reuid postgres --regid postgres --init-groups "$@" -c listen_addresses='*'
