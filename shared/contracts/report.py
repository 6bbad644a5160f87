"""The report of an export as JSON: what the API answers, and as a member of a package, if that was requested."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from shared.contracts import bodies
from shared.domain.advice import advice
from shared.domain.export import Attachment, ContentExport
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import ItemWarning, Receipt


def receipt_json(receipt: Receipt) -> bodies.ReceiptBody:
    """The receipt: counts by kind, what was brought along and why, each warning with what to do about it."""
    return bodies.ReceiptBody(**_facts(receipt))


def report_json(export: ContentExport, receipt: Receipt, entries_url: str) -> bodies.ReportBody:
    """The receipt with the export that it is of, and its package where it has one."""
    package = export.attachment
    return bodies.ReportBody(
        content_export_id=export.id,
        workflow_state=export.workflow_state,
        package=UNSET if package is None else _package(package, entries_url),
        packages=[_package(each) for each in export.attachments] if export.more else UNSET,
        **_facts(receipt),
    )


def _facts(receipt: Receipt) -> dict[str, Any]:
    return {
        "complete": receipt.complete,
        "expected": receipt.expected,
        "packed": receipt.packed,
        "skipped": receipt.skipped,
        "failed": receipt.failed,
        "excluded": receipt.excluded,
        "included_because": receipt.included_because,
        "warnings": [warning_json(warning) for warning in receipt.warnings],
        "verification": UNSET if receipt.verification is None else receipt.verification,
    }


def _package(package: Attachment, entries_url: str | UnsetType = UNSET) -> bodies.PackageFacts:
    return bodies.PackageFacts(
        filename=package.filename,
        content_type=package.content_type,
        sha256=package.sha256,
        size=package.size,
        entries=package.entries,
        entries_url=entries_url,
    )


def entry_json(entry: PackageEntry, url: str | UnsetType) -> bodies.EntryBody:
    """A member of a package; the object that it is written for is null for the package's own documents.

    A folder has no `url`.
    """
    return bodies.EntryBody(
        path=entry.path,
        size=entry.size,
        compressed_size=entry.compressed_size,
        crc32=f"{entry.crc32:08x}",
        sha256=entry.sha256,
        kind=entry.kind,
        item_id=entry.item_id,
        title=entry.title,
        url=url,
    )


def report_member(receipt: Receipt) -> bytes:
    """The receipt as a member of the package: the same content gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(receipt_json(receipt)), indent=2) + b"\n"


def warning_json(warning: ItemWarning) -> bodies.Warned:
    """A warning, with what to do about it."""
    item = None
    if warning.kind is not None or warning.item_id is not None:
        item = bodies.WarnedItem(kind=warning.kind, id=warning.item_id, title=warning.title)
    what_to_do = advice(warning.code).what_to_do
    return bodies.Warned(
        code=warning.code, message=warning.message, item=item, place=warning.place, what_to_do=what_to_do
    )
