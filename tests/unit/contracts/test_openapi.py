"""The names by which the API's description calls its types, and where their references lead."""

from __future__ import annotations

import re

import msgspec

from shared.contracts.openapi import document
from shared.contracts.operations import OPERATIONS

DESCRIPTION = document(OPERATIONS, "1")


def test_clients_read_the_names_of_the_api_and_not_those_of_our_classes() -> None:
    schemas = DESCRIPTION["components"]["schemas"]
    assert {"Attachment", "ContentExport", "Course", "Entry", "ExportError", "Group", "Progress", "Report"} <= set(
        schemas
    )
    assert {name for name, schema in schemas.items() if schema["title"] != name} == set()
    assert not [name for name in schemas if name.endswith("Body")]


def test_every_reference_leads_to_a_part_of_the_description() -> None:
    references = set(re.findall(r'"#/components/(\w+)/(\w+)"', msgspec.json.encode(DESCRIPTION).decode()))
    known = {(kind, name) for kind, parts in DESCRIPTION["components"].items() for name in parts}
    assert ("schemas", "ContentExport") in references
    assert references <= known


def test_the_body_of_a_create_call_names_its_parameters_and_their_types() -> None:
    create = DESCRIPTION["components"]["schemas"]["CreateRequest"]
    assert create["required"] == ["export_type"]
    assert create["properties"]["export_type"]["$ref"].endswith("/ExportType")
    assert create["properties"]["select"]["type"] == "object"
