"""One case of tests/data/cases: what is loaded, what is exported, and how the value is read that must be right."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"

Element = etree._Element


@dataclass(frozen=True)
class Exported:
    """The package of a case as zipfile and lxml read it, with the warnings of its load and of its export."""

    path: Path
    loaded: dict[str, Any]  # the output of `content-exports load`
    report: dict[str, Any]  # the report of the export

    @cached_property
    def members(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.path) as package:
            return {name: package.read(name) for name in package.namelist()}

    @cached_property
    def documents(self) -> dict[str, Element]:
        """The XML documents by member name; each must be well-formed."""
        named = {name: body for name, body in self.members.items() if name.endswith((".xml", ".qti"))}
        return {name: etree.fromstring(body) for name, body in named.items()}

    @cached_property
    def questions(self) -> list[Element]:
        """The items of the quizzes and banks in the form with all of Canvas's fields, in order."""
        cartridge = any(name.startswith("non_cc_assessments/") and name.endswith(".qti") for name in self.members)
        chosen = [r for n, r in self.documents.items() if not cartridge or n.startswith("non_cc_assessments/")]
        return [item for root in chosen if etree.QName(root).localname != "manifest" for item in root.iter("{*}item")]

    def texts(self, path: str) -> list[str]:
        """The texts of the elements at `path` (ElementPath, any namespace) in all documents, in the order of members."""
        return [element.text or "" for root in self.documents.values() for element in root.iterfind(path)]

    def attributes(self, path: str, name: str) -> list[str | None]:
        """The values of an attribute of the elements at `path` in all documents."""
        return [element.get(name) for root in self.documents.values() for element in root.iterfind(path)]

    def matches(self, pattern: str) -> list[str]:
        """What a regular expression finds in the source of the XML documents."""
        return [found for name in self.documents for found in re.findall(pattern, self.members[name].decode())]

    @property
    def load_codes(self) -> list[str]:
        return [warning["code"] for warning in self.loaded["warnings"]]

    @property
    def export_codes(self) -> list[str]:
        return [warning["code"] for warning in self.report["warnings"]]


@dataclass(frozen=True)
class Case:
    """A case by the folder of its input. `read` takes the value from the exported package that must equal `right`."""

    folder: str
    export_type: str
    read: Callable[[Exported], Any]
    right: Any
    options: dict[str, Any] = field(default_factory=dict)  # further fields of the request, such as `version`
    name: str = ""  # tells apart several rows of one folder

    @property
    def input(self) -> Path:
        """The package, or the folder of REST objects."""
        return next((CASES / self.folder).glob("input*"))

    def __str__(self) -> str:
        return f"{self.folder} {self.export_type} {self.name}".strip()


def question_text(item: Element) -> str:
    """The text of a question."""
    return item.findtext("{*}presentation/{*}material/{*}mattext") or ""


def keys(item: Element) -> list[tuple[str | None, str]]:
    """The right answers of a question: (response, value) of each comparison that gives points."""
    scoring = [c for c in item.iterfind("{*}resprocessing/{*}respcondition") if _points(c) > 0]
    return [(e.get("respident"), e.text or "") for c in scoring for e in c.iterfind("{*}conditionvar//{*}varequal")]


def _points(condition: Element) -> float:
    return sum(float(setvar.text or 0) for setvar in condition.iterfind("{*}setvar"))


def _labels(response: Element) -> dict[str | None, str]:
    """The text of each choice of a response by its ident."""
    return {e.get("ident"): e.findtext(".//{*}mattext") or "" for e in response.iter("{*}response_label")}


def blanks(item: Element) -> dict[str, list[str]]:
    """The texts that each named blank of a question lists."""
    responses = item.iterfind("{*}presentation/{*}response_lid")
    return {response.findtext("{*}material/{*}mattext") or "": [*_labels(response).values()] for response in responses}


def pairs(item: Element) -> dict[str, str]:
    """The left and the right sides that belong together in a matching question."""
    right = dict(keys(item))
    responses = item.iterfind("{*}presentation/{*}response_lid")
    return {
        response.findtext("{*}material/{*}mattext") or "": _labels(response)[right[response.get("ident")]]
        for response in responses
    }
