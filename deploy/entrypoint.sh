#!/bin/sh
# Become the process that the command names; it is then process 1 and gets SIGTERM itself.
set -eu
case "${1:-}" in
    gateway | cartridge | qti | zip | loader | progress | janitor | notifier | ingest | console) exec python -m "services.$1" ;;
    relay | inbox) exec python -m "services.gateway.$1" ;;
    migrate) exec python -m shared.adapters.postgres.migrate ;;
    *) exec "$@" ;; # content-exports, or a shell to look around
esac
