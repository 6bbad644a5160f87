"""The definitions that a broker is started with: the template beside compose.yaml, with the password put in.

`content-exports topology` prints the template, and a test compares the two. Only the standard library is used: this runs
before anything is installed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from shared.contracts.broker_passwords import with_passwords

TEMPLATE = Path(__file__).resolve().parents[1] / "definitions.json"


def app_definitions(password: str) -> str:
    """The template, with the password of the system's own user."""
    return json.dumps(with_passwords(json.loads(TEMPLATE.read_text()), {"app": password}), indent=1)


if __name__ == "__main__":
    print(app_definitions(os.environ["SERVERS_PASSWORD"]))
