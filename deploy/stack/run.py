"""`make run`: the whole system in the foreground until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from deploy.stack.home import RUN, AlreadyRunning, Home
from deploy.stack.place import ServerFailed
from deploy.stack.processes import ServiceEnded
from deploy.stack.whole import CommandFailed, Stopped, Whole, open_whole, taken


def main() -> int:
    """Run until told to stop. Exit code 0 then, 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=RUN, help="folder for data, logs and `env`")
    home, began = Home(parser.parse_args().home), time.monotonic()
    try:
        with taken(home):
            _run(home, began)
    except Stopped:
        print("stopped")
        return 0
    except (AlreadyRunning, CommandFailed, ServerFailed, ServiceEnded) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(home: Home, began: float) -> None:
    print("starting ...", flush=True)
    env_file = home.folder / "env"
    with open_whole(home) as whole:
        try:
            token = whole.token()
            write_env(env_file, {**whole.addresses(), "CONTENT_EXPORTS_TOKEN": token})
            _introduce(whole, token, time.monotonic() - began)
            whole.processes.watch(stopping=lambda: False)
        finally:
            env_file.unlink(missing_ok=True)
            print("\nstopping ...", flush=True)


def write_env(path: Path, values: dict[str, str]) -> None:
    """Write variables in a form that a shell can source, readable by the owner alone: they hold secrets."""
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _introduce(whole: Whole, token: str, seconds: float) -> None:
    lines = {
        "base URL": whole.base_url,
        "token": token,
        "servers": whole.servers.origin,
        "logs": f"{whole.home.folder / 'logs'}",
        "in a shell": f". {whole.home.folder / 'env'}",
    }
    print(f"ready after {seconds:.1f} s; Ctrl-C stops it")
    for name, value in lines.items():
        print(f"  {name:<11} {value}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
