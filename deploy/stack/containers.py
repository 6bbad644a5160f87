"""`make up`: wait until every container of a compose project is healthy. The words of the compose tool are the arguments."""

from __future__ import annotations

import subprocess
import sys
import time

PATIENCE_S = 180.0
_PAUSE_S = 1.0
_STATE = "{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}"


def unhealthy(compose: list[str]) -> list[str]:
    """The containers that are not healthy, each with its state: `/x_gateway_1 running starting`."""
    ids = _output(*compose, "ps", "--quiet", "--all").split() or _output(*compose, "ps", "--quiet").split()
    lines = _output("docker", "inspect", "--format", _STATE, *ids).splitlines() if ids else ["no container"]
    return [line for line in lines if not line.endswith(" running healthy")]


def main() -> int:
    """Exit code 0 once all are healthy, 1 with the names of the others after PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    while waiting := unhealthy(sys.argv[1:]):
        if time.monotonic() > end:
            print("not healthy: " + "; ".join(waiting), file=sys.stderr)
            return 1
        time.sleep(_PAUSE_S)
    return 0


def _output(*words: str) -> str:
    return subprocess.run(words, text=True, capture_output=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main())
