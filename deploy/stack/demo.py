"""`make demo`: load a course, export it as all three types through the HTTP API, check the downloaded packages.

The events of the exports are printed as they arrive from the broker. Then a service that knows the broker alone, but for
bytes, sends a course as messages, and downloads its cartridge.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.checkout import ROOT, RUN
from deploy.stack.demo_service import show_service
from deploy.stack.running_system import CommandFailed, RunningSystem, Stopped, acquired, console_script, open_system
from deploy.stack.server_folder import ServerFailed
from deploy.stack.service_processes import ServiceEnded
from deploy.stack.shown_events import EventsMissing, shown_events
from deploy.stack.stack_folder import AlreadyRunning, StackFolder

SAMPLE = ROOT / "deploy" / "sample"
PACKAGES = {
    "common_cartridge": ".imscc",
    "qti": "-qti.zip",
    "zip": "-files.zip",
}  # export type -> end of the file's name


@dataclass(frozen=True, slots=True)
class DownloadedPackage:
    """A package that was exported, downloaded and verified."""

    path: Path
    size: int  # bytes
    entries: int
    seconds: float  # from the request to the verified file


def main() -> int:
    """Run the demo. Exit code 0 once three verified packages lie in the folder, 1 if something failed."""
    arguments = _arguments()
    stack_folder = StackFolder(arguments.folder)
    try:
        with acquired(stack_folder):
            stack_folder.clear()  # the demo shows the same from the first run to the last
            print("starting servers and services ...", flush=True)
            with open_system(stack_folder, quiet=True, keep_data=False) as system:
                _show(system, Path(arguments.cartridge or SAMPLE), Path(arguments.out))
            stack_folder.clear()
    except Stopped:
        return 1
    except (AlreadyRunning, CommandFailed, EventsMissing, ServerFailed, ServiceEnded) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cartridge", default="", help="a course to load instead of the sample")
    parser.add_argument("--out", default="out", help="folder for the packages")
    parser.add_argument(
        "--folder", type=Path, default=RUN / "demo", help="folder for data, logs and records while the demo runs"
    )
    return parser.parse_args()


def _show(system: RunningSystem, source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    loaded = json.loads(system.command("load", str(source.resolve())))
    objects, warnings = sum(loaded["objects"].values()), len(loaded["warnings"])
    print(f"loaded {source.name}: course {loaded['course_id']}, {objects} objects, {warnings} warnings", flush=True)
    token, name = system.token(), source.stem
    with shown_events(system.servers.amqp_url, loaded["course_id"]) as events:
        for count, (export_type, end) in enumerate(PACKAGES.items(), 1):
            package = _export(system, token, loaded["course_id"], export_type, out / f"{name}{end}")
            events.wait_ends(count)
            figures = f"{package.size:,} bytes, {package.entries:,} entries, {package.seconds:.1f} s"
            print(f"{package.path}: {figures}, sha256 verified", flush=True)
    show_service(system, out)


def _export(system: RunningSystem, token: str, course_id: int, export_type: str, path: Path) -> DownloadedPackage:
    start = time.monotonic()
    command = [console_script(), "export", "--course", str(course_id), "--type", export_type, "--out", str(path)]
    env = {**system.processes.env, **system.addresses(), "CONTENT_EXPORTS_TOKEN": token}
    # Its progress bar goes to our terminal by stderr; its last lines on stdout are replaced by a line of `_show`.
    if subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode:
        raise CommandFailed(f"the export as {export_type} failed")
    seconds = time.monotonic() - start
    with zipfile.ZipFile(path) as package:
        return DownloadedPackage(path, path.stat().st_size, len(package.namelist()), seconds)


if __name__ == "__main__":
    sys.exit(main())
