"""`make release` in a clone: a tag, an image with the version, and a bill of materials that has what the image has."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.stack.checkout import ROOT
from tests.containers.engine import CLIENT, docker, run
from tests.containers.project import IMAGE

PACKAGES = "import importlib.metadata as m; [print(d.metadata['Name'], d.version) for d in m.distributions()]"


def released() -> str:
    """Release the version of the checkout, without a push: DRY=1 does nothing, another version is refused."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    name = f"{IMAGE}-release"
    with TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run("git", "clone", "--quiet", "--no-tags", str(ROOT), str(clone))
        (clone / ".venv").symlink_to(ROOT / ".venv")
        code, printed = _release(clone, name, "99.0.0")
        assert code, printed
        assert "CHANGELOG.md has no section [99.0.0]" in printed
        code, printed = _release(clone, name, version, "DRY=1")
        assert (code, "would tag" in printed) == (0, True), printed
        assert not run("git", "-C", str(clone), "tag").strip(), "nothing was done"
        code, printed = _release(clone, name, version)
        assert code == 0, printed
        assert run("git", "-C", str(clone), "tag").split() == [f"v{version}"]
        document = json.loads((clone / "out" / f"content-exports-{version}.cdx.json").read_text())
    addresses = {each["purl"]: (_normal(each["name"]), each["version"]) for each in document["components"]}
    debian = {package for address, package in addresses.items() if address.startswith("pkg:deb/")}
    assert debian == _of_image(f"{name}:{version}", "dpkg-query", "-W", "-f", "${Package} ${Version}\n")
    python = {package for address, package in addresses.items() if address.startswith("pkg:pypi/")}
    own = {("content-exports", version)}
    assert python | own == _of_image(f"{name}:{version}", "python", "-c", PACKAGES)
    return f"{version}, with {len(debian)} packages of Debian and {len(python)} of Python in its bill of materials"


def _release(clone: Path, name: str, version: str, *words: str) -> tuple[int, str]:
    """(exit code, output) of the verb. The environment of the checkout is used as it is."""
    made = [f"--assume-old=.venv/{stamp}" for stamp in (".installed", ".runs")]
    done = subprocess.run(
        ["make", *made, "release", f"VERSION={version}", f"IMAGE={name}", f"DOCKER={CLIENT}", *words],
        cwd=clone, env={**os.environ, "PYTHONPATH": str(clone)}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


def _of_image(image: str, program: str, *words: str) -> set[tuple[str, str]]:
    """Lines of a name and a version, as a program in the image prints them."""
    lines = docker("run", "--rm", "--network=none", f"--entrypoint={program}", image, *words).splitlines()
    return {(_normal(line.split()[0]), line.split()[1]) for line in lines}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
