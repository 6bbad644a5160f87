"""Install packages of the distribution, such as PostgreSQL and RabbitMQ, without starting the distribution's own daemons."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from deploy.stack import native_servers
from deploy.stack.checkout import RUN
from deploy.stack.server_folder import ServerFailed

PACKAGES = ("postgresql", "rabbitmq-server")
# policy-rc.d answers 101, "do not start", to the packages' own scripts; it is removed again unless it was there before.
# A service manager would start them at the next boot: they are disabled, since only private instances are needed.
SCRIPT = """
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update -qq || echo "apt-get update failed; trying with the lists that are here" >&2
apt-get install -y -qq --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
    systemctl disable --quiet postgresql.service rabbitmq-server.service || true
fi
"""


def ensure_installed() -> None:
    """Install both servers if one is missing.

    Raises ServerFailed, with advice, if that needs rights that we do not have or the installation fails.
    """
    advice = ", start a Docker engine, or set DATABASE_URL and AMQP_URL to servers that run."
    ensure_packages(PACKAGES, native_servers.installed, advice)


def ensure_packages(packages: Sequence[str], installed: Callable[[], bool], advice: str = ".") -> None:
    """Install these packages of the distribution where `installed()` says that something is missing.

    Raises ServerFailed, with advice, if that needs rights that we do not have or the installation fails.
    """
    with _one_at_a_time():
        if not installed():
            _install(packages, installed, f"Install {_listed(packages)}{advice}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for another process of this checkout that installs: two runs of apt-get refuse each other."""
    RUN.mkdir(exist_ok=True)
    with (RUN / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(packages: Sequence[str], installed: Callable[[], bool], advice: str) -> None:
    if shutil.which("apt-get") is None:
        raise ServerFailed(f"This machine has no apt-get. {advice}")
    if os.geteuid() != 0 and shutil.which("sudo") is None:
        raise ServerFailed(f"We are not root and there is no sudo. {advice}")
    print(f"installing {_listed(packages)} from the distribution ...", flush=True)
    root = [] if os.geteuid() == 0 else ["sudo"]
    command = [*root, "sh", "-c", SCRIPT, "install", *packages]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode or not installed():
        raise ServerFailed(f"Installing failed:\n{result.stdout[-2000:]}\n{advice}")


def _listed(packages: Sequence[str]) -> str:
    return " and ".join(packages)
