"""Thin cartridges: one manifest with the modules of a course, in which everything is a link."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.formats.cartridge import package
from shared.formats.packing import Packing
from tests.support.finished_package import finished
from tests.support.formats import COURSE_ID, a_packing, linked
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY

SITE = "https://canvas.example.edu"
OBJECTS: dict[Kind, list[Any]] = {
    Kind.PAGES: [Page(id=1, title="Start", url="start"), Page(id=2, title="Alone", url="a-lone")],
    Kind.QUIZZES: [Quiz(id=5, title="Optics")],
    Kind.EXTERNAL_TOOLS: [ExternalTool(id=7, name="Lab", url="https://lab.example/launch")],
    Kind.MODULES: [Module(id=8, name="Week 1")],
    Kind.MODULE_ITEMS: [
        ModuleItem(id=10, module_id=8, type="Page", title="Read this", page_url="start"),
        ModuleItem(id=11, module_id=8, type="ExternalUrl", title="Web", external_url="https://a.example/?x=1&y=2"),
        ModuleItem(id=12, module_id=8, type="ExternalTool", content_id=7, title="Try", external_url="https://lab.example/2"),
        ModuleItem(id=13, module_id=8, type="SubHeader", title="Then"),
        ModuleItem(id=14, module_id=8, type="Quiz", content_id=5, title="Test"),
    ],
}  # fmt: skip


def thin(objects: dict[Kind, list[Any]], version: str = "1.3") -> Packing:
    packing = linked(a_packing(objects, version=version))
    return replace(packing, request=replace(packing.request, thin=True))


def manifest_of(packing: Packing) -> etree._Element:
    (entry,) = package.entries(packing)
    packing.close()
    assert isinstance(entry.body, bytes)
    return etree.fromstring(entry.body)


def shown(manifest: etree._Element) -> dict[str, list[tuple[str, str | None]]]:
    """By module, the title and the address of each item."""
    resources = {r.get("identifier"): r for r in manifest.iter("{*}resource")}

    def address(item: etree._Element) -> str | None:
        resource = resources.get(item.get("identifierref"))
        if resource is None:
            return None
        url = resource.find("{*}webLink/{*}url")
        return url.get("href") if url is not None else resource.findtext(".//{*}secure_launch_url")

    modules = manifest.findall("{*}organizations/{*}organization/{*}item/{*}item")
    return {
        m.findtext("{*}title"): [(i.findtext("{*}title"), address(i)) for i in m.findall("{*}item")] for m in modules
    }


@pytest.mark.parametrize(("version", "release"), [("1.2", "v1p2"), ("1.3", "v1p3")])
def test_the_manifest_is_all_and_says_what_it_is(version: str, release: str) -> None:
    manifest = manifest_of(thin(OBJECTS, version))
    assert manifest.findtext("{*}metadata/{*}schema") == "IMS Thin Common Cartridge"
    assert manifest.findtext("{*}metadata/{*}schemaversion") == f"{version}.0"
    types = {resource.get("type") for resource in manifest.iter("{*}resource")}
    assert types == {f"imswl_xml{release}", "imsbasiclti_xmlv1p0"}
    assert (
        next(manifest.iter("{*}webLink")).tag
        == f"{{http://www.imsglobal.org/xsd/imscc{release}/imswl_{release}}}webLink"
    )
    assert [*manifest.iter("{*}file")] == []


def test_items_lead_to_the_course_or_to_where_they_led() -> None:
    course = f"{SITE}/courses/{COURSE_ID}"
    modules = shown(manifest_of(thin(OBJECTS)))
    assert modules.pop("Week 1") == [
        ("Read this", f"{course}/pages/start"),
        ("Web", "https://a.example/?x=1&y=2"),
        ("Try", "https://lab.example/2"),
        ("Then", None),
        ("Test", f"{course}/quizzes/5"),
    ]
    (others,) = modules.values()
    assert dict(others) == {"Lab": "https://lab.example/launch", "Alone": f"{course}/pages/a-lone"}


def test_what_is_only_a_link_is_in_the_report() -> None:
    packing = thin(OBJECTS)
    manifest_of(packing)
    warned = {w.kind: w.message for w in packing.report.warnings if w.code == "kind_not_expressed"}
    assert warned["pages"] == "A thin cartridge has links alone: 2 pages are links to the course."
    assert warned.keys() == {"pages", "quizzes"}
    assert packing.report.packed == {"modules": 1, "module_items": 5, "external_tools": 1}


def test_a_finished_package_passes_the_verification() -> None:
    packing = thin(OBJECTS)
    assert finished(packing, package.entries(packing)).codes() == []


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_it_is_read_back_with_its_modules_links_and_tools(version: str, tmp_path: Path) -> None:
    out = tmp_path / "thin.imscc"
    sample = load(REPOSITORY / "deploy/sample")
    export(sample, out, version, thin=True)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["imsmanifest.xml"]
    again = load(out).course
    titles = [module.name for module in again.each(Kind.MODULES)]
    assert titles[: sample.course.count(Kind.MODULES)] == [m.name for m in sample.course.each(Kind.MODULES)]
    items = {item.title: item.external_url for item in again.each(Kind.MODULE_ITEMS) if item.type == "ExternalUrl"}
    pages = list(sample.course.each(Kind.PAGES))
    assert {f"{SITE}/courses/{sample.course.course.id}/pages/{page.url}" for page in pages} <= set(items.values())
    assert again.count(Kind.EXTERNAL_TOOLS) >= sample.course.count(Kind.EXTERNAL_TOOLS)
