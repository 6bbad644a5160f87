"""`make demo`: load a course, export it in all three types through the HTTP API, check what was downloaded."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.home import ROOT, RUN, AlreadyRunning, Home
from deploy.stack.place import ServerFailed
from deploy.stack.processes import ServiceEnded
from deploy.stack.whole import CommandFailed, Stopped, Whole, console_script, open_whole, taken

SAMPLE = ROOT / "deploy" / "sample"
PACKAGES = {"common_cartridge": ".imscc", "qti": "-qti.zip", "zip": "-files.zip"}  # export type: end of the file's name


@dataclass(frozen=True, slots=True)
class Exported:
    """One downloaded package."""

    path: Path
    size: int  # bytes
    entries: int
    seconds: float  # from the request to the verified file


def main() -> int:
    """Exit code 0 once three packages lie in the folder, verified; 1 where something failed."""
    wanted = _arguments()
    home = Home(wanted.home)
    try:
        with taken(home):
            home.clear()  # the demo shows the same from the first run to the last
            print("starting servers and services ...", flush=True)
            with open_whole(home, quiet=True, keep_data=False) as whole:
                _show(whole, Path(wanted.cartridge or SAMPLE), Path(wanted.out))
            home.clear()
    except Stopped:
        return 1
    except (AlreadyRunning, CommandFailed, ServerFailed, ServiceEnded) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cartridge", default="", help="a course to load instead of the sample")
    parser.add_argument("--out", default="out", help="folder for the packages")
    parser.add_argument("--home", type=Path, default=RUN / "demo", help="folder for what it needs while it runs")
    return parser.parse_args()


def _show(whole: Whole, source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    loaded = json.loads(whole.command("load", str(source.resolve())))
    objects, warnings = sum(loaded["objects"].values()), len(loaded["warnings"])
    print(f"loaded {source.name}: course {loaded['course_id']}, {objects} objects, {warnings} warnings", flush=True)
    token, name = whole.token(), source.stem
    for export_type, end in PACKAGES.items():
        package = _export(whole, token, loaded["course_id"], export_type, out / f"{name}{end}")
        figures = f"{package.size:,} bytes, {package.entries:,} entries, {package.seconds:.1f} s"
        print(f"{package.path}: {figures}, sha256 verified", flush=True)


def _export(whole: Whole, token: str, course_id: int, export_type: str, path: Path) -> Exported:
    began = time.monotonic()
    command = [console_script(), "export", "--course", str(course_id), "--type", export_type, "--out", str(path)]
    env = {**whole.processes.env, **whole.addresses(), "CONTENT_EXPORTS_TOKEN": token}
    # It draws its progress bar on our terminal, by stderr; what it prints at the end we say ourselves.
    if subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode:
        raise CommandFailed(f"the export as {export_type} failed")
    seconds = time.monotonic() - began
    with zipfile.ZipFile(path) as package:
        return Exported(path, path.stat().st_size, len(package.namelist()), seconds)


if __name__ == "__main__":
    sys.exit(main())
