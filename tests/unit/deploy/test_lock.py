"""requirements.lock: whole for every Python that the project names, not only for the one that wrote it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.stack.home import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked() -> set[str]:
    return {canonicalize_name(name) for name, _ in PINNED.findall((ROOT / "requirements.lock").read_text())}


def wanted(lines: list[str], extras: set[str], python: str) -> list[Requirement]:
    """The requirements of these lines that hold on a Python of this version, with these extras."""
    found = [Requirement(line) for line in lines]
    places = [
        {"python_version": python, "python_full_version": f"{python}.0", "extra": extra} for extra in extras | {""}
    ]
    return [each for each in found if each.marker is None or any(map(each.marker.evaluate, places))]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_everything_that_a_python_needs_is_locked(python: str) -> None:
    """As pip finds it: with hashes required, one library that is missing ends the installation."""
    ours = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    todo, seen, pinned = wanted(ours, set(), python), set(), locked()
    while todo:
        each = todo.pop()
        name = canonicalize_name(each.name)
        assert name in pinned, f"{each} is not in requirements.lock"
        if (name, frozenset(each.extras)) not in seen:
            seen.add((name, frozenset(each.extras)))
            todo += wanted(requires(name) or [], set(each.extras), python)
    assert len(seen) > 60


def test_every_line_of_the_lock_has_hashes_and_names_no_registry() -> None:
    text = (ROOT / "requirements.lock").read_text()
    for name, version in PINNED.findall(text):
        assert re.search(
            rf"^{re.escape(name)}=={re.escape(version)}[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE
        ), name
    assert "--index-url" not in text
    assert "--find-links" not in text
