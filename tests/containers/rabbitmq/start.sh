#!/bin/sh
# The volume belongs to the broker, which drops its own rights.
set -eu
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups env HOME=/var/lib/rabbitmq "$@"
