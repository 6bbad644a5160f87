"""The definitions of the broker: exchanges, queues, bindings, and what each of its users may do.

In the form that RabbitMQ imports (`load_definitions`, `rabbitmqctl import_definitions`). A permission is three regular
expressions over names of exchanges and queues: what a user may configure (declare and delete), write (publish to, bind
a queue to something) and read (consume, bind to an exchange). Source: RabbitMQ, "Access Control" and "Definitions".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from shared.contracts.topology import COMMANDS, EVENTS, EXCHANGES, QUEUES
from shared.domain.services import Right, Service

VHOST = "/"
APP_USER = "app"  # of this system's own processes, which are no administrators


def definitions(services: Iterable[Service] = (), app_user: str = APP_USER) -> dict[str, Any]:
    """Everything for these services, without passwords: a user without a `password_hash` cannot log in by one.

    The system's own user has every permission of the virtual host, since it answers into the queues of all services; it
    has no tag, and so it cannot administer the broker.
    """
    listed = list(services)
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name) for name in (app_user, *(each.name for each in listed))],
        "permissions": [_permission(app_user, ".*", ".*", ".*"), *map(_of_service, listed)],
        "topic_permissions": [topic for each in listed for topic in _topics(each)],
        "exchanges": [_exchange(each.name, each.type) for each in EXCHANGES],
        "queues": [_queue(each.name, each.arguments) for each in QUEUES],
        "bindings": [_binding(source, each.name, key) for each in QUEUES for source, key in each.bindings],
    }


def _user(name: str) -> dict[str, Any]:
    return {"name": name, "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}


def _of_service(service: Service) -> dict[str, Any]:
    """Its own queues, which are named after it or by the broker; commands to write; events to read.

    A reply by direct reply-to needs no right. A queue is bound by a user that may write the queue and read the exchange.
    """
    own = rf"(amq\.gen-.*|{re.escape(service.name)}\..*)"
    return _permission(
        service.name,
        configure=f"^{own}$",
        write=f"^({own}|{re.escape(COMMANDS)})$",
        read=f"^({own}|{re.escape(EVENTS)})$",
    )


def _topics(service: Service) -> list[dict[str, Any]]:
    """The routing keys that it may publish to the commands, and bind its queues to among the events.

    A user without a topic permission on an exchange may use every key of it.
    """
    keys = [re.escape(right) for right in sorted(service.may) if right.startswith("export.")]
    if Right.CONTENT_WRITE in service.may:
        keys.append(r"content\.([a-z_]+\.(upsert|delete)|sync)")
    commands = f"^({'|'.join(keys)})$" if keys else "^$"
    return [
        {"user": service.name, "vhost": VHOST, "exchange": COMMANDS, "write": commands, "read": "^$"},
        {"user": service.name, "vhost": VHOST, "exchange": EVENTS, "write": "^$", "read": ".*"},
    ]


def _permission(user: str, configure: str, write: str, read: str) -> dict[str, Any]:
    return {"user": user, "vhost": VHOST, "configure": configure, "write": write, "read": read}


def _exchange(name: str, type_: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": VHOST,
        "type": type_,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(source: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": VHOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }
