"""The command that prints the description of messages."""

from __future__ import annotations

import json
from importlib.metadata import version

from services.cli.output import Output
from shared.contracts.asyncapi.document import document


def asyncapi(output: Output) -> None:
    """Print the messages of internal services in AsyncAPI 3.0: commands, replies, events, and their queues.

    It is the description that the gateway serves at /asyncapi.json.
    """
    described = document(version("content-exports"))
    output.result(json.dumps(described, indent=1), described)
