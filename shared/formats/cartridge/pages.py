"""Pages: `wiki_content/<url>.html`, or `.json` for the block editor, with a `webcontent` resource each (Canvas)."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from shared.domain.content.pages import BlockEditor, Page
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import json_text, xml
from shared.formats.canvas import fields, html_page, workflow_state
from shared.formats.canvas.assignment_element import mastery_paths
from shared.formats.entry import Entry
from shared.formats.file_paths import safe_name
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.imscp.resource import WEBCONTENT, Resource, Resources
from shared.formats.packing import Packing

FOLDER = "wiki_content"
# The metas of a page in Canvas's order, around the three that name other things. One without a value, and a false
# one, is left out.
_FIRST = (fields.text("editing_roles"), fields.flag("notify_of_update"))
_FLAGS = (fields.flag("front_page"), fields.flag("module_locked"))
_VISIBILITY = (
    fields.flag("only_visible_to_overrides"),
    replace(
        fields.json_objects("assignment_overrides"), write=lambda overrides: json_text.dump([*map(_ordered, overrides)])
    ),
    *(fields.raw_moment(name) for name in ("todo_date", "publish_at", "unlock_at", "lock_at")),
    fields.flag("hide_from_students"),
)
# The keys of an override that Canvas writes first.
_OVERRIDE = ("set_type", "set_id", "title")
_METAS = {field.element: field for field in (*_FIRST, *_FLAGS, *_VISIBILITY)}
_OTHER_METAS = ("identifier", "workflow_state", "assignment_identifier")


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected pages in course order, each with its resource. The title stands in the page alone."""
    paths: set[str] = set()
    return packing.each(Kind.PAGES, partial(_write, packing, resources, paths))


def _write(packing: Packing, resources: Resources, paths: set[str], page: Page) -> Iterator[Entry]:
    entry = _entry(packing, page, paths)
    paths.add(entry.path)
    identifier = packing.key(Kind.PAGES, page.id)
    resources.add(Resource(identifier, WEBCONTENT, href=entry.path, files=(entry.path,)))
    yield entry


def _entry(packing: Packing, page: Page, paths: set[str]) -> Entry:
    packed: Page = packing.html(Kind.PAGES, page)
    metas = dict(_metas(packing, _with_assignment(packing, page)))
    if packed.block_editor_attributes is None:
        body = html_page.write(page.title, packed.body or "", metas.items())
        return Entry(_path(page, ".html", paths), body)
    editor = packed.block_editor_attributes
    form = {
        "title": page.title,
        "meta": metas,
        "block_editor": {"blocks": editor.blocks, "editor_version": editor.version},
    }
    return Entry(_path(page, ".json", paths), json.dumps(form, ensure_ascii=False).encode())


def _with_assignment(packing: Packing, page: Page) -> Page:
    """The page with what a cartridge keeps of its assignment, which is written nowhere else (Canvas).

    These are its visibility and its mastery paths; the page's own take precedence.
    """
    assignment = None if page.assignment_id is None else packing.course.get(Kind.ASSIGNMENTS, page.assignment_id)
    if assignment is None:
        return page
    visible, overrides = page.only_visible_to_overrides, page.assignment_overrides
    return msgspec.structs.replace(
        page,
        only_visible_to_overrides=assignment.only_visible_to_overrides if visible is None else visible,
        assignment_overrides=list(mastery_paths(assignment.overrides)) if overrides is None else overrides,
    )


def _ordered(override: Mapping[str, Any]) -> dict[str, Any]:
    """An override with its keys in one order, whatever order they were stored in."""
    names = (*(name for name in _OVERRIDE if name in override), *sorted(set(override) - set(_OVERRIDE)))
    return {name: override[name] for name in names}


def _path(page: Page, extension: str, paths: set[str]) -> str:
    """The member of a page: its url, with a number if another page has that member."""
    # Importers take the url of a page from the name of its file, so the name is the url and nothing else.
    name = posixpath.splitext(safe_name(f"{page.url or page.id}{extension}"))[0]
    path, number = f"{FOLDER}/{name}{extension}", 1
    while path in paths:
        number += 1
        path = f"{FOLDER}/{name}-{number}{extension}"
    return path


def _metas(packing: Packing, page: Page) -> Iterator[tuple[str, str]]:
    yield "identifier", packing.key(Kind.PAGES, page.id)
    yield from _values(page, _FIRST)
    yield "workflow_state", workflow_state.written(page.published, None, "active")
    yield from _values(page, _FLAGS)
    if page.assignment_id is not None:
        yield "assignment_identifier", packing.key(Kind.ASSIGNMENTS, page.assignment_id)
    yield from _values(page, _VISIBILITY)


def _values(page: Page, metas: Iterable[fields.Field]) -> Iterator[tuple[str, str]]:
    for field in metas:
        value = getattr(page, field.name)
        # Canvas omits a meta that is false or empty, so a reader cannot distinguish false from unknown.
        if value:
            yield field.element, xml.text_of(field.write(value))


def read(source: PackageSource, importing: Importing) -> None:
    """Every page under `wiki_content/`; its url is the file's name, its identifier its resource's, else a meta."""
    listed = {href: resource.identifier for resource in source.manifest.resources.values() for href in resource.files}
    for member in source.package.names:
        if not member.startswith(f"{FOLDER}/"):
            continue
        source.used.add(member)
        url, extension = posixpath.splitext(member.removeprefix(f"{FOLDER}/"))
        if extension.lower() in (".html", ".htm"):
            _read_html(source, importing, member, listed.get(member))
        elif extension.lower() == ".json":
            _read_json(source, importing, member, listed.get(member))
        else:
            importing.warn(
                WarningCode.PAGE_UNREADABLE, member, f"{url} is neither an HTML page nor one of the block editor."
            )


def _read_html(source: PackageSource, importing: Importing, member: str, identifier: str | None) -> None:
    document = html_page.read(source.package.read(member))
    html_page.warn_of_head(document, member, importing)
    page = _page(importing, member, document.metas, identifier)
    page.title = document.title
    # Tools other than Canvas write paths that are relative to the document.
    links = RelativeLinks(posixpath.dirname(member), source.package)
    page.body = document.body if source.is_canvas else links.resolved(document.body, "body")
    importing.add(Kind.PAGES, page)


def _read_json(source: PackageSource, importing: Importing, member: str, identifier: str | None) -> None:
    try:
        form = json_text.load(html_page.decode(source.package.read(member)))
        metas = {str(name): _meta_text(value) for name, value in (form.get("meta") or {}).items()}
        editor = form.get("block_editor") or {}
        blocks = BlockEditor(blocks=editor.get("blocks"), version=_version(editor))
    except (ValueError, AttributeError) as error:
        importing.warn(WarningCode.PAGE_UNREADABLE, member, f"This is not a page of the block editor: {error}")
        return
    page = _page(importing, member, metas, identifier)
    page.title = str(form.get("title") or "")
    page.block_editor_attributes = blocks
    importing.add(Kind.PAGES, page)


def _version(editor: dict[str, Any]) -> str | None:
    version = editor.get("editor_version")
    return None if version is None else str(version)


def _meta_text(value: Any) -> str:
    """The text that the HTML form has for a meta of the JSON form."""
    return json_text.dump(value) if isinstance(value, (dict, list)) else xml.text_of(value)


def _page(importing: Importing, member: str, metas: Mapping[str, str], listed: str | None) -> Page:
    """A page with the fields that its metas state; a warning for an unknown meta."""
    identifier = listed or metas.get("identifier") or hashed(member)
    page = Page(
        id=importing.id_of(Kind.PAGES, identifier),
        migration_id=identifier,
        url=posixpath.splitext(member.removeprefix(f"{FOLDER}/"))[0],
        published=workflow_state.read(metas.get("workflow_state")).get("published"),
    )
    if metas.get("assignment_identifier"):
        page.assignment_id = importing.id_of(Kind.ASSIGNMENTS, metas["assignment_identifier"])
    for name, text in metas.items():
        if name in _METAS and text.strip():
            _set(page, _METAS[name], text, importing, member)
    unknown = [(name, text) for name, text in metas.items() if name not in _METAS and name not in _OTHER_METAS]
    html_page.warn_of_metas(unknown, member, importing)
    # The oldest packages state the visibility of a page in this meta alone.
    if page.hide_from_students and page.published is None:
        page.published = False
    return page


def _set(page: Page, field: fields.Field, text: str, importing: Importing, member: str) -> None:
    value = field.read(text)
    if value is None:
        importing.warn(
            WarningCode.VALUE_UNREADABLE, member, f"The meta {field.element} does not hold such a value: {text[:100]}"
        )
    setattr(page, field.name, value)
