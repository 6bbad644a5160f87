"""Discussion topics and announcements, each one document with its attachments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge import topics
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.cartridge.generic.unsupported import warn_of_fields
from shared.formats.entry import Entry
from shared.formats.html import references
from shared.formats.html.portable_links import TO_ROOT
from shared.formats.imscp.resource import Resource
from shared.formats.packing import Packing

_UNSUPPORTED = ("assignment_id", "delayed_post_at", "lock_at", "todo_date", "require_initial_post", "pinned", "locked")


def write(packing: Packing, listing: TitledResources, paths: MemberPaths) -> Iterator[Entry]:
    """The selected topics and announcements in course order."""
    for kind in topics.KINDS:
        yield from packing.each(kind, partial(_write, packing, listing, paths, kind))


def _write(
    packing: Packing, listing: TitledResources, paths: MemberPaths, kind: Kind, topic: DiscussionTopic
) -> Iterator[Entry]:
    shown: DiscussionTopic = packing.html(kind, topic)
    warn_of_fields(packing, kind, topic, _UNSUPPORTED)
    path, key = paths.of(kind, topic.id), packing.key(kind, topic.id)
    hrefs = [href for href in _attachments(packing, paths, kind, topic) if href]
    listing.add(Resource(key, topics.TYPE, files=(path,), instructor_only=topic.published is False), topic.title)
    yield Entry(path, topics.plain_document(packing, shown, hrefs))


def _attachments(packing: Packing, paths: MemberPaths, kind: Kind, topic: DiscussionTopic) -> Iterator[str]:
    for attachment in topic.attachments or ():
        path = None if attachment.id is None else paths.file(attachment.id)
        if path is not None:
            yield f"{TO_ROOT}{quote(path, safe=references.UNESCAPED_PATH)}"
            continue
        sentence = "The file that is attached to this topic is not in the course."
        packing.report.warn(WarningCode.ATTACHMENT_MISSING, sentence, kind=kind, item_id=topic.id, title=topic.title)
