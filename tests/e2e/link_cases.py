"""The cases about links, names, dates, references and objects inside objects."""

from __future__ import annotations

import re

from tests.support.exported_case import Case, Exported

CARTRIDGE = "common_cartridge"


def _page(exported: Exported, name: str) -> str:
    return exported.members[f"wiki_content/{name}.html"].decode()


def _foreign_links(exported: Exported) -> list[str]:
    return re.findall(r"https://(?:other|ocw)\.example\.org[^\"\s<]*", _page(exported, "links"))


def _dangling(exported: Exported) -> tuple[list[str], list[str], bool]:
    return sorted(exported.load_codes), sorted(exported.export_codes), exported.report["complete"]


def _objects_inside(exported: Exported) -> list[bool]:
    texts = {element.text for root in exported.documents.values() for element in root.iter()}
    return [name in texts for name in ("P item", "in group", "RR", "crit", "LO")]


def _wiki_links(exported: Exported) -> list[str]:
    (key,) = re.findall(r'name="identifier" content="(\w+)"', _page(exported, "online-unit-pages"))
    return [link.replace(key, "KEY") for link in re.findall(r'href="([^"]*)"', _page(exported, "home"))]


def _page_names(exported: Exported) -> list[str]:
    return sorted(name for name in exported.members if name.startswith("wiki_content/"))


def _package_name(exported: Exported) -> str:
    return str(re.sub(r"-\d{4}-\d\d-\d\d-\d+", "-DAY-ID", exported.report["package"]["filename"]))


def _syllabus(exported: Exported) -> tuple[bool, list[str]]:
    syllabus = exported.members.get("course_settings/syllabus.html", b"")
    return b"Syllabus of the case" in syllabus, exported.load_codes


def _due_dates(exported: Exported) -> list[str]:
    return sorted(exported.texts("{*}due_at"))


def _intervals(exported: Exported) -> list[tuple[str | None, str | None]]:
    return [(item.findtext(".//{*}vargt"), item.findtext(".//{*}varlte")) for item in exported.questions]


def _picture(exported: Exported) -> list[str]:
    return re.findall(r'src="([^"]*)"', _page(exported, "home"))


def _relative_links(exported: Exported) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*)"', _page(exported, "p"))


def _tool_item(exported: Exported) -> list[str | None]:
    items = exported.documents["imsmanifest.xml"].iterfind(".//{*}item/{*}item/{*}item")
    return [item.get("identifierref") for item in items]


def _styles(exported: Exported) -> list[str]:
    names = ("p0", "p1", "p2", "p3")
    return [found for name in names for found in re.findall(r"<body>\n<(?:div|img) ([^>]*)>", _page(exported, name))]


_FILE = "$IMS-CC-FILEBASE$/a%20b.png"
_MOMENT = "2026-03-29T02:30:00"
CASES = [
    Case(
        "11-links-to-other-hosts",
        CARTRIDGE,
        _foreign_links,
        [
            "https://other.example.org/courses/110/pages/intro",
            "https://ocw.example.org/courses/110",
            "https://ocw.example.org/courses/110/syllabus",
        ],
    ),
    Case(
        "12-items-of-missing-content",
        CARTRIDGE,
        _dangling,
        (["item_without_content"] * 3 + ["prerequisite_unknown"] * 2,) * 2 + (False,),
    ),
    Case("13-rest-objects-within-objects", CARTRIDGE, _objects_inside, [True] * 5),
    Case(
        "18-page-link-by-title",
        CARTRIDGE,
        _wiki_links,
        ["$WIKI_REFERENCE$/wiki/KEY", "$WIKI_REFERENCE$/pages/KEY"],
    ),
    Case(
        "20-non-latin-names",
        CARTRIDGE,
        _page_names,
        sorted(f"wiki_content/{name}.html" for name in ("パパ", "ハハ", "ที่นี่", "мой")),
    ),
    Case("20-non-latin-names", CARTRIDGE, _package_name, "мой-курс-ガイド-ที่นี่-export-DAY-ID.imscc", name="package"),
    Case("22-intendeduse-syllabus", CARTRIDGE, _syllabus, (True, ["intended_use_dropped"])),
    Case(
        "23-impossible-dates",
        CARTRIDGE,
        _due_dates,
        [""] * 6 + ["2026-03-29T00:30:00", *[_MOMENT] * 4, "2026-03-29T09:30:00", "9999-12-31T23:59:59"],
    ),
    Case("23-impossible-dates", CARTRIDGE, lambda exported: exported.load_codes, ["value_unreadable"] * 6, name="load"),
    Case("25-event-places", CARTRIDGE, lambda exported: exported.export_codes, ["place_left_out"]),
    Case("26-zero-with-precision", "qti", _intervals, [("-0.05", "0.05")] * 2),
    Case("27-edtech-filebase-token", CARTRIDGE, _picture, ["$IMS-CC-FILEBASE$/a.png"]),
    Case(
        "50-html-zoo",
        CARTRIDGE,
        _styles,
        [
            f'style="background-image: url({_FILE}); color: red"',
            f"style=\"background-image: url('{_FILE}')\"",
            f'src="{_FILE}" srcset="{_FILE} 1x, {_FILE}?canvas_qs_size=2 2x"',
            f'srcset="{_FILE}, $IMS-CC-FILEBASE$/e.pdf 2x"',
        ],
    ),
    Case("51-pages-of-one-title", CARTRIDGE, lambda exported: len(_page_names(exported)), 18),
    Case(
        "60-relative-links-and-their-host",
        CARTRIDGE,
        _relative_links,
        ["https://canvas.asu.edu/courses/5/external_tools/9", "/media/x.mp4", "https://canvas.asu.edu/login"],
    ),
    Case("61-tool-item-that-names-itself", CARTRIDGE, _tool_item, ["ge4d23e841d8e8804190027bce3180fa5"]),
    Case(
        "65-what-stands-in-a-page-head",
        CARTRIDGE,
        _dangling,
        (["head_dropped", "item_without_content", "member_missing"], ["item_without_content"], False),
    ),
]
