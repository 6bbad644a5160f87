"""Learning tools of a course: LTI tools, links to their resources, LTI 2 tool profiles.

Consumer keys and shared secrets have no fields here: neither is ever stored or exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from shared.domain.content.content_object import Content, ContentPart

# The places where Canvas shows a tool. REST has each as a field of the tool, with its settings (External Tools API).
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
    """A named setting. Settings are lists of pairs, not maps: cartridges keep an order, and names may repeat."""

    name: str
    value: str = ""


class ToolOptions(ContentPart):
    """A named group of settings of a tool: a placement, its labels, its content migration."""

    name: str
    properties: list[Property] = msgspec.field(default_factory=list)
    options: list[ToolOptions] = msgspec.field(default_factory=list)
    custom_fields: list[Property] | None = None


class Vendor(ContentPart):
    """The vendor of a tool. Canvas writes `unknown` for a missing code or name."""

    code: str | None = None
    name: str | None = None
    description: str | None = None
    url: str | None = None
    contact_email: str | None = None


class Extension(ContentPart):
    """The settings of a tool for a platform other than Canvas."""

    platform: str
    properties: list[Property] = msgspec.field(default_factory=list)
    options: list[ToolOptions] = msgspec.field(default_factory=list)


class ExternalTool(Content):
    """REST ExternalTool: an LTI tool that is installed in the course.

    `from_json` reads the map `custom_fields` and the placement fields (`course_navigation`, ...) of REST and turns
    them into lists of pairs.
    """

    name: str = ""
    description: str | None = None
    url: str | None = None
    launch_url: str | None = None  # the http address of a tool that also has an https one, in `url`
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
    settings: list[Property] = msgspec.field(
        default_factory=list
    )  # all other settings; some repeat a field of this class
    options: list[ToolOptions] = msgspec.field(default_factory=list)
    extensions: list[Extension] = msgspec.field(default_factory=list)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST ExternalTool or the stored form, without secrets. Raises InvalidContent."""
        known = {name: value for name, value in data.items() if name not in SECRETS}
        known["custom_fields"] = _pairs(data.get("custom_fields"))
        placements = [name for name in PLACEMENTS if isinstance(data.get(name), Mapping)]
        from_placements = [_options(name, known.pop(name)) for name in placements]
        stored = data.get("options") or []
        # A value that is no list is left to `super`, which raises InvalidContent for it.
        known["options"] = [*stored, *from_placements] if isinstance(stored, list) else stored
        return super().from_json(known)


class LtiResourceLink(Content):
    """An LTI 1.3 link to a resource of a tool, from the course or one of its assignments."""

    title: str = ""
    description: str | None = None
    url: str | None = None  # the launch URL of the tool, which identifies the tool
    resource_link_url: str | None = None  # the target of the link, if it is not the launch URL
    lookup_uuid: str | None = None
    assignment_id: int | None = None
    context_external_tool_id: int | None = None
    custom: list[Property] | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the stored form, or one with `custom` as a map. Raises InvalidContent with the field's name."""
        return super().from_json({**data, "custom": _pairs(data.get("custom"))})


class ToolProfile(Content):
    """An LTI 2 tool: the profile that the tool registered, unchanged."""

    title: str = ""
    tool_profile: dict[str, Any] = msgspec.field(default_factory=dict)
    registration_url: str | None = None


def _pairs(value: Any) -> Any:
    return [[str(name), _text(item)] for name, item in value.items()] if isinstance(value, Mapping) else value


def _options(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a REST placement in the form of ToolOptions: scalars become properties, maps nested options."""
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
