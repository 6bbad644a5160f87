"""`make run`: the whole system in the foreground until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
import urllib.request
from pathlib import Path

from deploy.stack.checkout import RUN
from deploy.stack.running_system import CommandFailed, RunningSystem, Stopped, acquired, open_system
from deploy.stack.server_folder import ServerFailed
from deploy.stack.service_processes import SERVICES, ServiceEnded
from deploy.stack.stack_folder import AlreadyRunning, StackFolder


def main() -> int:
    """Run until a signal stops it. Exit code 0 then, 1 if something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUN, help="folder for data, logs and `env`")
    stack_folder, start = StackFolder(parser.parse_args().folder), time.monotonic()
    try:
        with acquired(stack_folder):
            _run(stack_folder, start)
    except Stopped:
        print("stopped")
        return 0
    except (AlreadyRunning, CommandFailed, ServerFailed, ServiceEnded) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(stack_folder: StackFolder, start: float) -> None:
    print("starting ...", flush=True)
    env_file = stack_folder.path / "env"
    with open_system(stack_folder) as system:
        try:
            token = kept_token(system, stack_folder.path / "token")
            write_env(env_file, {**system.addresses(), "CONTENT_EXPORTS_TOKEN": token})
            note = {service.name: system.processes.ops_url(service.name) for service in SERVICES}
            (stack_folder.path / "services.json").write_text(json.dumps(note))
            _print_summary(system, token, time.monotonic() - start)
            system.processes.watch(stopping=lambda: False)
        finally:
            env_file.unlink(missing_ok=True)
            (stack_folder.path / "services.json").unlink(missing_ok=True)
            print("\nstopping ...", flush=True)


def kept_token(system: RunningSystem, file: Path) -> str:
    """The token of the last time, where the database still has it; else a new one, which is kept in the file."""
    if file.exists() and accepts(system.base_url, token := file.read_text().strip()):
        return token
    token = system.token()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(f"{token}\n")
    return token


def accepts(base_url: str, token: str) -> bool:
    """Whether the gateway knows the token."""
    request = urllib.request.Request(f"{base_url}/api/v1/courses", headers={"Authorization": f"Bearer {token}"})  # noqa: S310  our own URL
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def write_env(path: Path, values: dict[str, str]) -> None:
    """Write variables in a form that a shell can source, readable by the owner alone since some are secrets.

    The file is replaced in one step, so that a shell never sources half of it.
    """
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _print_summary(system: RunningSystem, token: str, seconds: float) -> None:
    lines = {
        "base URL": system.base_url,
        "console": f"{system.processes.url('console')}/console",
        "token": token,
        "servers": system.servers.origin,
        "logs": f"{system.stack_folder.path / 'logs'}",
        "in a shell": f". {system.stack_folder.path / 'env'}",
    }
    print(f"ready after {seconds:.1f} s; Ctrl-C stops it")
    for name, value in lines.items():
        print(f"  {name:<11} {value}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
