"""Reads topics and announcements of any version of Common Cartridge, with Canvas's meta document if there is one."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any

from shared.domain.content.topics import DiscussionTopic, TopicAttachment
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import assignment_element, fields, files, text_element, workflow_state
from shared.formats.canvas.settings_document import reference
from shared.formats.cartridge import topics
from shared.formats.identifiers import hashed, is_name
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.imscp.resource import Resource

_FIELDS = (*topics.FIRST, *topics.MIDDLE, *topics.LAST, *topics.ANONYMITY, *topics.REPLIES)
_OTHERS = (
    "topic_id",
    "external_feed_identifierref",
    "attachment_identifierref",
    "type",
    "has_group_category",
    "group_category",
    "workflow_state",
    "assignment",
)

# The parts of the topic of Common Cartridge; "" are comments.
_PARTS = ("", "title", "text", "attachments")


@dataclass(slots=True)
class _Reading:
    """A package while its topics are read, and the files that its resources hold."""

    source: PackageSource
    importing: Importing
    files: dict[str, str] = field(default_factory=dict)  # member -> identifier of its resource


def read(source: PackageSource, importing: Importing) -> None:
    """Every topic of the manifest, with the fields and the assignment of its meta document."""
    reading = _Reading(source, importing)
    for resource in source.manifest.resources.values():
        for member, identifier in files.file_members(resource, source):
            reading.files.setdefault(member, identifier)
    for resource in source.manifest.resources.values():
        if resource.type.startswith("imsdt"):
            _read_topic(reading, resource)


def _read_topic(reading: _Reading, resource: Resource) -> None:
    if not resource.members and resource.identifier not in reading.source.manifest.inline:
        reading.importing.warn(WarningCode.MEMBER_MISSING, resource.identifier, "This topic names no document.")
        return
    document = reading.source.document(resource, reading.importing)
    meta_document = _meta(reading, resource)
    if document is None and meta_document is None:
        return
    topic = _with_meta(reading, resource, meta_document)
    # Its meta document may give it another identifier than its resource; module items and links know either.
    for identifier in (
        resource.identifier,
        meta_document and (xml.text_at(meta_document[1], "topic_id") or "").strip(),
    ):
        if identifier:
            reading.importing.alias(Kind.DISCUSSION_TOPICS, identifier, topic.id)
    if document is not None:
        member, root = document
        topic.title = topic.title or xml.text_at(root, "title") or ""
        topic.message = _message(reading, root, member)
        for unknown in (each for each in root if xml.local(each) not in _PARTS):
            sentence = f"<{xml.local(unknown)}> of a topic has no place here."
            reading.importing.warn(WarningCode.ELEMENT_UNKNOWN, member, sentence)
        _read_attachments(reading, topic, root, member)
    kind = Kind.ANNOUNCEMENTS if topic.is_announcement else Kind.DISCUSSION_TOPICS
    reading.importing.add(kind, topic)


def _message(reading: _Reading, root: xml.Element, member: str) -> str | None:
    """The text. Tools other than Canvas write paths in it that are relative to the document."""
    message = text_element.read(root)
    if message is None or reading.source.is_canvas:
        return message
    return RelativeLinks(posixpath.dirname(member), reading.source.package).resolved(message, "message")


def _meta(reading: _Reading, resource: Resource) -> tuple[str, xml.Element] | None:
    """The meta document that the topic's resource depends on, and its member."""
    for identifier in resource.dependencies:
        companion = reading.source.manifest.resources.get(identifier)
        for member in companion.files if companion else ():
            root = reading.source.package.xml(member, reading.importing) if member.endswith(".xml") else None
            if root is not None and xml.local(root) == "topicMeta":
                reading.source.used.add(member)
                return member, root
    return None


def _with_meta(reading: _Reading, resource: Resource, meta_document: tuple[str, xml.Element] | None) -> DiscussionTopic:
    """A topic with the fields of its meta document; without one it is published and no announcement."""
    importing = reading.importing
    if meta_document is None:
        topic_id = importing.id_of(Kind.DISCUSSION_TOPICS, resource.identifier)
        return DiscussionTopic(id=topic_id, migration_id=resource.identifier, published=not resource.instructor_only)
    member, meta = meta_document
    stated = (xml.text_at(meta, "topic_id") or "").strip()
    # A number is no name in a manifest; the resource has one.
    identifier = stated if is_name(stated) else resource.identifier
    values: dict[str, Any] = {
        **fields.read(meta, _FIELDS, importing, member, _OTHERS),
        **workflow_state.read(xml.text_at(meta, "workflow_state")),
        **assignment_element.read_group_category(meta),
    }
    topic = DiscussionTopic(
        id=importing.id_of(Kind.DISCUSSION_TOPICS, identifier),
        migration_id=identifier,
        is_announcement=(xml.text_at(meta, "type") or "").strip() == "announcement",
        external_feed_id=reference(meta, "external_feed_identifierref", Kind.EXTERNAL_FEEDS, importing),
        **values,
    )
    importing.remember(Kind.DISCUSSION_TOPICS, topic.id, topics.META, meta.get("identifier"))
    attachment = reference(meta, "attachment_identifierref", Kind.FILES, importing)
    if attachment is not None:
        topic.attachments = [TopicAttachment(id=attachment)]
    _read_assignment(topic, meta, member, importing)
    return topic


def _read_assignment(topic: DiscussionTopic, meta: xml.Element, member: str, importing: Importing) -> None:
    element = xml.find(meta, "assignment")
    if element is not None:
        assignment = assignment_element.read(element, importing, member)
        assignment.discussion_topic_id = topic.id
        importing.add(Kind.ASSIGNMENTS, assignment)
        # `add` gives an assignment another id if its identifier is repeated.
        topic.assignment_id = assignment.id


def _read_attachments(reading: _Reading, topic: DiscussionTopic, root: xml.Element, member: str) -> None:
    """Set the attached files, by their paths; the file that the meta names replaces the first path without a file."""
    meta_file = topic.attachments[0].id if topic.attachments else None
    hrefs = [element.get("href") or "" for element in xml.find_all(root, "attachments/attachment")]
    attachments = [TopicAttachment(id=_file_at(reading, href, member), href=href) for href in hrefs]
    if meta_file is not None and all(attachment.id != meta_file for attachment in attachments):
        unresolved = next((attachment for attachment in attachments if attachment.id is None), None)
        if unresolved is None:
            attachments.insert(0, TopicAttachment(id=meta_file))
        else:
            unresolved.id = meta_file
    for attachment in attachments:
        if attachment.id is None:
            sentence = f"The attached file {attachment.href!r} is not in the package."
            reading.importing.warn(WarningCode.ATTACHMENT_MISSING, member, sentence)
    topic.attachments = attachments or None


def _file_at(reading: _Reading, href: str, member: str) -> int | None:
    """The file at a path; one that no resource lists has the identifier that `files.keep_rest` will give it."""
    name = reading.source.hrefs.attached(href, member)
    identifier = reading.files.get(name or "")
    if identifier is None and name is not None and files.is_kept(name, reading.source):
        identifier = hashed(name)
    return None if identifier is None else reading.importing.id_of(Kind.FILES, identifier)
