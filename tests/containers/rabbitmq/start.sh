#!/bin/sh
# The volume belongs to the broker, which drops its own rights. As in the image of the registry, `guest` may come from anywhere.
set -eu
install -d /etc/rabbitmq/conf.d
echo 'loopback_users = none' > /etc/rabbitmq/conf.d/10-defaults.conf
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups env HOME=/var/lib/rabbitmq "$@"
