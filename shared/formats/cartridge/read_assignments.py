"""Assignments as they are read: Canvas's settings beside an HTML page, and `assignment.xml` of Common Cartridge 1.3."""

from __future__ import annotations

import html
import posixpath
from collections.abc import Iterable
from urllib.parse import quote

from shared.domain.content.assignments import Assignment
from shared.domain.kinds import Kind
from shared.domain.slugs import slug
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import assignment_element, fields, html_page, text_element
from shared.formats.cartridge.assignments import FORMATS, INSTRUCTOR_TEXT, SETTINGS, TITLE_PREFIX
from shared.formats.html.tokenizer import shown_text
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.imscp.resource import Resource

_SUBMISSIONS = {form: submission for submission, form in FORMATS.items()}
_CORE = (fields.text("title", "name"),)
_CORE_OTHERS = ("text", INSTRUCTOR_TEXT, "gradable", "submission_formats", "attachments")


def read(source: PackageSource, importing: Importing) -> None:
    """Every assignment that has a resource of its own. To be called before course files are read."""
    for resource in source.manifest.resources.values():
        settings = next((path for path in resource.files if posixpath.basename(path) == SETTINGS), None)
        if settings is not None:
            _read_canvas(source, importing, resource, settings)
        elif resource.type.startswith("assignment"):
            _read_cartridge(source, importing, resource)


def _read_canvas(source: PackageSource, importing: Importing, resource: Resource, settings: str) -> None:
    """An assignment from its settings and its page; one of the two suffices."""
    source.used.add(settings)
    root = source.package.xml(settings, importing)
    page = _read_page(source, importing, resource.files)
    if root is None and page is None:
        return
    if root is None:
        assignment = Assignment(
            id=importing.id_of(Kind.ASSIGNMENTS, resource.identifier), migration_id=resource.identifier
        )
    else:
        # Some packages lost the attribute; the resource has the same identifier.
        identifier = None if root.get("identifier") else resource.identifier
        assignment = assignment_element.read(root, importing, settings, identifier)
        note = text_element.read(root, INSTRUCTOR_TEXT)
        if note is not None:
            assignment.extra[INSTRUCTOR_TEXT] = note
    if page is not None:
        path, document = page
        assignment.name = assignment.name or document.title.removeprefix(TITLE_PREFIX)
        assignment.description = document.body or None
        assignment.html_name = _html_name(path, assignment)
    importing.add(Kind.ASSIGNMENTS, assignment)


def _read_page(
    source: PackageSource, importing: Importing, files: Iterable[str]
) -> tuple[str, html_page.HtmlPage] | None:
    """The first HTML page among the files, with its path."""
    path = next((path for path in files if path.endswith((".html", ".htm")) and path in source.package), None)
    if path is None:
        return None
    source.used.add(path)
    page = html_page.read(source.package.read(path))
    html_page.warn_of_head(page, path, importing)
    html_page.warn_of_metas(page.metas.items(), path, importing)
    return path, page


def _html_name(path: str, assignment: Assignment) -> str | None:
    """The name of the page, where it is not the one that the assignment's own name gives."""
    name = posixpath.splitext(posixpath.basename(path))[0]
    return None if name == slug(assignment.name) else name


def _read_cartridge(source: PackageSource, importing: Importing, resource: Resource) -> None:
    """`assignment.xml`: Canvas's extension, else the standard elements. The fallback page has the name, or the text."""
    path = next((path for path in resource.files if path.endswith(".xml")), resource.href)
    if path is None:
        importing.warn(WarningCode.MEMBER_MISSING, resource.identifier, "This assignment names no document.")
        return
    source.used.add(path)
    root = source.package.xml(path, importing)
    if root is None:
        return
    extension = xml.find(root, "extensions/assignment")
    if extension is None:
        assignment = _read_core(root, importing, path, resource)
    else:
        assignment = assignment_element.read(extension, importing, path, resource.identifier)
    # The root's identifier is K(assignment), the extension's K(assignment)_canvas: links name the first.
    if root.get("identifier"):
        importing.alias(Kind.ASSIGNMENTS, root.get("identifier") or "", assignment.id)
    page = _read_page(source, importing, source.stand_ins.get(resource.identifier, ()))
    text = text_element.read(root)
    note = text_element.read(root, INSTRUCTOR_TEXT)
    if note is not None and text is not None and not _is_empty(text):
        assignment.extra[INSTRUCTOR_TEXT] = note
        sentence = "The text for instructors is kept beside the description; students do not see it."
        importing.warn(WarningCode.INSTRUCTOR_TEXT, path, sentence)
    elif note is not None:
        sentence = "The text for instructors is the only one; it became the description, which students see."
        importing.warn(WarningCode.INSTRUCTOR_TEXT, path, sentence)
        text = note
    text = text or (page[1].body if page is not None else None)
    assignment.description = _description(root, text, source, importing, path)
    if page is not None:
        assignment.html_name = _html_name(page[0], assignment)
    importing.add(Kind.ASSIGNMENTS, assignment)


def _is_empty(text: str) -> bool:
    """Whether a text says and shows nothing, as the empty paragraph of an editor does."""
    return not shown_text(text).strip() and "src=" not in text


def _description(
    root: xml.Element, text: str | None, source: PackageSource, importing: Importing, member: str
) -> str | None:
    """The text, and a link to each attached file: an assignment has no attachments of its own (Canvas)."""
    links = RelativeLinks(posixpath.dirname(member), source.package)
    if text and not source.is_canvas:
        text = links.resolved(text, "description")
    lines = [text] if text else []
    for attachment in xml.find_all(root, "attachments/attachment"):
        href = attachment.get("href") or ""
        target = source.hrefs.attached(href, member)
        token = None if target is None else RelativeLinks("", source.package).token(quote(target))
        if target is None or token is None:
            importing.warn(WarningCode.ATTACHMENT_MISSING, member, f"The attached file {href!r} is not in the package.")
        else:
            if (attachment.get("role") or "").strip().lower() == "instructor":
                sentence = f"The attached file {href!r} is for instructors; the description leads students to it."
                importing.warn(WarningCode.INSTRUCTOR_TEXT, member, sentence)
            lines.append(f'<p><a href="{html.escape(token)}">{html.escape(posixpath.basename(target))}</a></p>')
    return "\n".join(lines) or None


def _read_core(root: xml.Element, importing: Importing, member: str, resource: Resource) -> Assignment:
    """The standard elements of an assignment."""
    identifier = resource.identifier
    gradable = xml.find(root, "gradable")
    points = None if gradable is None else xml.number_of(gradable.get("points_possible") or "")
    forms = [form.get("type") or "" for form in xml.find_all(root, "submission_formats/format")]
    for form in forms:
        if form not in _SUBMISSIONS:
            importing.warn(WarningCode.VALUE_UNREADABLE, member, f"Submissions in the form {form!r} are not known.")
    submissions = [_SUBMISSIONS[form] for form in forms if form in _SUBMISSIONS]
    if xml.bool_at(root, "gradable") is False:
        submissions = ["not_graded"]
    return Assignment(
        id=importing.id_of(Kind.ASSIGNMENTS, identifier),
        migration_id=identifier,
        points_possible=points,
        submission_types=submissions or None,
        **fields.read(root, _CORE, importing, member, _CORE_OTHERS),
    )
