"""AMQP_URL is the address of a broker, or a list of the nodes of a cluster."""

from __future__ import annotations

import pytest

from shared.adapters.rabbitmq.addresses import addresses, user_of, with_heartbeat


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("amqp://user:a%2Fb@host:1/vhost", "amqp://user:a%2Fb@host:1/vhost?heartbeat=4"),
        ("amqps://host/?verify=0", "amqps://host/?verify=0&heartbeat=4"),
        ("amqp://host/?heartbeat=30", "amqp://host/?heartbeat=30"),
    ],
)
def test_a_broker_is_asked_for_a_heartbeat_every_four_seconds_unless_its_address_says_otherwise(
    address: str, expected: str
) -> None:
    assert with_heartbeat(address) == expected


@pytest.mark.parametrize(
    "listed", ["amqp://a@one,amqp://a@two:1/v", "amqp://a@one amqp://a@two:1/v", " amqp://a@one ,\n amqp://a@two:1/v,"]
)
def test_addresses_of_nodes_are_separated_by_commas_or_spaces(listed: str) -> None:
    assert addresses(listed) == ("amqp://a@one", "amqp://a@two:1/v")
    assert user_of(listed) == "a"


def test_the_user_of_a_broker_is_the_one_of_its_address_or_guest() -> None:
    assert user_of("amqp://s%40is:word@host/") == "s@is"
    assert user_of("amqp://host/") == "guest"
