"""Learning tools of a course: LTI tools, links to their resources, LTI 2 tool profiles.

A consumer key or shared secret has no field here: neither is ever kept or exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from shared.domain.content.content_object import Content, Part

# Where Canvas shows a tool; REST has each as a field of the tool, an object of settings (External Tools API).
PLACEMENTS = (
    "account_navigation",
    "analytics_hub",
    "assignment_edit",
    "assignment_group_menu",
    "assignment_index_menu",
    "assignment_menu",
    "assignment_selection",
    "assignment_view",
    "collaboration",
    "conference_selection",
    "course_assignments_menu",
    "course_home_sub_navigation",
    "course_navigation",
    "course_settings_sub_navigation",
    "discussion_topic_index_menu",
    "discussion_topic_menu",
    "editor_button",
    "file_index_menu",
    "file_menu",
    "global_navigation",
    "homework_submission",
    "link_selection",
    "migration_selection",
    "module_group_menu",
    "module_index_menu",
    "module_index_menu_modal",
    "module_menu",
    "module_menu_modal",
    "post_grades",
    "quiz_index_menu",
    "quiz_menu",
    "quiz_selection",
    "resource_selection",
    "similarity_detection",
    "student_context_card",
    "submission_type_selection",
    "tool_configuration",
    "top_navigation",
    "user_navigation",
    "wiki_index_menu",
    "wiki_page_menu",
)
SECRETS = frozenset({"consumer_key", "shared_secret"})


class Property(msgspec.Struct, array_like=True, frozen=True):
    """A setting by name. A list of pairs and no map, since the order of a cartridge counts and names may repeat."""

    name: str
    value: str = ""


class Options(Part):
    """A named group of settings of a tool: a placement, its labels, its content migration."""

    name: str
    properties: list[Property] = msgspec.field(default_factory=list)
    options: list[Options] = msgspec.field(default_factory=list)
    custom_fields: list[Property] | None = None


class Vendor(Part):
    """Who made a tool. Canvas writes `unknown` for a code and name that are not known."""

    code: str | None = None
    name: str | None = None
    description: str | None = None
    url: str | None = None
    contact_email: str | None = None


class Extension(Part):
    """What a tool tells a platform other than Canvas."""

    platform: str
    properties: list[Property] = msgspec.field(default_factory=list)
    options: list[Options] = msgspec.field(default_factory=list)


class ExternalTool(Content):
    """An LTI tool installed in the course, by REST's names.

    REST's `custom_fields` map and its placement fields (`course_navigation`, ...) are taken in by `from_json`; they are
    kept as lists of pairs.
    """

    name: str = ""
    description: str | None = None
    url: str | None = None
    launch_url: str | None = None  # the plain address of a tool that also has a secure one, its `url`
    domain: str | None = None
    tool_id: str | None = None
    privacy_level: str | None = None
    lti_version: str | None = None
    client_id: str | None = None
    selection_width: int | str | None = None
    selection_height: int | str | None = None
    icon_url: str | None = None
    secure_icon_url: str | None = None
    vendor: Vendor | None = None
    custom_fields: list[Property] | None = None
    settings: list[Property] = msgspec.field(default_factory=list)  # the rest; a name that is a field here repeats it
    options: list[Options] = msgspec.field(default_factory=list)
    extensions: list[Extension] = msgspec.field(default_factory=list)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST ExternalTool or the stored form. Secrets are dropped. Raises InvalidContent naming the field."""
        known = {name: value for name, value in data.items() if name not in SECRETS}
        known["custom_fields"] = _pairs(data.get("custom_fields"))
        placements = [name for name in PLACEMENTS if isinstance(data.get(name), Mapping)]
        listed = [_options(name, known.pop(name)) for name in placements]
        given = data.get("options") or []
        known["options"] = [*given, *listed] if isinstance(given, list) else given
        return super().from_json(known)


class LtiResourceLink(Content):
    """An LTI 1.3 link to one resource of a tool, from the course or from an assignment of it."""

    title: str = ""
    description: str | None = None
    url: str | None = None  # where the tool is launched; it tells which tool this is
    resource_link_url: str | None = None  # the link's own target
    lookup_uuid: str | None = None
    assignment_id: int | None = None
    context_external_tool_id: int | None = None
    custom: list[Property] | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the stored form, or one with `custom` as a map. Raises InvalidContent naming the field."""
        return super().from_json({**data, "custom": _pairs(data.get("custom"))})


class ToolProfile(Content):
    """An LTI 2 tool: its profile as the tool registered it."""

    title: str = ""
    tool_profile: dict[str, Any] = msgspec.field(default_factory=dict)
    registration_url: str | None = None


def _pairs(value: Any) -> Any:
    return [[str(name), _text(item)] for name, item in value.items()] if isinstance(value, Mapping) else value


def _options(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A placement of REST as Options: scalars are properties, maps are options inside it."""
    inner = {k: v for k, v in settings.items() if isinstance(v, Mapping) and k != "custom_fields"}
    return {
        "name": name,
        "properties": [[k, _text(v)] for k, v in settings.items() if v is not None and not isinstance(v, Mapping)],
        "options": [_options(k, v) for k, v in inner.items()],
        "custom_fields": _pairs(settings.get("custom_fields")),
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
