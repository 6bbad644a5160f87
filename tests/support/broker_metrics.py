"""RabbitMQ's own metrics, of a private node, which is started without plugins."""

from __future__ import annotations

from pathlib import Path

from deploy.stack import rabbitmq
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.rabbitmq import RabbitMQ


def enable_metrics(broker: RabbitMQ) -> str:
    """Enable the plugin rabbitmq_prometheus in a running node, until it is started again. Returns its address."""
    installed = rabbitmq.release()
    assert installed is not None
    place = Path(broker.folder.path, "home", "plugins")
    for application in (installed / "plugins").iterdir():
        if not (place / application.name).exists():
            (place / application.name).symlink_to(application)
    port = free_port()
    options = f'[{{port, {port}}}, {{ip, "{LOOPBACK}"}}]'
    broker.control("eval", f"application:set_env(rabbitmq_prometheus, tcp_config, {options}).")
    enabled = broker.folder.write("enabled_plugins", "[rabbitmq_prometheus].\n")
    broker.control("eval", f'rabbit_plugins:ensure("{enabled}").')
    return f"{LOOPBACK}:{port}"
