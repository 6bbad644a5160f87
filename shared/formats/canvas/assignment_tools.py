"""The elements of an assignment that are about tools: LTI, plagiarism detection, New Quizzes."""

from __future__ import annotations

from typing import Any

from shared.domain.content.assignments import (
    AssetProcessor,
    Assignment,
    ExternalToolTag,
    LineItem,
    SimilarityDetectionTool,
    ToolSetting,
)
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.identifiers import global_id, hashed
from shared.formats.importing import Importing
from shared.formats.packing import Packing

_TOOL_OUTSIDE = fields.whole("external_tool_external_identifier", "external_identifier")
_TOOL = (
    fields.text("external_tool_url", "url").required,
    fields.json_value("external_tool_data_json", "external_data"),
    fields.json_object("external_tool_link_settings_json", "link_settings"),
    fields.flag("external_tool_new_tab", "new_tab").required,
)
_LINK = (fields.text("resource_link_lookup_uuid"),)
_SIMILARITY = fields.json_object("turnitin_settings")
_NEW_QUIZZES = (fields.text("new_quizzes_type"), fields.flag("new_quizzes_anonymous_participants"))
_CONTEXT = (fields.text("lti_context_id"),)
_LINE_ITEM = (
    fields.flag("coupled").required,
    fields.text("tag"),
    fields.text("resource_id"),
    fields.json_object("extensions"),
    fields.whole("client_id"),
    fields.text("label"),
    fields.number("score_maximum"),
)
_ASSET_PROCESSOR = (
    fields.text("url").required,
    fields.text("title"),
    fields.text("text"),
    fields.json_value("custom"),
    fields.json_value("icon"),
    fields.json_value("window"),
    fields.json_value("iframe"),
    fields.json_value("report"),
    fields.whole("context_external_tool_global_id").required,
    fields.text("context_external_tool_url").required,
)
_ON_ASSIGNMENT = (*_LINK, _SIMILARITY, *_NEW_QUIZZES, *_CONTEXT)
_TOOL_PROXY = ("product_code", "vendor_code", "tool_proxy_guid")

ELEMENTS = (
    "external_tool_identifierref",
    _TOOL_OUTSIDE.element,
    *(field.element for field in (*_TOOL, *_ON_ASSIGNMENT)),
    "similarity_detection_tool",
    "tool_setting",
    "line_items",
    "asset_processors",
)


def append(element: xml.Element, packing: Packing, assignment: Assignment) -> None:
    """Everything between the settings and the post policy of an assignment element."""
    if assignment.external_tool_tag_attributes is not None:
        _append_tool(element, packing, assignment, assignment.external_tool_tag_attributes)
    fields.append(element, assignment, _LINK)
    if assignment.turnitin_enabled or assignment.vericite_enabled:
        fields.append(element, assignment, (_SIMILARITY,))
    fields.append(element, assignment, _NEW_QUIZZES)
    if assignment.similarity_detection_tool is not None:
        _add_attributes(element, "similarity_detection_tool", assignment.similarity_detection_tool)
    if assignment.tool_setting is not None:
        _append_tool_setting(xml.add(element, "tool_setting"), assignment.tool_setting)


def _append_tool(element: xml.Element, packing: Packing, assignment: Assignment, tag: ExternalToolTag) -> None:
    """The tool by its key where it is of this course, else by its number."""
    # A tool of the course has a file in the package, one of the account has none: importers look it up by its number.
    if tag.content_id is not None and packing.knows(Kind.EXTERNAL_TOOLS, tag.content_id):
        xml.add(element, "external_tool_identifierref", packing.key(Kind.EXTERNAL_TOOLS, tag.content_id))
    else:
        outside = tag.content_id if tag.external_identifier is None else tag.external_identifier
        xml.add_if(element, _TOOL_OUTSIDE.element, outside)
    fields.append(element, tag, _TOOL)


def _add_attributes(parent: xml.Element, tag: str, part: SimilarityDetectionTool) -> None:
    attributes = {name: getattr(part, name) for name in part.__struct_fields__}
    xml.add(parent, tag, **{name: value for name, value in attributes.items() if value is not None})


def _append_tool_setting(element: xml.Element, setting: ToolSetting) -> None:
    proxy = {name: getattr(setting, name) for name in _TOOL_PROXY if getattr(setting, name) is not None}
    xml.add(element, "tool_proxy", **proxy)
    for name in ("custom", "custom_parameters"):
        values = getattr(setting, name)
        if values:
            container = xml.add(element, name)
            for key, value in values.items():
                xml.add(container, "property", value, name=key)


def append_line_items(element: xml.Element, assignment: Assignment) -> None:
    """`<line_items>`, where there are any. A label or maximum that is the assignment's own is not repeated."""
    if not assignment.line_items:
        return
    container = xml.add(element, "line_items")
    own = {"label": assignment.name, "score_maximum": assignment.points_possible}
    for item in assignment.line_items:
        written = (f for f in _LINE_ITEM if f.name not in own or getattr(item, f.name) != own[f.name])
        fields.append(xml.add(container, "line_item"), item, written)


def append_asset_processors(element: xml.Element, assignment: Assignment) -> None:
    """`<lti_context_id>` and `<asset_processors>`, where there are any."""
    fields.append(element, assignment, _CONTEXT)
    if not assignment.asset_processors:
        return
    container = xml.add(element, "asset_processors")
    for processor in assignment.asset_processors:
        child = xml.add(container, "asset_processor")
        identifier = processor.migration_id
        if identifier is None and processor.id is not None:
            identifier = hashed(f"lti:asset_processor_{global_id(processor.id)}")
        if identifier:
            child.set("identifier", identifier)
        fields.append(child, processor, _ASSET_PROCESSOR)


def read(element: xml.Element, importing: Importing, member: str) -> dict[str, Any]:
    """The fields of an Assignment that this module writes, those that the element has."""
    values = fields.read(element, _ON_ASSIGNMENT, importing, member, None)
    tag = fields.read(element, (_TOOL_OUTSIDE, *_TOOL), importing, member, None)
    identifier = (xml.text_at(element, "external_tool_identifierref") or "").strip()
    if identifier:
        tag["content_id"] = importing.id_of(Kind.EXTERNAL_TOOLS, identifier)
    if tag:
        values["external_tool_tag_attributes"] = ExternalToolTag(**tag)
    similarity = xml.find(element, "similarity_detection_tool")
    if similarity is not None:
        names = SimilarityDetectionTool.__struct_fields__
        values["similarity_detection_tool"] = SimilarityDetectionTool(**{name: similarity.get(name) for name in names})
    setting = xml.find(element, "tool_setting")
    if setting is not None:
        values["tool_setting"] = _read_tool_setting(setting)
    items = xml.find_all(element, "line_items/line_item")
    if items:
        values["line_items"] = [LineItem(**fields.read(item, _LINE_ITEM, importing, member)) for item in items]
    processors = xml.find_all(element, "asset_processors/asset_processor")
    if processors:
        values["asset_processors"] = [
            AssetProcessor(migration_id=p.get("identifier"), **fields.read(p, _ASSET_PROCESSOR, importing, member))
            for p in processors
        ]
    return values


def _read_tool_setting(element: xml.Element) -> ToolSetting:
    proxy = xml.find(element, "tool_proxy")
    codes = {name: None if proxy is None else proxy.get(name) for name in _TOOL_PROXY}
    custom = {p.get("name") or "": p.text or "" for p in xml.find_all(element, "custom/property")}
    parameters = {p.get("name") or "": p.text or "" for p in xml.find_all(element, "custom_parameters/property")}
    return ToolSetting(custom=custom or None, custom_parameters=parameters or None, **codes)
