"""`make up`: wait until every container of a compose project is healthy. The words of the compose tool are the arguments."""

from __future__ import annotations

import subprocess
import sys
import time

PATIENCE_S = 180.0
_PAUSE_S = 1.0
_ONE_SHOTS = ("migrate", "s3-bucket")  # the services that end once their work is done
_STATE = (
    '{{.Name}} {{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} '
    '{{if ne .State.Status "running"}}{{.State.ExitCode}}'
    "{{else if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}"
)


def unhealthy(compose: list[str]) -> list[str]:
    """The containers that are not healthy, each with its service and state: `/x_gateway_1 gateway running starting`."""
    ids = _output(*compose, "ps", "--quiet", "--all").split() or _output(*compose, "ps", "--quiet").split()
    lines = _output("docker", "inspect", "--format", _STATE, *ids).splitlines() if ids else ["no container"]
    return [line for line in lines if not is_well(line)]


def is_well(line: str) -> bool:
    """Whether a line of states is of a container that is healthy, or has done its work."""
    return line.endswith((" running healthy", *(f" {name} exited 0" for name in _ONE_SHOTS)))


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
