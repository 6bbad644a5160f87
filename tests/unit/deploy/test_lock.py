"""The locks: whole for every Python that the project names, not only for the one that wrote them."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.stack.checkout import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCKS = {  # file: the extras that it is for
    "requirements.lock": (),
    "requirements-traces.lock": ("traces",),
    "requirements-dev.lock": ("traces", "dev"),
}


def locked(file: str) -> dict[str, str]:
    """Versions by name."""
    return {canonicalize_name(name): version for name, version in PINNED.findall((ROOT / file).read_text())}


def wanted(lines: list[str], extras: set[str], python: str) -> list[Requirement]:
    """The requirements of these lines that hold on a Python of this version, with these extras."""
    found = [Requirement(line) for line in lines]
    places = [
        {"python_version": python, "python_full_version": f"{python}.0", "extra": extra} for extra in extras | {""}
    ]
    return [each for each in found if each.marker is None or any(map(each.marker.evaluate, places))]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("file", LOCKS)
def test_everything_that_a_python_needs_is_locked(file: str, python: str) -> None:
    """As pip finds it: with hashes required, one library that is missing ends the installation."""
    ours = [*PROJECT["dependencies"], *PYPROJECT["build-system"]["requires"]]
    ours += [line for extra in LOCKS[file] for line in PROJECT["optional-dependencies"][extra]]
    todo, seen, pinned = wanted(ours, set(), python), set(), locked(file)
    while todo:
        each = todo.pop()
        name = canonicalize_name(each.name)
        assert name in pinned, f"{each} is not in {file}"
        if (name, frozenset(each.extras)) not in seen:
            seen.add((name, frozenset(each.extras)))
            todo += wanted(requires(name) or [], set(each.extras), python)
    assert len(seen) > 40


def test_what_runs_has_the_versions_that_are_tested_and_no_tools() -> None:
    whole, runs = locked("requirements-dev.lock"), locked("requirements.lock")
    assert runs.items() <= locked("requirements-traces.lock").items() <= whole.items()
    assert not {"pytest", "mypy", "ruff", "opentelemetry-sdk"} & set(runs)
    assert len(runs) < 52


@pytest.mark.parametrize("file", LOCKS)
def test_every_line_of_a_lock_has_hashes_and_names_no_registry(file: str) -> None:
    text = (ROOT / file).read_text()
    for name, version in PINNED.findall(text):
        assert re.search(
            rf"^{re.escape(name)}=={re.escape(version)}[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE
        ), name
    assert "--index-url" not in text
    assert "--find-links" not in text
