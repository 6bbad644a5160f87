"""Discussion topics and announcements: the topic of Common Cartridge, and Canvas's meta document beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.assignments import Assignment
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import assignment_element, fields, text_element, workflow_state
from shared.formats.entry import Entry
from shared.formats.imscp.manifest import version_of
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing

TYPE = "imsdt_xmlv1p1"
# The prefix of the meta document's key.
META = "meta"
KINDS = (Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS)
# The course files, in a reference of a package.
FILE_BASE = "$IMS-CC-FILEBASE$/"

# Canvas: the elements of topicMeta in its order, around those that name other things.
FIRST = (
    fields.text("title").required,
    fields.moment("posted_at"),
    fields.moment("delayed_post_at"),
    fields.moment("lock_at"),
    fields.whole("position").required,
)
MIDDLE = (
    fields.text("discussion_type").or_else("not_threaded"),
    fields.flag("pinned").if_true,
    fields.flag("require_initial_post").if_true,
)
LAST = (
    *(fields.flag(n).or_else(False) for n in ("module_locked", "allow_rating", "only_graders_can_rate")),
    fields.flag("sort_by_rating").or_else(False),
    fields.text("sort_order").or_else("desc"),
    *(fields.flag(n).or_else(False) for n in ("sort_order_locked", "expanded", "expanded_locked")),
    fields.raw_moment("todo_date").required,
    fields.flag("locked").if_true,
)
ANONYMITY = (fields.text("anonymous_state"), fields.flag("is_anonymous_author").if_true)
REPLIES = (fields.whole("reply_to_entry_required_count"),)


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected topics and announcements in course order: two members and two resources each."""
    for kind in KINDS:
        yield from packing.each(kind, partial(_write, packing, resources, kind))


def _write(packing: Packing, resources: Resources, kind: Kind, topic: DiscussionTopic) -> list[Entry]:
    shown: DiscussionTopic = packing.html(kind, topic)
    key, meta = packing.key(kind, topic.id), packing.key(kind, topic.id, META)
    entries = [Entry(f"{key}.xml", _topic(packing, shown)), Entry(f"{meta}.xml", _meta(packing, shown, kind))]
    resources.add(Resource(key, TYPE, files=(f"{key}.xml",), dependencies=(meta,)))
    resources.add(Resource(meta, LEARNING_APPLICATION, href=f"{meta}.xml", files=(f"{meta}.xml",)))
    return entries


def _topic(packing: Packing, topic: DiscussionTopic) -> bytes:
    return plain_document(packing, topic, [href for href in _attachments(packing, topic) if href])


def plain_document(packing: Packing, topic: DiscussionTopic, hrefs: list[str]) -> bytes:
    """The topic for any reader of Common Cartridge; `hrefs` lead to its attachments."""
    root = xml.root("topic", *version_of(packing).document("imsdt"))
    xml.add(root, "title", topic.title)
    text_element.append(root, topic.message)
    if hrefs:
        container = xml.add(root, "attachments")
        for href in hrefs:
            xml.add(container, "attachment", href=href)
    return xml.serialize(root)


def _attachments(packing: Packing, topic: DiscussionTopic) -> Iterator[str | None]:
    """References to the attached files by their paths in the package, not percent-encoded (Canvas)."""
    for attachment in topic.attachments or ():
        path = None if attachment.id is None else packing.file_paths.files.get(attachment.id)
        if path is None:
            if attachment.href is None:
                sentence = "The file that is attached to this topic is not in the course."
                packing.report.warn(WarningCode.ATTACHMENT_MISSING, sentence, item_id=topic.id, title=topic.title)
            yield attachment.href
        else:
            yield f"{FILE_BASE}{path}"


def _meta(packing: Packing, topic: DiscussionTopic, kind: Kind) -> bytes:
    """`topicMeta`: the fields of the topic, and its assignment if it is graded."""
    root = xml.root("topicMeta", identifier=packing.key(kind, topic.id, META))
    xml.add(root, "topic_id", packing.key(kind, topic.id))
    fields.append(root, topic, FIRST)
    if topic.external_feed_id is not None:
        xml.add(root, "external_feed_identifierref", packing.key(Kind.EXTERNAL_FEEDS, topic.external_feed_id))
    # Canvas allows one attachment, and names that one in its meta document as well.
    attached = [a.id for a in topic.attachments or () if a.id is not None]
    if attached:
        xml.add(root, "attachment_identifierref", packing.key(Kind.FILES, attached[0]))
    xml.add(root, "type", "announcement" if kind is Kind.ANNOUNCEMENTS else "topic")
    fields.append(root, topic, MIDDLE)
    assignment_element.append_group_category(root, topic)
    state = workflow_state.written(topic.published, topic.workflow_state, on="active")
    xml.add(root, "workflow_state", state)
    fields.append(root, topic, LAST)
    _append_assignment(root, packing, topic)
    fields.append(root, topic, ANONYMITY)
    # Canvas writes this number for topics with checkpoints alone (lib/cc/topic_resources.rb).
    if topic.reply_to_entry_required_count:
        fields.append(root, topic, REPLIES)
    return xml.serialize(root)


def _append_assignment(root: xml.Element, packing: Packing, topic: DiscussionTopic) -> None:
    """Append the assignment of a graded topic: a package has it inside its topic alone, so it is counted here."""
    assignment = _assignment(packing, topic)
    if assignment is not None:
        packing.warn_dropped(Kind.ASSIGNMENTS, assignment)
        assignment_element.append(root, packing, assignment)
        packing.report.expect(Kind.ASSIGNMENTS)
        packing.report.pack(Kind.ASSIGNMENTS)


def _assignment(packing: Packing, topic: DiscussionTopic) -> Assignment | None:
    """The course's assignment, else the one that REST repeats in the topic. Raises InvalidContent for an odd one."""
    if topic.assignment_id is None:
        return None
    assignment: Assignment | None = packing.course.get(Kind.ASSIGNMENTS, topic.assignment_id)
    if assignment is None and topic.assignment is not None:
        assignment = Assignment.from_json({**topic.assignment, "id": topic.assignment_id})
    return assignment
