"""`external_feeds.xml`: the feeds whose entries become announcements."""

from __future__ import annotations

from shared.domain.content.feeds_and_links import ExternalFeed
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, is_due, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "external_feeds.xml"

_FIELDS = (
    fields.text("title", "display_name"),
    fields.text("url").required,
    fields.text("verbosity").required,
    fields.text("header_match"),
    # Canvas writes the next two no longer: its schema, cccv1p0.xsd, still has them for old packages.
    fields.text("feed_type"),
    fields.text("purpose"),
)


def document(packing: Packing) -> bytes | None:
    """The selected feeds, where the course has any."""
    if not is_due(packing, NAME, Kind.EXTERNAL_FEEDS):
        return None
    root = xml.root("externalFeeds")
    append_selected(root, packing, Kind.EXTERNAL_FEEDS, "externalFeed", _fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, feed: ExternalFeed) -> None:
    fields.append(element, feed, _FIELDS)


def read(source: PackageSource, importing: Importing) -> None:
    """The feeds of the package."""
    root = open_root(source, importing, NAME, "externalFeeds")
    for element in [] if root is None else xml.find_all(root, "externalFeed"):
        values = fields.read(element, _FIELDS, importing, FOLDER + NAME)
        importing.add(Kind.EXTERNAL_FEEDS, ExternalFeed(**identity(element, Kind.EXTERNAL_FEEDS, importing), **values))
