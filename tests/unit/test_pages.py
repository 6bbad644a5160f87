"""What the pages of documentation point to exists: paths, modules, links, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from services.cli.__main__ import COMMANDS
from tests.support.pages import FIGURES, FORMATS, GATEWAY, HOUSE, OPERATION, PAGES, PROGRESS, section

PATH = re.compile(r"(?<![\w/.:-])((?:services|shared|deploy|tests|\.ci|\.github)/[\w./-]*\w)")
MODULE = re.compile(r"(?<![\w/.:-])((?:services|shared|deploy)(?:\.[a-z_]+)+)(?![\w/-])")
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_room_with_a_page_is_linked_from_the_first_one() -> None:
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in LINK.findall(text("README.md"))}
    assert {GATEWAY, PROGRESS, OPERATION, FORMATS, FIGURES} <= linked
    assert {ROOT / ".github" / "CONTRIBUTING.md", ROOT / ".github" / "SECURITY.md", ROOT / "CHANGELOG.md"} <= linked


@pytest.mark.parametrize("name", NAMES)
def test_every_path_and_module_that_a_page_names_exists(name: str) -> None:
    paths = {path for path in PATH.findall(text(name)) if not (ROOT / path).exists()}
    modules = {module: ROOT / module.replace(".", "/") for module in MODULE.findall(text(name))}
    missing = {name for name, path in modules.items() if not path.exists() and not path.with_suffix(".py").exists()}
    assert paths | missing == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_to_a_file_and_a_heading(name: str) -> None:
    for target in LINK.findall(text(name)):
        path, _, anchor = target.partition("#")
        page = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), target


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_of_make_and_every_command_that_a_page_names_exists(name: str) -> None:
    verbs = set(re.findall(r"^([a-z0-9-]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z0-9-]+)", text(name), re.MULTILINE)) <= verbs
    commands = set(COMMANDS)
    assert set(re.findall(r"\bcontent-exports ([a-z][a-z-]*)", text(name))) <= commands


def test_the_table_of_commands_has_every_command() -> None:
    rows = [line.split("|")[1] for line in section(HOUSE, "## A first export").splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(?:content-exports )?([a-z][a-z-]*)", row)}
    assert named == set(COMMANDS)
