"""The report of an export as JSON: what the API answers, and what a package holds of it where that was asked for."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.domain.advice import advice
from shared.domain.export import Attachment, ContentExport
from shared.domain.package_entry import PackageEntry
from shared.domain.report import ItemWarning, Receipt


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt: counts by kind, what was dragged in and why, each warning with what to do about it."""
    data: dict[str, Any] = {
        "complete": receipt.complete,
        "expected": receipt.expected,
        "packed": receipt.packed,
        "skipped": receipt.skipped,
        "failed": receipt.failed,
        "excluded": receipt.excluded,
        "included_because": receipt.included_because,
        "warnings": [_warning_json(warning) for warning in receipt.warnings],
    }
    if receipt.verification is not None:
        data["verification"] = msgspec.to_builtins(receipt.verification)
    return data


def report_json(export: ContentExport, receipt: Receipt, entries_url: str) -> dict[str, Any]:
    """The receipt with the export that it is of, and its package where it has one."""
    whole = {"content_export_id": export.id, "workflow_state": export.workflow_state.value, **receipt_json(receipt)}
    package = export.attachment
    if package is not None:
        whole["package"] = {**_package_json(package), "entries_url": entries_url}
    if export.more:
        whole["packages"] = [_package_json(each) for each in export.attachments]
    return whole


def _package_json(package: Attachment) -> dict[str, Any]:
    return {
        "filename": package.filename,
        "content_type": package.content_type,
        "sha256": package.sha256,
        "size": package.size,
        "entries": package.entries,
    }


def entry_json(entry: PackageEntry, url: str) -> dict[str, Any]:
    """A member of a package; the object that it is written for is null for the package's own documents."""
    return {
        "path": entry.path,
        "size": entry.size,
        "compressed_size": entry.compressed_size,
        "crc32": f"{entry.crc32:08x}",
        "sha256": entry.sha256,
        "kind": entry.kind,
        "item_id": entry.item_id,
        "title": entry.title,
        "url": url,
    }


def report_member(receipt: Receipt) -> bytes:
    """The receipt as a member of the package: the same content gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(receipt_json(receipt)), indent=2) + b"\n"


def _warning_json(warning: ItemWarning) -> dict[str, Any]:
    item = None
    if warning.kind is not None or warning.item_id is not None:
        item = {"kind": warning.kind, "id": warning.item_id, "title": warning.title}
    return {
        "code": warning.code,
        "message": warning.message,
        "item": item,
        "place": warning.place,
        "what_to_do": advice(warning.code).what_to_do,
    }
