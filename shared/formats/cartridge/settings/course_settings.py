"""`course_settings.xml`: what a course is called and how it is set up."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import json_text, xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, course_of, open_root
from shared.formats.cartridge.settings import tab_configuration
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "course_settings.xml"

# REST counts the quota in megabytes of this many bytes, a cartridge in bytes.
_MEGABYTE = 1_048_576
# Settings are free keys in the model, but a key becomes the name of an element.
_ELEMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def _megabytes(text: str) -> int | float | None:
    size = xml.number_of(text)
    if size is None:
        return None
    return int(size) // _MEGABYTE if size % _MEGABYTE == 0 else size / _MEGABYTE


_QUOTA = fields.Field("storage_quota", "storage_quota_mb", _megabytes, lambda quota: round(quota * _MEGABYTE))
_WEIGHTS = fields.Field(
    "group_weighting_scheme",
    "apply_assignment_group_weights",
    {"percent": True, "equal": False}.get,
    lambda weighted: "percent" if weighted else "equal",
)
# Canvas writes these four always, empty for no value; the importer reads an empty time as "none".
_HEAD = (
    fields.text("title", "name").required,
    fields.text("course_code").required,
    fields.moment("start_at").required,
    fields.moment("conclude_at", "end_at").required,
)
# Canvas's order. Each is written only where it was set: neither nil nor empty, but false is (migrator_helper.rb).
_SETTINGS = (
    _WEIGHTS,
    *fields.flags("is_public", "is_public_to_auth_users", "public_syllabus", "public_syllabus_to_auth"),
    fields.text("files_visibility"),
    *fields.flags("allow_student_wiki_edits", "show_public_context_messages", "syllabus_course_summary"),
    *fields.flags("allow_student_forum_attachments", "lock_all_announcements"),
    fields.text("default_wiki_editing_roles"),
    fields.flag("allow_student_organized_groups"),
    fields.text("default_view"),
    *fields.flags("show_total_grade_as_points", "allow_final_grade_override", "open_enrollment", "self_enrollment"),
    *fields.flags("filter_speed_grader_by_student_group", "allow_wiki_comments"),
    fields.text("turnitin_comments"),
    fields.text("license"),
    fields.flag("indexed"),
    fields.text("locale"),
    fields.flag("hide_final_grade", "hide_final_grades"),
    *fields.flags("hide_distribution_graphs", "allow_student_anonymous_discussion_topics"),
    *fields.flags("allow_student_discussion_topics", "allow_student_discussion_editing"),
    *fields.flags("allow_student_discussion_reporting", "organize_epub_by_content_type", "enable_offline_web_export"),
    fields.flag("show_announcements_on_home_page"),
    fields.whole("home_page_announcement_limit"),
    *fields.flags("usage_rights_required", "restrict_student_future_view", "restrict_student_past_view"),
    *fields.flags("restrict_enrollments_to_course_dates", "homeroom_course"),
    fields.text("course_color"),
    fields.text("alt_name", "friendly_name"),
    *fields.flags("restrict_quantitative_data", "horizon_course", "career_learning_library_only", "content_library"),
    fields.flag("conditional_release"),
    fields.text("default_due_time"),
    fields.flag("grading_standard_enabled"),
    _QUOTA,
    fields.text("image_url"),
    fields.text("banner_image_url"),
    fields.text("overridden_course_visibility").required,
)
_TAIL = (
    fields.text("time_zone"),
    fields.flag("enable_course_paces").or_else(False),
    fields.flag("hide_sections_on_course_users_page"),
    fields.flag("use_default_discussion_settings"),
)
_ACCOUNT_STANDARD = fields.whole("grading_standard_id", "grading_standard_external_identifier")
_ACCOUNT = fields.text("root_account_uuid")
_READ = (*_HEAD, *_SETTINGS, _ACCOUNT_STANDARD, _ACCOUNT, *_TAIL)
_FILES = {"image_identifier_ref": "image_id", "banner_image_identifier_ref": "banner_image_id"}
_STANDARD = "grading_standard_identifier_ref"
_TABS = "tab_configuration"
_POLICY = "default_post_policy"
_DISCUSSIONS = "default_discussion_settings"


def document(packing: Packing) -> bytes | None:
    """The settings of the course, where they are selected.

    A setting that was never set is omitted; the times, the visibility and paces are always written.
    """
    if not packing.selection.flag("course_settings"):
        return None
    course = packing.course.course
    root = xml.root("course", identifier=packing.key(Kind.COURSES, course.id))
    fields.append(root, course, _HEAD)
    if course.tab_configuration:
        xml.add(root, _TABS, json_text.dump(tab_configuration.written(course.tab_configuration, packing)))
    _append_images(root, packing, course)
    fields.append(root, _with_standard_flag(course), _SETTINGS)
    _append_standard(root, packing, course)
    fields.append(root, course, (_ACCOUNT,))
    if course.post_manually is not None:
        xml.add(xml.add(root, _POLICY), "post_manually", course.post_manually)
    fields.append(root, course, _TAIL)
    _append_discussion_settings(root, packing, course)
    return xml.serialize(root)


def _append_images(root: xml.Element, packing: Packing, course: Course) -> None:
    """The files of the course's card and banner, each unless the course has an address for it instead."""
    for element, name in _FILES.items():
        file_id = getattr(course, name)
        if file_id is not None and not getattr(course, name.replace("_id", "_url")):
            xml.add(root, element, packing.key(Kind.FILES, file_id))


def _with_standard_flag(course: Course) -> Course:
    """The course with `grading_standard_enabled`: its own, else whether it uses a standard, as Canvas derives it."""
    if course.grading_standard_enabled is not None:
        return course
    used = course.grading_standard_id is not None or course.grading_standard_external_identifier is not None
    return replace(course, grading_standard_enabled=used)


def _append_standard(root: xml.Element, packing: Packing, course: Course) -> None:
    """The grading standard: by its key where it is of this course, else by its number."""
    standard = course.grading_standard_id
    if standard is None:
        fields.append(root, course, (_ACCOUNT_STANDARD,))
    elif packing.knows(Kind.GRADING_STANDARDS, standard):
        xml.add(root, _STANDARD, packing.key(Kind.GRADING_STANDARDS, standard))
    else:
        xml.add(root, _ACCOUNT_STANDARD.element, standard)


def _append_discussion_settings(root: xml.Element, packing: Packing, course: Course) -> None:
    if not course.default_discussion_settings:
        return
    container = xml.add(root, _DISCUSSIONS)
    for name, value in course.default_discussion_settings.items():
        if _ELEMENT_NAME.fullmatch(name):
            xml.add(container, name, value)
        else:
            packing.report.warn(WarningCode.NAME_NOT_WRITABLE, f"{name!r} cannot name an element.", place=_DISCUSSIONS)


def read(source: PackageSource, importing: Importing) -> None:
    """Set the settings of the course; without the document, only its name, from the title of the manifest."""
    course = course_of(importing)
    root = open_root(source, importing, NAME, "course")
    if root is not None:
        _read(root, course, importing)
    # The title of a selective export or of another tool's package is no reason to rename an existing course.
    importing.names_course = bool(course.name)
    course.name = course.name or source.manifest.title


def _read(root: xml.Element, course: Course, importing: Importing) -> None:
    others = (*_FILES, _STANDARD, _TABS, _POLICY, _DISCUSSIONS)
    for name, value in fields.read(root, _READ, importing, FOLDER + NAME, others).items():
        setattr(course, name, value)
    course.migration_id = root.get("identifier")
    importing.remember(Kind.COURSES, course.id, "", course.migration_id)
    course.tab_configuration = _read_tabs(root, importing)
    course.post_manually = xml.bool_at(root, f"{_POLICY}/post_manually")
    for element, name in _FILES.items():
        identifier = (xml.text_at(root, element) or "").strip()
        if identifier:
            setattr(course, name, importing.id_of(Kind.FILES, identifier))
    identifier = (xml.text_at(root, _STANDARD) or "").strip()
    if identifier:
        course.grading_standard_id = importing.id_of(Kind.GRADING_STANDARDS, identifier)
    settings = xml.find(root, _DISCUSSIONS)
    if settings is not None:
        course.default_discussion_settings = {
            xml.local(child): _value(child.text) for child in settings if xml.local(child)
        }


def _read_tabs(root: xml.Element, importing: Importing) -> list[dict[str, Any]] | None:
    """The tabs that are objects with an `id`; Canvas's importer ignores others too."""
    text = xml.text_at(root, _TABS)
    if not text:
        return None
    try:
        tabs = json_text.load(text)
    except ValueError:
        tabs = None
    if not isinstance(tabs, list):
        importing.warn(WarningCode.VALUE_UNREADABLE, FOLDER + NAME, f"<{_TABS}> does not hold a list: {text[:100]!r}")
        return None
    return tab_configuration.read([tab for tab in tabs if isinstance(tab, dict) and "id" in tab], importing)


def _value(text: str | None) -> bool | str | None:
    """A setting without a type of its own: a boolean where it reads as one."""
    return {"true": True, "false": False}.get((text or "").strip(), text or None)
