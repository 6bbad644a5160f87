"""`make release`: checks that all agree on the version, then tag, image and bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

from deploy.stack.checkout import ROOT
from deploy.verbs.sbom import bill
from deploy.verbs.steps import Step, VerbRefused
from deploy.verbs.targets import command_output, release

_LOCK = ROOT / "requirements-traces.lock"  # of what the image has


def release_steps(version: str, image: str) -> list[Step]:
    """The steps of a release of the checkout. Raises VerbRefused where it is not ready for one."""
    problems = faults(
        release(version),
        (ROOT / "pyproject.toml").read_text(),
        (ROOT / "CHANGELOG.md").read_text(),
        _git("status", "--porcelain", "--untracked-files=no"),
        _git("tag", "--list", f"v{version}"),
    )
    if problems:
        raise VerbRefused("; ".join(problems))
    out = ROOT / "out" / f"content-exports-{version}.cdx.json"

    def write_bill() -> str:
        out.parent.mkdir(exist_ok=True)
        document = bill(_LOCK.read_text(), _dpkg_status(f"{image}:{version}"), version)
        out.write_text(json.dumps(document, indent=2) + "\n")
        return f"{out} has {len(document['components'])} components"

    return [
        Step(f"build the image {image}:{version}", ["make", "image", f"IMAGE={image}:{version}", f"VERSION={version}"]),
        Step(f"write the bill of materials {out.relative_to(ROOT)}", work=write_bill),
        Step(f"tag v{version}", ["git", "tag", "--annotate", f"v{version}", f"--message=Content Exports {version}"]),
    ]


def faults(version: str, project: str, changelog: str, changes: str, tags: str) -> list[str]:
    """What keeps a checkout from being this release, a sentence each."""
    own = tomllib.loads(project)["project"]["version"]
    return [
        sentence
        for wrong, sentence in (
            (own != version, f"pyproject.toml has the version {own}, not {version}"),
            (
                not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE),
                f"CHANGELOG.md has no section [{version}] with a date",
            ),
            (bool(changes.strip()), "the checkout has changes that are not committed"),
            (bool(tags.strip()), f"the tag v{version} exists already"),
        )
        if wrong
    ]


def _dpkg_status(image: str) -> str:
    """What dpkg says of the packages of an image. Raises VerbRefused."""
    text = command_output(
        ["docker", "run", "--rm", "--network=none", "--entrypoint=cat", image, "/var/lib/dpkg/status"]
    )
    if not text:
        raise VerbRefused(f"the packages of the image {image} cannot be read")
    return text


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
