"""The cases about courses: modules, pages, links, names, dates, settings."""

from __future__ import annotations

import re

from tests.support.exported_case import Case, Exported

CARTRIDGE = "common_cartridge"


def _deleted(exported: Exported) -> list[str]:
    return [name for name, body in exported.members.items() if b"DEL" in body and b"DELFILE2" not in body]


def _invalid_identifiers(exported: Exported) -> list[str]:
    """The identifiers of the manifest that are no xs:ID, and the references to none."""
    elements = [*exported.documents["imsmanifest.xml"].iter()]
    identifiers = {name for element in elements if (name := element.get("identifier"))}
    references = {name for element in elements if (name := element.get("identifierref"))}
    return sorted(
        {name for name in identifiers if not re.fullmatch(r"[A-Za-z_][\w.-]*", name)} | references - identifiers
    )


def _description(exported: Exported) -> tuple[list[bool], list[str]]:
    pages = [body for name, body in exported.members.items() if name.endswith(".html")]
    return [b"<p>All the instructions</p>" in page for page in pages], exported.load_codes


def _kind_of_cartridge(exported: Exported) -> tuple[str, str, list[str]]:
    schema, version = (exported.texts(f"{{*}}metadata/{{*}}{name}")[0] for name in ("schema", "schemaversion"))
    return schema, version, [*exported.members]


def _module_requirements(exported: Exported) -> list[str]:
    return exported.matches(r"<(?:unlock_at|min_score|min_percentage|requirement_count)>[^<]*")


def _rating_points(exported: Exported) -> list[str]:
    return exported.texts(".//{*}rubric//{*}ratings/{*}rating/{*}points")


def _drop_rules(exported: Exported) -> list[str]:
    return exported.texts(".//{*}rule/{*}drop_type")


def _pinned_topics(exported: Exported) -> list[str]:
    return exported.matches(r"<(?:discussion_type|pinned)>[^<]*|<title>Talk meta")


def _members_under_d(exported: Exported) -> tuple[int, list[str]]:
    names = [name for name in exported.members if not name.endswith("/")]
    return len(names), sorted(name for name in names if "upper" in name or "CON" in name)


def _module_of_leaf(exported: Exported) -> list[str | None]:
    modules = exported.documents["course_settings/module_meta.xml"].iterfind("{*}module")
    return [m.findtext("{*}title") for m in modules if "leaf" in {e.text for e in m.iterfind(".//{*}item/{*}title")}]


def _web_links(exported: Exported) -> list[str | None]:
    return exported.attributes("{http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1}url", "href")


_POINTS = ["5.5", "2.75", "0", "4.75", "4.75", "0", ""]
CASES = [
    Case("17-identifiers-with-blanks", CARTRIDGE, _invalid_identifiers, []),
    Case("62-instructor-text-of-assignments", CARTRIDGE, _description, ([True], ["instructor_text"])),
    Case("10-deleted-objects", CARTRIDGE, _deleted, []),
    Case("43-file-names", "zip", _members_under_d, (45, ["d/CON_.txt", "d/upper-1.txt"])),
    Case(
        "44-module-requirements",
        CARTRIDGE,
        _module_requirements,
        [
            "<unlock_at>2026-03-29T01:30:00",
            "<min_score>7.5",
            "<min_percentage>70",
            "<requirement_count>1",
        ],
    ),
    Case(
        "44-module-requirements",
        CARTRIDGE,
        _kind_of_cartridge,
        ("IMS Thin Common Cartridge", "1.2.0", ["imsmanifest.xml"]),
        options={"version": "1.2", "thin": True},
        name="thin",
    ),
    Case("45-rubrics-and-drop-rules", CARTRIDGE, _rating_points, _POINTS),
    Case(
        "45-rubrics-and-drop-rules",
        CARTRIDGE,
        _drop_rules,
        ["drop_lowest", "drop_highest", "never_drop", "never_drop"],
        name="rules",
    ),
    Case(
        "48-cc13-parts-in-a-canvas-package",
        CARTRIDGE,
        _pinned_topics,
        ["<title>Talk meta"] * 2 + ["<discussion_type>threaded", "<pinned>true"],
    ),
    Case("54-xml-base-and-depth", CARTRIDGE, _web_links, ["https://example.org/a?b=1&c=2"], name="links"),
    Case("54-xml-base-and-depth", CARTRIDGE, _module_of_leaf, ["L0"]),
    Case("55-empty-course", CARTRIDGE, lambda exported: exported.report["verification"]["passed"], True),
]
